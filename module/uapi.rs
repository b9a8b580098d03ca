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
//! | `ENODEV` | the area needs a device, which is unbound |
//!
//! Besides, each call may say `ENOMEM`, and has then changed nothing.
//!
//! A mapping cannot grow, is left out of core dumps, cannot be pinned for direct
//! I/O, and keeps its memory after the file is closed. When the device is unbound,
//! the mappings of the areas from [`AREA_COHERENT`] on are taken away: an access is
//! SIGBUS from then on. The other two keep their memory.

/// First byte of each ioctl number.
pub const IOCTL_TYPE: u32 = 0xbc;

/// `_IOWR(IOCTL_TYPE, 0, Describe)`: what an area is.
pub const DESCRIBE: u32 = ioctl(READ | WRITE, 0, size_of::<Describe>());
/// `_IOW(IOCTL_TYPE, 1, Fill)`: the kernel writes a pattern. Needs an open for writing.
pub const FILL: u32 = ioctl(WRITE, 1, size_of::<Fill>());
/// `_IOWR(IOCTL_TYPE, 2, Check)`: the kernel compares with a pattern.
pub const CHECK: u32 = ioctl(READ | WRITE, 2, size_of::<Check>());
/// `_IOW(IOCTL_TYPE, 3, Sync)`: hands a range of the streaming area over. Needs an
/// open for writing.
pub const SYNC: u32 = ioctl(WRITE, 3, size_of::<Sync>());
/// `_IOW(IOCTL_TYPE, 4, Fill)`: the device writes a pattern into the streaming area.
/// Needs an open for writing.
pub const DEVICE_WRITE: u32 = ioctl(WRITE, 4, size_of::<Fill>());
/// `_IOWR(IOCTL_TYPE, 5, Check)`: the device compares the streaming area with a pattern.
pub const DEVICE_READ: u32 = ioctl(READ | WRITE, 5, size_of::<Check>());
/// `_IOWR(IOCTL_TYPE, 6, Translate)`: what the MMU says of an address.
pub const TRANSLATE: u32 = ioctl(READ | WRITE, 6, size_of::<Translate>());
/// `_IOW(IOCTL_TYPE, 7, Request)`: the protection of the carve-out's mappings. Needs
/// an open for writing.
pub const REQUEST: u32 = ioctl(WRITE, 7, size_of::<Request>());

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
/// Area of `dma_alloc_coherent` memory.
pub const AREA_COHERENT: u32 = 2;
/// Area of `dma_alloc_wc` memory.
pub const AREA_WC: u32 = 3;
/// Area of memory that is mapped for a device with `dma_map_*`.
pub const AREA_STREAMING: u32 = 4;
/// Area of memory that the device tree keeps from the kernel (`no-map`). A device
/// without `memory-region` has none: then its size is 0.
pub const AREA_CARVEOUT: u32 = 5;
/// Number of areas.
pub const AREAS: u32 = 6;

/// Not known: the hardware has no way to say it.
pub const TYPE_UNKNOWN: u32 = 0;
/// Memory that CPU caches may hold and write back later.
pub const TYPE_WRITE_BACK: u32 = 1;
/// Memory that CPU caches may hold but not keep changed.
pub const TYPE_WRITE_THROUGH: u32 = 2;
/// Memory that caches do not hold; writes may be combined.
pub const TYPE_NON_CACHED: u32 = 3;
/// Device memory: no combining, no reordering; a write may be acknowledged early.
pub const TYPE_DEVICE: u32 = 4;
/// Device memory, strongly ordered: a write ends when the device has it.
pub const TYPE_STRONGLY_ORDERED: u32 = 5;
/// Nothing is mapped there.
pub const TYPE_UNMAPPED: u32 = 6;
/// Another type; the raw value tells.
pub const TYPE_OTHER: u32 = 7;

