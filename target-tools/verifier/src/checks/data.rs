//! Suite `data`: what one side writes, the other reads.

use core::ops::Range;

use crate::bench::{Area, Bench, VMALLOC};
use crate::pattern::{address_index, first_difference};
use crate::sys::{Device, Mapping};
use crate::trouble::{Checked, OrFail, Trouble, expect_figure};
use crate::uapi::{Check, NOTHING_BAD, address_word};

/// The kernel fills the area, user space reads it.
pub(super) fn kernel_to_user(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    // Twice, so that a stale copy of the first fill is found.
    for salt in [bench.salt(), bench.salt()] {
        bench.fill(&device, area, salt)?;
        compare(&mapping, area, salt)?;
    }
    Ok(())
}

/// User space fills the area, the kernel reads it.
pub(super) fn user_to_kernel(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    for salt in [bench.salt(), bench.salt()] {
        write(&mapping, area, salt);
        kernel_finds(bench, &device, area, salt, NOTHING_BAD)?;
    }
    Ok(())
}

/// The kernel's comparison finds one flipped bit, wherever it is.
pub(super) fn check_finds_flip(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let salt = bench.salt();
    write(&mapping, area, salt);
    let last = mapping.words() - 1;
    for (index, bit) in [(0, 0), (last / 2, 17), (last, 31)] {
        mapping.write(index, mapping.read(index) ^ 1 << bit);
        kernel_finds(bench, &device, area, salt, index as u64 * 4)?;
        mapping.write(index, mapping.read(index) ^ 1 << bit);
    }
    kernel_finds(bench, &device, area, salt, NOTHING_BAD)
}

/// What is written through one mapping is read through another.
pub(super) fn two_mappings(bench: &Bench, area: Area) -> Checked {
    let (_first_device, first) = bench.open_and_map(area)?;
    let (_second_device, second) = bench.open_and_map(area)?;
    let salt = bench.salt();
    write(&first, area, salt);
    compare(&second, area, salt)?;
    let salt = bench.salt();
    write(&second, area, salt);
    compare(&first, area, salt)
}

/// Writing one area leaves the others as they are, those of the other devices, too.
pub(super) fn separate_areas(bench: &Bench, _area: Area) -> Checked {
    let start = bench.salt();
    for is_second_round in [false, true] {
        let mut salt = start;
        let mut bench = bench.clone();
        for node in bench.platform.devices.clone() {
            bench.node = node;
            for number in bench.whole_areas() {
                let area = Area { number, ..VMALLOC };
                let (_device, mapping) = bench.open_and_map(area)?;
                salt = salt.wrapping_add(1);
                match is_second_round {
                    false => write(&mapping, area, salt),
                    true => compare(&mapping, area, salt)?,
                }
            }
        }
    }
    Ok(())
}

/// User space writes, the kernel reads; then the other way.
pub(super) fn both_ways(bench: &Bench, device: &Device, mapping: &Mapping, area: Area) -> Checked {
    let salt = bench.salt();
    write(mapping, area, salt);
    kernel_finds(bench, device, area, salt, NOTHING_BAD)?;
    let salt = bench.salt();
    bench.fill(device, area, salt)?;
    compare(mapping, area, salt)
}

/// Writes the address pattern through `mapping`.
pub(super) fn write(mapping: &Mapping, area: Area, salt: u32) {
    write_from(0, mapping, area, salt);
}

/// The same from word `first` on.
pub(super) fn write_from(first: u32, mapping: &Mapping, area: Area, salt: u32) {
    for (index, word) in (first..).zip(first as usize..mapping.words()) {
        mapping.write(word, address_word(area.number, index, salt));
    }
}

/// Fails at the first word that is not the address pattern, and says to which
/// place of the area the word belongs that is there instead.
pub(super) fn compare(mapping: &Mapping, area: Area, salt: u32) -> Checked {
    compare_from(0, mapping, area, salt)
}

/// The same from word `first` on.
pub(super) fn compare_from(first: u32, mapping: &Mapping, area: Area, salt: u32) -> Checked {
    compare_words(
        first..u32::try_from(mapping.words()).unwrap_or(u32::MAX),
        mapping,
        area,
        salt,
    )
}

/// The same for the words `range`.
pub(super) fn compare_words(
    range: Range<u32>,
    mapping: &Mapping,
    area: Area,
    salt: u32,
) -> Checked {
    let first = range.start;
    let words = range.map(|index| mapping.read(index as usize));
    let expected = |index| address_word(area.number, first + index, salt);
    let Some(mut difference) = first_difference(words, expected) else {
        return Ok(());
    };
    difference.offset_bytes += first * 4;
    let index = address_index(area.number, difference.got, salt);
    Err(Trouble::Word {
        difference,
        belongs: ((index as usize) < mapping.words()).then_some(index * 4),
    })
}

/// Fails unless CHECK names `want` as the first bad offset.
fn kernel_finds(bench: &Bench, device: &Device, area: Area, salt: u32, want: u64) -> Checked {
    let mut check = bench.whole_check(area, salt);
    device.check(&mut check).or_fail("check")?;
    expect_figure("bad-offset", want, check.bad_offset)
}

/// Fails if a CHECK or DEVICE_READ has found a word that differs.
pub(super) fn nothing_bad(check: &Check) -> Checked {
    expect_figure("bad-offset", NOTHING_BAD, check.bad_offset)
}
