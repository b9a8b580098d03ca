//! What a boot ROM and the boot loader's first stage want to find on a card.
//!
//! Offsets and forms are those of the chips' manuals and of U-Boot's tools/ folder; they
//! are not taken from the layouts that the cards are made by.

use std::ops::Range;

use rc4::{KeyInit, Rc4, StreamCipher};

use crate::disk::{Area, CRC32, Partition, SECTOR, little};
use crate::fit;

/// Checks the boot loader of a family (the name of its layout), and gives the areas outside
/// of all partitions that it takes.
///
/// # Errors
/// If the boot loader would not be found, or would be refused.
pub fn check(family: &str, card: &[u8], partitions: &[Partition]) -> Result<Vec<Area>, String> {
    match family {
        "sunxi" => sunxi(card),
        "rockchip" => rockchip(card),
        "starfive" => starfive(card, partitions),
        "sifive" => sifive(card, partitions),
        // The firmware, or QEMU, brings its own.
        "plain" => Ok(Vec::new()),
        other => Err(format!("No boot ROM is known for the layout {other}.")),
    }
}

fn from(card: &[u8], start: usize) -> &[u8] {
    card.get(start..).unwrap_or_default()
}

fn area(name: &str, start: usize, length: usize) -> Area {
    Area {
        name: name.to_owned(),
        bytes: start..start + length,
    }
}

/// Allwinner's boot ROM reads SPL at 8 KiB: tools/sunxi_egon.c. SPL reads U-Boot, a legacy
/// image, 32 KiB behind its own start.
fn sunxi(card: &[u8]) -> Result<Vec<Area>, String> {
    const START: usize = 8 << 10;
    const SPL_BYTES: usize = 32 << 10;
    const STAMP: u32 = 0x5f0a_6c39;
    const CHECKSUM: Range<usize> = 12..16;
    let spl = from(card, START);
    let header = spl.get(..32).filter(|header| header[4..12] == *b"eGON.BT0");
    let header = header.ok_or("There is no eGON.BT0 at 8 KiB: the boot ROM finds no SPL.")?;
    let length = little(&header[16..20]);
    let spl = spl
        .get(..length)
        .filter(|_| length.is_multiple_of(4) && (32..=SPL_BYTES).contains(&length));
    let spl = spl.ok_or_else(|| format!("SPL says that it has {length} bytes."))?;
    let words = spl.chunks_exact(4).map(little);
    let sum = words.fold(STAMP, |sum, word| sum.wrapping_add(word as u32));
    let stored = little(&spl[CHECKSUM]) as u32;
    // The stamp was in the place of the checksum when it was made.
    if sum.wrapping_sub(stored) != stored {
        return Err(format!(
            "SPL has the checksum {stored:08x}, and its words make another."
        ));
    }
    let u_boot = START + SPL_BYTES;
    let u_boot_bytes = legacy(from(card, u_boot))?;
    Ok(vec![area(
        "SPL and U-Boot",
        START,
        SPL_BYTES + u_boot_bytes,
    )])
}

/// U-Boot's legacy image: include/image.h. Its length.
fn legacy(bytes: &[u8]) -> Result<usize, String> {
    const HEADER_BYTES: usize = 64;
    let header = bytes
        .get(..HEADER_BYTES)
        .filter(|header| header.starts_with(&[0x27, 5, 0x19, 0x56]));
    let header = header.ok_or("There is no U-Boot where SPL reads it.")?;
    let big = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let mut blank = header.to_owned();
    blank[4..8].fill(0);
    if CRC32.checksum(&blank) != big(4) {
        return Err("The header of U-Boot has a wrong CRC.".into());
    }
    let length = big(12) as usize;
    let data = bytes
        .get(HEADER_BYTES..)
        .and_then(|rest| rest.get(..length));
    let data = data.ok_or("U-Boot goes beyond the end of the card.")?;
    if CRC32.checksum(data) != big(24) {
        return Err("U-Boot has a wrong CRC.".into());
    }
    Ok(HEADER_BYTES + length)
}

