//! U-Boot's FIT images: a device tree with images in it or behind it.

use sha2::{Digest, Sha256};

use crate::disk::CRC32;
use crate::fdt;
use crate::tree::{Id, Tree};

/// Checks the FIT at the start of `bytes`: each image is there and has the hash that it
/// says, and the configuration names images that are there. Gives the FIT's length.
///
/// # Errors
/// If it is damaged.
pub fn check(bytes: &[u8]) -> Result<usize, String> {
    let header = fdt::extent(bytes).map_err(|error| format!("The FIT: {error}."))?;
    let tree = fdt::parse(bytes).map_err(|error| format!("The FIT: {error}."))?;
    let images = tree.find("/images").ok_or("The FIT has no /images.")?;
    let mut end = header;
    for image in tree.children(images) {
        let data = data(&tree, image, bytes, header)?;
        end = end.max(data.end());
        for hash in tree
            .children(image)
            .filter(|&node| tree.name(node).starts_with("hash"))
        {
            verify(&tree, hash, data.bytes)?;
        }
    }
    configuration(&tree, images)?;
    Ok(end)
}

/// An image, and where it ends if it is behind the tree.
struct Data<'a> {
    bytes: &'a [u8],
    start: usize,
}

impl Data<'_> {
    fn end(&self) -> usize {
        self.start + self.bytes.len()
    }
}

fn data<'a>(tree: &'a Tree, image: Id, bytes: &'a [u8], header: usize) -> Result<Data<'a>, String> {
    let path = tree.path(image);
    if let Some(bytes) = tree.value(image, "data").filter(|bytes| !bytes.is_empty()) {
        return Ok(Data { bytes, start: 0 });
    }
    let cell = |name| tree.cell(image, name).map(|cell| cell as usize);
    let behind = || Some(header.next_multiple_of(4) + cell("data-offset")?);
    let start = cell("data-position").or_else(behind);
    let place = start.zip(cell("data-size")).filter(|&(_, size)| size > 0);
    let (start, size) = place.ok_or_else(|| format!("The FIT's {path} has no data."))?;
    let bytes = bytes.get(start..).and_then(|rest| rest.get(..size));
    let bytes = bytes.ok_or_else(|| format!("The FIT's {path} goes beyond the end."))?;
    Ok(Data { bytes, start })
}

fn verify(tree: &Tree, hash: Id, data: &[u8]) -> Result<(), String> {
    let path = tree.path(hash);
    let found = match tree.text(hash, "algo") {
        Some("sha256") => Sha256::digest(data).to_vec(),
        Some("crc32") => CRC32.checksum(data).to_be_bytes().to_vec(),
        other => {
            return Err(format!(
                "The FIT's {path} is of an unknown kind: {other:?}."
            ));
        }
    };
    match tree.value(hash, "value") == Some(&found) {
        true => Ok(()),
        false => Err(format!("The FIT's {path} is not that of the data.")),
    }
}

fn configuration(tree: &Tree, images: Id) -> Result<(), String> {
    let configurations = tree.find("/configurations");
    let chosen = configurations.and_then(|node| tree.child(node, tree.text(node, "default")?));
    let chosen = chosen.ok_or("The FIT has no default configuration.")?;
    for property in ["firmware", "loadables", "kernel", "fdt", "ramdisk"] {
        for name in tree.texts(chosen, property) {
            if tree.child(images, name).is_none() {
                return Err(format!(
                    "The FIT's configuration wants {name}, which is no image."
                ));
            }
        }
    }
    if tree
        .text(chosen, "firmware")
        .or(tree.text(chosen, "loadables"))
        .is_none()
    {
        return Err("The FIT's configuration starts nothing.".into());
    }
    Ok(())
}
