//! What it costs to map memory, read or write each page once, and unmap it.

use core::ffi::CStr;
use core::fmt::Write;

use crate::sys::{self, Console, Errno, Place};
use crate::{Before, OURS, ROUNDS, TWIN, mean, report_error, report_rounds};

/// Lengths of the mappings.
const PAGES: [usize; 4] = [1, 16, 256, 1024];

/// What a block of the page table maps, where pages have 4 KiB.
const BLOCK_BYTES: usize = 2 << 20;

/// An area of a driver: its name, the device node, and its offset in areas.
struct Area<'a> {
    name: &'static str,
    node: &'a CStr,
    position: usize,
    /// Its pages come as they are touched.
    by_faults: bool,
}

/// What is measured. Only the areas of the twin and the first two of ours are there
/// whatever the device tree says.
const AREAS: [Area<'static>; 8] = [
    area("twin.vmalloc", TWIN, 0, false),
    area("twin.kmalloc", TWIN, 1, false),
    area("twin.streaming", TWIN, 4, true),
    area("ours.vmalloc", OURS, 0, false),
    area("ours.kmalloc", OURS, 1, false),
    area("ours.coherent", OURS, 2, true),
    area("ours.streaming", OURS, 4, true),
    area("ours.carveout", OURS, 5, true),
];

const fn area<'a>(
    name: &'static str,
    node: &'a CStr,
    position: usize,
    by_faults: bool,
) -> Area<'a> {
    Area {
        name,
        node,
        position,
        by_faults,
    }
}

/// How a mapping is used.
#[derive(Clone, Copy)]
enum Access {
    Read,
    Write,
}

/// What was measured, in instructions: sums over all rounds, and each round.
struct Measured {
    map: u64,
    unmap: u64,
    touches: [u64; ROUNDS],
    rounds: [u64; ROUNDS],
    address: usize,
}

/// Measures all areas, of `pages` pages each, and the node of a peer.
pub(crate) fn measure_all(pages: usize, before: Before, peer: Option<&CStr>) {
    let peer = peer.map(|node| area("peer.mmap", node, 0, true));
    for area in AREAS.iter().chain(&peer) {
        for length in PAGES.into_iter().filter(|length| *length <= pages) {
            for place in [Place::Kernel, Place::Aligned(BLOCK_BYTES)] {
                // Shorter ones can have no block.
                if matches!(place, Place::Aligned(_)) && length * sys::PAGE_BYTES < BLOCK_BYTES {
                    continue;
                }
                for access in [Access::Read, Access::Write] {
                    report(area, pages, length, place, access, before);
                }
            }
        }
    }
}

fn report(
    area: &Area<'_>,
    pages: usize,
    length: usize,
    place: Place,
    access: Access,
    before: Before,
) {
    let chosen_by = match place {
        Place::Kernel => "kernel",
        Place::Aligned(_) => "program",
    };
    let access_name = match access {
        Access::Read => "read",
        Access::Write => "write",
    };
    let start = |access: &str| {
        let name = area.name;
        let _ = write!(
            Console,
            "bench figure area={name} pages={length} address={chosen_by} access={access} "
        );
    };
    start(access_name);
    let measured = match measure(area, pages, length, place, access, before) {
        Ok(measured) => measured,
        Err(errno) => return report_error(errno),
    };
    let _ = write!(
        Console,
        "aligned={} mmap={} touch={} munmap={} ",
        u8::from(measured.address.is_multiple_of(BLOCK_BYTES)),
        mean(measured.map),
        mean(measured.touches.iter().sum()),
        mean(measured.unmap),
    );
    report_rounds(measured.rounds);
    if area.by_faults && matches!((place, access), (Place::Kernel, Access::Read)) {
        start("fault");
        report_rounds(measured.touches);
    }
}

fn measure(
    area: &Area<'_>,
    pages: usize,
    length: usize,
    place: Place,
    access: Access,
    before: Before,
) -> Result<Measured, Errno> {
    let file = sys::open(area.node)?;
    let bytes = length * sys::PAGE_BYTES;
    let offset = area.position * pages * sys::PAGE_BYTES;
    let place = sys::reserve(place, bytes)?;
    let mut measured = Measured {
        map: 0,
        unmap: 0,
        touches: [0; ROUNDS],
        rounds: [0; ROUNDS],
        address: 0,
    };
    before.wait();
    // The first round is not counted: it fills the kernel's caches.
    for round in core::iter::once(None).chain((0..ROUNDS).map(Some)) {
        let start = sys::now();
        let mapping = sys::map(&file, offset, bytes, place)?;
        let mapped = sys::now();
        match access {
            Access::Read => mapping.read_each_page(),
            Access::Write => mapping.write_each_page(),
        }
        let touched = sys::now();
        measured.address = mapping.address();
        mapping.unmap()?;
        let unmapped = sys::now();
        if let Some(number) = round {
            measured.map += mapped - start;
            measured.touches[number] = touched - mapped;
            measured.unmap += unmapped - touched;
            measured.rounds[number] = unmapped - start;
        }
    }
    Ok(measured)
}
