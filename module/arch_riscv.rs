// SPDX-License-Identifier: GPL-2.0

//! RISC-V: no instruction tells what the MMU does, so page tables are all one can
//! know. T-Head's encoding is decoded, and their cache operations are called, but never ran.

use crate::{
    decode_riscv::{
        self,
        RiscvTypes, //
    },
    shim,
    uapi::{
        TYPE_DEVICE,
        TYPE_STRONGLY_ORDERED, //
    },
};
use core::{
    arch::asm,
    ptr::NonNull, //
};
use kernel::page::PAGE_SIZE;

/// What of a page table entry is no address.
pub(crate) const ENTRY_BITS: u64 = decode_riscv::RISCV_ENTRY_BITS;

/// True if page table entries have bits for the memory type.
pub(crate) fn expressible() -> bool {
    RiscvTypes::of(shim::write_combine_bits()) != RiscvTypes::None
}

/// The type that page tables have for `memory_type`: all device memory is strongly
/// ordered.
pub(crate) fn nearest(memory_type: u32) -> u32 {
    match memory_type {
        TYPE_DEVICE => TYPE_STRONGLY_ORDERED,
        other => other,
    }
}

/// Type of a page table entry.
pub(crate) fn entry_type(entry: u64) -> u32 {
    RiscvTypes::of(shim::write_combine_bits()).entry(entry)
}

/// The page table entry of a kernel address, walked from satp; `None` if there is none.
pub(crate) fn kernel_entry(address: usize) -> Option<u64> {
    let satp: u64;
    // SAFETY: A register is read.
    unsafe { asm!("csrr {}, satp", out(reg) satp, options(nomem, nostack)) };
    // Sv39, Sv48 and Sv57 are modes 8 to 10. Source: Privileged Architecture, satp.
    let levels = match satp >> 60 {
        mode @ 8..=10 => mode as u32 - 5,
        _ => return None,
    };
    let mut table = (satp & ((1 << 44) - 1)) * PAGE_SIZE as u64;
    for level in (0..levels).rev() {
        let index = address >> (12 + 9 * level) & 0x1ff;
        // SAFETY: It is a page table of the kernel's half, which stays while the
        // address is mapped; the caller holds what is mapped there.
        let entry = unsafe {
            shim::in_linear_map(table)
                .cast::<u64>()
                .add(index)
                .read_volatile()
        };
        match (entry & 1, entry & 0b1110) {
            (0, _) => return None,
            (_, 0) => table = (entry >> 10 & ((1 << 44) - 1)) * PAGE_SIZE as u64,
            _ => return Some(entry),
        }
    }
    None
}

/// Nothing: RISC-V has no way to ask.
pub(crate) fn hardware(_address: usize, _user: bool) -> Option<(u32, u64)> {
    None
}

/// Writes back and drops what caches hold of `size` bytes at `base`, whose physical address
/// is `start`.
pub(crate) fn flush(base: NonNull<u8>, start: u64, size: usize) {
    barrier();
    shim::flush(base, start, size);
    barrier();
}

/// All accesses before this are over, for CPUs and for devices, before any one behind it.
pub(crate) fn barrier() {
    // SAFETY: A barrier.
    unsafe { asm!("fence iorw, iorw", options(nostack)) };
}
