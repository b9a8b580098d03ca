//! Small files: `/proc`, `/sys`, the module.

use core::ffi::CStr;
use core::mem::MaybeUninit;

use board_check_protocol::text::decimal;
use board_check_protocol::{LINE_MAX, LineReader};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, RawDir};
use rustix::io::{Errno, read, write};
use rustix::mount::{MountFlags, UnmountFlags};

/// Reads the start of a file, as much as fits; returns what was read.
///
/// # Errors
/// As `open(2)` and `read(2)`.
pub fn read_file<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    read_at(CWD, path, buffer)
}

fn read_at<'a>(
    folder: BorrowedFd<'_>,
    path: &CStr,
    buffer: &'a mut [u8],
) -> Result<&'a [u8], Errno> {
    let file = open_at(folder, path, OFlags::RDONLY)?;
    let mut length = 0;
    while length < buffer.len() {
        match read(&file, &mut buffer[length..])? {
            0 => break,
            bytes => length += bytes,
        }
    }
    Ok(&buffer[..length])
}

fn open_at(folder: BorrowedFd<'_>, path: &CStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    fs::openat(folder, path, flags | OFlags::CLOEXEC, Mode::empty())
}

/// Reads the start of a text file, without the line feed at its end; nothing of one
/// that cannot be read.
pub fn read_text<'a>(path: &CStr, buffer: &'a mut [u8]) -> &'a str {
    let bytes = read_file(path, buffer).unwrap_or(&[]);
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or(""),
    };
    text.strip_suffix("\n").unwrap_or(text)
}

/// Gives each line of a text file to `take`, as far as it can be read; lines that are no
/// text are left out, and of one that is longer than `LINE_MAX` the rest is.
pub fn each_line(path: &CStr, take: &mut dyn FnMut(&str)) {
    let Ok(file) = open_at(CWD, path, OFlags::RDONLY) else {
        return;
    };
    let mut reader = LineReader::<LINE_MAX>::default();
    let mut buffer = [0; 512];
    while let Ok(length @ 1..) = read(&file, &mut buffer) {
        let mut chunk = buffer.get(..length).unwrap_or_default();
        while let (Some(line), rest) = reader.feed(chunk) {
            chunk = rest;
            take(core::str::from_utf8(line.bytes).unwrap_or_default());
        }
    }
}

/// Reads a file that holds one decimal number; `None` if there is none.
pub fn read_number(path: &CStr) -> Option<u64> {
    decimal(read_text(path, &mut [0; 24]))
}

/// An open folder.
#[derive(Debug)]
pub struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// As `open(2)`.
    pub fn open(path: &CStr) -> Result<Self, Errno> {
        open_at(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY).map(Self)
    }

    /// Opens a folder in this one.
    ///
    /// # Errors
    /// As `open(2)`: `ENOTDIR` for a file.
    pub fn folder(&self, path: &CStr) -> Result<Self, Errno> {
        open_at(self.0.as_fd(), path, OFlags::RDONLY | OFlags::DIRECTORY).map(Self)
    }

    /// Reads the start of a file in this folder.
    ///
    /// # Errors
    /// As `open(2)` and `read(2)`.
    pub fn read<'a>(&self, path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
        read_at(self.0.as_fd(), path, buffer)
    }

    /// Writes to a file in this folder, in one `write(2)`.
    ///
    /// # Errors
    /// As `open(2)` and `write(2)`.
    pub fn write(&self, path: &CStr, text: &[u8]) -> Result<(), Errno> {
        let file = open_at(self.0.as_fd(), path, OFlags::WRONLY)?;
        write(file, text).map(|_bytes| ())
    }

    /// True if there is such a file in this folder.
    pub fn has(&self, path: &CStr) -> bool {
        fs::statat(&self.0, path, AtFlags::empty()).is_ok()
    }

    /// Calls `visit` with the name of everything in this folder, as far as it can be
    /// read.
    pub fn each(&self, visit: &mut dyn FnMut(&CStr)) {
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut entries = RawDir::new(&self.0, &mut buffer);
        while let Some(Ok(entry)) = entries.next() {
            visit(entry.file_name());
        }
    }
}

/// Writes `text` to a file, in one `write(2)`.
///
/// # Errors
/// As `open(2)` and `write(2)`.
pub fn append(path: &CStr, text: &[u8]) -> Result<(), Errno> {
    let file = open_at(CWD, path, OFlags::WRONLY)?;
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
