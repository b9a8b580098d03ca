//! Suite `speed`: how fast the CPU is with an area. A slow board passes; a check fails if
//! what it moved is not what then is there, or if the clock cannot be right.

use core::time::Duration;

use super::data;
use crate::bench::{Area, Bench};
use crate::sys::{self, Device, Protection, page_size};
use crate::trouble::{Checked, Note, OrFail, Trouble, expect_figure};
use crate::uapi::{Check, address_word};

/// Rounds that count. One more goes before them, with the same number of repeats.
const ROUNDS: usize = 8;

/// How long a round should take: so long that neither the time that a look at the clock
/// takes nor the clock's steps can be seen in the figures.
const ROUND_NS: u64 = 2_000_000;

/// A clock with longer steps cannot measure a round.
const LONGEST_TICK_NS: u64 = ROUND_NS / 50;

/// Keeps a round finite, whatever the clock says.
const REPEATS_MAX: u32 = 1 << 17;

/// Words of 4 bytes between two reads of the latency: at least a cache line of all CPUs
/// that this runs on but few.
const STRIDE: usize = 16;

/// How fast the area is read, word by word of the CPU's size.
pub(super) fn read(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let salt = bench.salt();
    bench.fill(&device, area, salt)?;
    let words = (0..mapping.words()).zip(0..);
    let sum = words.fold(0, |sum: usize, (place, index)| {
        let word = address_word(area.number, index, salt) as usize;
        // The CPU's words are of one or two of these, the first one low.
        let shift = place as u32 * 32 % usize::BITS;
        sum.wrapping_add(word << shift)
    });
    bandwidth(bench, bench.area_bytes(), &mut |repeats| {
        let sums = (0..repeats).map(|_| mapping.sum());
        let got = sums.fold(0, usize::wrapping_add);
        expect_sum(sum.wrapping_mul(repeats as usize), got)
    })
}

/// How fast the area is written.
pub(super) fn write(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let mut word = 0;
    bandwidth(bench, bench.area_bytes(), &mut |repeats| {
        word = bench.salt();
        (0..repeats).for_each(|_| mapping.set(word));
        Ok(())
    })?;
    kernel_reads(bench, &device, area, 0, &|_index| word)?;
    let words = (0..mapping.words()).map(|index| mapping.read(index));
    let sum = words.fold(0, u32::wrapping_add);
    let want = word.wrapping_mul(mapping.words() as u32);
    expect_sum(want as usize, sum as usize)
}

/// How fast the first half of the area is copied to the second.
pub(super) fn copy(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let salt = bench.salt();
    bench.fill(&device, area, salt)?;
    bandwidth(bench, bench.area_bytes() / 2, &mut |repeats| {
        (0..repeats).for_each(|_| mapping.copy_half());
        Ok(())
    })?;
    let half = mapping.words() / 2;
    kernel_reads(bench, &device, area, half, &|index| {
        address_word(area.number, index - half as u32, salt)
    })
}

/// How long one read takes, if the next one has to wait for it: each word that is read
/// says where the next one is.
pub(super) fn latency(bench: &Bench, area: Area) -> Checked {
    let (_device, mapping) = bench.open_and_map(area)?;
    // A power of two; no area is smaller than a stride.
    let places = 1 << (mapping.words() / STRIDE).checked_ilog2().unwrap_or(0);
    for place in 0..places {
        // Comes to all places before it comes back, in an order that no CPU foresees.
        let next = (5 * place + 17) % places;
        mapping.write(place * STRIDE, (next * STRIDE) as u32);
    }
    let each = |ns, repeats| per(ns, places as u64 * repeats);
    measure(bench, "ns", &each, &mut |repeats| {
        let end = mapping.follow(repeats as usize * places);
        expect_figure("end-of-chain", 0, u64::from(end))
    })
}

