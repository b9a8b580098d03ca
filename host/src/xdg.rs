//! The user's folders, as the XDG Base Directory Specification has them.

use std::env;
use std::path::PathBuf;

/// The folder that `variable` names, else `below_home` in the home folder; `None` if
/// neither is known. Relative paths are no folders, as the specification says.
pub fn folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    absolute(variable).or_else(|| Some(home()?.join(below_home)))
}

/// The home folder.
pub fn home() -> Option<PathBuf> {
    absolute("HOME")
}

fn absolute(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env::var_os(variable)?);
    path.is_absolute().then_some(path)
}
