// SPDX-License-Identifier: GPL-2.0

//! RISC-V: from bits of page tables to memory types. Only `core`: the PC's tests
//! compile this file, too.

use super::uapi::{TYPE_NON_CACHED, TYPE_OTHER, TYPE_STRONGLY_ORDERED, TYPE_WRITE_BACK};

/// How a RISC-V CPU writes memory types into page table entries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RiscvTypes {
    /// Not at all: the platform alone decides.
    None,
    /// Svpbmt: bits 62:61.
    Svpbmt,
    /// T-Head's own: bits 63:59 are SO, C, B, SH, Sec.
    Thead,
}

impl RiscvTypes {
    /// Tells by the bits that `pgprot_writecombine` sets.
    pub fn of(write_combine_bits: u64) -> Self {
        match write_combine_bits >> 59 {
            0 => Self::None,
            0b00100 => Self::Svpbmt,
            _ => Self::Thead,
        }
    }

    /// Type of a page table entry.
    pub fn entry(self, entry: u64) -> u32 {
        match self {
            // What the platform has for memory is cached.
            Self::None => TYPE_WRITE_BACK,
            Self::Svpbmt => match entry >> 61 & 3 {
                0 => TYPE_WRITE_BACK,
                1 => TYPE_NON_CACHED,
                2 => TYPE_STRONGLY_ORDERED,
                _ => TYPE_OTHER,
            },
            // Strongly ordered is bit 63, cacheable bit 62. Source:
            // arch/riscv/include/asm/pgtable-64.h.
            Self::Thead => match entry >> 62 {
                0b00 => TYPE_NON_CACHED,
                0b01 => TYPE_WRITE_BACK,
                0b10 => TYPE_STRONGLY_ORDERED,
                _ => TYPE_OTHER,
            },
        }
    }
}

/// What of a RISC-V page table entry is no page frame number: bits 53:10 are.
pub const RISCV_ENTRY_BITS: u64 = 0xffc0_0000_0000_03ff;
