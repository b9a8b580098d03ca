//! RISC-V, 64 bit: program entry and bare system calls.

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
    coherent_by_default: true,
    expresses_types: false,
    mmu_answers: false,
    tells_device_from_strongly_ordered: false,
    maps_strongly_ordered: false,
};

// The kernel enters with the stack pointer at argc; `start` gets that address.
global_asm!(
    ".globl _start",
    "_start:",
    "mv a0, sp",
    "andi sp, sp, -16",
    "tail board_verify_start",
);

/// A system call with up to five arguments.
///
/// # Safety
/// The arguments must be what system call `number` takes.
pub(super) unsafe fn syscall(number: usize, arguments: [usize; 5]) -> isize {
    let result;
    // SAFETY: `ecall` preserves all registers but a0; the caller vouches for the call.
    unsafe {
        asm!(
            "ecall",
            in("a7") number,
            inlateout("a0") arguments[0] => result,
            in("a1") arguments[1],
            in("a2") arguments[2],
            in("a3") arguments[3],
            in("a4") arguments[4],
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
    // SAFETY: As in `syscall` for the one that calls; the new thread, which has 0 in a0 and
    // another stack, goes to `begin` and never comes back.
    unsafe {
        asm!(
            "ecall",
            "bnez a0, 2f",
            "mv a0, sp",
            "call {begin}",
            "2:",
            begin = sym begin,
            in("a7") CLONE,
            inlateout("a0") flags => result,
            in("a1") stack,
            in("a2") 0,
            in("a3") 0,
            in("a4") 0,
        );
    }
    result
}
