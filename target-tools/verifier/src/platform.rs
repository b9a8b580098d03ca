//! What board and CPU are, by the device tree and `/proc/cpuinfo`: from this, and not
//! from the module, the verifier knows which memory types are right.

use core::ffi::CStr;

use board_check_protocol::text::split;

use crate::sys::{ARCHITECTURE, Folder, read_text};

/// Most devices that the module has device nodes for.
pub const DEVICES_MAX: usize = 4;

/// What is the same for all CPUs of an architecture.
#[derive(Clone, Copy, Debug)]
pub struct Architecture {
    /// A device of which the device tree says nothing takes part in cache coherency.
    pub coherent_by_default: bool,
    /// Every CPU can express every memory type.
    pub expresses_types: bool,
    /// The MMU can be asked for the type of an address.
    pub mmu_answers: bool,
    /// Device memory and strongly ordered memory are two types.
    pub tells_device_from_strongly_ordered: bool,
    /// The kernel itself can map memory as strongly ordered (`ioremap_np`).
    pub maps_strongly_ordered: bool,
}

/// One device of the module.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Node {
    /// Its device node is `/dev/mmap_areas` and this number.
    pub instance: usize,
    /// It takes part in cache coherency.
    pub coherent: bool,
    /// It has a carve-out.
    pub carveout: bool,
}

/// Board and CPU.
#[derive(Clone, Debug, Default)]
pub struct Platform {
    /// The devices, the first instance first.
    pub devices: heapless::Vec<Node, DEVICES_MAX>,
    /// How many CPUs the device tree has; not how many run.
    pub cpus: u32,
    /// Page tables can express memory types.
    pub expresses_types: bool,
    /// All DMA goes through bounce buffers (`swiotlb=force`).
    pub bounced: bool,
}

impl Platform {
    /// Looks around; `command_line` is that of the kernel.
    pub fn read(command_line: &str) -> Self {
        let has_types = || cpu_has_types(read_text(c"/proc/cpuinfo", &mut [0; 2048]));
        let mut found = Self {
            expresses_types: ARCHITECTURE.expresses_types || has_types(),
            bounced: is_bounced(command_line),
            ..Self::default()
        };
        if let Ok(root) = Folder::open(c"/proc/device-tree") {
            found.look_at(&root, ARCHITECTURE.coherent_by_default);
        }
        if found.devices.is_empty() {
            // The module makes one of its own.
            found.add(Node {
                coherent: ARCHITECTURE.coherent_by_default,
                ..Node::default()
            });
        }
        found
    }

    /// Looks at a node of the device tree and at all below it; one that says nothing of its
    /// coherency is as its parent.
    fn look_at(&mut self, node: &Folder, parent_is_coherent: bool) {
        if !is_available(node.read(c"status", &mut [0; 16]).ok()) {
            return;
        }
        let coherent = coherency(node).unwrap_or(parent_is_coherent);
        if is_ours(node.read(c"compatible", &mut [0; 64]).unwrap_or(&[])) {
            self.add(Node {
                instance: instance(node).unwrap_or(self.devices.len()),
                coherent,
                carveout: node.has(c"memory-region"),
            });
        }
        let is_cpu = node.read(c"device_type", &mut [0; 8]) == Ok(b"cpu\0");
        self.cpus += u32::from(is_cpu);
        node.each(&mut |name| {
            if !name.to_bytes().starts_with(b".")
                && let Ok(below) = node.folder(name)
            {
                self.look_at(&below, coherent);
            }
        });
    }

    fn add(&mut self, found: Node) {
        let mut before = self.devices.iter();
        let place = before.position(|other| other.instance > found.instance);
        // The module has no device node for more.
        let _ = self
            .devices
            .insert(place.unwrap_or(self.devices.len()), found);
    }
}

/// The instance that a node of the device tree asks for.
pub fn instance(node: &Folder) -> Option<usize> {
    let mut buffer = [0; 8];
    cell(node.read(c"board-check,instance", &mut buffer).ok()?)
}

fn coherency(node: &Folder) -> Option<bool> {
    said_coherency(node.has(c"dma-coherent"), node.has(c"dma-noncoherent"))
}

/// What a node says of its coherency, as `of_dma_is_coherent` takes it; `None` if it
/// says nothing.
fn said_coherency(coherent: bool, noncoherent: bool) -> Option<bool> {
    (coherent || noncoherent).then_some(coherent)
}

