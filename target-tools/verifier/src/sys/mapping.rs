//! Memory that is shared with the kernel.
//!
//! It is read and written through relaxed atomics: others write it at the same
//! time, so no Rust reference to it may exist.

use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering};

use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Errno;
use rustix::mm::{self, Advice, MapFlags, MprotectFlags, MremapFlags, ProtFlags};
use rustix::pipe::{PipeFlags, pipe_with};

use super::{arch, outcome};

/// What a mapping allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protection {
    /// Reading.
    Read,
    /// Reading and writing.
    ReadWrite,
    /// Reading and running.
    ReadExec,
}

/// A mapping; unmapped when dropped. (Every check calls these functions: inlined they
/// would be 0.5 KiB of this program.)
#[derive(Debug)]
pub struct Mapping {
    pub(super) base: *mut c_void,
    pub(super) length: usize,
}

impl Mapping {
    /// `mmap(2)` of `length` bytes at `offset` of a file.
    ///
    /// # Errors
    /// As `mmap(2)`.
    pub(super) fn new(
        file: BorrowedFd<'_>,
        offset: u64,
        length: usize,
        protection: Protection,
        sharing: MapFlags,
    ) -> Result<Self, Errno> {
        let protection = match protection {
            Protection::Read => ProtFlags::READ,
            Protection::ReadWrite => ProtFlags::READ | ProtFlags::WRITE,
            Protection::ReadExec => ProtFlags::READ | ProtFlags::EXEC,
        };
        // SAFETY: The kernel chooses an address that nothing else uses.
        let base = unsafe {
            mm::mmap(
                core::ptr::null_mut(),
                length,
                protection,
                sharing,
                file,
                offset,
            )
        }?;
        Ok(Self { base, length })
    }

    /// Number of words of 4 bytes.
    pub fn words(&self) -> usize {
        self.length / 4
    }

    /// Address of the first byte.
    pub fn address(&self) -> usize {
        self.base.addr()
    }

    /// Reads word `index`. Ends the process by SIGSEGV or SIGBUS where the page is
    /// gone or not readable.
    ///
    /// # Panics
    /// If there is no such word.
    #[inline(never)]
    pub fn read(&self, index: usize) -> u32 {
        self.word(index).load(Ordering::Relaxed)
    }

    /// Writes word `index`. Ends the process by SIGSEGV or SIGBUS where the page
    /// is gone or not writable.
    ///
    /// # Panics
    /// If there is no such word.
    #[inline(never)]
    pub fn write(&self, index: usize, value: u32) {
        self.word(index).store(value, Ordering::Relaxed);
    }

    /// Reads all, word by word of the CPU's size; their sum, wrapping.
    #[inline(never)]
    pub fn sum(&self) -> usize {
        let mut sum = 0usize;
        self.each_block(self.length, |block| {
            // SAFETY: A block has four words.
            let read = |word| unsafe { block.add(word).read_volatile() };
            let low = read(0).wrapping_add(read(1));
            let high = read(2).wrapping_add(read(3));
            sum = sum.wrapping_add(low).wrapping_add(high);
        });
        sum
    }

    /// Writes `word` everywhere, by words of the CPU's size.
    #[inline(never)]
    pub fn set(&self, word: u32) {
        let wide = word as usize * (usize::MAX / u32::MAX as usize);
        self.each_block(self.length, |block| {
            // SAFETY: A block has four words.
            let write = |word| unsafe { block.add(word).write_volatile(wide) };
            write(0);
            write(1);
            write(2);
            write(3);
        });
    }

    /// Copies the first half to the second, by words of the CPU's size.
    #[inline(never)]
    pub fn copy_half(&self) {
        let half = self.length / 2;
        self.each_block(half, |block| {
            // SAFETY: A block has four words.
            let read = |word| unsafe { block.add(word).read_volatile() };
            // SAFETY: Behind the first half, of which the block is, there is the second.
            let write =
                |word, value| unsafe { block.add(word).byte_add(half).write_volatile(value) };
            let words = [read(0), read(1), read(2), read(3)];
            write(0, words[0]);
            write(1, words[1]);
            write(2, words[2]);
            write(3, words[3]);
        });
    }

    /// Reads word 0, then the word whose number that is, and so on; returns the last
    /// number after `steps` reads, or the first one that is of no word.
    #[inline(never)]
    pub fn follow(&self, steps: usize) -> u32 {
        let mut at = 0;
        for _step in 0..steps {
            if at as usize >= self.words() {
                break;
            }
            // SAFETY: The word lies in the mapping, as looked at just now.
            at = unsafe { self.base.cast::<u32>().add(at as usize).read_volatile() };
        }
        at
    }

