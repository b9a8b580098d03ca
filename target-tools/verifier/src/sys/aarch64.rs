//! AArch64: program entry and bare system calls.

use core::arch::{asm, global_asm};

use super::thread::begin;
use crate::platform::Architecture;

pub(super) const CLONE: usize = 220;
pub(super) const EXECVE: usize = 221;
pub(super) const CLOCK_GETTIME: usize = 113;
pub(super) const EXIT: usize = 93;
pub(super) const EXIT_GROUP: usize = 94;
pub(super) const IOCTL: usize = 29;
pub(super) const MADVISE: usize = 233;
pub(super) const READ: usize = 63;
pub(super) const SIGPROCMASK: usize = 135;
pub(super) const VMSPLICE: usize = 75;
pub(super) const WRITE: usize = 64;

/// What is the same for all CPUs of this architecture.
pub const ARCHITECTURE: Architecture = Architecture {
    coherent_by_default: false,
    expresses_types: true,
    mmu_answers: true,
    tells_device_from_strongly_ordered: true,
    maps_strongly_ordered: true,
};

// The kernel enters with the stack pointer at argc; `start` gets that address.
global_asm!(
    ".globl _start",
    "_start:",
    "mov x29, #0",
    "mov x30, #0",
    "mov x0, sp",
    "and sp, x0, #-16",
    "b board_verify_start",
);

/// A system call with up to five arguments.
///
/// # Safety
/// The arguments must be what system call `number` takes.
pub(super) unsafe fn syscall(number: usize, arguments: [usize; 5]) -> isize {
    let result;
    // SAFETY: `svc 0` preserves all registers but x0; the caller vouches for the call.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") arguments[0] => result,
            in("x1") arguments[1],
            in("x2") arguments[2],
            in("x3") arguments[3],
            in("x4") arguments[4],
            options(nostack),
        );
    }
    result
}

/// Clones a thread on the stack `stack`, where [`begin`] finds what it is to do.
///
/// # Safety
/// `flags` must be those of a thread; `stack` must be aligned to 16 bytes, and what is
/// below it belong to the thread alone.
pub(super) unsafe fn clone_thread(flags: usize, stack: usize) -> isize {
    let result;
    // SAFETY: As in `syscall` for the one that calls; the new thread, which has 0 in x0 and
    // another stack, goes to `begin` and never comes back.
    unsafe {
        asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, #0",
            "mov x0, sp",
            "bl {begin}",
            "2:",
            begin = sym begin,
            in("x8") CLONE,
            inlateout("x0") flags => result,
            in("x1") stack,
            in("x2") 0,
            in("x3") 0,
            in("x4") 0,
        );
    }
    result
}
