//! The checks of this release, in the order in which they run.
//!
//! Host and verifier share this list, so that a check which the board leaves out
//! is missed. Names are `suite.area.what`; `docs/testing.md` says what each finds.

use crc::{CRC_32_ISO_HDLC, Crc};

/// The names of all checks.
pub const NAMES: &[&str] = &[
    "seed.vmalloc.pattern",
    "seed.kmalloc.pattern",
    "seed.device.bad-offset",
    "seed.device.describe",
    "data.vmalloc.kernel-to-user",
    "data.kmalloc.kernel-to-user",
    "data.vmalloc.user-to-kernel",
    "data.kmalloc.user-to-kernel",
    "data.vmalloc.check-finds-flip",
    "data.kmalloc.check-finds-flip",
    "data.vmalloc.two-mappings",
    "data.kmalloc.two-mappings",
    "data.device.separate-areas",
    "bounds.vmalloc.part",
    "bounds.kmalloc.part",
    "bounds.vmalloc.too-long",
    "bounds.kmalloc.too-long",
    "bounds.vmalloc.inside",
    "bounds.kmalloc.inside",
    "bounds.vmalloc.ioctl-range",
    "bounds.kmalloc.ioctl-range",
    "bounds.device.ioctl-unknown",
    "perm.vmalloc.private",
    "perm.kmalloc.private",
    "perm.vmalloc.exec",
    "perm.kmalloc.exec",
    "perm.vmalloc.read-only",
    "perm.kmalloc.read-only",
    "perm.device.read-only-fill",
    "perm.vmalloc.flags",
    "perm.kmalloc.flags",
    "perm.vmalloc.pinned",
    "perm.kmalloc.pinned",
    "perm.device.mode",
    "lifetime.vmalloc.close-first",
    "lifetime.kmalloc.close-first",
    "lifetime.vmalloc.fork",
    "lifetime.kmalloc.fork",
    "lifetime.vmalloc.grow",
    "lifetime.kmalloc.grow",
    "lifetime.vmalloc.discard",
    "lifetime.kmalloc.discard",
    "lifetime.vmalloc.hole",
    "lifetime.kmalloc.hole",
    "lifetime.device.unload-busy",
    "lifetime.device.reload",
    "lifetime.device.npages",
];

const _: () = assert!(NAMES.len() <= crate::CHECKS_MAX);

/// CRC-32 (ISO-HDLC) of all names, each followed by a line feed.
pub const DIGEST: u32 = {
    const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let mut crc = CRC.digest();
    let mut index = 0;
    while index < NAMES.len() {
        crc.update(NAMES[index].as_bytes());
        crc.update(b"\n");
        index += 1;
    }
    crc.finalize()
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_suite_area_what() {
        for name in NAMES {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            assert_eq!(name.split('.').count(), 3, "{name}");
            for part in name.split('.') {
                assert!(!part.is_empty(), "{name}");
                assert!(
                    part.bytes().all(|byte| plain(byte) || byte == b'-'),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn names_differ() {
        for (index, name) in NAMES.iter().enumerate() {
            assert!(!NAMES[..index].contains(name), "{name}");
        }
    }

    /// The definition of docs/protocol.md, bit by bit.
    #[test]
    fn digest_is_the_crc_of_the_names() {
        let mut crc = u32::MAX;
        let bytes = NAMES.iter().flat_map(|name| name.bytes().chain([b'\n']));
        for byte in bytes {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
            }
        }
        assert_eq!(DIGEST, !crc);
    }
}
