//! Suite `seed`: the contract of the demo driver for Linux 2.6.

use crate::bench::{Area, Bench, VMALLOC};
use crate::pattern::first_difference;
use crate::sys::{Access, Errno, Protection, page_size};
use crate::trouble::{Checked, OrFail, Trouble, expect_figure, expect_refusal};
use crate::uapi::{self, seed_word};

/// The whole area holds the demo driver's pattern after load.
pub(super) fn pattern(bench: &Bench, area: Area) -> Checked {
    let (_device, mapping) = bench.open_and_map(area)?;
    let words = (0..mapping.words()).map(|index| mapping.read(index));
    match first_difference(words, |index| seed_word(area.number, index)) {
        None => Ok(()),
        Some(difference) => Err(Trouble::Word {
            difference,
            belongs: None,
        }),
    }
}

/// An offset at which no area starts is refused with `EIO`.
pub(super) fn bad_offset(bench: &Bench, _area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    let stride = bench.area_bytes() as u64;
    let page = page_size() as u64;
    let beyond = u64::from(uapi::AREAS) * stride;
    for (what, offset) in [
        ("next", beyond),
        ("next-page", beyond + page),
        ("far", 16 * beyond),
        // On 32 bit the kernel itself refuses more than 4 GiB.
        ("high", 1 << (usize::BITS - 2)),
        ("last", (1 << (usize::BITS - 1)) - 2 * page),
    ] {
        let result = device.map(offset, page_size(), Protection::ReadWrite);
        expect_refusal(what, result, Errno::IO)?;
    }
    Ok(())
}

/// DESCRIBE says what the verifier knows already.
pub(super) fn describe(bench: &Bench, _area: Area) -> Checked {
    let device = bench.open(Access::Read)?;
    for number in 0..uapi::AREAS {
        let got = device.describe(number).or_fail("describe")?;
        let area = Area { number, ..VMALLOC };
        let size = match bench.has_less(number) {
            true => got.size,
            // An area that the device does not have has no size.
            false => u64::from(bench.areas().contains(&number)) * bench.area_bytes() as u64,
        };
        for (what, want, got) in [
            ("area", number.into(), got.area.into()),
            ("areas", uapi::AREAS.into(), got.areas.into()),
            ("offset", bench.offset(area), got.offset),
            ("size", size, got.size),
        ] {
            expect_figure(what, want, got)?;
        }
    }
    expect_refusal(
        "describe-unknown",
        device.describe(uapi::AREAS),
        Errno::INVAL,
    )
}
