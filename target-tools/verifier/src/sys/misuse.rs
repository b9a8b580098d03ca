//! What only board-torture asks of the kernel: parts of mappings, copies that fail instead
//! of ending the process, and what no right program would ask for.

use core::ffi::CStr;

use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, pread, pwrite, read, write};
use rustix::mm::{self, MapFlags, MprotectFlags, MremapFlags, ProtFlags};
use rustix::pipe::{PipeFlags, pipe_with};

use super::{Device, Mapping, arch, outcome};

/// `PROT_READ`.
pub const READ: u32 = 1;
/// `PROT_WRITE`.
pub const WRITE: u32 = 2;
/// `PROT_EXEC`.
pub const EXEC: u32 = 4;
/// `MAP_SHARED`.
pub const SHARED: u32 = 1;
/// `MAP_PRIVATE`.
pub const PRIVATE: u32 = 2;
/// `MREMAP_MAYMOVE`.
pub const MAY_MOVE: u32 = 1;
/// `MREMAP_DONTUNMAP`.
pub const DONT_UNMAP: u32 = 4;

/// Addresses at which nothing can be read or written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nowhere {
    /// The first page, which nobody can map.
    Null,
    /// The last bytes of the address space, behind which it wraps.
    End,
    /// Where the kernel is.
    Kernel,
}

impl Nowhere {
    fn address(self) -> usize {
        match self {
            Self::Null => 8,
            Self::End => usize::MAX - 7,
            Self::Kernel => usize::MAX - 0xff_ffff,
        }
    }
}

impl Device {
    /// `open(2)` with `O_WRONLY`.
    ///
    /// # Errors
    /// As `open(2)`.
    pub fn open_write_only(path: &CStr) -> Result<Self, Errno> {
        open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()).map(Self)
    }

    /// `mmap(2)` with the bits `PROT_*` and `MAP_*`; not `MAP_FIXED`, which is left out.
    ///
    /// # Errors
    /// As `uapi.rs` lists them, and `mmap(2)`.
    pub fn map_with(
        &self,
        offset: u64,
        length: usize,
        protection: u32,
        flags: u32,
    ) -> Result<Mapping, Errno> {
        let flags = MapFlags::from_bits_retain(flags) - MapFlags::FIXED;
        // SAFETY: The kernel chooses an address that nothing else uses.
        let base = unsafe {
            mm::mmap(
                core::ptr::null_mut(),
                length,
                ProtFlags::from_bits_retain(protection),
                flags,
                self.0.as_fd(),
                offset,
            )
        }?;
        Ok(Mapping { base, length })
    }

    /// An ioctl whose argument lies at `offset` of a mapping.
    ///
    /// # Errors
    /// As `uapi.rs` lists them; `EINVAL` if 128 bytes from there on are not in the mapping.
    pub fn ioctl_in(&self, number: u32, mapping: &Mapping, offset: usize) -> Result<(), Errno> {
        /// No argument of `uapi.rs` is longer.
        const ARGUMENT_MAX: usize = 128;
        let fits = mapping.length.checked_sub(ARGUMENT_MAX);
        if fits.is_none_or(|last| offset > last) {
            return Err(Errno::INVAL);
        }
        // SAFETY: What is read and written there is memory of the mapping, to which no
        // reference is held.
        unsafe { self.ioctl_at(number, mapping.address() + offset) }
    }

    /// An ioctl whose argument lies nowhere.
    ///
    /// # Errors
    /// `EFAULT`, if the module is right.
    pub fn ioctl_nowhere(&self, number: u32, nowhere: Nowhere) -> Result<(), Errno> {
        // SAFETY: There is no memory of this program that could be read or written.
        unsafe { self.ioctl_at(number, nowhere.address()) }
    }

    /// An ioctl whose argument, all zeroes, can be read and not written.
    ///
    /// # Errors
    /// As `uapi.rs` lists them; `EFAULT` for one that writes.
    pub fn ioctl_constant(&self, number: u32) -> Result<(), Errno> {
        static ZEROES: [u64; 16] = [0; 16];
        // SAFETY: The pages are mapped for reading alone, so the kernel cannot write them.
        unsafe { self.ioctl_at(number, (&raw const ZEROES).expose_provenance()) }
    }

    /// # Safety
    /// What the ioctl reads and writes at `address` must be no memory that Rust knows of.
    unsafe fn ioctl_at(&self, number: u32, address: usize) -> Result<(), Errno> {
        let arguments = [raw(self.0.as_fd())?, number as usize, address, 0, 0];
        // SAFETY: `ioctl` takes a file, a number and an argument, which is as the caller
        // vouches.
        outcome(unsafe { arch::syscall(arch::IOCTL, arguments) }).map(|_zero| ())
    }
}

