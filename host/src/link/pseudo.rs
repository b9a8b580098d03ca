//! Pseudo terminals as ports, as of QEMU or socat.
//!
//! One that has gone away never comes back: its number goes to the next one that
//! somebody opens, which may be the window of a shell.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// When something may be opened by its path again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Return {
    /// At any time: it is no pseudo terminal.
    Always,
    /// When the link to it is another one than this: inode, and time of its change in
    /// seconds and nanoseconds.
    OtherLink(u64, i64, i64),
    /// Never: the path is that of a pseudo terminal itself.
    Never,
}

/// When what is at `path` now, and open, may be opened by it again.
pub(super) fn may_return(path: &Path) -> Return {
    let is_pseudo = fs::canonicalize(path).is_ok_and(|target| target.starts_with("/dev/pts"));
    match fs::symlink_metadata(path) {
        _ if !is_pseudo => Return::Always,
        Ok(link) if link.is_symlink() => {
            Return::OtherLink(link.ino(), link.ctime(), link.ctime_nsec())
        }
        _ => Return::Never,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};

    use super::*;

    #[test]
    fn a_pseudo_terminal_is_only_opened_again_by_a_new_link() {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        assert_eq!(may_return(Path::new(&name)), Return::Never);
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("console");
        symlink(&name, &link).unwrap();
        let first = may_return(&link);
        assert!(matches!(first, Return::OtherLink(..)), "{first:?}");
        assert_eq!(may_return(&link), first);
        fs::rename(&link, folder.path().join("old")).unwrap();
        symlink(&name, &link).unwrap();
        assert_ne!(may_return(&link), first);
        assert_eq!(may_return(Path::new("/dev/null")), Return::Always);
    }
}