/// True if a list of `compatible` strings is of a device of the module.
fn is_ours(compatible: &[u8]) -> bool {
    const OURS: &CStr = c"board-check,mmap-areas";
    compatible
        .split(|&byte| byte == 0)
        .any(|one| one == OURS.to_bytes())
}

/// True if a node with this `status` is one for drivers, as `of_device_is_available` takes it.
fn is_available(status: Option<&[u8]>) -> bool {
    matches!(status, None | Some(b"okay\0" | b"ok\0"))
}

/// A property of one cell, which is big-endian.
fn cell(property: &[u8]) -> Option<usize> {
    let bytes = property.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}

/// True if the kernel's command line has `swiotlb=force`, with or without sizes before.
fn is_bounced(command_line: &str) -> bool {
    split(command_line, b' ')
        .filter_map(|word| word.strip_prefix("swiotlb="))
        .any(|value| split(value, b',').any(|word| word == "force"))
}

/// True if a RISC-V CPU has memory types in its page tables: Svpbmt, or T-Head's own, which
/// no `isa` names. Source: `errata_probe_mae`, `arch/riscv/errata/thead/errata.c`; whether
/// its firmware has switched them on, as Linux needs it, only the kernel can read.
fn cpu_has_types(cpuinfo: &str) -> bool {
    let is_thead = [
        ("mvendorid", ": 0x5b7"),
        ("marchid", ": 0x0"),
        ("mimpid", ": 0x0"),
    ];
    let mut isa = split(cpuinfo, b'\n').filter(|line| line.starts_with("isa"));
    isa.any(|line| split(line, b'_').any(|word| word.trim_ascii_end() == "svpbmt"))
        || is_thead.iter().all(|&(name, value)| {
            split(cpuinfo, b'\n').any(|line| line.starts_with(name) && line.ends_with(value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_our_nodes_among_others() {
        assert!(is_ours(b"board-check,mmap-areas\0"));
        assert!(is_ours(b"vendor,first\0board-check,mmap-areas\0"));
        for other in [&b""[..], b"board-check,mmap-areas-2\0", b"board-check\0"] {
            assert!(!is_ours(other));
        }
    }

    #[test]
    fn a_node_is_there_unless_it_says_that_it_is_not() {
        for status in [None, Some(&b"ok\0"[..]), Some(b"okay\0")] {
            assert!(is_available(status));
        }
        for status in [&b"disabled\0"[..], b"okay", b"", b"fail\0"] {
            assert!(!is_available(Some(status)));
        }
    }

    #[test]
    fn a_cell_is_big_endian_and_of_four_bytes() {
        assert_eq!(cell(&[0, 0, 1, 2]), Some(0x102));
        for bad in [&b""[..], b"\0\0\0", b"\0\0\0\0\0\0\0\x01"] {
            assert_eq!(cell(bad), None);
        }
    }

    #[test]
    fn coherency_is_as_the_kernel_reads_it() {
        assert_eq!(said_coherency(false, false), None);
        assert_eq!(said_coherency(false, true), Some(false));
        assert_eq!(said_coherency(true, false), Some(true));
        // `of_dma_is_coherent` looks for dma-coherent first.
        assert_eq!(said_coherency(true, true), Some(true));
    }

    #[test]
    fn the_command_line_tells_bounce_buffers() {
        assert!(is_bounced("console=ttyS0 swiotlb=force"));
        assert!(is_bounced("swiotlb=1024,force quiet"));
        for not in ["", "swiotlb=noforce", "swiotlb=1024", "xswiotlb=force"] {
            assert!(!is_bounced(not), "{not}");
        }
    }

    #[test]
    fn cpuinfo_tells_the_memory_types() {
        let isa = |isa: &str| format!("processor\t: 0\nhart\t: 0\nisa\t\t: {isa}\nmmu\t: sv57\n");
        assert!(cpu_has_types(&isa("rv64imafdc_zicbom_svinval_svpbmt")));
        assert!(cpu_has_types(&isa("rv64imafdc_svpbmt_zicbom")));
        assert!(!cpu_has_types(&isa("rv64imafdc_zicbom_svpbmtx")));
        assert!(!cpu_has_types("Features\t: fp asimd svpbmt\n"));
        let thead = |architecture| {
            isa("rv64imafdc")
                + &format!("mvendorid\t: 0x5b7\nmarchid\t\t: {architecture}\nmimpid\t\t: 0x0\n")
        };
        assert!(cpu_has_types(&thead("0x0")));
        assert!(!cpu_has_types(&thead("0x8000000009140d00")));
    }
}
