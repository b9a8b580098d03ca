//! Small files: `/proc`, `/sys`, the module.

use core::ffi::CStr;

use rustix::fs::{self, Mode, OFlags};
use rustix::io::{Errno, read, write};
use rustix::mount::{MountFlags, UnmountFlags};

/// Reads the start of a file, as much as fits; returns what was read.
///
/// # Errors
/// As `open(2)` and `read(2)`.
pub fn read_file<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    let file = fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let mut length = 0;
    while length < buffer.len() {
        match read(&file, &mut buffer[length..])? {
            0 => break,
            bytes => length += bytes,
        }
    }
    Ok(&buffer[..length])
}

/// Reads a file that holds one decimal number; `None` if there is none.
pub fn read_number(path: &CStr) -> Option<u64> {
    let mut buffer = [0; 24];
    let text = read_file(path, &mut buffer).ok()?;
    core::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// Writes `text` to a file, in one `write(2)`.
///
/// # Errors
/// As `open(2)` and `write(2)`.
pub fn append(path: &CStr, text: &[u8]) -> Result<(), Errno> {
    let file = fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    write(file, text).map(|_bytes| ())
}

/// True if `path` leads to something.
pub fn exists(path: &CStr) -> bool {
    fs::stat(path).is_ok()
}

/// Permission bits of a file.
///
/// # Errors
/// As `stat(2)`.
pub fn permissions(path: &CStr) -> Result<u32, Errno> {
    Ok(fs::stat(path)?.st_mode & 0o7777)
}

/// `chmod(2)`.
///
/// # Errors
/// As `chmod(2)`.
pub fn set_permissions(path: &CStr, permissions: u32) -> Result<(), Errno> {
    fs::chmod(path, Mode::from_raw_mode(permissions))
}

/// `mkdir(2)`; a folder that is there already is no error.
///
/// # Errors
/// As `mkdir(2)`.
pub fn make_folder(path: &CStr) -> Result<(), Errno> {
    match fs::mkdir(path, Mode::from_raw_mode(0o755)) {
        Err(Errno::EXIST) => Ok(()),
        other => other,
    }
}

/// `mount(2)` of a file system that has no source.
///
/// # Errors
/// As `mount(2)`.
pub fn mount(path: &CStr, kind: &CStr) -> Result<(), Errno> {
    rustix::mount::mount(kind, path, kind, MountFlags::empty(), None::<&CStr>)
}

/// `umount2(2)`, detaching what is still in use.
///
/// # Errors
/// As `umount2(2)`.
pub fn unmount(path: &CStr) -> Result<(), Errno> {
    rustix::mount::unmount(path, UnmountFlags::DETACH)
}
