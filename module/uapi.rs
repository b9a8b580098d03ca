// SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT OR Apache-2.0
//! What the module and user space agree on: ioctls, structs, patterns.
//!
//! This one file is compiled by Kbuild into the module and by cargo into the
//! verifier. It uses nothing but `core`. Every struct has the same layout on 32
//! and 64 bit, asserted at the end; all sizes and offsets are in bytes.
//!
//! # mmap
//!
//! `mmap(MAP_SHARED)` of the device maps one area from its first byte: the file
//! offset is the area's [`Describe::offset`], the length at most its size.
//!
//! | errno | when |
//! |---|---|
//! | `EIO` | no area starts at the offset; the length is more than the area's |
//! | `EINVAL` | `MAP_PRIVATE` |
//! | `EACCES` | `PROT_EXEC`; `PROT_WRITE` through a read-only open |
//!
//! A mapping cannot grow, is left out of core dumps, cannot be pinned for direct
//! I/O, and keeps its memory after the file is closed.

/// First byte of each ioctl number.
pub const IOCTL_TYPE: u32 = 0xbc;

/// `_IOWR(IOCTL_TYPE, 0, Describe)`: what an area is.
pub const DESCRIBE: u32 = ioctl(READ | WRITE, 0, size_of::<Describe>());
/// `_IOW(IOCTL_TYPE, 1, Fill)`: the kernel writes a pattern. Needs an open for writing.
pub const FILL: u32 = ioctl(WRITE, 1, size_of::<Fill>());
/// `_IOWR(IOCTL_TYPE, 2, Check)`: the kernel compares with a pattern.
pub const CHECK: u32 = ioctl(READ | WRITE, 2, size_of::<Check>());

const WRITE: u32 = 1;
const READ: u32 = 2;

/// `_IOC` of `include/uapi/asm-generic/ioctl.h`.
const fn ioctl(direction: u32, number: u32, size: usize) -> u32 {
    direction << 30 | (size as u32) << 16 | IOCTL_TYPE << 8 | number
}

/// Area of `vmalloc` memory; its mappings start at file offset 0.
pub const AREA_VMALLOC: u32 = 0;
/// Area of physically contiguous `kmalloc` memory.
pub const AREA_KMALLOC: u32 = 1;
/// Number of areas.
pub const AREAS: u32 = 2;

/// Memory that CPU caches may hold and write back later.
pub const PROTECTION_WRITE_BACK: u32 = 1;

/// Argument of [`DESCRIBE`].
///
/// Errors: `EINVAL` for an unknown area, `EFAULT`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Describe {
    /// In: which area, from 0.
    pub area: u32,
    /// Out: number of areas.
    pub areas: u32,
    /// Out: file offset at which the area's mappings start.
    pub offset: u64,
    /// Out: size of the area.
    pub size: u64,
    /// Out: protection that user mappings get, `PROTECTION_*`.
    pub protection: u32,
    /// Out: 0.
    pub reserved: u32,
}

/// The pattern of the 2.6 demo driver, [`seed_word`]; `salt` is not used.
pub const PATTERN_SEED: u32 = 0;
/// Each word tells its own place, [`address_word`].
pub const PATTERN_ADDRESS: u32 = 1;

/// Argument of [`FILL`].
///
/// Errors: `EBADF` opened read-only; `EINVAL` for an unknown area or pattern, an
/// offset or length that is no multiple of 4, a range that ends beyond the area,
/// `reserved` other than 0; `EOVERFLOW` for offset + length beyond 64 bits;
/// `EFAULT`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Fill {
    /// Which area, from 0.
    pub area: u32,
    /// `PATTERN_*`.
    pub pattern: u32,
    /// Start of the range, from the start of the area.
    pub offset: u64,
    /// Length of the range.
    pub length: u64,
    /// Makes one fill differ from the next.
    pub salt: u32,
    /// 0.
    pub reserved: u32,
}

/// [`Check::bad_offset`] where every word is as expected.
pub const NOTHING_BAD: u64 = u64::MAX;

/// Argument of [`CHECK`]. Errors as for [`FILL`], but an open for reading will do.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Check {
    /// In: which area, from 0.
    pub area: u32,
    /// In: `PATTERN_*`.
    pub pattern: u32,
    /// In: start of the range, from the start of the area.
    pub offset: u64,
    /// In: length of the range.
    pub length: u64,
    /// In: that of the fill.
    pub salt: u32,
    /// Out: the word at `bad_offset`.
    pub found: u32,
    /// Out: the first word that differs, from the start of the area, or [`NOTHING_BAD`].
    pub bad_offset: u64,
}

/// The word at `index` (in words of 4 bytes) of the pattern that the 2.6 demo
/// driver wrote: pairs of two words, both plus the index of the first, wrapping.
pub const fn seed_word(area: u32, index: u32) -> u32 {
    let high: u32 = match (area, index % 2) {
        (AREA_VMALLOC, 0) => 0xaffe,
        (_, 0) => 0xdead,
        _ => 0xbeef,
    };
    (high << 16).wrapping_add(index & !1)
}

/// A word that is another one for each `index` (in words of 4 bytes), area and
/// salt: multiplication by an odd number maps no two indices to one word.
pub const fn address_word(area: u32, index: u32, salt: u32) -> u32 {
    index.wrapping_mul(0x9e37_79b1) ^ salt.rotate_left(16) ^ area.wrapping_mul(0x85eb_ca6b)
}

const _: () = {
    assert!(size_of::<Describe>() == 32 && align_of::<Describe>() <= 8);
    assert!(core::mem::offset_of!(Describe, offset) == 8);
    assert!(core::mem::offset_of!(Describe, protection) == 24);
    assert!(size_of::<Fill>() == 32 && core::mem::offset_of!(Fill, salt) == 24);
    assert!(size_of::<Check>() == 40 && core::mem::offset_of!(Check, bad_offset) == 32);
    assert!(DESCRIBE == 0xc020_bc00 && FILL == 0x4020_bc01 && CHECK == 0xc028_bc02);
};