/// What a page costs to be mapped, touched and unmapped, as a part of the whole area.
pub(super) fn map(bench: &Bench, area: Area) -> Checked {
    // Whether each page is there is found out first, outside of what is timed.
    let (device, _mapping) = bench.open_and_map(area)?;
    let salt = bench.salt();
    bench.fill(&device, area, salt)?;
    let (offset, length) = (bench.offset(area), bench.area_bytes());
    let firsts = || (0..bench.pages).map(|page| page * page_size() / 4);
    let words = firsts().map(|index| address_word(area.number, index as u32, salt));
    let sum = words.fold(0, u32::wrapping_add);
    let each = |ns, repeats| per(ns, bench.pages as u64 * repeats);
    measure(bench, "ns", &each, &mut |repeats| {
        let mut got = 0u32;
        for _repeat in 0..repeats {
            let mapping = device.map(offset, length, Protection::ReadWrite);
            let mapping = mapping.or_fail("mmap")?;
            let words = firsts().map(|index| mapping.read(index));
            got = words.fold(got, u32::wrapping_add);
        }
        expect_sum(sum.wrapping_mul(repeats) as usize, got as usize)
    })
}

/// Fails unless the kernel reads `want` in a word of each page from word `first` on.
fn kernel_reads(
    bench: &Bench,
    device: &Device,
    area: Area,
    first: usize,
    want: &dyn Fn(u32) -> u32,
) -> Checked {
    for place in (first..bench.area_bytes() / 4).step_by(page_size() / 4 + 1) {
        let index = place as u32;
        // The salt with which the pattern has that word at this place.
        let salt = (want(index) ^ address_word(area.number, index, 0)).rotate_left(16);
        let mut check = Check {
            offset: place as u64 * 4,
            length: 4,
            ..bench.whole_check(area, salt)
        };
        device.check(&mut check).or_fail("check")?;
        data::nothing_bad(&check)?;
    }
    Ok(())
}

fn expect_sum(want: usize, got: usize) -> Checked {
    expect_figure("sum", want as u64, got as u64)
}

/// Measures `work`, which moves `bytes` so often as it is told.
fn bandwidth(bench: &Bench, bytes: usize, work: &mut dyn FnMut(u32) -> Checked) -> Checked {
    let each = |ns, repeats| mib_per_second(bytes as u64 * repeats, ns);
    measure(bench, "mib_s", &each, work)
}

/// Tenths of MiB/s.
fn mib_per_second(bytes: u64, ns: u64) -> u64 {
    // 10 · 10⁹ / 1024, for as many KiB.
    (bytes / 1024).saturating_mul(9_765_625) / ns.max(1)
}

/// Tenths of nanoseconds for each of `count`.
fn per(ns: u64, count: u64) -> u64 {
    ns.saturating_mul(10) / count.max(1)
}

/// Does `work` so often in a round that the round takes [`ROUND_NS`], and notes mean and
/// standard deviation of `figure(nanoseconds, repeats)`, which is in tenths of `unit`.
fn measure(
    bench: &Bench,
    unit: &'static str,
    figure: &dyn Fn(u64, u64) -> u64,
    work: &mut dyn FnMut(u32) -> Checked,
) -> Checked {
    clock_ticks(bench)?;
    let mut repeats = 1;
    while let Some(more) = more_repeats(repeats, round(bench, repeats, work)?) {
        repeats = more;
    }
    let mut figures = [0; ROUNDS];
    for slot in &mut figures {
        *slot = match round(bench, repeats, work)? {
            0 => return Err(bad_clock("stands-still")),
            ns => figure(ns, repeats.into()),
        };
    }
    let (mean, deviation) = mean_and_deviation(&figures);
    bench.note.set(Note::Speed {
        unit,
        mean,
        deviation,
    });
    Ok(())
}

/// Nanoseconds that `work` takes: none, if it is quicker than one step of the clock.
fn round(
    bench: &Bench,
    repeats: u32,
    work: &mut dyn FnMut(u32) -> Checked,
) -> Result<u64, Trouble> {
    let before = bench.fault.now();
    work(repeats)?;
    match bench.fault.now().checked_sub(before) {
        None => Err(bad_clock("goes-back")),
        Some(took) => Ok(nanoseconds(took)),
    }
}

/// Fails if the clock stands still; skips if its steps are too long to measure with.
fn clock_ticks(bench: &Bench) -> Checked {
    let now = || bench.fault.now();
    let start = now();
    let goes = (0..20).any(|_| {
        sys::sleep(Duration::from_millis(1));
        now() != start
    });
    if !goes {
        return Err(bad_clock("stands-still"));
    }
    // Several times, because something else may run in between. Where a look at the clock
    // takes longer than a step may, as on a busy emulator, each shows another time.
    let mut at_once = 0;
    let fine = (0..16).any(|_| {
        let start = now();
        let mut steps = (0..REPEATS_MAX).map(|_| now().saturating_sub(start));
        let step = steps.position(|step| !step.is_zero());
        at_once += u32::from(step == Some(0));
        at_once >= 8 || nanoseconds(now().saturating_sub(start)) <= LONGEST_TICK_NS
    });
    match fine {
        true => Ok(()),
        false => Err(Trouble::Skip("coarse-clock")),
    }
}