/// Rockchip's boot ROM reads at sector 64 a header that is scrambled with a known key
/// (tools/rkcommon.c, the form before RK3568), and behind it TPL and SPL. SPL reads U-Boot, a
/// FIT, at sector 16384.
fn rockchip(card: &[u8]) -> Result<Vec<Area>, String> {
    const START: usize = 64 * SECTOR;
    const U_BOOT: usize = 16384 * SECTOR;
    const KEY: [u8; 16] = [
        0x7c, 0x4e, 0x03, 0x04, 0x55, 0x05, 0x09, 0x07, 0x2d, 0x2c, 0x7b, 0x38, 0x17, 0x0d, 0x17,
        0x11,
    ];
    let mut header = from(card, START)
        .get(..SECTOR)
        .unwrap_or_default()
        .to_owned();
    let mut scramble = Rc4::new_from_slice(&KEY).expect("RC4 takes 16 bytes");
    scramble.apply_keystream(&mut header);
    if !header.starts_with(&0x0ff0_aa55_u32.to_le_bytes()) {
        return Err(
            "The header at sector 64 is none of Rockchip's: the boot ROM finds nothing.".into(),
        );
    }
    let first = little(&header[12..14]);
    let (tpl, all) = (little(&header[506..508]), little(&header[508..510]));
    let code = from(card, START + first * SECTOR);
    if first == 0 || tpl == 0 || all < tpl || !code.starts_with(b"RK3") {
        return Err(format!(
            "The header at sector 64 leads to no code: {tpl} and {all} sectors behind {first}."
        ));
    }
    let u_boot = fit::check(from(card, U_BOOT))?;
    Ok(vec![
        area("TPL and SPL", START, (first + all) * SECTOR),
        area("U-Boot", U_BOOT, u_boot),
    ])
}

/// The only partition of this type.
fn partition<'a>(
    partitions: &'a [Partition],
    kind: &str,
    what: &str,
) -> Result<&'a Partition, String> {
    let mut found = partitions.iter().filter(|partition| partition.kind == kind);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(format!("{what} needs one partition of the type {kind}.")),
    }
}

/// StarFive's boot ROM finds SPL by the type of its partition: tools/sfspl.c. SPL reads
/// U-Boot, a FIT, from the second partition.
fn starfive(card: &[u8], partitions: &[Partition]) -> Result<Vec<Area>, String> {
    const CODE: usize = 1024;
    let spl = partition(partitions, "2e54b353-1271-4842-806f-e436d6af6985", "SPL")?;
    let spl = card.get(spl.bytes.clone()).unwrap_or_default();
    let header = spl.get(..CODE).ok_or("SPL has no header.")?;
    if little(&header[..4]) != 0x240 || little(&header[0x284..0x288]) != 0x0101_0101 {
        return Err("SPL has no header of StarFive.".into());
    }
    let length = little(&header[0x288..0x28c]);
    let code = spl[CODE..].get(..length).filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| format!("SPL says that it has {length} bytes."))?;
    if CRC32.checksum(code) as usize != little(&header[0x290..0x294]) {
        return Err("SPL has a wrong CRC.".into());
    }
    let u_boot = partition(partitions, "bc13c2ff-59e6-4262-a352-b275fd6f7172", "U-Boot")?;
    if partitions.get(1) != Some(u_boot) {
        return Err("U-Boot is not in the second partition.".into());
    }
    fit::check(card.get(u_boot.bytes.clone()).unwrap_or_default())?;
    Ok(Vec::new())
}

/// SiFive's boot ROM finds SPL by the type of its partition, and starts it as it is. SPL reads
/// U-Boot, a FIT, at sector 2082.
fn sifive(card: &[u8], partitions: &[Partition]) -> Result<Vec<Area>, String> {
    let spl = partition(partitions, "5b193300-fc78-40cd-8002-e86c45580b47", "SPL")?;
    if card
        .get(spl.bytes.clone())
        .unwrap_or_default()
        .iter()
        .take(4)
        .all(|&byte| byte == 0)
    {
        return Err("There is no code at the start of SPL's partition.".into());
    }
    let u_boot = partition(partitions, "2e54b353-1271-4842-806f-e436d6af6985", "U-Boot")?;
    if u_boot.bytes.start != 2082 * SECTOR {
        return Err(format!(
            "U-Boot is at byte {:#x}, and SPL reads sector 2082.",
            u_boot.bytes.start
        ));
    }
    fit::check(card.get(u_boot.bytes.clone()).unwrap_or_default())?;
    Ok(Vec::new())
}

/// Where U-Boot puts what it loads: the value of a variable of the environment that it was
/// built with.
pub fn address(card: &[u8], variable: &str) -> Option<u64> {
    let name = [b"\0", variable.as_bytes(), b"=0x"].concat();
    let at = card.windows(name.len()).position(|window| window == name)? + name.len();
    let digits = card[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    u64::from_str_radix(str::from_utf8(&card[at..at + digits]).ok()?, 16).ok()
}
