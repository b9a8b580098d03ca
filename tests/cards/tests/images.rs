//! The card of each board is whole, and a card with a fault is refused for that fault.

use std::fs;
use std::process::Command;

use card_tests::board::{Board, boards};
use card_tests::card::{self, Part, check, contents};
use card_tests::disk::{SECTOR, partitions};
use card_tests::fat::{self, Files};
use card_tests::loader;
use crc::{CRC_32_ISO_HDLC, Crc};

/// A board, its card, and the files on it.
struct Built {
    board: Board,
    card: Vec<u8>,
    files: Files,
}

fn built() -> Vec<Built> {
    let with_card = boards()
        .into_iter()
        .filter(|board| !board.fact("card").is_empty());
    let built: Vec<Built> = with_card
        .map(|board| {
            let card = card::read(&board.output().join("sdcard.img"));
            let (partitions, _) = partitions(&card).expect("a partition table");
            let fat = partitions.iter().find(|partition| partition.bootable);
            let fat = fat.expect("a partition to boot from").bytes.clone();
            let files = fat::read(&card[fat]).expect("files");
            Built { board, card, files }
        })
        .collect();
    assert!(!built.is_empty(), "no board has a card");
    built
}

/// What the check says of a card: the part that it is about, and the sentence.
fn said(board: &Board, card: &[u8]) -> Option<(Part, String)> {
    let complaint = check(board, card, &card::manifest_beside(board)).err()?;
    Some((complaint.part, complaint.text))
}

#[test]
fn the_card_of_each_board_is_whole() {
    for Built { board, .. } in built() {
        if let Err(complaint) = card::check_built(&board) {
            panic!("{}: {complaint}", board.name);
        }
    }
}

#[test]
fn the_page_of_the_boards_is_up_to_date() {
    let page = fs::read_to_string(card_tests::page::path()).unwrap_or_default();
    assert!(
        page == card_tests::page::page(&boards()),
        "Run: make boards-doc"
    );
}