/// CPU caches are coherent with each other: no device is involved.
pub const REASON_CPU_ONLY: u32 = 1;
/// The device takes part in cache coherency.
pub const REASON_DEVICE_COHERENT: u32 = 2;
/// The device does not see CPU caches.
pub const REASON_DEVICE_NOT_COHERENT: u32 = 3;
/// The memory is cached, and handed over by SYNC.
pub const REASON_HANDED_OVER: u32 = 4;
/// It was asked for by REQUEST.
pub const REASON_REQUESTED: u32 = 5;
/// This CPU cannot express what was asked for; the memory is as the platform has it.
pub const REASON_NOT_HONOURED: u32 = 6;

/// A `REASON_*` in words, ASCII, with zeroes behind; all zeroes for another number.
pub fn reason_in_words(reason: u32) -> [u8; 32] {
    const WORDS: [[u8; 32]; 7] = [
        padded(b""),
        padded(b"CPUs alone share it"),
        padded(b"device is cache-coherent"),
        padded(b"device sees no CPU caches"),
        padded(b"cached, handed over by SYNC"),
        padded(b"asked for by REQUEST"),
        padded(b"CPU has no such memory type"),
    ];
    WORDS.get(reason as usize).copied().unwrap_or_default()
}

/// Evaluated at compile time, where words that are too long are an error.
const fn padded(words: &[u8]) -> [u8; 32] {
    let mut padded = [0; 32];
    let mut index = 0;
    while index < words.len() {
        padded[index] = words[index];
        index += 1;
    }
    padded
}

/// Nothing can play the device: see [`Fill`].
pub const DEVICE_END_NONE: u32 = 0;
/// The CPU plays the device, in the bounce buffer of the area.
pub const DEVICE_END_BOUNCE: u32 = 1;
/// A bus master copies the data from or to a buffer of its own.
pub const DEVICE_END_BUS_MASTER: u32 = 2;

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
    /// Out: size of the area: the distance of two areas' offsets, or less where the
    /// device's DMA takes less at once, or the carve-out has less; 0 if the device has
    /// no such area.
    pub size: u64,
    /// Out: 1 if the device is cache-coherent, else 0.
    pub coherent: u32,
    /// Out: the type that the area's user mappings should have, `TYPE_*`.
    pub requested: u32,
    /// Out: the type that they get.
    pub granted: u32,
    /// Out: why, `REASON_*`.
    pub reason: u32,
    /// Out: who plays the device of the streaming area, `DEVICE_END_*`; else 0.
    pub device_end: u32,
    /// Out: 1 if the device that the streaming area is mapped for is cache-coherent: a bus
    /// master, which need not be as `coherent` says, or the device itself; else 0.
    pub mapped_coherent: u32,
    /// Out: `reason` as [`reason_in_words`] has it.
    pub why: [u8; 32],
}

/// The pattern of the 2.6 demo driver, [`seed_word`]; `salt` is not used.
pub const PATTERN_SEED: u32 = 0;
/// Each word tells its own place, [`address_word`].
pub const PATTERN_ADDRESS: u32 = 1;

/// Argument of [`FILL`] and [`DEVICE_WRITE`].
///
/// Errors: `EBADF` opened read-only; `EINVAL` for an unknown area or pattern, an
/// offset or length that is no multiple of 4, a range that ends beyond the area,
/// `reserved` other than 0; `EOVERFLOW` for offset + length beyond 64 bits; `ENODEV`
/// the area needs a device, which is unbound; `EOPNOTSUPP` the kernel itself cannot map the
/// type that the carve-out has; `EFAULT`.
///
/// DEVICE_WRITE is carried out by a bus master if one was free when the device was bound
/// (`CONFIG_DMA_ENGINE`, a channel that copies memory), else by the CPU in the bounce
/// buffer, if all DMA of the device has one (`swiotlb=force`) and no IOMMU is between: an
/// address behind an IOMMU is no place in memory. Its errors besides: `EOPNOTSUPP` another
/// area than the streaming one, or neither is there; `EINVAL` the bus master cannot copy
/// just this range, for its alignment; `EIO` it failed; `ETIMEDOUT` it did not end in
/// a second, and was stopped. After `EIO` and `ETIMEDOUT` the range holds anything.
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

