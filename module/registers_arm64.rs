// SPDX-License-Identifier: GPL-2.0

//! Registers and cache instructions of AArch64.

use core::arch::asm;

/// MAIR_EL1: a byte for each memory type that page tables can name.
pub(super) fn memory_attributes() -> u64 {
    let mair;
    // SAFETY: A register is read that does not change after boot.
    unsafe { asm!("mrs {}, mair_el1", out(reg) mair, options(nomem, nostack)) };
    mair
}

/// CTR_EL0.
pub(super) fn cache_type() -> usize {
    crate::shim::cache_type() as usize
}

/// Writes a cache line back and drops it, to the point of coherency; nothing is lost.
///
/// # Safety
///
/// `address` must be mapped.
pub(super) unsafe fn flush_line(address: usize) {
    // SAFETY: As the caller vouches.
    unsafe { asm!("dc civac, {}", in(reg) address, options(nostack)) };
}

/// Waits until all accesses are over, and lines written back.
pub(super) fn barrier() {
    // SAFETY: A barrier.
    unsafe { asm!("dsb sy", options(nostack)) };
}
