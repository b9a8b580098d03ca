//! What the module makes of bits of page tables and registers. It is tested here,
//! where tests run; T-Head's encoding has nowhere else ever run.

use crate::decode_arm::{ARM_ENTRY_BITS, PAR_BITS, arm_entry, mair_byte, par};
use crate::decode_riscv::{RISCV_ENTRY_BITS, RiscvTypes};
use crate::uapi::{
    TYPE_DEVICE, TYPE_NON_CACHED, TYPE_OTHER, TYPE_STRONGLY_ORDERED, TYPE_UNMAPPED,
    TYPE_WRITE_BACK, TYPE_WRITE_THROUGH,
};

#[test]
fn mair_bytes_of_linux() {
    // arch/arm64/mm/proc.S and arch/arm/mm/proc-v7-3level.S, tagged memory included.
    assert_eq!(mair_byte(0x00), TYPE_STRONGLY_ORDERED);
    assert_eq!(mair_byte(0x04), TYPE_DEVICE);
    assert_eq!(mair_byte(0x44), TYPE_NON_CACHED);
    assert_eq!(mair_byte(0xaa), TYPE_WRITE_THROUGH);
    for byte in [0xee, 0xff, 0xf0] {
        assert_eq!(mair_byte(byte), TYPE_WRITE_BACK);
    }
    // Inner and outer cache differ; a reserved byte.
    for byte in [0x4f, 0xf4, 0x01] {
        assert_eq!(mair_byte(byte), TYPE_OTHER);
    }
}

#[test]
fn par_as_qemu_answers_it() {
    assert_eq!(par(0xff00_0000_4100_0b80), TYPE_WRITE_BACK);
    assert_eq!(par(0x4400_0000_4100_0b00), TYPE_NON_CACHED);
    assert_eq!(par(0x0400_0000_4100_0b00), TYPE_DEVICE);
    assert_eq!(par(0x0000_0000_4100_0b00), TYPE_STRONGLY_ORDERED);
    assert_eq!(par(0x80b), TYPE_UNMAPPED);
    // Where there is no register.
    assert_eq!(par(u64::MAX), TYPE_UNMAPPED);
}

#[test]
fn no_address_is_left_in_what_is_shown() {
    const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
    assert_eq!(PAR_BITS & ADDRESS, 0);
    assert_eq!(ARM_ENTRY_BITS & ADDRESS, 0);
    assert_eq!(RISCV_ENTRY_BITS & ((1 << 54) - (1 << 10)), 0);
}

#[test]
fn the_index_in_an_arm_entry_is_looked_up_in_mair() {
    // Attributes 0 to 4 of arm64's Linux: WB, NC, nGnRE, nGnRnE, tagged.
    let mair = 0xf0_00_04_44_ff;
    let types = [0, 1, 2, 3, 4].map(|index| arm_entry(index << 2 | 0xfff0_0000_0000_0fe3, mair));
    let want = [
        TYPE_WRITE_BACK,
        TYPE_NON_CACHED,
        TYPE_DEVICE,
        TYPE_STRONGLY_ORDERED,
        TYPE_WRITE_BACK,
    ];
    assert_eq!(types, want);
}

#[test]
fn riscv_entries_by_svpbmt() {
    let svpbmt = RiscvTypes::of(1 << 61);
    assert_eq!(svpbmt, RiscvTypes::Svpbmt);
    let types = [0, 1, 2, 3].map(|bits| svpbmt.entry(bits << 61 | 0xff));
    let want = [
        TYPE_WRITE_BACK,
        TYPE_NON_CACHED,
        TYPE_STRONGLY_ORDERED,
        TYPE_OTHER,
    ];
    assert_eq!(types, want);
}

#[test]
fn riscv_entries_by_t_head() {
    // _PAGE_NOCACHE_THEAD, _PAGE_IO_THEAD and _PAGE_PMA_THEAD of pgtable-64.h: bits
    // 63:59 are strongly ordered, cacheable, bufferable, shareable, trustable.
    const NOCACHE: u64 = 0b00110 << 59;
    let thead = RiscvTypes::of(NOCACHE);
    assert_eq!(thead, RiscvTypes::Thead);
    assert_eq!(thead.entry(NOCACHE | 0xff), TYPE_NON_CACHED);
    assert_eq!(thead.entry(0b10010 << 59 | 0xff), TYPE_STRONGLY_ORDERED);
    assert_eq!(thead.entry(0b01110 << 59 | 0xff), TYPE_WRITE_BACK);
}

#[test]
fn riscv_entries_without_types_are_what_the_platform_has() {
    assert_eq!(RiscvTypes::of(0), RiscvTypes::None);
    assert_eq!(RiscvTypes::None.entry(0xff), TYPE_WRITE_BACK);
}
