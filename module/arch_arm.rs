// SPDX-License-Identifier: GPL-2.0

//! AArch64, and ARMv7 with LPAE: the MMU answers `AT` and ATS1C*, memory types are bytes
//! of MAIR.

use crate::{
    decode_arm,
    shim, //
};
use core::ptr::NonNull;

#[cfg_attr(CONFIG_ARM64, path = "registers_arm64.rs")]
#[cfg_attr(CONFIG_ARM, path = "registers_arm.rs")]
mod registers;

/// What of a page table entry is no address.
pub(crate) const ENTRY_BITS: u64 = decode_arm::ARM_ENTRY_BITS;

/// True: page tables can express every type.
pub(crate) fn expressible() -> bool {
    true
}

/// The type that page tables have for `memory_type`: the same.
pub(crate) fn nearest(memory_type: u32) -> u32 {
    memory_type
}

/// Type of a page table entry.
pub(crate) fn entry_type(entry: u64) -> u32 {
    decode_arm::arm_entry(entry, registers::memory_attributes())
}

/// The page table entry of a kernel address: not known here, the hardware's answer is
/// better.
pub(crate) fn kernel_entry(_address: usize) -> Option<u64> {
    None
}

/// Type and register that the MMU answers for an address, without the address.
pub(crate) fn hardware(address: usize, user: bool) -> Option<(u32, u64)> {
    let par = shim::probe(address, user);
    Some((decode_arm::par(par), par & decode_arm::PAR_BITS))
}

/// Writes back and drops what caches hold of `size` bytes at `base`, to the point of
/// coherency. The cores that have LPAE have no outer cache controller.
pub(crate) fn flush(base: NonNull<u8>, _start: u64, size: usize) {
    // DminLine of the cache type register: log2 of the words of the smallest line.
    let line = 4usize << (registers::cache_type() >> 16 & 0xf);
    let end = base.as_ptr() as usize + size;
    let mut address = base.as_ptr() as usize & !(line - 1);
    while address < end {
        // SAFETY: The line holds memory that is mapped.
        unsafe { registers::flush_line(address) };
        address += line;
    }
    barrier();
}

/// All accesses before this are over, for CPUs and for devices, and all lines written back,
/// before any access behind it.
pub(crate) fn barrier() {
    registers::barrier();
}
