//! Suite `bounds`: nothing outside an area can be reached.

use super::{coherency, data};
use crate::bench::{Area, Bench, VMALLOC};
use crate::sys::{Access, Device, Errno, Mapping, Protection, page_size};
use crate::trouble::{Checked, OrFail, expect_refusal};
use crate::uapi::{self, Fill, PATTERN_ADDRESS, Sync};

/// A mapping shorter than the area shows the area's start.
pub(super) fn part(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    let salt = bench.salt();
    bench.fill(&device, area, salt)?;
    for pages in [1, bench.pages.div_ceil(2), bench.pages] {
        let mapping = bench.map_part(&device, area, pages)?;
        data::compare(&mapping, area, salt)?;
    }
    Ok(())
}

/// A mapping longer than the area is refused with `EIO`.
pub(super) fn too_long(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    for pages in [bench.pages + 1, 2 * bench.pages, 64 * bench.pages] {
        let length = pages * page_size();
        let result = device.map(bench.offset(area), length, Protection::ReadWrite);
        expect_refusal("too-long", result, Errno::IO)?;
    }
    Ok(())
}

/// A mapping that starts inside the area is refused with `EIO`.
pub(super) fn inside(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    for page in [1, bench.pages - 1] {
        if page == 0 || page >= bench.pages {
            continue;
        }
        let offset = bench.offset(area) + (page * page_size()) as u64;
        let result = device.map(offset, page_size(), Protection::ReadWrite);
        expect_refusal("inside", result, Errno::IO)?;
    }
    Ok(())
}

/// FILL and CHECK refuse a range that is not in the area, and words they do not know; what
/// is beside a range they leave alone.
pub(super) fn ioctl_range(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let size = bench.area_bytes() as u64;
    let good = Fill {
        area: area.number,
        pattern: PATTERN_ADDRESS,
        offset: 0,
        length: size,
        salt: bench.salt(),
        reserved: 0,
    };
    #[rustfmt::skip]
    let bad = [
        ("beyond", Fill { offset: 4, ..good }, Errno::INVAL),
        ("far", Fill { offset: 1 << 40, length: 4, ..good }, Errno::INVAL),
        ("long", Fill { length: size + 4, ..good }, Errno::INVAL),
        ("wrap", Fill { offset: u64::MAX - 3, length: size, ..good }, Errno::OVERFLOW),
        ("unaligned-offset", Fill { offset: 2, length: 4, ..good }, Errno::INVAL),
        ("unaligned-length", Fill { length: 3, ..good }, Errno::INVAL),
        ("pattern", Fill { pattern: 99, ..good }, Errno::INVAL),
        ("area", Fill { area: uapi::AREAS, ..good }, Errno::INVAL),
    ];
    for (what, fill, errno) in bad {
        expect_refusal(what, device.fill(fill), errno)?;
        let mut check = uapi::Check {
            area: fill.area,
            pattern: fill.pattern,
            offset: fill.offset,
            length: fill.length,
            ..uapi::Check::default()
        };
        expect_refusal(what, device.check(&mut check), errno)?;
    }
    expect_refusal(
        "reserved",
        device.fill(Fill {
            reserved: 1,
            ..good
        }),
        Errno::INVAL,
    )?;
    device
        .fill(Fill {
            offset: size,
            length: 0,
            ..good
        })
        .or_fail("empty")?;
    beside(bench, &device, &mapping, area)
}

/// A part of an area with something before and behind it: offset and length. Whole cache
/// lines of any CPU.
fn part_in_the_middle(bench: &Bench) -> (u64, u64) {
    let quarter = bench.area_bytes() as u64 / 4;
    (quarter, 2 * quarter)
}

/// Fails unless the words of that part, and no other, have the salt `new`.
fn only_part(bench: &Bench, mapping: &Mapping, area: Area, old: u32, new: u32) -> Checked {
    let (offset, length) = part_in_the_middle(bench);
    // An area has at most 2^32 bytes.
    let (start, end) = (offset as u32 / 4, (offset + length) as u32 / 4);
    let size = bench.area_bytes() as u32 / 4;
    for (range, salt) in [(0..start, old), (start..end, new), (end..size, old)] {
        data::compare_words(range, mapping, area, salt)?;
    }
    Ok(())
}

