//! The numbers that `tests/syzkaller/` has are those of `uapi.rs`.

use board_verify::uapi;

#[test]
fn the_numbers_are_those_of_the_module() {
    let said = include_str!("../../../tests/syzkaller/dev_mmap_areas.txt.const");
    let described = include_str!("../../../tests/syzkaller/dev_mmap_areas.txt");
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
        assert!(described.contains(&format!("MMAP_AREAS_{name}")), "{name}");
    }
}
