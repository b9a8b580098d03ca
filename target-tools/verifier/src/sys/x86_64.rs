//! The PC, where the pure parts are tested: bare system calls, no program entry.

use core::arch::asm;

use super::thread::begin;
use crate::platform::Architecture;

pub(super) const CLONE: usize = 56;
pub(super) const EXECVE: usize = 59;
pub(super) const CLOCK_GETTIME: usize = 228;
pub(super) const EXIT: usize = 60;
pub(super) const EXIT_GROUP: usize = 231;
pub(super) const IOCTL: usize = 16;
pub(super) const MADVISE: usize = 28;
pub(super) const READ: usize = 0;
pub(super) const SIGPROCMASK: usize = 14;
pub(super) const VMSPLICE: usize = 278;
pub(super) const WRITE: usize = 1;

/// What is the same for all CPUs of this architecture.
pub const ARCHITECTURE: Architecture = Architecture {
    coherent_by_default: true,
    expresses_types: true,
    mmu_answers: false,
    tells_device_from_strongly_ordered: true,
    maps_strongly_ordered: false,
};

/// A system call with up to five arguments.
///
/// # Safety
/// The arguments must be what system call `number` takes.
pub(super) unsafe fn syscall(number: usize, arguments: [usize; 5]) -> isize {
    let result;
    // SAFETY: `syscall` clobbers rcx and r11 only; the caller vouches for the call.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            in("r10") arguments[3],
            in("r8") arguments[4],
            out("rcx") _,
            out("r11") _,
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
    // SAFETY: As in `syscall` for the one that calls; the new thread, which has 0 in rax and
    // another stack, goes to `begin` and never comes back.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "mov rdi, rsp",
            "call {begin}",
            "2:",
            begin = sym begin,
            inlateout("rax") CLONE => result,
            in("rdi") flags,
            in("rsi") stack,
            in("rdx") 0,
            in("r10") 0,
            in("r8") 0,
            out("rcx") _,
            out("r11") _,
        );
    }
    result
}
