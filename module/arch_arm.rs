// SPDX-License-Identifier: GPL-2.0

//! ARMv7 with LPAE: the MMU answers ATS1C*, memory types are bytes of MAIR0 and MAIR1.

use crate::{
    decode_arm,
    shim, //
};
use core::{
    arch::asm,
    ptr::NonNull, //
};

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
    let (low, high): (u32, u32);
    // SAFETY: Registers are read that do not change after boot.
    unsafe {
        asm!("mrc p15, 0, {}, c10, c2, 0", out(reg) low, options(nomem, nostack));
        asm!("mrc p15, 0, {}, c10, c2, 1", out(reg) high, options(nomem, nostack));
    }
    decode_arm::arm_entry(entry, u64::from(high) << 32 | u64::from(low))
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
pub(crate) fn flush(base: NonNull<u8>, size: usize) {
    let type_register: u32;
    // SAFETY: A constant register is read (CTR).
    unsafe { asm!("mrc p15, 0, {}, c0, c0, 1", out(reg) type_register, options(nomem, nostack)) };
    // DminLine: log2 of the words of the smallest data cache line.
    let line = 4usize << (type_register >> 16 & 0xf);
    let end = base.as_ptr() as usize + size;
    let mut address = base.as_ptr() as usize & !(line - 1);
    while address < end {
        // SAFETY: DCCIMVAC; the line holds memory that is mapped; nothing is lost.
        unsafe { asm!("mcr p15, 0, {}, c7, c14, 1", in(reg) address, options(nostack)) };
        address += line;
    }
    // SAFETY: A barrier, `dsb sy`: Rust's target of the kernel is an older ARM, which
    // does not know the word.
    unsafe { asm!(".inst 0xf57ff04f", options(nostack)) };
}
