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
    "data.coherent.kernel-to-user",
    "data.wc.kernel-to-user",
    "data.streaming.kernel-to-user",
    "data.carveout.kernel-to-user",
    "data.coherent-nc.kernel-to-user",
    "data.wc-nc.kernel-to-user",
    "data.streaming-nc.kernel-to-user",
    "data.carveout-nc.kernel-to-user",
    "data.vmalloc.user-to-kernel",
    "data.kmalloc.user-to-kernel",
    "data.coherent.user-to-kernel",
    "data.wc.user-to-kernel",
    "data.streaming.user-to-kernel",
    "data.carveout.user-to-kernel",
    "data.coherent-nc.user-to-kernel",
    "data.wc-nc.user-to-kernel",
    "data.streaming-nc.user-to-kernel",
    "data.carveout-nc.user-to-kernel",
    "data.vmalloc.check-finds-flip",
    "data.kmalloc.check-finds-flip",
    "data.vmalloc.two-mappings",
    "data.kmalloc.two-mappings",
    "data.coherent.two-mappings",
    "data.wc.two-mappings",
    "data.streaming.two-mappings",
    "data.carveout.two-mappings",
    "data.device.separate-areas",
    "attr.vmalloc.user",
    "attr.kmalloc.user",
    "attr.coherent.user",
    "attr.wc.user",
    "attr.streaming.user",
    "attr.coherent-nc.user",
    "attr.wc-nc.user",
    "attr.streaming-nc.user",
    "attr.vmalloc.kernel",
    "attr.kmalloc.kernel",
    "attr.coherent.kernel",
    "attr.wc.kernel",
    "attr.streaming.kernel",
    "attr.coherent-nc.kernel",
    "attr.wc-nc.kernel",
    "attr.streaming-nc.kernel",
    "attr.vmalloc.protect",
    "attr.kmalloc.protect",
    "attr.coherent.protect",
    "attr.wc.protect",
    "attr.streaming.protect",
    "attr.coherent-nc.protect",
    "attr.wc-nc.protect",
    "attr.streaming-nc.protect",
    "attr.vmalloc.describe",
    "attr.kmalloc.describe",
    "attr.coherent.describe",
    "attr.wc.describe",
    "attr.streaming.describe",
    "attr.coherent-nc.describe",
    "attr.wc-nc.describe",
    "attr.streaming-nc.describe",
    "attr.carveout.protect",
    "attr.carveout-nc.protect",
    "attr.carveout.write-back",
    "attr.carveout-nc.write-back",
    "attr.carveout.write-combine",
    "attr.carveout-nc.write-combine",
    "attr.carveout.device",
    "attr.carveout-nc.device",
    "attr.carveout.strongly-ordered",
    "attr.carveout-nc.strongly-ordered",
    "coherency.vmalloc.cpus",
    "coherency.kmalloc.cpus",
    "coherency.coherent.cpus",
    "coherency.wc.cpus",
    "coherency.streaming.cpus",
    "coherency.carveout.cpus",
    "coherency.coherent-nc.cpus",
    "coherency.wc-nc.cpus",
    "coherency.streaming-nc.cpus",
    "coherency.carveout-nc.cpus",
    "coherency.streaming.from-device",
    "coherency.streaming-nc.from-device",
    "coherency.streaming.to-device",
    "coherency.streaming-nc.to-device",
    "coherency.streaming.stale",
    "coherency.streaming-nc.stale",
    "bounds.vmalloc.part",
    "bounds.kmalloc.part",
    "bounds.coherent.part",
    "bounds.wc.part",
    "bounds.streaming.part",
    "bounds.carveout.part",
    "bounds.vmalloc.too-long",
    "bounds.kmalloc.too-long",
    "bounds.coherent.too-long",
    "bounds.wc.too-long",
    "bounds.streaming.too-long",
    "bounds.carveout.too-long",
    "bounds.vmalloc.inside",
    "bounds.kmalloc.inside",
    "bounds.vmalloc.ioctl-range",
    "bounds.kmalloc.ioctl-range",
    "bounds.streaming.sync-range",
    "bounds.streaming-nc.sync-range",
    "bounds.carveout.request",
    "bounds.carveout-nc.request",
    "bounds.device.translate",
    "bounds.device.ioctl-unknown",
    "perm.vmalloc.private",
    "perm.kmalloc.private",
    "perm.coherent.private",
    "perm.wc.private",
    "perm.streaming.private",
    "perm.carveout.private",
    "perm.vmalloc.exec",
    "perm.kmalloc.exec",
    "perm.coherent.exec",
    "perm.wc.exec",
    "perm.streaming.exec",
    "perm.carveout.exec",
    "perm.vmalloc.read-only",
    "perm.kmalloc.read-only",
    "perm.coherent.read-only",
    "perm.wc.read-only",
    "perm.streaming.read-only",
    "perm.carveout.read-only",
    "perm.device.read-only-fill",
    "perm.vmalloc.flags",
    "perm.kmalloc.flags",
    "perm.coherent.flags",
    "perm.wc.flags",
    "perm.streaming.flags",
    "perm.carveout.flags",
    "perm.vmalloc.pinned",
    "perm.kmalloc.pinned",
    "perm.coherent.pinned",
    "perm.wc.pinned",
    "perm.streaming.pinned",
    "perm.carveout.pinned",
    "perm.device.mode",
    "speed.vmalloc.read",
    "speed.kmalloc.read",
    "speed.coherent.read",
    "speed.wc.read",
    "speed.streaming.read",
    "speed.carveout.read",
    "speed.coherent-nc.read",
    "speed.wc-nc.read",
    "speed.streaming-nc.read",
    "speed.carveout-nc.read",
    "speed.vmalloc.write",
    "speed.kmalloc.write",
    "speed.coherent.write",
    "speed.wc.write",
    "speed.streaming.write",
    "speed.carveout.write",
    "speed.coherent-nc.write",
    "speed.wc-nc.write",
    "speed.streaming-nc.write",
    "speed.carveout-nc.write",
    "speed.vmalloc.copy",
    "speed.kmalloc.copy",
    "speed.coherent.copy",
    "speed.wc.copy",
    "speed.streaming.copy",
    "speed.carveout.copy",
    "speed.coherent-nc.copy",
    "speed.wc-nc.copy",
    "speed.streaming-nc.copy",
    "speed.carveout-nc.copy",
    "speed.vmalloc.latency",
    "speed.kmalloc.latency",
    "speed.coherent.latency",
    "speed.wc.latency",
    "speed.streaming.latency",
    "speed.carveout.latency",
    "speed.coherent-nc.latency",
    "speed.wc-nc.latency",
    "speed.streaming-nc.latency",
    "speed.carveout-nc.latency",
    "speed.vmalloc.map",
    "speed.kmalloc.map",
    "speed.coherent.map",
    "speed.wc.map",
    "speed.streaming.map",
    "speed.carveout.map",
    "speed.coherent-nc.map",
    "speed.wc-nc.map",
    "speed.streaming-nc.map",
    "speed.carveout-nc.map",
    "lifetime.vmalloc.close-first",
    "lifetime.kmalloc.close-first",
    "lifetime.vmalloc.fork",
    "lifetime.kmalloc.fork",
    "lifetime.coherent.fork",
    "lifetime.wc.fork",
    "lifetime.streaming.fork",
    "lifetime.carveout.fork",
    "lifetime.vmalloc.grow",
    "lifetime.kmalloc.grow",
    "lifetime.coherent.grow",
    "lifetime.wc.grow",
    "lifetime.streaming.grow",
    "lifetime.carveout.grow",
    "lifetime.vmalloc.discard",
    "lifetime.kmalloc.discard",
    "lifetime.coherent.discard",
    "lifetime.wc.discard",
    "lifetime.streaming.discard",
    "lifetime.carveout.discard",
    "lifetime.vmalloc.hole",
    "lifetime.kmalloc.hole",
    "lifetime.coherent.hole",
    "lifetime.wc.hole",
    "lifetime.streaming.hole",
    "lifetime.carveout.hole",
    "lifetime.vmalloc.unbind",
    "lifetime.kmalloc.unbind",
    "lifetime.coherent.unbind",
    "lifetime.wc.unbind",
    "lifetime.streaming.unbind",
    "lifetime.carveout.unbind",
    "lifetime.coherent-nc.unbind",
    "lifetime.wc-nc.unbind",
    "lifetime.streaming-nc.unbind",
    "lifetime.carveout-nc.unbind",
    "lifetime.device.unload-busy",
    "lifetime.device.reload",
    "lifetime.device.npages",
    "lifetime.device.blocks",
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
