//! A whole card, looked at as boot ROM, boot loader and kernel will.

use std::fmt;
use std::fs;
use std::path::Path;

use board_check::board::{self as tool, Board as Known};

use crate::board::Board;
use crate::boot::{self, Boot};
use crate::disk::{Area, disjoint, partitions};
use crate::fat::{self, Files};
use crate::manifest::{self, Manifest};
use crate::tree::{ROOT, Tree};
use crate::{fdt, kernel_image, loader};

/// The largest card there may be.
pub const LARGEST: usize = 24 << 20;

/// What a complaint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The size of the card.
    Size,
    /// The partition table, and what overlaps.
    Table,
    /// The boot loader.
    Loader,
    /// The file system.
    Files,
    /// What is in the manifest.
    Manifest,
    /// The boot loader's files in the file system.
    Boot,
    /// The kernel.
    Kernel,
    /// The device tree.
    DeviceTree,
    /// Where the boot loader puts what it loads.
    Addresses,
}

/// Something that is wrong with a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What it is about.
    pub part: Part,
    /// What is wrong, a sentence.
    pub text: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.part, self.text)
    }
}

/// Looks at the card of a board. `beside` is the manifest that has the hash of the card.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(board: &Board, card: &[u8], beside: &str) -> Result<(), Complaint> {
    let about = |part| move |text| Complaint { part, text };
    size(card).map_err(about(Part::Size))?;
    let (partitions, mut areas) = partitions(card).map_err(about(Part::Table))?;
    let loader =
        loader::check(board.fact("card"), card, &partitions).map_err(about(Part::Loader))?;
    areas.extend(loader.iter().cloned());
    areas.extend(
        partitions
            .iter()
            .enumerate()
            .map(|(index, partition)| Area {
                name: format!("partition {}", index + 1),
                bytes: partition.bytes.clone(),
            }),
    );
    disjoint(&areas, card.len()).map_err(about(Part::Table))?;
    let mut places: Vec<&[u8]> = Vec::new();
    for own in &loader {
        // Up to the next thing, as files end with zeros that no header counts.
        let starts = areas.iter().map(|area| area.bytes.start);
        let next = starts.filter(|&start| start > own.bytes.start).min();
        places.push(&card[own.bytes.start..next.unwrap_or(card.len())]);
    }
    places.extend(
        partitions
            .iter()
            .map(|partition| &card[partition.bytes.clone()]),
    );
    let mut candidates = partitions.iter();
    let fat = candidates.find(|partition| partition.bootable && partition.is_fat());
    let fat = fat.ok_or("No FAT partition is marked as the one to boot from.".into());
    let fat = fat.map_err(about(Part::Table))?;
    let files = fat::read(&card[fat.bytes.clone()]).map_err(about(Part::Files))?;
    hashes(card, beside, &files, &places).map_err(about(Part::Manifest))?;
    contents(board, card, &files)
}

/// Looks at the files of a card, whatever their hashes are.
///
/// # Errors
/// The first thing that is wrong.
pub fn contents(board: &Board, card: &[u8], files: &Files) -> Result<(), Complaint> {
    let about = |part| move |text| Complaint { part, text };
    let known = tool::released(&board.name).ok_or("The tool does not know this board.".into());
    let known = known.map_err(about(Part::Boot))?;
    let boot = boot::read(board.fact("boot"), files).map_err(about(Part::Boot))?;
    command_line(&boot, &known).map_err(about(Part::Boot))?;
    let kernel = kernel_image::memory(board.fact("arch"), &files[&boot.kernel]);
    let kernel = kernel.map_err(about(Part::Kernel))?;
    device_tree(&files[&boot.device_tree], &known, board).map_err(about(Part::DeviceTree))?;
    if board.fact("card") != "plain" {
        addresses(card, kernel, &boot, files).map_err(about(Part::Addresses))?;
    }
    Ok(())
}

/// The same for the files in the board's output folder.
///
/// # Errors
/// The first thing that is wrong.
///
/// # Panics
/// If a file cannot be read.
pub fn check_built(board: &Board) -> Result<(), Complaint> {
    check(
        board,
        &read(&board.output().join("sdcard.img")),
        &manifest_beside(board),
    )
}

/// The manifest with the hash of the card.
///
/// # Panics
/// If it cannot be read.
pub fn manifest_beside(board: &Board) -> String {
    String::from_utf8_lossy(&read(&board.output().join("manifest.spdx"))).into_owned()
}

/// The bytes of a file.
///
/// # Panics
/// If it cannot be read.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn size(card: &[u8]) -> Result<(), String> {
    match card.len() {
        0 => Err("The card is empty.".into()),
        length if length > LARGEST => Err(format!(
            "The card has {length} bytes, at most {LARGEST} are allowed."
        )),
        length if length % 512 != 0 => Err(format!(
            "The card has {length} bytes, which are no whole sectors."
        )),
        _ => Ok(()),
    }
}

