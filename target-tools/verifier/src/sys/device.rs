//! The device file of the module.

use core::ffi::CStr;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::mm::MapFlags;

use super::{Mapping, Protection, ioctl};
use crate::uapi::{self, Check, Describe, Fill, Request, Sync, Translate};

/// How a file is opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// `O_RDONLY`.
    Read,
    /// `O_RDWR`.
    ReadWrite,
}

/// An open device file; closed when dropped.
#[derive(Debug)]
pub struct Device(pub(super) OwnedFd);

impl Device {
    /// `open(2)`.
    ///
    /// # Errors
    /// As `open(2)`.
    pub fn open(path: &CStr, access: Access) -> Result<Self, Errno> {
        let access = match access {
            Access::Read => OFlags::RDONLY,
            Access::ReadWrite => OFlags::RDWR,
        };
        open(path, access | OFlags::CLOEXEC, Mode::empty()).map(Self)
    }

    /// `mmap(2)` with `MAP_SHARED`; offset and length in bytes.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn map(
        &self,
        offset: u64,
        length: usize,
        protection: Protection,
    ) -> Result<Mapping, Errno> {
        Mapping::new(self.0.as_fd(), offset, length, protection, MapFlags::SHARED)
    }

    /// `mmap(2)` with `MAP_PRIVATE`.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn map_private(&self, offset: u64, length: usize) -> Result<Mapping, Errno> {
        Mapping::new(
            self.0.as_fd(),
            offset,
            length,
            Protection::ReadWrite,
            MapFlags::PRIVATE,
        )
    }

    /// `ioctl(2)`.
    ///
    /// # Safety
    /// The ioctl `number` must read and write a `T`, or less.
    unsafe fn ioctl<T>(&self, number: u32, argument: &mut T) -> Result<(), Errno> {
        // SAFETY: As the caller vouches.
        unsafe { ioctl(self.0.as_fd(), number, argument) }
    }

    /// `ioctl(DESCRIBE)` of one area.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn describe(&self, area: u32) -> Result<Describe, Errno> {
        let mut argument = Describe {
            area,
            ..Describe::default()
        };
        // SAFETY: DESCRIBE reads and writes one `Describe`.
        unsafe { self.ioctl(uapi::DESCRIBE, &mut argument) }?;
        Ok(argument)
    }

    /// `ioctl(FILL)`.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn fill(&self, mut argument: Fill) -> Result<(), Errno> {
        // SAFETY: FILL reads one `Fill`.
        unsafe { self.ioctl(uapi::FILL, &mut argument) }
    }

    /// `ioctl(DEVICE_WRITE)`.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn device_write(&self, mut argument: Fill) -> Result<(), Errno> {
        // SAFETY: DEVICE_WRITE reads one `Fill`.
        unsafe { self.ioctl(uapi::DEVICE_WRITE, &mut argument) }
    }

    /// `ioctl(CHECK)`; leaves the argument as the module left it.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn check(&self, argument: &mut Check) -> Result<(), Errno> {
        // SAFETY: CHECK reads and writes one `Check`.
        unsafe { self.ioctl(uapi::CHECK, argument) }
    }

    /// `ioctl(DEVICE_READ)`; leaves the argument as the module left it.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn device_read(&self, argument: &mut Check) -> Result<(), Errno> {
        // SAFETY: DEVICE_READ reads and writes one `Check`.
        unsafe { self.ioctl(uapi::DEVICE_READ, argument) }
    }

    /// `ioctl(SYNC)`.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn sync(&self, mut argument: Sync) -> Result<(), Errno> {
        // SAFETY: SYNC reads one `Sync`.
        unsafe { self.ioctl(uapi::SYNC, &mut argument) }
    }

    /// `ioctl(TRANSLATE)` of an address as `side` says; returns the argument as the
    /// module left it.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn translate(&self, area: u32, side: u32, address: u64) -> Result<Translate, Errno> {
        let mut argument = Translate {
            area,
            side,
            address,
            ..Translate::default()
        };
        // SAFETY: TRANSLATE reads and writes one `Translate`.
        unsafe { self.ioctl(uapi::TRANSLATE, &mut argument) }?;
        Ok(argument)
    }

    /// `ioctl(REQUEST)`.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn request(&self, area: u32, memory_type: u32) -> Result<(), Errno> {
        let mut argument = Request { area, memory_type };
        // SAFETY: REQUEST reads one `Request`.
        unsafe { self.ioctl(uapi::REQUEST, &mut argument) }
    }

    /// The ioctl `number`, but with an argument that is larger by 8 bytes.
    ///
    /// # Errors
    /// `ENOTTY`, if the module is right.
    pub fn larger_ioctl(&self, number: u32) -> Result<(), Errno> {
        // The size is bits 16 to 29.
        let number = number + (8 << 16);
        // SAFETY: Whoever takes the number for its own reads and writes 8 bytes more than the
        // longest argument of `uapi.rs` at most, `Describe`.
        unsafe { self.ioctl(number, &mut [0u64; size_of::<Describe>() / 8 + 1]) }
    }

    /// An ioctl number of the module's type that stands for nothing.
    ///
    /// # Errors
    /// `ENOTTY`, if the module is right.
    pub fn unknown_ioctl(&self) -> Result<(), Errno> {
        const UNKNOWN: u32 = uapi::IOCTL_TYPE << 8 | 0xff;
        // SAFETY: The number says that there is no argument.
        unsafe { self.ioctl(UNKNOWN, &mut ()) }
    }
}
