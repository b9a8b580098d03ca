//! Which process has a port open.

use std::fs;
use std::path::Path;

/// Another process that has `path` open, as "NAME (process N)"; `None` if there is
/// none, or none that this user may look into.
pub(crate) fn find(path: &Path) -> Option<String> {
    let device = fs::canonicalize(path).ok()?;
    let own = std::process::id();
    let mut processes = fs::read_dir("/proc").ok()?.filter_map(|entry| {
        let number: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        (number != own).then_some(number)
    });
    let holder = processes.find(|number| has_open(*number, &device))?;
    let name = fs::read_to_string(format!("/proc/{holder}/comm")).unwrap_or_default();
    let name = crate::escape::escape(name.trim_end().as_bytes());
    Some(format!("{name} (process {holder})"))
}

fn has_open(process: u32, device: &Path) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{process}/fd")) else {
        return false;
    };
    files
        .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
        .any(|target| target == device)
}