fn hashes(card: &[u8], beside: &str, files: &Files, places: &[&[u8]]) -> Result<(), String> {
    let own = files
        .get("manifest.spdx")
        .ok_or("There is no manifest on the card.")?;
    let own = Manifest::parse(&String::from_utf8_lossy(own))?;
    own.check_files(files)?;
    own.check_outside(places)?;
    match Manifest::parse(beside)?.hash_of("sdcard.img") == Some(&manifest::hash(card)) {
        true => Ok(()),
        false => Err("The card has another hash than in the manifest beside it.".into()),
    }
}

/// The kernel has its console where the tool says that it is.
fn command_line(boot: &Boot, board: &Known) -> Result<(), String> {
    let device = &board.console.device;
    let words: Vec<&str> = boot.command_line.split_whitespace().collect();
    let consoles: Vec<&str> = words
        .iter()
        .filter_map(|word| word.strip_prefix("console="))
        .collect();
    let expected = format!("{device},{}", board.console.baud);
    // QEMU's UARTs have no speed.
    if consoles != [expected.as_str()] && consoles != [device.as_str()] {
        return Err(format!(
            "The command line has the consoles {consoles:?}, board.toml has {expected}."
        ));
    }
    let name = format!("board_check.board={}", board.name);
    match words.contains(&name.as_str()) {
        true => Ok(()),
        false => Err(format!("The command line has no {name}.")),
    }
}

fn device_tree(bytes: &[u8], known: &Known, board: &Board) -> Result<(), String> {
    let tree = fdt::parse(bytes).map_err(|error| format!("{error}."))?;
    if tree.compatible(ROOT).first() != Some(&known.machine.as_str()) {
        return Err(format!(
            "It is of {:?}, board.toml has {}.",
            tree.compatible(ROOT),
            known.machine
        ));
    }
    console(&tree, known)?;
    let reserved = tree
        .find("/reserved-memory")
        .ok_or("It has no /reserved-memory.")?;
    // Linux ignores reserved memory whose cells are not those of the root.
    for cells in ["#address-cells", "#size-cells"] {
        if tree.cell(reserved, cells) != tree.cell(ROOT, cells)
            || tree.cell(reserved, cells).is_none()
        {
            return Err(format!("/reserved-memory has other {cells} than the root."));
        }
    }
    let instances = if board.fact("cache_operations").is_empty() {
        1
    } else {
        2
    };
    for instance in 0..instances {
        let path = format!("/mmap-areas-{instance}");
        let node = tree
            .find(&path)
            .ok_or_else(|| format!("It has no {path}."))?;
        let region = tree
            .cell(node, "memory-region")
            .and_then(|region| tree.phandle(region));
        let is_reserved = region.and_then(|region| tree.parent(region)) == Some(reserved);
        if tree.compatible(node) != ["board-check,mmap-areas"] || !is_reserved {
            return Err(format!("{path} has no carve-out, or is not ours."));
        }
    }
    Ok(())
}

/// `stdout-path` is the UART whose number the console device has.
fn console(tree: &Tree, known: &Known) -> Result<(), String> {
    let chosen = tree.find("/chosen");
    let path = chosen.and_then(|chosen| tree.text(chosen, "stdout-path"));
    let uart = path.and_then(|path| tree.resolve(path));
    let uart = uart.filter(|&uart| tree.available(uart));
    let uart =
        uart.ok_or_else(|| format!("Its stdout-path, {path:?}, is no UART that is switched on."))?;
    let digits = known
        .console
        .device
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    match tree.resolve(&format!("serial{digits}")) {
        Some(alias) if alias != uart => Err(format!(
            "serial{digits} is {}, stdout-path is {}.",
            tree.path(alias),
            tree.path(uart)
        )),
        _ => Ok(()),
    }
}

/// What U-Boot loads does not overwrite what it has loaded.
fn addresses(card: &[u8], kernel: u64, boot: &Boot, files: &Files) -> Result<(), String> {
    let area = |name: &str, variable: &str, length: u64| {
        let start = loader::address(card, variable);
        let start = start.ok_or_else(|| format!("U-Boot has no {variable}."))?;
        let bytes = usize::try_from(start)
            .ok()
            .zip(usize::try_from(start + length).ok());
        let (start, end) = bytes.ok_or("An address has more than 64 bits.")?;
        Ok::<_, String>(Area {
            name: name.to_owned(),
            bytes: start..end,
        })
    };
    let length = |name: &str| files[name].len() as u64;
    let areas = [
        area("the kernel", "kernel_addr_r", kernel)?,
        area("the device tree", "fdt_addr_r", length(&boot.device_tree))?,
        area("the initramfs", "ramdisk_addr_r", length(&boot.initramfs))?,
    ];
    disjoint(&areas, usize::MAX)
}
