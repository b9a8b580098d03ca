//! Measures what it costs to share memory with user space: to map it, touch it and unmap
//! it, and to ask the driver for something. The C twin beside mmap_areas, and beside a
//! peer if there is one, on one kernel, in one boot.
//!
//! Runs as process 1 of a QEMU guest whose clock counts instructions (`-icount
//! shift=0`); on another machine the figures are times. AArch64 only. Prints a line
//! `bench key=value …` for each figure, and `bench end` after the last.
#![no_std]
#![no_main]

mod calls;
mod mapping;
mod sys;

#[path = "../../../module/uapi.rs"]
#[expect(dead_code, unreachable_pub)]
mod uapi;

use core::ffi::CStr;
use core::fmt::Write;

use sys::{Console, Errno};

/// How often each figure is measured.
const ROUNDS: usize = 100;

/// How long the kernel may take to come to rest.
const REST_MILLISECONDS: u64 = 100;

const TWIN: &CStr = c"/dev/mmap_twin";
/// The device that takes part in cache coherency.
const OURS: &CStr = c"/dev/mmap_areas0";
/// The device that does not.
const OURS_NOT_COHERENT: &CStr = c"/dev/mmap_areas1";

/// What comes before the rounds of a figure.
#[derive(Clone, Copy)]
enum Before {
    /// Nothing but sleep. It ends with a tick of the clock, so each figure begins at the
    /// same distance from the next one.
    Rest,
    /// So many instructions, and what the kernel has put off is still to come.
    Busy(u64),
}

impl Before {
    fn wait(self) {
        match self {
            Self::Rest => sys::sleep(REST_MILLISECONDS),
            Self::Busy(instructions) => {
                let end = sys::now() + instructions;
                while sys::now() < end {}
            }
        }
    }
}

/// Another module.
#[derive(Clone, Copy)]
struct Peer<'a> {
    /// Its device node, whose first pages can be mapped.
    node: &'a CStr,
    /// What it is loaded with.
    parameters: &'a str,
    /// The folder of its files `sync_size`, `sync_for_cpu` and `sync_for_device`.
    sync: Option<&'a str>,
}

/// What process 1 does; `sys` calls it. `pages` is the size of an area; with `busy`
/// instructions before each figure there is no rest.
fn main(pages: usize, busy: Option<u64>, peer: Option<Peer<'_>>) {
    let before = busy.map_or(Before::Rest, Before::Busy);
    if let Err((what, errno)) = measure_all(pages, before, peer) {
        complain(what, errno);
    }
}

fn complain(what: &str, errno: Errno) {
    let _ = writeln!(Console, "bench error what={what} errno={}", errno.0);
}

fn measure_all(
    pages: usize,
    before: Before,
    peer: Option<Peer<'_>>,
) -> Result<(), (&'static str, Errno)> {
    sys::mount(c"/dev", c"devtmpfs").map_err(|errno| ("devtmpfs", errno))?;
    // The others can still be measured.
    for (file, name) in [
        (c"/mmap_twin.ko", "mmap_twin.ko"),
        (c"/mmap_areas.ko", "mmap_areas.ko"),
    ] {
        if let Err(errno) = sys::load_module(file, format_args!("npages={pages}")) {
            complain(name, errno);
        }
    }
    if let Some(Peer { parameters, .. }) = peer {
        sys::mount(c"/sys", c"sysfs").map_err(|errno| ("sysfs", errno))?;
        if let Err(errno) = sys::load_module(c"/peer.ko", format_args!("{parameters}")) {
            complain("peer.ko", errno);
        }
    }
    sys::sleep(REST_MILLISECONDS);
    let _ = writeln!(Console, "bench timer cost={}", timer_cost());
    mapping::measure_all(pages, before, peer.map(|peer| peer.node));
    calls::measure_all(before, peer);
    let _ = writeln!(Console, "bench end");
    Ok(())
}

/// Instructions between two looks at the clock: what lies between two looks has them once.
fn timer_cost() -> u64 {
    let start = sys::now();
    for _ in 0..ROUNDS {
        sys::now();
    }
    (sys::now() - start) / (ROUNDS as u64 + 1)
}

/// The rest of a figure's line, from its rounds.
fn report_rounds(mut rounds: [u64; ROUNDS]) {
    rounds.sort_unstable();
    let _ = writeln!(
        Console,
        "mean={} median={} min={}",
        mean(rounds.iter().sum()),
        rounds[ROUNDS / 2],
        rounds[0],
    );
}

fn mean(sum: u64) -> u64 {
    (sum + ROUNDS as u64 / 2) / ROUNDS as u64
}

fn report_error(errno: Errno) {
    let _ = writeln!(Console, "errno={}", errno.0);
}
