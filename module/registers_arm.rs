// SPDX-License-Identifier: GPL-2.0

//! Registers and cache instructions of ARMv7.

use core::arch::asm;

/// MAIR0 and MAIR1: a byte for each memory type that page tables can name.
pub(super) fn memory_attributes() -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: Registers are read that do not change after boot.
    unsafe {
        asm!("mrc p15, 0, {}, c10, c2, 0", out(reg) low, options(nomem, nostack));
        asm!("mrc p15, 0, {}, c10, c2, 1", out(reg) high, options(nomem, nostack));
    }
    u64::from(high) << 32 | u64::from(low)
}

/// CTR.
pub(super) fn cache_type() -> usize {
    let register;
    // SAFETY: A constant register is read.
    unsafe { asm!("mrc p15, 0, {}, c0, c0, 1", out(reg) register, options(nomem, nostack)) };
    register
}

/// Writes a cache line back and drops it, to the point of coherency (DCCIMVAC); nothing is
/// lost.
///
/// # Safety
///
/// `address` must be mapped.
pub(super) unsafe fn flush_line(address: usize) {
    // SAFETY: As the caller vouches.
    unsafe { asm!("mcr p15, 0, {}, c7, c14, 1", in(reg) address, options(nostack)) };
}

/// Waits until all accesses are over, and lines written back.
pub(super) fn barrier() {
    // SAFETY: A barrier, `dsb sy`: Rust's target of the kernel is an older ARM, which
    // does not know the word.
    unsafe { asm!(".inst 0xf57ff04f", options(nostack)) };
}
