//! The partition table of a card.
//!
//! Own code, because it has to be strict: a library that falls back to the copy of a
//! damaged table makes a good one of it.

use std::ops::Range;

use crc::{CRC_32_ISO_HDLC, Crc};

/// Bytes of a sector.
pub const SECTOR: usize = 512;

/// CRC-32 as in Ethernet, which GPT and all boot loaders here use.
pub(crate) const CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its bytes on the card.
    pub bytes: Range<usize>,
    /// What it is for: a number of two digits (MBR) or a UUID (GPT).
    pub kind: String,
    /// Whether a boot loader is told to look there.
    pub bootable: bool,
}

impl Partition {
    /// Whether its type says that it is a FAT file system, which boot ROMs look at.
    pub fn is_fat(&self) -> bool {
        const BASIC_DATA: &str = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7";
        ["06", "0b", "0c", "0e", BASIC_DATA].contains(&self.kind.as_str())
    }
}

/// A piece of the card, and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// What it is.
    pub name: String,
    /// Its bytes on the card.
    pub bytes: Range<usize>,
}

/// The partitions of a card, and the areas that the tables themselves take.
///
/// # Errors
/// If the table is damaged, or partitions overlap or are outside of the card.
pub fn partitions(card: &[u8]) -> Result<(Vec<Partition>, Vec<Area>), String> {
    let area = |name: &str, bytes| Area {
        name: name.to_owned(),
        bytes,
    };
    let mbr = mbr(card)?;
    let (partitions, tables) = match mbr.iter().any(|partition| partition.kind == PROTECTIVE) {
        false => (mbr, vec![area("the partition table", 0..SECTOR)]),
        true => {
            let whole = SECTOR..card.len();
            if mbr.len() != 1 || mbr[0].bytes != whole {
                return Err("The MBR of the GPT does not protect the whole card.".into());
            }
            let (partitions, bytes) = gpt(card)?;
            let copy = card.len() - bytes..card.len();
            let tables = vec![
                area("the partition table", 0..SECTOR + bytes),
                area("the copy of the partition table", copy),
            ];
            (partitions, tables)
        }
    };
    if partitions.is_empty() {
        return Err("The card has no partition.".into());
    }
    Ok((partitions, tables))
}

/// That no two areas have a byte in common, and none is outside of the card.
///
/// # Errors
/// If some do.
pub fn disjoint(areas: &[Area], card: usize) -> Result<(), String> {
    let mut sorted: Vec<&Area> = areas.iter().collect();
    sorted.sort_by_key(|area| area.bytes.start);
    for pair in sorted.windows(2) {
        if pair[0].bytes.end > pair[1].bytes.start {
            return Err(format!(
                "{} ends at byte {:#x}, and {} begins at {:#x}.",
                pair[0].name, pair[0].bytes.end, pair[1].name, pair[1].bytes.start
            ));
        }
    }
    match sorted.iter().find(|area| area.bytes.end > card) {
        Some(area) => Err(format!(
            "{} ends at byte {:#x}, and the card at {card:#x}.",
            area.name, area.bytes.end
        )),
        None => Ok(()),
    }
}

const PROTECTIVE: &str = "ee";

fn mbr(card: &[u8]) -> Result<Vec<Partition>, String> {
    let sector = card.get(..SECTOR).ok_or("The card has no sector.")?;
    if sector[510..] != [0x55, 0xaa] {
        return Err("The first sector does not end in 55 aa: there is no partition table.".into());
    }
    let used = sector[446..510]
        .chunks_exact(16)
        .filter(|entry| entry[4] != 0);
    Ok(used
        .map(|entry| {
            let start = little(&entry[8..12]) * SECTOR;
            Partition {
                bytes: start..start + little(&entry[12..16]) * SECTOR,
                kind: format!("{:02x}", entry[4]),
                bootable: entry[0] == 0x80,
            }
        })
        .collect())
}

/// UEFI 2.10, chapter 5.3. The partitions, and the bytes of the table without the MBR.
fn gpt(card: &[u8]) -> Result<(Vec<Partition>, usize), String> {
    let last = card.len() / SECTOR - 1;
    let (header, entries) = header(card, 1, last)?;
    let (copy, copied) = self::header(card, last, 1)?;
    // Whose sectors it may give away, and the card's number.
    if header[40..72] != copy[40..72] || entries != copied {
        return Err("The two copies of the GPT differ.".into());
    }
    let usable = little(&header[40..48])..=little(&header[48..56]);
    if *usable.end() >= last {
        return Err("The GPT gives away sectors that the card does not have.".into());
    }
    let entry_bytes = little(&header[84..88]);
    let mut partitions = Vec::new();
    for entry in entries
        .chunks_exact(entry_bytes)
        .filter(|entry| entry[..16] != [0; 16])
    {
        let (first, last) = (little(&entry[32..40]), little(&entry[40..48]));
        if first > last || !usable.contains(&first) || !usable.contains(&last) {
            return Err(format!(
                "A partition of the GPT is at sectors {first} to {last}, usable are {usable:?}."
            ));
        }
        partitions.push(Partition {
            bytes: first * SECTOR..(last + 1) * SECTOR,
            kind: uuid(&entry[..16]),
            // Attribute 2: legacy BIOS bootable.
            bootable: entry[48] & 4 != 0,
        });
    }
    Ok((partitions, SECTOR + entries.len()))
}

/// Header and entries of the copy at sector `own`; the other one is at `other`.
fn header(card: &[u8], own: usize, other: usize) -> Result<(&[u8], &[u8]), String> {
    const HEADER_BYTES: usize = 92;
    let damaged = |what: &str| format!("The GPT at sector {own} {what}.");
    let header = card
        .get(own * SECTOR..)
        .and_then(|rest| rest.get(..HEADER_BYTES));
    let header = header.ok_or_else(|| damaged("is not there"))?;
    if !header.starts_with(b"EFI PART\0\0\x01\0\x5c\0\0\0") {
        return Err(damaged("has no header of version 1.0"));
    }
    let mut blank = header.to_owned();
    blank[16..20].fill(0);
    if CRC32.checksum(&blank) as usize != little(&header[16..20]) {
        return Err(damaged("has a header with a wrong CRC"));
    }
    if little(&header[24..32]) != own || little(&header[32..40]) != other {
        return Err(damaged("does not know where it is and where its copy is"));
    }
    let start = little(&header[72..80]).checked_mul(SECTOR);
    let entry_bytes = little(&header[84..88]);
    let length = little(&header[80..84]).checked_mul(entry_bytes);
    let entries = start
        .zip(length)
        .and_then(|(start, length)| card.get(start..)?.get(..length));
    let entries = entries.filter(|_| entry_bytes >= 128);
    let entries = entries.ok_or_else(|| damaged("has no entries where it says"))?;
    if CRC32.checksum(entries) as usize != little(&header[88..92]) {
        return Err(damaged("has entries with a wrong CRC"));
    }
    Ok((header, entries))
}

/// The first three fields are numbers, lowest byte first.
fn uuid(bytes: &[u8]) -> String {
    let hex = |order: &[usize]| {
        order.iter().fold(String::new(), |text, &at| {
            format!("{text}{:02x}", bytes[at])
        })
    };
    [
        hex(&[3, 2, 1, 0]),
        hex(&[5, 4]),
        hex(&[7, 6]),
        hex(&[8, 9]),
        hex(&[10, 11, 12, 13, 14, 15]),
    ]
    .join("-")
}

/// The number of up to 8 bytes, lowest first.
pub(crate) fn little(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | usize::from(byte))
}
