//! Suite `seed`: the contract of the demo driver for Linux 2.6.

use crate::bench::{AREAS, Area, Bench};
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
pub(super) fn bad_offset(bench: &Bench) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    let stride = bench.area_bytes() as u64;
    let page = page_size() as u64;
    let beyond = AREAS.len() as u64 * stride;
    for (what, offset) in [
        ("next", beyond),
        ("next-page", beyond + page),
        ("far", 16 * beyond),
        ("tera", 1 << 40),
        ("last", i64::MAX as u64 + 1 - 2 * page),
    ] {
        let result = device.map(offset, page_size(), Protection::ReadWrite);
        expect_refusal(what, result, Errno::IO)?;
    }
    Ok(())
}

/// DESCRIBE says what the verifier knows already.
pub(super) fn describe(bench: &Bench) -> Checked {
    let device = bench.open(Access::Read)?;
    for area in AREAS {
        let got = device.describe(area.number).or_fail("describe")?;
        expect_figure("area", area.number.into(), got.area.into())?;
        expect_figure("areas", uapi::AREAS.into(), got.areas.into())?;
        expect_figure("offset", bench.offset(area), got.offset)?;
        expect_figure("size", bench.area_bytes() as u64, got.size)?;
        let write_back = uapi::PROTECTION_WRITE_BACK;
        expect_figure("protection", write_back.into(), got.protection.into())?;
        expect_figure("reserved", 0, got.reserved.into())?;
    }
    expect_refusal(
        "describe-unknown",
        device.describe(uapi::AREAS),
        Errno::INVAL,
    )
}