    /// Calls `work` with each block of four words of the CPU's size that is in the first
    /// `length` bytes. (Four, because the compiler, which is to save bytes, makes no more
    /// of a loop than it says.)
    #[inline(always)]
    fn each_block(&self, length: usize, mut work: impl FnMut(*mut usize)) {
        const BLOCK_BYTES: usize = 4 * size_of::<usize>();
        for block in 0..length.min(self.length) / BLOCK_BYTES {
            // SAFETY: The block lies in the mapping.
            work(unsafe { self.base.byte_add(block * BLOCK_BYTES) }.cast());
        }
    }

    fn word(&self, index: usize) -> &AtomicU32 {
        assert!(index < self.words(), "no such word in the mapping");
        // SAFETY: The word lies in the mapping, which lives as long as `self`; it is
        // aligned, as the mapping starts at a page. An access to a page that is gone
        // is a signal, not undefined memory.
        unsafe { AtomicU32::from_ptr(self.base.cast::<u32>().add(index)) }
    }

    /// Fails with `EFAULT` if a page is missing: the kernel is asked to read it, and an
    /// access of its own is no signal.
    ///
    /// # Errors
    /// `EFAULT`.
    pub fn touch(&self) -> Result<(), Errno> {
        self.touch_each(super::page_size())
    }

    /// The same for one page of each `step` bytes.
    ///
    /// # Errors
    /// `EFAULT`.
    pub fn touch_each(&self, step: usize) -> Result<(), Errno> {
        const NO_SUCH_ACTION: usize = 99;
        for offset in (0..self.length).step_by(step) {
            // SAFETY: `rt_sigprocmask(2)` reads a set of signals, of 8 bytes, and then
            // refuses what is to be done with it.
            let result = unsafe {
                let set = self.base.byte_add(offset).addr();
                arch::syscall(arch::SIGPROCMASK, [NO_SUCH_ACTION, set, 0, 8, 0])
            };
            if outcome(result) == Err(Errno::FAULT) {
                return Err(Errno::FAULT);
            }
        }
        Ok(())
    }

    /// `munmap(2)` of a part of the mapping.
    ///
    /// # Errors
    /// As `munmap(2)`; `EINVAL` if the part does not lie in the mapping.
    #[inline(never)]
    pub fn unmap(&self, offset: usize, length: usize) -> Result<(), Errno> {
        let end = offset.checked_add(length).ok_or(Errno::INVAL)?;
        if end > self.length {
            return Err(Errno::INVAL);
        }
        // SAFETY: The part lies in the mapping, to which no reference is held.
        unsafe { mm::munmap(self.base.byte_add(offset), length) }
    }

    /// `mremap(2)` to `length` bytes, which may move the mapping.
    ///
    /// # Errors
    /// As `mremap(2)`.
    #[inline(never)]
    pub fn resize(&mut self, length: usize) -> Result<(), Errno> {
        // SAFETY: This is the whole mapping, to which no reference is held.
        self.base = unsafe { mm::mremap(self.base, self.length, length, MremapFlags::MAYMOVE) }?;
        self.length = length;
        Ok(())
    }

    /// `mprotect(2)` of the whole mapping.
    ///
    /// # Errors
    /// As `mprotect(2)`.
    #[inline(never)]
    pub fn protect(&self, protection: Protection) -> Result<(), Errno> {
        let flags = match protection {
            Protection::Read => MprotectFlags::READ,
            Protection::ReadWrite => MprotectFlags::READ | MprotectFlags::WRITE,
            Protection::ReadExec => MprotectFlags::READ | MprotectFlags::EXEC,
        };
        // SAFETY: This is the whole mapping, to which no reference is held.
        unsafe { mm::mprotect(self.base, self.length, flags) }
    }

    /// `madvise(MADV_DONTNEED)`: asks the kernel to drop the pages.
    ///
    /// # Errors
    /// As `madvise(2)`.
    pub fn discard(&self) -> Result<(), Errno> {
        // SAFETY: This is the whole mapping, to which no reference is held.
        unsafe { mm::madvise(self.base, self.length, Advice::LinuxDontNeed) }
    }

    /// `vmsplice(2)` of the first page into a pipe: pins the page, as direct I/O does.
    ///
    /// # Errors
    /// As `vmsplice(2)`; `EFAULT` for memory that cannot be pinned.
    pub fn pin(&self) -> Result<(), Errno> {
        let (_reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        // A `struct iovec`: address and length.
        let first_word = [self.base.addr(), 4];
        let writer = usize::try_from(writer.as_raw_fd()).map_err(|_negative| Errno::BADF)?;
        let arguments = [writer, first_word.as_ptr().addr(), 1, 0, 0];
        // SAFETY: `vmsplice` takes a file, `struct iovec`s, how many, and flags. It
        // looks at the page only when somebody reads the pipe, which nobody does.
        let result = unsafe { arch::syscall(arch::VMSPLICE, arguments) };
        outcome(result).map(|_bytes| ())
    }
}

impl Drop for Mapping {
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: The mapping is this value's own; parts that are gone do no harm.
        let _ = unsafe { mm::munmap(self.base, self.length) };
    }
}
