//! RISC-V, 64 bit: program entry and bare system calls.

use core::arch::{asm, global_asm};

use crate::platform::Architecture;

pub(super) const CLONE: usize = 220;
pub(super) const CLOCK_GETTIME: usize = 113;
pub(super) const EXIT_GROUP: usize = 94;
pub(super) const IOCTL: usize = 29;
pub(super) const SIGPROCMASK: usize = 135;
pub(super) const VMSPLICE: usize = 75;

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
