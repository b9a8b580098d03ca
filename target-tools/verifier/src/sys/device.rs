//! The device file of the module.

use core::ffi::CStr;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::ioctl::{self, NoArg, Setter, Updater};
use rustix::mm::MapFlags;

use super::{Mapping, Protection};
use crate::uapi::{self, Check, Describe, Fill};

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
pub struct Device(OwnedFd);

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
        unsafe {
            ioctl::ioctl(
                &self.0,
                Updater::<{ uapi::DESCRIBE }, _>::new(&mut argument),
            )
        }?;
        Ok(argument)
    }

    /// `ioctl(FILL)`.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn fill(&self, argument: Fill) -> Result<(), Errno> {
        // SAFETY: FILL reads one `Fill`.
        unsafe { ioctl::ioctl(&self.0, Setter::<{ uapi::FILL }, _>::new(argument)) }
    }

    /// `ioctl(CHECK)`; returns the argument as the module left it.
    ///
    /// # Errors
    /// As `uapi.rs` lists them.
    pub fn check(&self, mut argument: Check) -> Result<Check, Errno> {
        // SAFETY: CHECK reads and writes one `Check`.
        unsafe { ioctl::ioctl(&self.0, Updater::<{ uapi::CHECK }, _>::new(&mut argument)) }?;
        Ok(argument)
    }

    /// An ioctl number of the module's type that stands for nothing.
    ///
    /// # Errors
    /// `ENOTTY`, if the module is right.
    pub fn unknown_ioctl(&self) -> Result<(), Errno> {
        const UNKNOWN: u32 = uapi::IOCTL_TYPE << 8 | 0xff;
        // SAFETY: The number says that there is no argument.
        unsafe { ioctl::ioctl(&self.0, NoArg::<UNKNOWN>::new()) }
    }
}
