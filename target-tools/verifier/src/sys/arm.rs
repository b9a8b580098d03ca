//! ARM, 32 bit: program entry and bare system calls.

use core::arch::{asm, global_asm};

use super::thread::begin;
use crate::platform::Architecture;

pub(super) const CLONE: usize = 120;
pub(super) const EXECVE: usize = 11;
pub(super) const CLOCK_GETTIME: usize = 403; // clock_gettime64
pub(super) const EXIT: usize = 1;
pub(super) const EXIT_GROUP: usize = 248;
pub(super) const IOCTL: usize = 54;
pub(super) const MADVISE: usize = 220;
pub(super) const READ: usize = 3;
pub(super) const SIGPROCMASK: usize = 175;
pub(super) const VMSPLICE: usize = 343;
pub(super) const WRITE: usize = 4;

/// What is the same for all CPUs of this architecture.
pub const ARCHITECTURE: Architecture = Architecture {
    coherent_by_default: false,
    expresses_types: true,
    mmu_answers: true,
    tells_device_from_strongly_ordered: true,
    maps_strongly_ordered: false,
};

// The kernel enters with the stack pointer at argc; `start` gets that address. The rest
// of the program may be Thumb code.
global_asm!(
    ".arm",
    ".globl _start",
    ".type _start, %function",
    "_start:",
    "mov r0, sp",
    "bic sp, sp, #15",
    "ldr r1, =board_verify_start",
    "bx r1",
    ".ltorg",
);

/// A system call with up to five arguments.
///
/// # Safety
/// The arguments must be what system call `number` takes.
pub(super) unsafe fn syscall(number: usize, arguments: [usize; 5]) -> isize {
    let result;
    // SAFETY: `svc 0` preserves all registers but r0; r7, which the compiler may
    // use as frame pointer, is saved around it; the caller vouches for the call.
    unsafe {
        asm!(
            "mov {saved}, r7",
            "mov r7, {number}",
            "svc 0",
            "mov r7, {saved}",
            saved = out(reg) _,
            number = in(reg) number,
            inlateout("r0") arguments[0] => result,
            in("r1") arguments[1],
            in("r2") arguments[2],
            in("r3") arguments[3],
            in("r4") arguments[4],
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
    // SAFETY: As in `syscall` for the one that calls; the new thread, which has 0 in r0 and
    // another stack, goes to `begin` and never comes back.
    unsafe {
        asm!(
            "mov {saved}, r7",
            "mov r7, {number}",
            "svc 0",
            "cmp r0, #0",
            "bne 2f",
            "mov r0, sp",
            "bl {begin}",
            "2:",
            "mov r7, {saved}",
            begin = sym begin,
            saved = out(reg) _,
            number = in(reg) CLONE,
            inlateout("r0") flags => result,
            in("r1") stack,
            in("r2") 0,
            in("r3") 0,
            in("r4") 0,
        );
    }
    result
}