/// Which cards a fault can be made on.
#[derive(Clone, Copy)]
enum On {
    All,
    Mbr,
    Gpt,
    Layout(&'static str),
}

impl On {
    fn fits(self, built: &Built) -> bool {
        // The type of the first partition.
        let is_gpt = built.card[450] == 0xee;
        match self {
            Self::All => true,
            Self::Mbr => !is_gpt,
            Self::Gpt => is_gpt,
            Self::Layout(name) => built.board.fact("card") == name,
        }
    }
}

type Damage = fn(&mut Vec<u8>);

/// Faults, each with the part that has to complain and a part of the sentence.
const FAULTS: &[(&str, On, Damage, Part, &str)] = &[
    (
        "cut in half",
        On::All,
        |card| card.truncate(card.len() / 2),
        Part::Table,
        "",
    ),
    (
        "a byte too few",
        On::All,
        |card| card.truncate(card.len() - 1),
        Part::Size,
        "no whole sectors",
    ),
    (
        "too large",
        On::All,
        |card| card.resize(25 << 20, 0),
        Part::Size,
        "at most",
    ),
    ("empty", On::All, Vec::clear, Part::Size, "empty"),
    (
        "no mark",
        On::All,
        |card| card[511] ^= 1,
        Part::Table,
        "55 aa",
    ),
    (
        "no partition",
        On::Mbr,
        |card| card[446..510].fill(0),
        Part::Table,
        "no partition",
    ),
    (
        "not bootable",
        On::Mbr,
        |card| card[446] = 0,
        Part::Table,
        "to boot from",
    ),
    (
        "not a FAT partition",
        On::Mbr,
        |card| card[450] = 0x83,
        Part::Table,
        "No FAT partition",
    ),
    (
        "a partition over the table",
        On::Mbr,
        |card| put(card, 454, &[0; 4]),
        Part::Table,
        "begins at",
    ),
    (
        "a partition beyond the end",
        On::Mbr,
        |card| card[461] = 1,
        Part::Table,
        "and the card at",
    ),
    (
        "an unprotected GPT",
        On::Gpt,
        |card| card[458] ^= 1,
        Part::Table,
        "does not protect",
    ),
    (
        "GPT: header",
        On::Gpt,
        |card| card[SECTOR + 0x38] ^= 1,
        Part::Table,
        "sector 1 has a header with a wrong CRC",
    ),
    (
        "GPT: entries",
        On::Gpt,
        |card| card[2 * SECTOR + 0x30] ^= 1,
        Part::Table,
        "sector 1 has entries with a wrong CRC",
    ),
    (
        "GPT: header of the copy",
        On::Gpt,
        |card| *from_end(card, SECTOR - 0x38) ^= 1,
        Part::Table,
        "has a header with a wrong CRC",
    ),
    (
        "GPT: entries of the copy",
        On::Gpt,
        |card| *from_end(card, 2 * SECTOR) ^= 1,
        Part::Table,
        "has entries with a wrong CRC",
    ),
    (
        "GPT: no header",
        On::Gpt,
        |card| card[SECTOR] = 0,
        Part::Table,
        "no header of version 1.0",
    ),
    (
        "GPT: another type",
        On::Gpt,
        |card| entry(card, 0, |entry| entry[0] ^= 1),
        Part::Loader,
        "needs one partition",
    ),
    (
        "GPT: partitions that overlap",
        On::Gpt,
        |card| entry(card, 2, |entry| entry[33] -= 1),
        Part::Table,
        "begins at",
    ),
    (
        "GPT: a partition in the table",
        On::Gpt,
        |card| entry(card, 0, |entry| entry[32] = 3),
        Part::Table,
        "usable are",
    ),
    (
        "GPT: not bootable",
        On::Gpt,
        |card| entry(card, 2, |entry| entry[48] = 0),
        Part::Table,
        "to boot from",
    ),
    (
        "eGON: magic",
        On::Layout("sunxi"),
        |card| card[SUNXI + 4] ^= 1,
        Part::Loader,
        "eGON.BT0",
    ),
    (
        "eGON: code",
        On::Layout("sunxi"),
        |card| card[SUNXI + 0x1000] ^= 1,
        Part::Loader,
        "checksum",
    ),
    (
        "eGON: length",
        On::Layout("sunxi"),
        |card| card[SUNXI + 19] = 1,
        Part::Loader,
        "says that it has",
    ),
    (
        "U-Boot is missing",
        On::Layout("sunxi"),
        |card| card[SUNXI + SPL] = 0,
        Part::Loader,
        "no U-Boot",
    ),
    (
        "U-Boot: header",
        On::Layout("sunxi"),
        |card| card[SUNXI + SPL + 40] ^= 1,
        Part::Loader,
        "header of U-Boot",
    ),
    (
        "U-Boot: code",
        On::Layout("sunxi"),
        |card| card[SUNXI + SPL + 0x1000] ^= 1,
        Part::Loader,
        "U-Boot has a wrong CRC",
    ),
    (
        "idbloader: header",
        On::Layout("rockchip"),
        |card| card[64 * SECTOR] ^= 1,
        Part::Loader,
        "none of Rockchip's",
    ),
    (
        "idbloader: sizes",
        On::Layout("rockchip"),
        |card| card[65 * SECTOR - 5] ^= 0xff,
        Part::Loader,
        "leads to no code",
    ),
    (
        "idbloader: no code",
        On::Layout("rockchip"),
        |card| card[68 * SECTOR] = 0,
        Part::Loader,
        "leads to no code",
    ),
    (
        "idbloader: code",
        On::Layout("rockchip"),
        |card| card[100 * SECTOR] ^= 1,
        Part::Manifest,
        "idbloader.img is not on the card",
    ),
    (
        "FIT: magic",
        On::Layout("rockchip"),
        |card| card[16384 * SECTOR] ^= 1,
        Part::Loader,
        "d00dfeed",
    ),
    (
        "FIT: tree",
        On::Layout("rockchip"),
        |card| card[16384 * SECTOR + 0x38 + 3] = 7,
        Part::Loader,
        "no token",
    ),
    (
        "FIT: an image",
        On::Layout("rockchip"),
        |card| card[16384 * SECTOR + 0x10000] ^= 1,
        Part::Loader,
        "is not that of the data",
    ),
    (
        "SPL: header",
        On::Layout("starfive"),
        |card| card[STARFIVE] ^= 1,
        Part::Loader,
        "no header of StarFive",
    ),
    (
        "SPL: length",
        On::Layout("starfive"),
        |card| card[STARFIVE + 0x28b] = 1,
        Part::Loader,
        "says that it has",
    ),
    (
        "SPL: code",
        On::Layout("starfive"),
        |card| card[STARFIVE + 0x1000] ^= 1,
        Part::Loader,
        "SPL has a wrong CRC",
    ),
    (
        "U-Boot: magic",
        On::Layout("starfive"),
        |card| card[512 << 10] ^= 1,
        Part::Loader,
        "d00dfeed",
    ),
    (
        "U-Boot: code",
        On::Layout("starfive"),
        |card| card[1 << 20] ^= 1,
        Part::Manifest,
        "u-boot.itb is not on the card",
    ),
    (
        "SPL is missing",
        On::Layout("sifive"),
        |card| card[SIFIVE..SIFIVE + 4].fill(0),
        Part::Loader,
        "no code",
    ),
    (
        "SPL: code",
        On::Layout("sifive"),
        |card| card[SIFIVE + 0x1000] ^= 1,
        Part::Manifest,
        "u-boot-spl.bin is not on the card",
    ),
    (
        "U-Boot: magic",
        On::Layout("sifive"),
        |card| card[2082 * SECTOR] ^= 1,
        Part::Loader,
        "d00dfeed",
    ),
    (
        "U-Boot is elsewhere",
        On::Layout("sifive"),
        |card| entry(card, 1, |entry| entry[32] += 1),
        Part::Loader,
        "SPL reads sector 2082",
    ),
    (
        "FAT: boot sector",
        On::All,
        |card| *fat(card, 0x0b) ^= 0xff,
        Part::Files,
        "refuses",
    ),
    (
        "FAT: more sectors than its partition",
        On::All,
        |card| *fat(card, 0x14) = 0xff,
        Part::Files,
        "its partition",
    ),
    (
        "FAT: the copies differ",
        On::All,
        |card| *fat(card, SECTOR * 4 + 9) ^= 0xff,
        Part::Files,
        "refuses",
    ),
    (
        "a file",
        On::All,
        |card| *fat(card, 4 << 20) ^= 1,
        Part::Manifest,
        "another hash",
    ),
    (
        "an unused byte",
        On::All,
        |card| *from_end(card, 40 * SECTOR) ^= 1,
        Part::Manifest,
        "beside it",
    ),
];

const SUNXI: usize = 8 << 10;
const SPL: usize = 32 << 10;
const STARFIVE: usize = 32 << 10;
const SIFIVE: usize = 17 << 10;

#[test]
fn a_card_with_a_fault_is_refused_for_that_fault() {
    for built in built() {
        let fitting = FAULTS.iter().filter(|(_, on, ..)| on.fits(&built));
        for (name, _, damage, part, sentence) in fitting {
            let mut card = built.card.clone();
            damage(&mut card);
            let said = said(&built.board, &card);
            let is_right =
                |(found, text): &(Part, String)| found == part && text.contains(sentence);
            let board = &built.board.name;
            assert!(
                said.as_ref().is_some_and(is_right),
                "{board}, {name}: {said:?}"
            );
        }
    }
}

#[test]
fn no_number_in_a_table_ends_in_a_panic() {
    for built in built() {
        let is_gpt = On::Gpt.fits(&built);
        let Built {
            board, mut card, ..
        } = built;
        let look = |card: &[u8]| {
            if let Ok((partitions, _)) = partitions(card) {
                let _ = loader::check(board.fact("card"), card, &partitions);
            }
        };
        for at in 446..510 {
            let old = std::mem::replace(&mut card[at], 0xff);
            look(&card);
            card[at] = old;
        }
        // Behind CRCs that are right.
        for at in (0..128).filter(|_| is_gpt) {
            let old = card[2 * SECTOR + at];
            for value in [0xff, 0, old] {
                entry(&mut card, 0, |entry| entry[at] = value);
                look(&card);
            }
        }
    }
}

fn put(card: &mut [u8], at: usize, bytes: &[u8]) {
    card[at..at + bytes.len()].copy_from_slice(bytes);
}

fn from_end(card: &mut [u8], bytes: usize) -> &mut u8 {
    let at = card.len() - bytes;
    &mut card[at]
}

/// A byte of the FAT file system.
fn fat(card: &mut [u8], at: usize) -> &mut u8 {
    let (partitions, _) = partitions(card).expect("a partition table");
    let fat = partitions.iter().find(|partition| partition.bootable);
    let start = fat.expect("a partition to boot from").bytes.start;
    &mut card[start + at]
}

/// Changes an entry of both copies of a GPT, and makes their CRCs right again.
fn entry(card: &mut [u8], number: usize, change: impl Fn(&mut [u8])) {
    const ENTRIES: usize = 128 * 128;
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let last = card.len() / SECTOR - 1;
    for (header, entries) in [(1, 2), (last, last - ENTRIES / SECTOR)] {
        let (header, entries) = (header * SECTOR, entries * SECTOR);
        change(&mut card[entries + number * 128..][..128]);
        let sum = crc.checksum(&card[entries..entries + ENTRIES]);
        put(card, header + 88, &sum.to_le_bytes());
        put(card, header + 16, &[0; 4]);
        let sum = crc.checksum(&card[header..header + 92]);
        put(card, header + 16, &sum.to_le_bytes());
    }
}

type Change = fn(&mut Files);

/// Faults of files, whose hashes would be right.
const WRONG_FILES: &[(&str, Change, Part, &str)] = &[
    (
        "no device tree",
        |files| drop(files.remove("board.dtb")),
        Part::Boot,
        "board.dtb, which is not",
    ),
    (
        "no initramfs",
        |files| drop(files.remove("initramfs.cpio.gz")),
        Part::Boot,
        "initramfs.cpio.gz, which is not",
    ),
    (
        "another console",
        |files| command_line(files, "console=", "console=ttyX"),
        Part::Boot,
        "consoles",
    ),
    (
        "a second console",
        |files| command_line(files, "panic=1", "console=tty9"),
        Part::Boot,
        "consoles",
    ),
    (
        "another board",
        |files| command_line(files, "board_check.board=", "board_check.board=x"),
        Part::Boot,
        "has no board_check.board=",
    ),
    (
        "kernel: header",
        |files| kernel(files)[0x24..0x40].fill(0),
        Part::Kernel,
        "no header",
    ),
    (
        "kernel: cut off",
        |files| kernel(files).truncate(60),
        Part::Kernel,
        "no header",
    ),
    (
        "device tree: cut off",
        |files| tree(files).truncate(1000),
        Part::DeviceTree,
        "fewer bytes",
    ),
    (
        "device tree: of another board",
        |files| fdtput(files, &["-ts", "", "/", "compatible", "acme,board"]),
        Part::DeviceTree,
        "board.toml has",
    ),
    (
        "device tree: no console",
        |files| fdtput(files, &["-d", "", "/chosen", "stdout-path"]),
        Part::DeviceTree,
        "stdout-path",
    ),
    (
        "device tree: console of a node that is none",
        |files| fdtput(files, &["-ts", "", "/chosen", "stdout-path", "/none"]),
        Part::DeviceTree,
        "stdout-path",
    ),
    (
        "device tree: no node of ours",
        |files| fdtput(files, &["-r", "", "/mmap-areas-0"]),
        Part::DeviceTree,
        "no /mmap-areas-0",
    ),
    (
        "device tree: no carve-out",
        |files| fdtput(files, &["-d", "", "/mmap-areas-0", "memory-region"]),
        Part::DeviceTree,
        "no carve-out",
    ),
    (
        "device tree: other cells",
        |files| fdtput(files, &["-tu", "", "/reserved-memory", "#size-cells", "3"]),
        Part::DeviceTree,
        "other #size-cells",
    ),
];

#[test]
fn files_that_are_wrong_are_refused_for_their_fault() {
    for Built { board, card, files } in built() {
        for (name, change, part, sentence) in WRONG_FILES {
            let mut wrong = files.clone();
            change(&mut wrong);
            let complaint = contents(&board, &card, &wrong).expect_err(name);
            let text = &complaint.text;
            assert!(
                complaint.part == *part && text.contains(sentence),
                "{}, {name}: {complaint}",
                board.name
            );
        }
        if board.fact("card") != "plain" {
            let mut wrong = files.clone();
            // More than any U-Boot leaves before the next thing that it loads.
            tree(&mut wrong).resize(8 << 20, 0);
            let complaint = contents(&board, &card, &wrong).expect_err("it overlaps");
            assert_eq!(
                complaint.part,
                Part::Addresses,
                "{}: {complaint}",
                board.name
            );
        }
    }
}

fn kernel(files: &mut Files) -> &mut Vec<u8> {
    let mut names = files.iter_mut().filter(|(name, _)| name.ends_with("Image"));
    names.next().expect("a kernel").1
}

fn tree(files: &mut Files) -> &mut Vec<u8> {
    files.get_mut("board.dtb").expect("a device tree")
}

/// Changes the command line, wherever it is.
fn command_line(files: &mut Files, old: &str, new: &str) {
    for name in ["extlinux/extlinux.conf", "cmdline.txt"] {
        if let Some(file) = files.get_mut(name) {
            let text = String::from_utf8_lossy(file).replace(old, new);
            *file = text.into_bytes();
        }
    }
}

/// Changes the device tree: `arguments` are those of fdtput, with nothing where it takes the
/// file's name.
fn fdtput(files: &mut Files, arguments: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("board.dtb");
    let bytes = tree(files);
    fs::write(&path, &bytes).expect("the device tree can be written");
    let path_text = path.to_str().expect("a path");
    let arguments = arguments
        .iter()
        .map(|&word| if word.is_empty() { path_text } else { word });
    let status = Command::new("fdtput")
        .args(arguments)
        .status()
        .expect("fdtput runs");
    assert!(status.success());
    *bytes = fs::read(&path).expect("the device tree can be read");
}
