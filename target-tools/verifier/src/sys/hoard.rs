//! Memory that is taken to have it taken, for board-torture.

use core::ptr::null_mut;

use rustix::io::Errno;
use rustix::mm::{self, MapFlags, ProtFlags};

use super::Mapping;

/// Memory of this process, all of whose pages are there; given back when dropped.
#[derive(Debug)]
pub struct Hoard(#[expect(dead_code, reason = "it is there to be dropped")] Mapping);

impl Hoard {
    /// Takes so many bytes.
    ///
    /// # Errors
    /// As `mmap(2)`.
    pub fn take(bytes: usize) -> Result<Self, Errno> {
        // SAFETY: The kernel chooses an address that nothing else uses.
        let base = unsafe {
            mm::mmap_anonymous(
                null_mut(),
                bytes,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::POPULATE,
            )
        }?;
        Ok(Self(Mapping {
            base,
            length: bytes,
        }))
    }
}
