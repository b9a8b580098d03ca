//! The crate must build where there is neither `std` nor an allocator: the verifier
//! links it with `core` alone.

use std::process::Command;

#[test]
fn source_asks_for_no_std_and_no_allocator() {
    let source = concat!(
        include_str!("../src/lib.rs"),
        include_str!("../src/record.rs"),
        include_str!("../src/request.rs"),
    );
    assert!(source.contains("\n#![no_std]\n"));
    assert!(source.contains("\n#![forbid(unsafe_code)]\n"));
    for forbidden in ["extern crate", "alloc::", "std::"] {
        assert!(!source.contains(forbidden), "{forbidden}");
    }
}

/// What is linked, with its features. An entry more is a decision to take: none
/// of these allocates.
#[test]
fn dependencies_are_these_and_none_has_an_allocating_feature() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges=normal", "--prefix=none"])
        .args(["--format={lib} {f}", "--package=board-check-protocol"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{tree:?}");
    let mut linked: Vec<_> = str::from_utf8(&tree.stdout).unwrap().lines().collect();
    linked.sort_unstable();
    linked.dedup();
    assert_eq!(
        linked,
        [
            "board_check_protocol ",
            "byteorder ",
            "crc ",
            "crc_catalog ",
            "hash32 ",
            "heapless ",
            "siphasher ",
            "stable_deref_trait ",
        ]
    );
}
