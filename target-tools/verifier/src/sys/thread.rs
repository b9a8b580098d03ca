//! Threads, for board-torture. They share all memory of the process.

use rustix::io::Errno;
use rustix::mm::{self, MapFlags, MprotectFlags, ProtFlags};

use super::{arch, outcome, page_size};

/// `CLONE_VM`, `_FS`, `_FILES`, `_SIGHAND`, `_THREAD`, `_SYSVSEM` of
/// `include/uapi/linux/sched.h`.
const THREAD: usize = 0x0005_0f00;

/// Size of a thread's stack, in bytes.
const STACK_BYTES: usize = 256 << 10;

/// What a thread is to do; lies at the start of its stack.
#[repr(C, align(16))]
pub(super) struct Start {
    work: fn(usize),
    argument: usize,
}

/// Starts a thread that does `work(argument)`. It says by shared memory that it is done; its
/// stack stays until the process ends.
///
/// # Errors
/// As `mmap(2)` and `clone(2)`.
pub fn spawn(work: fn(usize), argument: usize) -> Result<(), Errno> {
    // SAFETY: The kernel chooses an address that nothing else uses.
    let stack = unsafe {
        mm::mmap_anonymous(
            core::ptr::null_mut(),
            STACK_BYTES,
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::PRIVATE,
        )
    }?;
    // SAFETY: The first page of the new mapping: a stack that is too small ends there.
    unsafe { mm::mprotect(stack, page_size(), MprotectFlags::empty()) }?;
    let place = STACK_BYTES - size_of::<Start>();
    // SAFETY: It lies in the mapping, whose end is aligned to a page.
    let start = unsafe { stack.byte_add(place) }.cast::<Start>();
    // SAFETY: As above; nobody else has the memory.
    unsafe { start.write(Start { work, argument }) };
    // SAFETY: The stack is the thread's alone, and there is what `begin` reads.
    outcome(unsafe { arch::clone_thread(THREAD, start.expose_provenance()) }).map(|_thread| ())
}

/// Where a thread begins.
///
/// # Safety
/// `start` must be that of this thread.
pub(super) unsafe extern "C" fn begin(start: *const Start) -> ! {
    // SAFETY: As the caller vouches.
    let Start { work, argument } = unsafe { start.read() };
    work(argument);
    loop {
        // SAFETY: `exit` ends this thread alone, and does not come back.
        unsafe { arch::syscall(arch::EXIT, [0; 5]) };
    }
}

/// Memory of this process, zeroed, which is never given back.
///
/// # Errors
/// As `mmap(2)`.
pub fn zeroed_words(words: usize) -> Result<&'static mut [u32], Errno> {
    let bytes = words.checked_mul(4).ok_or(Errno::NOMEM)?;
    // SAFETY: The kernel chooses an address that nothing else uses.
    let memory = unsafe {
        mm::mmap_anonymous(
            core::ptr::null_mut(),
            bytes,
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::PRIVATE,
        )
    }?;
    // SAFETY: The mapping is new, of so many bytes, zeroed, and never unmapped.
    Ok(unsafe { core::slice::from_raw_parts_mut(memory.cast(), words) })
}
