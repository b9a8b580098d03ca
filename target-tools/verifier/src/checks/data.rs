//! Suite `data`: what one side writes, the other reads.

use crate::bench::{AREAS, Area, Bench};
use crate::pattern::{address_index, first_difference};
use crate::sys::{Device, Mapping};
use crate::trouble::{Checked, OrFail, Trouble, expect_figure};
use crate::uapi::{NOTHING_BAD, PATTERN_ADDRESS, address_word};

/// The kernel fills the area, user space reads it.
pub(super) fn kernel_to_user(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    // Twice, so that a stale copy of the first fill is found.
    for salt in [bench.salt(), bench.salt()] {
        bench
            .fill(&device, area, PATTERN_ADDRESS, salt)
            .or_fail("fill")?;
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

/// Writing one area leaves the others as they are.
pub(super) fn separate_areas(bench: &Bench) -> Checked {
    let mut salts = [0; AREAS.len()];
    for (area, salt) in AREAS.into_iter().zip(&mut salts) {
        let (_device, mapping) = bench.open_and_map(area)?;
        *salt = bench.salt();
        write(&mapping, area, *salt);
    }
    for (area, salt) in AREAS.into_iter().zip(salts) {
        let (_device, mapping) = bench.open_and_map(area)?;
        compare(&mapping, area, salt)?;
    }
    Ok(())
}

/// Writes the address pattern through `mapping`.
pub(super) fn write(mapping: &Mapping, area: Area, salt: u32) {
    for (index, word) in (0u32..).zip(0..mapping.words()) {
        mapping.write(word, address_word(area.number, index, salt));
    }
}

/// Fails at the first word that is not the address pattern, and says to which
/// place of the area the word belongs that is there instead.
pub(super) fn compare(mapping: &Mapping, area: Area, salt: u32) -> Checked {
    let words = (0..mapping.words()).map(|index| mapping.read(index));
    let difference = first_difference(words, |index| address_word(area.number, index, salt));
    let Some(difference) = difference else {
        return Ok(());
    };
    let place = address_index(area.number, difference.got, salt) as usize * 4;
    Err(Trouble::Word {
        difference,
        belongs: (place < mapping.words() * 4).then_some(place),
    })
}

/// Fails unless CHECK names `want` as the first bad offset.
fn kernel_finds(bench: &Bench, device: &Device, area: Area, salt: u32, want: u64) -> Checked {
    let check = bench.check(device, area, salt).or_fail("check")?;
    expect_figure("bad-offset", want, check.bad_offset)
}
