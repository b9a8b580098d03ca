//! The folders of `board/` have the files that their kind of board requires.

use std::collections::BTreeSet;
use std::fs;

use card_tests::board::{Board, boards, root};

/// The names of the files in a folder of the checkout.
fn names(folder: &str) -> BTreeSet<String> {
    let path = root().join(folder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries
        .map(|entry| name(entry.expect("an entry")))
        .collect()
}

#[test]
fn every_folder_with_a_board_has_what_a_board_has() {
    let with = |file: &str| -> BTreeSet<String> {
        let folders = names("board").into_iter();
        folders
            .filter(|name| root().join("board").join(name).join(file).is_file())
            .collect()
    };
    let known: BTreeSet<String> = boards().into_iter().map(|board| board.name).collect();
    assert!(!known.is_empty());
    for file in ["board.toml", "build", "cmdline"] {
        assert_eq!(with(file), known, "{file}");
    }
}

#[test]
fn the_files_of_a_board_are_those_of_its_kind() {
    for board in boards() {
        let files = names(&format!("board/{}", board.name));
        let name = &board.name;
        let known = [
            "board.dts",
            "board.toml",
            "build",
            "cmdline",
            "qemu",
            "qemu-card",
        ];
        let unknown: Vec<&String> = files
            .iter()
            .filter(|file| !known.contains(&file.as_str()))
            .collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        // One source of the device tree: Linux', our own, or the machine in QEMU.
        let sources = [
            !board.fact("device_tree").is_empty(),
            files.contains("board.dts"),
        ];
        let is_machine = files.contains("qemu");
        match sources {
            [true, true] => panic!("{name} has two device trees"),
            [false, false] => assert!(is_machine, "{name} has no device tree"),
            _ => {}
        }
        assert!(
            is_machine || !board.fact("card").is_empty(),
            "{name} cannot be started"
        );
        assert!(
            root().join("mk/arch").join(board.fact("arch")).is_file(),
            "{name}: arch"
        );
        card_facts(&board, &files);
    }
}

/// What only a board with a card has.
fn card_facts(board: &Board, files: &BTreeSet<String>) {
    let name = &board.name;
    let layout = board.fact("card");
    if layout.is_empty() {
        for fact in ["boot", "package", "raw_files", "fat_files", "qemu_files"] {
            assert_eq!(board.fact(fact), "", "{name}: {fact} without a card");
        }
        assert!(
            !files.contains("qemu-card"),
            "{name}: qemu-card without a card"
        );
        return;
    }
    let layout = root().join(format!("board/card/{layout}.cfg"));
    let layout = fs::read_to_string(&layout).unwrap_or_else(|error| panic!("{layout:?}: {error}"));
    assert!(
        root().join("board/boot").join(board.fact("boot")).is_dir(),
        "{name}: boot"
    );
    let wants = layout.matches("image = \"").count();
    let raw: Vec<&str> = board.fact("raw_files").split_whitespace().collect();
    for file in &raw {
        let file = file.rsplit('/').next().unwrap_or_default();
        assert!(
            layout.contains(&format!("image = \"{file}\"")),
            "{name}: {file} has no place"
        );
    }
    // All that the layout asks for, and the FAT partition.
    assert_eq!(raw.len() + 1, wants, "{name}: {raw:?}");
}