impl Mapping {
    /// Length, in bytes.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Makes two of one; this one keeps the first `offset` bytes. The kernel hears nothing of
    /// it.
    ///
    /// # Panics
    /// If `offset` is not inside.
    pub fn split_off(&mut self, offset: usize) -> Self {
        assert!(offset > 0 && offset < self.length, "nothing to split off");
        let rest = Self {
            // SAFETY: It lies in the mapping.
            base: unsafe { self.base.byte_add(offset) },
            length: self.length - offset,
        };
        self.length = offset;
        rest
    }

    /// `mremap(2)` to a place that was free.
    ///
    /// # Errors
    /// As `mremap(2)`. (The place stays reserved then: whether it still is cannot be known.)
    pub fn relocate(&mut self) -> Result<(), Errno> {
        // SAFETY: The kernel chooses an address that nothing else uses.
        let place = unsafe {
            mm::mmap_anonymous(
                core::ptr::null_mut(),
                self.length,
                ProtFlags::empty(),
                MapFlags::PRIVATE,
            )
        }?;
        // SAFETY: The old place is this mapping, to which no reference is held, and the new
        // one was just mapped.
        self.base = unsafe {
            mm::mremap_fixed(
                self.base,
                self.length,
                self.length,
                MremapFlags::MAYMOVE,
                place,
            )
        }?;
        Ok(())
    }

    /// The same in a process of one thread, with nothing left at the old place: without memory
    /// to take it away the kernel says success and leaves it, `unmap_source_vma()` in
    /// mm/mremap.c.
    ///
    /// # Errors
    /// As `mremap(2)` and `munmap(2)`.
    pub fn relocate_alone(&mut self) -> Result<(), Errno> {
        let old = self.base;
        self.relocate()?;
        // SAFETY: This mapping has left the place, and no other thread maps something there.
        unsafe { mm::munmap(old, self.length) }
    }

    /// `mremap(2)` from and to other lengths than its own, with any flags but `MREMAP_FIXED`,
    /// which is left out: it must be refused. What it maps stays until the process ends.
    ///
    /// # Errors
    /// As `mremap(2)`.
    pub fn remap_wrongly(&self, from: usize, to: usize, flags: u32) -> Result<(), Errno> {
        // MREMAP_FIXED has no name there.
        let flags = MremapFlags::from_bits_retain(flags & !2);
        let from = from.min(self.length);
        // SAFETY: The old place is at most this mapping, to which no reference is held.
        unsafe { mm::mremap(self.base, from, to, flags) }.map(|_place| ())
    }

    /// `mprotect(2)` of the whole mapping with the bits `PROT_*`.
    ///
    /// # Errors
    /// As `mprotect(2)`.
    pub fn protect_with(&self, protection: u32) -> Result<(), Errno> {
        let flags = MprotectFlags::from_bits_retain(protection);
        // SAFETY: This is the whole mapping, to which no reference is held.
        unsafe { mm::mprotect(self.base, self.length, flags) }
    }

    /// `mprotect(2)` or `munmap(2)` from the middle of a page on.
    ///
    /// # Errors
    /// `EINVAL`, if the kernel is right.
    pub fn misaligned(&self, unmap: bool) -> Result<(), Errno> {
        // SAFETY: It lies in the mapping, to which no reference is held.
        unsafe {
            let middle = self.base.byte_add(8);
            match unmap {
                true => mm::munmap(middle, 8),
                false => mm::mprotect(middle, 8, MprotectFlags::READ),
            }
        }
    }

