//! The numbers that `tests/syzkaller/` has are those of `uapi.rs`, and fit all machines.

use board_verify::uapi;

const DESCRIBED: &str = include_str!("../../../tests/syzkaller/dev_mmap_areas.txt");

#[test]
fn the_numbers_are_those_of_the_module() {
    let said = include_str!("../../../tests/syzkaller/dev_mmap_areas.txt.const");
    let mut of_module = vec![
        ("DESCRIBE", uapi::DESCRIBE),
        ("FILL", uapi::FILL),
        ("CHECK", uapi::CHECK),
        ("SYNC", uapi::SYNC),
        ("DEVICE_WRITE", uapi::DEVICE_WRITE),
        ("DEVICE_READ", uapi::DEVICE_READ),
        ("TRANSLATE", uapi::TRANSLATE),
        ("REQUEST", uapi::REQUEST),
        ("PATTERN_SEED", uapi::PATTERN_SEED),
        ("PATTERN_ADDRESS", uapi::PATTERN_ADDRESS),
        ("SIDE_USER", uapi::SIDE_USER),
        ("SIDE_KERNEL", uapi::SIDE_KERNEL),
        ("SIDE_LINEAR", uapi::SIDE_LINEAR),
        ("SYNC_FOR_CPU", uapi::SYNC_FOR_CPU),
        ("SYNC_FOR_DEVICE", uapi::SYNC_FOR_DEVICE),
        ("TYPE_WRITE_BACK", uapi::TYPE_WRITE_BACK),
        ("TYPE_NON_CACHED", uapi::TYPE_NON_CACHED),
        ("TYPE_DEVICE", uapi::TYPE_DEVICE),
        ("TYPE_STRONGLY_ORDERED", uapi::TYPE_STRONGLY_ORDERED),
    ];
    of_module.sort_unstable();
    let of_file: Vec<(&str, u32)> = said
        .lines()
        .filter_map(|line| line.strip_prefix("MMAP_AREAS_")?.split_once(" = "))
        .map(|(name, number)| (name, number.parse().expect("a number")))
        .collect();
    assert_eq!(of_file, of_module);
    for (name, _) in of_module {
        assert!(DESCRIBED.contains(&format!("MMAP_AREAS_{name}")), "{name}");
    }
}

/// syzkaller compiles all descriptions for machines of 32 bits, and refuses what does not fit.
#[test]
fn offsets_of_mmap_fit_into_32_bits() {
    let offsets = DESCRIBED
        .lines()
        .find_map(|line| line.strip_prefix("mmap_areas_offset = 0x"))
        .expect("offsets");
    for digits in offsets.split(", 0x") {
        let offset = u64::from_str_radix(digits, 16).expect("a number");
        let fits = u32::try_from(offset).is_ok() || i32::try_from(offset.cast_signed()).is_ok();
        assert!(fits, "{digits}");
    }
}
