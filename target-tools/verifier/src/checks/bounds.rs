//! Suite `bounds`: nothing outside an area can be reached.

use super::data;
use crate::bench::{Area, Bench};
use crate::sys::{Access, Errno, Protection, page_size};
use crate::trouble::{Checked, OrFail, expect_refusal};
use crate::uapi::{self, Fill, PATTERN_ADDRESS};

/// A mapping shorter than the area shows the area's start.
pub(super) fn part(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    let salt = bench.salt();
    bench
        .fill(&device, area, PATTERN_ADDRESS, salt)
        .or_fail("fill")?;
    for pages in [1, bench.pages.div_ceil(2), bench.pages] {
        let mapping = device
            .map(
                bench.offset(area),
                pages * page_size(),
                Protection::ReadWrite,
            )
            .or_fail("mmap")?;
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

/// FILL and CHECK refuse a range that is not in the area, and words they do not know.
pub(super) fn ioctl_range(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
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
        let check = uapi::Check {
            area: fill.area,
            pattern: fill.pattern,
            offset: fill.offset,
            length: fill.length,
            ..uapi::Check::default()
        };
        expect_refusal(what, device.check(check), errno)?;
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
        .or_fail("empty")
}

/// An ioctl that the module does not know is refused with `ENOTTY`.
pub(super) fn ioctl_unknown(bench: &Bench) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    expect_refusal("ioctl", device.unknown_ioctl(), Errno::NOTTY)
}