/// SYNC refuses a range that is not in the area, and what it does not know; it and
/// DEVICE_WRITE leave alone what is beside a range.
pub(super) fn sync_range(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let size = bench.area_bytes() as u64;
    for direction in [uapi::SYNC_FOR_CPU, uapi::SYNC_FOR_DEVICE] {
        let good = Sync {
            area: area.number,
            direction,
            offset: size,
            length: 0,
        };
        #[rustfmt::skip]
        let bad = [
            ("beyond", Sync { length: 1, ..good }, Errno::INVAL),
            ("long", Sync { offset: 0, length: size + 1, ..good }, Errno::INVAL),
            ("wrap", Sync { length: u64::MAX, ..good }, Errno::OVERFLOW),
            ("direction", Sync { direction: 2, ..good }, Errno::INVAL),
            ("area", Sync { area: uapi::AREAS, ..good }, Errno::INVAL),
            ("cpu-only", Sync { area: uapi::AREA_VMALLOC, ..good }, Errno::OPNOTSUPP),
        ];
        for (what, sync, errno) in bad {
            expect_refusal(what, device.sync(sync), errno)?;
        }
        device.sync(good).or_fail("empty")?;
    }
    let fill = bench.whole_fill(VMALLOC, PATTERN_ADDRESS, 0);
    expect_refusal("device-write", device.device_write(fill), Errno::OPNOTSUPP)?;
    let mut check = bench.whole_check(VMALLOC, 0);
    expect_refusal(
        "device-read",
        device.device_read(&mut check),
        Errno::OPNOTSUPP,
    )?;
    // What the CPU wrote in checks before must not leave its caches later than what the device
    // writes.
    coherency::sync(bench, &device, area, uapi::SYNC_FOR_DEVICE)?;
    let new = bench.salt();
    let fill = bench.whole_fill(area, PATTERN_ADDRESS, new);
    if device.device_write(fill) == Err(Errno::OPNOTSUPP) {
        // Nothing can play the device; `coherency` says so.
        return Ok(());
    }
    if bench.platform.bounced {
        // Elsewhere what is beside the range may be seen or not.
        let old = bench.salt();
        data::write(&mapping, area, old);
        let (offset, length) = part_in_the_middle(bench);
        let part = Sync {
            area: area.number,
            direction: uapi::SYNC_FOR_CPU,
            offset,
            length,
        };
        device.sync(part).or_fail("sync")?;
        only_part(bench, &mapping, area, old, new)?;
    }
    beside(bench, &device, &mapping, area)
}

/// Fails if a fill or a comparison of a part reaches beyond it.
fn beside(bench: &Bench, device: &Device, mapping: &Mapping, area: Area) -> Checked {
    let by_device = area.number == uapi::AREA_STREAMING;
    let fill = |fill| match by_device {
        true => device.device_write(fill),
        false => device.fill(fill),
    };
    let (offset, length) = part_in_the_middle(bench);
    let (old, new) = (bench.salt(), bench.salt());
    let whole = |salt| bench.whole_fill(area, PATTERN_ADDRESS, salt);
    fill(whole(old)).or_fail("whole")?;
    let part = Fill {
        offset,
        length,
        ..whole(new)
    };
    fill(part).or_fail("part")?;
    let mut part = uapi::Check {
        offset,
        length,
        ..bench.whole_check(area, new)
    };
    let checked = match by_device {
        true => device.device_read(&mut part),
        false => device.check(&mut part),
    };
    checked.or_fail("part")?;
    data::nothing_bad(&part)?;
    if by_device {
        coherency::sync(bench, device, area, uapi::SYNC_FOR_CPU)?;
    }
    only_part(bench, mapping, area, old, new)
}

/// REQUEST is for the carve-out alone, while nobody maps it, and for types that it has.
pub(super) fn request(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    for other in 0..area.number {
        let result = device.request(other, uapi::TYPE_WRITE_BACK);
        expect_refusal("other-area", result, Errno::OPNOTSUPP)?;
    }
    for (number, memory_type) in [
        (uapi::AREAS, uapi::TYPE_WRITE_BACK),
        (area.number, uapi::TYPE_UNKNOWN),
        (area.number, uapi::TYPE_WRITE_THROUGH),
        (area.number, uapi::TYPE_OTHER),
    ] {
        let result = device.request(number, memory_type);
        expect_refusal("unknown", result, Errno::INVAL)?;
    }
    let _mapping = bench.map(&device, area)?;
    let result = device.request(area.number, uapi::TYPE_WRITE_BACK);
    expect_refusal("mapped", result, Errno::BUSY)
}

/// TRANSLATE tells nothing of what is not the device's.
pub(super) fn translate(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let own = mapping.address() as u64;
    let ask = |number, side, address| device.translate(number, side, address);
    ask(area.number, uapi::SIDE_USER, own).or_fail("own")?;
    drop(mapping);
    let foreign = core::ptr::from_ref(&device).addr() as u64;
    let program = Device::open(c"/proc/self/exe", Access::Read).or_fail("open-exe")?;
    let program = program.map(0, page_size(), Protection::Read);
    let program = program.or_fail("mmap-exe")?;
    let size = bench.area_bytes() as u64;
    for (what, number, side, address) in [
        ("unmapped", area.number, uapi::SIDE_USER, own),
        ("foreign", area.number, uapi::SIDE_USER, foreign),
        (
            "other-file",
            area.number,
            uapi::SIDE_USER,
            program.address() as u64,
        ),
        ("high", area.number, uapi::SIDE_USER, u64::MAX),
        ("beyond", area.number, uapi::SIDE_KERNEL, size),
        ("beyond", area.number, uapi::SIDE_LINEAR, u64::MAX),
        ("area", uapi::AREAS, uapi::SIDE_KERNEL, 0),
        ("side", area.number, 3, 0),
    ] {
        expect_refusal(what, ask(number, side, address), Errno::INVAL)?;
    }
    Ok(())
}

/// An ioctl that the module does not know is refused with `ENOTTY`, and so is one that
/// differs only in the size of its argument.
pub(super) fn ioctl_unknown(bench: &Bench, _area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    expect_refusal("ioctl", device.unknown_ioctl(), Errno::NOTTY)?;
    for number in [
        uapi::DESCRIBE,
        uapi::FILL,
        uapi::CHECK,
        uapi::SYNC,
        uapi::DEVICE_WRITE,
        uapi::DEVICE_READ,
        uapi::TRANSLATE,
        uapi::REQUEST,
    ] {
        expect_refusal("size", device.larger_ioctl(number), Errno::NOTTY)?;
    }
    Ok(())
}
