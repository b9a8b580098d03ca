//! The header of a kernel's image.

use crate::disk::little;

/// Bytes of memory that the kernel takes from the address on that it is loaded to.
///
/// # Errors
/// If the header is not that of the architecture.
pub fn memory(architecture: &str, image: &[u8]) -> Result<u64, String> {
    let wrong = || format!("The kernel has no header of {architecture}.");
    let header = image.get(..64).ok_or_else(wrong)?;
    match architecture {
        // arch/arm/boot/compressed/head.S: magic, start and end of the file. It moves itself
        // out of the way of what it unpacks.
        "arm" if little(&header[0x24..0x28]) == 0x016f_2818 => {
            let (start, end) = (little(&header[0x28..0x2c]), little(&header[0x2c..0x30]));
            match end.checked_sub(start) == Some(image.len()) {
                true => Ok(image.len() as u64),
                false => Err(format!(
                    "The kernel has {} bytes, its header says {start:#x} to {end:#x}.",
                    image.len()
                )),
            }
        }
        // Documentation/arch/arm64/booting.rst and riscv/boot-image-header.rst: the size with
        // what is cleared at start.
        "arm64" if header[56..60] == *b"ARM\x64" => size(header, image),
        "riscv" if header[56..60] == *b"RSC\x05" => size(header, image),
        _ => Err(wrong()),
    }
}

fn size(header: &[u8], image: &[u8]) -> Result<u64, String> {
    let size = little(&header[16..24]);
    match size >= image.len() {
        true => Ok(size as u64),
        false => Err(format!(
            "The kernel has {} bytes, its header says {size}.",
            image.len()
        )),
    }
}