/// Argument of [`CHECK`] and [`DEVICE_READ`]. Errors as for [`Fill`], but an open for
/// reading will do.
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

/// The CPU is to read what the device wrote.
pub const SYNC_FOR_CPU: u32 = 0;
/// The device is to read what the CPU wrote.
pub const SYNC_FOR_DEVICE: u32 = 1;

/// Argument of [`SYNC`].
///
/// Errors: `EINVAL` for an unknown area or direction, a range that ends beyond the
/// area; `EOVERFLOW` for offset + length beyond 64 bits; `EOPNOTSUPP` for an area that
/// needs no handing over; `ENODEV` the device is unbound; `EFAULT`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sync {
    /// Which area, from 0.
    pub area: u32,
    /// `SYNC_FOR_*`.
    pub direction: u32,
    /// Start of the range, from the start of the area.
    pub offset: u64,
    /// Length of the range.
    pub length: u64,
}

/// [`Translate::address`] is an address of the calling process.
pub const SIDE_USER: u32 = 0;
/// It is an offset in the area, in bytes: the address through which the kernel
/// reads and writes it.
pub const SIDE_KERNEL: u32 = 1;
/// It is an offset in the area, in bytes: the page's place in the kernel's map of all
/// memory, which nobody uses for an area that has another kernel address.
pub const SIDE_LINEAR: u32 = 2;

/// Argument of [`TRANSLATE`].
///
/// Errors: `EINVAL` for an unknown area or side, an offset beyond the area, a user
/// address that is not in a mapping of this device's file, or whose page is not there
/// because nobody has touched it yet; `ENODEV` the area needs a device, which is
/// unbound; `EOPNOTSUPP` the kernel has no such address; `EFAULT`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Translate {
    /// In: which area, from 0; not looked at for [`SIDE_USER`].
    pub area: u32,
    /// In: `SIDE_*`.
    pub side: u32,
    /// In: see there.
    pub address: u64,
    /// Out: the type in the page table, `TYPE_*`.
    pub table_type: u32,
    /// Out: the type that the MMU itself gives, `TYPE_*`.
    pub hardware_type: u32,
    /// Out: the page table entry, its address bits zeroed.
    pub table_raw: u64,
    /// Out: the register in which the MMU answered, its address bits zeroed.
    pub hardware_raw: u64,
}

/// Argument of [`REQUEST`].
///
/// Errors: `EBADF` opened read-only; `EINVAL` for an unknown area or type; `EBUSY` the
/// area is mapped; `EOPNOTSUPP` for any area but the carve-out: its memory has another
/// address in the kernel whose type must be the same; `ENODEV` the device is unbound
/// or has no carve-out; `EFAULT`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Request {
    /// Which area, from 0.
    pub area: u32,
    /// `TYPE_WRITE_BACK`, `TYPE_NON_CACHED`, `TYPE_DEVICE` or `TYPE_STRONGLY_ORDERED`.
    pub memory_type: u32,
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
    assert!(size_of::<Describe>() == 80 && align_of::<Describe>() <= 8);
    assert!(core::mem::offset_of!(Describe, offset) == 8);
    assert!(core::mem::offset_of!(Describe, coherent) == 24);
    assert!(core::mem::offset_of!(Describe, why) == 48);
    assert!(size_of::<Fill>() == 32 && core::mem::offset_of!(Fill, salt) == 24);
    assert!(size_of::<Check>() == 40 && core::mem::offset_of!(Check, bad_offset) == 32);
    assert!(size_of::<Sync>() == 24 && core::mem::offset_of!(Sync, offset) == 8);
    assert!(size_of::<Translate>() == 40 && core::mem::offset_of!(Translate, table_raw) == 24);
    assert!(size_of::<Request>() == 8);
    assert!(DESCRIBE == 0xc050_bc00 && FILL == 0x4020_bc01 && CHECK == 0xc028_bc02);
};