    /// `madvise(2)` of the whole mapping with any number.
    ///
    /// # Errors
    /// As `madvise(2)`.
    pub fn advise(&self, advice: usize) -> Result<(), Errno> {
        let arguments = [self.base.expose_provenance(), self.length, advice, 0, 0];
        // SAFETY: `madvise` takes a range, which is the whole mapping, to which no reference
        // is held, and a number.
        outcome(unsafe { arch::syscall(arch::MADVISE, arguments) }).map(|_zero| ())
    }

    /// `munmap(2)` of the whole mapping.
    ///
    /// # Errors
    /// As `munmap(2)`; it is not tried again.
    pub fn release(self) -> Result<(), Errno> {
        let (base, length) = (self.base, self.length);
        core::mem::forget(self);
        // SAFETY: This was the whole mapping, to which no reference is held.
        unsafe { mm::munmap(base, length) }
    }

    /// True if `bytes` from `offset` on lie in the mapping.
    fn holds(&self, offset: usize, bytes: usize) -> bool {
        offset
            .checked_add(bytes)
            .is_some_and(|end| end <= self.length)
    }
}

/// A pipe, through which the kernel copies from and to mappings: where a process would be
/// ended by a signal, a copy fails.
#[derive(Debug)]
pub struct Copier {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Copier {
    /// `pipe(2)`.
    ///
    /// # Errors
    /// As `pipe(2)`.
    pub fn new() -> Result<Self, Errno> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok(Self { reader, writer })
    }

    /// Copies from `offset` of `mapping` on, which must be less than a page.
    ///
    /// # Errors
    /// `EFAULT` where nothing is to be read.
    ///
    /// # Panics
    /// If it does not lie in the mapping.
    pub fn read(&self, mapping: &Mapping, offset: usize, to: &mut [u8]) -> Result<(), Errno> {
        assert!(mapping.holds(offset, to.len()), "not in the mapping");
        let address = mapping.address() + offset;
        let arguments = [raw(self.writer.as_fd())?, address, to.len(), 0, 0];
        // SAFETY: `write` takes a file, an address and a length, which lie in the mapping.
        let written = outcome(unsafe { arch::syscall(arch::WRITE, arguments) })?;
        let to = to.get_mut(..written).ok_or(Errno::IO)?;
        read(&self.reader, to).map(|_bytes| ())
    }

    /// Copies to `offset` of `mapping` on, less than a page.
    ///
    /// # Errors
    /// `EFAULT` where nothing is to be written.
    ///
    /// # Panics
    /// If it does not lie in the mapping.
    pub fn write(&self, mapping: &Mapping, offset: usize, from: &[u8]) -> Result<(), Errno> {
        assert!(mapping.holds(offset, from.len()), "not in the mapping");
        write(&self.writer, from)?;
        let address = mapping.address() + offset;
        let arguments = [raw(self.reader.as_fd())?, address, from.len(), 0, 0];
        // SAFETY: `read` takes a file, an address and a length, which lie in the mapping, to
        // which no reference is held.
        let result = outcome(unsafe { arch::syscall(arch::READ, arguments) });
        if result.is_err() {
            // What nobody took must not be what is read next.
            let _ = read(&self.reader, &mut [0; 4096][..from.len()]);
        }
        result.map(|_bytes| ())
    }
}

/// A file of the kernel that is read and written from its start, as often as needed.
#[derive(Debug)]
pub struct KernelFile(OwnedFd);

impl KernelFile {
    /// `open(2)` for reading and writing.
    ///
    /// # Errors
    /// As `open(2)`.
    pub fn open(path: &CStr) -> Result<Self, Errno> {
        open(path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).map(Self)
    }

    /// `pread(2)`; returns what was read.
    ///
    /// # Errors
    /// As `pread(2)`.
    pub fn read<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
        let bytes = pread(&self.0, &mut *buffer, 0)?;
        Ok(&buffer[..bytes])
    }

    /// `pwrite(2)`.
    ///
    /// # Errors
    /// As `pwrite(2)`.
    pub fn write(&self, text: &[u8]) -> Result<(), Errno> {
        pwrite(&self.0, text, 0).map(|_bytes| ())
    }
}

fn raw(file: BorrowedFd<'_>) -> Result<usize, Errno> {
    usize::try_from(file.as_raw_fd()).map_err(|_negative| Errno::BADF)
}