fn bad_clock(found: &'static str) -> Trouble {
    Trouble::Finding {
        what: "clock",
        found,
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    duration.as_secs() * 1_000_000_000 + u64::from(duration.subsec_nanos())
}

/// After a round of `repeats` that took `ns`: how many repeats to try next; `None` if
/// these are enough.
fn more_repeats(repeats: u32, ns: u64) -> Option<u32> {
    if ns >= ROUND_NS / 2 || repeats >= REPEATS_MAX {
        return None;
    }
    // A short round says little: the next step is not more than 16-fold.
    let factor = (ROUND_NS / ns.max(1)).clamp(2, 16) as u32;
    Some(repeats.saturating_mul(factor).min(REPEATS_MAX))
}

/// Mean and standard deviation (of a sample: divided by n - 1), rounded down.
fn mean_and_deviation(figures: &[u64; ROUNDS]) -> (u64, u64) {
    let mean = figures
        .iter()
        .fold(0, |sum: u64, &figure| sum.saturating_add(figure))
        / ROUNDS as u64;
    let squares = figures.iter().map(|figure| {
        let distance = figure.abs_diff(mean);
        distance.saturating_mul(distance)
    });
    let sum = squares.fold(0, u64::saturating_add);
    (mean, root(sum / (ROUNDS as u64 - 1)))
}

/// The square root, rounded down, bit by bit.
fn root(square: u64) -> u64 {
    (0..32).rev().fold(0, |root, bit| {
        let larger = root | 1 << bit;
        if larger * larger <= square {
            larger
        } else {
            root
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bandwidth_is_in_tenths_of_mib_per_second() {
        assert_eq!(mib_per_second(1 << 20, 1_000_000_000), 10);
        assert_eq!(mib_per_second(64 << 10, 1_000), 625_000);
        // 256 MiB, 131072 times, in a second; and a clock that cannot be.
        assert_eq!(mib_per_second(1 << 45, 1_000_000_000), 335_544_320);
        assert_eq!(mib_per_second(u64::MAX, 0), u64::MAX);
    }

    #[test]
    fn a_time_is_shared_by_all_that_it_was_for() {
        assert_eq!(per(2_000_000, 1000), 20_000);
        assert_eq!(per(1_999, 1000), 19);
        assert_eq!(per(1, 0), 10);
    }

    #[test]
    fn repeats_grow_until_a_round_is_long_enough() {
        assert_eq!(more_repeats(1, 0), Some(16));
        assert_eq!(more_repeats(1, 10), Some(16));
        assert_eq!(more_repeats(16, 500_000), Some(64));
        assert_eq!(more_repeats(16, 999_999), Some(32));
        assert_eq!(more_repeats(16, 1_000_000), None);
        assert_eq!(more_repeats(1, u64::MAX), None);
        assert_eq!(more_repeats(REPEATS_MAX - 1, 1), Some(REPEATS_MAX));
        assert_eq!(more_repeats(REPEATS_MAX, 1), None);
    }

    #[test]
    fn mean_and_deviation_are_those_of_the_book() {
        assert_eq!(mean_and_deviation(&[7; ROUNDS]), (7, 0));
        // The squares of the distances are 2400 together; 2400 / 7 = 342.
        let figures = [30, 70, 30, 70, 30, 70, 50, 50];
        assert_eq!(mean_and_deviation(&figures), (50, 18));
        assert_eq!(mean_and_deviation(&[0, 0, 0, 0, 0, 0, 0, 80]), (10, 28));
        let (mean, deviation) = mean_and_deviation(&[u64::MAX; ROUNDS]);
        assert!(mean > 0 && deviation > 0);
    }

    #[test]
    fn a_root_is_rounded_down() {
        for (square, want) in [(0, 0), (1, 1), (3, 1), (4, 2), (24, 4), (25, 5)] {
            assert_eq!(root(square), want);
        }
        assert_eq!(root(u64::MAX), u32::MAX.into());
    }
}
