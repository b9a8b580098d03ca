// SPDX-License-Identifier: GPL-2.0

//! AArch64 and ARMv7 with LPAE: from bits of page tables and registers to memory
//! types. Only `core`: the PC's tests compile this file, too.

use super::uapi::{
    TYPE_DEVICE, TYPE_NON_CACHED, TYPE_OTHER, TYPE_STRONGLY_ORDERED, TYPE_UNMAPPED,
    TYPE_WRITE_BACK, TYPE_WRITE_THROUGH,
};

/// Type of a byte of MAIR, which is also the ATTR field of PAR. Source: Arm ARM,
/// MAIR_EL1 and PAR_EL1.
pub fn mair_byte(byte: u8) -> u32 {
    match byte {
        0x00 => TYPE_STRONGLY_ORDERED,
        // nGnRE, nGRE, GRE.
        0x04 | 0x08 | 0x0c => TYPE_DEVICE,
        0x44 => TYPE_NON_CACHED,
        // Tagged memory is write-back, too.
        0xf0 => TYPE_WRITE_BACK,
        _ => match (byte >> 4, byte & 0xf) {
            // Write-back, allocating or not, in both cache levels.
            (0xc..=0xf, 0xc..=0xf) => TYPE_WRITE_BACK,
            // Non-transient write-through.
            (0x8..=0xb, 0x8..=0xb) => TYPE_WRITE_THROUGH,
            _ => TYPE_OTHER,
        },
    }
}

/// What of a 64-bit PAR is no address: attributes, shareability, fault status.
pub const PAR_BITS: u64 = 0xff00_0000_0000_0fff;

/// Type that a 64-bit PAR tells (AArch64 PAR_EL1, ARMv7 PAR with LPAE).
pub fn par(par: u64) -> u32 {
    if par & 1 != 0 {
        TYPE_UNMAPPED
    } else {
        mair_byte((par >> 56) as u8)
    }
}

/// What of a page table entry is no address (AArch64 and ARMv7 with LPAE).
pub const ARM_ENTRY_BITS: u64 = 0xfff0_0000_0000_0fff;

/// Type of a page table entry with AttrIndx in bits 4:2, given MAIR.
pub fn arm_entry(entry: u64, mair: u64) -> u32 {
    let index = entry >> 2 & 7;
    mair_byte((mair >> (8 * index)) as u8)
}
