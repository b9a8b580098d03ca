//! Measures what it costs to map memory, read or write each page once, and unmap it:
//! the C twin beside mmap_areas, on one kernel, in one boot.
//!
//! Runs as process 1 of a QEMU guest whose clock counts instructions (`-icount
//! shift=0`); on another machine the figures are times. AArch64 only. Prints a line
//! `bench key=value …` for each figure, and `bench end` after the last.
#![no_std]
#![no_main]

mod sys;

use core::ffi::CStr;
use core::fmt::Write;

use sys::{Console, Errno, Place};

/// How often each figure is measured; the figure is the mean.
const ROUNDS: usize = 100;

/// How long the kernel may take to come to rest.
const REST_MILLISECONDS: u64 = 100;

/// Lengths of the mappings.
const PAGES: [usize; 4] = [1, 16, 256, 1024];

/// What a block of the page table maps, where pages have 4 KiB.
const BLOCK_BYTES: usize = 2 << 20;

/// An area of a driver: its name, the device node, and its offset in areas.
struct Area {
    name: &'static str,
    node: &'static CStr,
    position: usize,
}

/// What is measured. Only the areas of the twin and the first two of ours are there
/// whatever the device tree says.
const AREAS: [Area; 6] = [
    area("twin.vmalloc", c"/dev/mmap_twin", 0),
    area("twin.kmalloc", c"/dev/mmap_twin", 1),
    area("ours.vmalloc", c"/dev/mmap_areas0", 0),
    area("ours.kmalloc", c"/dev/mmap_areas0", 1),
    area("ours.coherent", c"/dev/mmap_areas0", 2),
    area("ours.carveout", c"/dev/mmap_areas0", 5),
];

const fn area(name: &'static str, node: &'static CStr, position: usize) -> Area {
    Area {
        name,
        node,
        position,
    }
}

/// How a mapping is used.
#[derive(Clone, Copy)]
enum Access {
    Read,
    Write,
}

/// What comes before the rounds of a figure.
#[derive(Clone, Copy)]
enum Before {
    /// Nothing but sleep. It ends with a tick of the clock, so each figure begins at the
    /// same distance from the next one.
    Rest,
    /// So many instructions, and what the kernel has put off is still to come.
    Busy(u64),
}

/// What was measured, in instructions: sums over all rounds, and each whole round.
struct Measured {
    map: u64,
    touch: u64,
    unmap: u64,
    rounds: [u64; ROUNDS],
    address: usize,
}

/// What process 1 does; `sys` calls it. `pages` is the size of an area; with `busy`
/// instructions before each figure there is no rest.
fn main(pages: usize, busy: Option<u64>) {
    if let Err((what, errno)) = measure_all(pages, busy.map_or(Before::Rest, Before::Busy)) {
        complain(what, errno);
    }
}

fn complain(what: &str, errno: Errno) {
    let _ = writeln!(Console, "bench error what={what} errno={}", errno.0);
}

fn measure_all(pages: usize, before: Before) -> Result<(), (&'static str, Errno)> {
    sys::mount_devices().map_err(|errno| ("devtmpfs", errno))?;
    for (file, name) in [
        (c"/mmap_twin.ko", "mmap_twin.ko"),
        (c"/mmap_areas.ko", "mmap_areas.ko"),
    ] {
        // The other one can still be measured.
        if let Err(errno) = sys::load_module(file, pages) {
            complain(name, errno);
        }
    }
    sys::sleep(REST_MILLISECONDS);
    let _ = writeln!(Console, "bench timer cost={}", timer_cost());
    for area in &AREAS {
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
    let _ = writeln!(Console, "bench end");
    Ok(())
}

/// Instructions between two looks at the clock: each of `map`, `touch` and `unmap`
/// has them once.
fn timer_cost() -> u64 {
    let start = sys::now();
    for _ in 0..ROUNDS {
        sys::now();
    }
    (sys::now() - start) / (ROUNDS as u64 + 1)
}

fn report(area: &Area, pages: usize, length: usize, place: Place, access: Access, before: Before) {
    let chosen_by = match place {
        Place::Kernel => "kernel",
        Place::Aligned(_) => "program",
    };
    let access_name = match access {
        Access::Read => "read",
        Access::Write => "write",
    };
    let _ = write!(
        Console,
        "bench figure area={} pages={length} address={chosen_by} access={access_name} ",
        area.name
    );
    let _ = match measure(area, pages, length, place, access, before) {
        Ok(measured) => writeln!(
            Console,
            "aligned={} mmap={} touch={} munmap={} mean={} median={} min={}",
            u8::from(measured.address.is_multiple_of(BLOCK_BYTES)),
            mean(measured.map),
            mean(measured.touch),
            mean(measured.unmap),
            mean(measured.map + measured.touch + measured.unmap),
            measured.rounds[ROUNDS / 2],
            measured.rounds[0],
        ),
        Err(errno) => writeln!(Console, "errno={}", errno.0),
    };
}

fn mean(sum: u64) -> u64 {
    (sum + ROUNDS as u64 / 2) / ROUNDS as u64
}

fn measure(
    area: &Area,
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
        touch: 0,
        unmap: 0,
        rounds: [0; ROUNDS],
        address: 0,
    };
    match before {
        Before::Rest => sys::sleep(REST_MILLISECONDS),
        Before::Busy(instructions) => {
            let end = sys::now() + instructions;
            while sys::now() < end {}
        }
    }
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
            measured.touch += touched - mapped;
            measured.unmap += unmapped - touched;
            measured.rounds[number] = unmapped - start;
        }
    }
    measured.rounds.sort_unstable();
    Ok(measured)
}
