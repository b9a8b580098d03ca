//! What it costs to ask the driver for something: an ioctl, and the handing over of memory
//! between CPU and device.

use core::ffi::CStr;
use core::fmt::Write;

use crate::sys::{self, Console, Errno, File};
use crate::uapi::{self, Describe, Sync};
use crate::{
    Before, OURS, OURS_NOT_COHERENT, Peer, ROUNDS, TWIN, complain, report_error, report_rounds,
};

/// Calls of a round: the clock's steps are too long for one.
const CALLS: u64 = 16;

/// Lengths of the ranges that are handed over.
const PAGES: [u64; 3] = [1, 16, 256];

/// `ENOTTY`: the driver has no such ioctl.
const NO_SUCH_CALL: Errno = Errno(25);

/// Measures all calls, of the twin and of ours, and those of a peer that are known.
pub(crate) fn measure_all(before: Before, peer: Option<Peer<'_>>) {
    for (area, node) in [("twin.ioctl", TWIN), ("ours.ioctl", OURS)] {
        report(area, node, 0, "unknown", before, unknown);
        report(area, node, 0, "describe", before, describe);
    }
    for (area, node) in [("twin.sync", TWIN), ("ours.sync", OURS_NOT_COHERENT)] {
        // Where the device is coherent there is nothing to do.
        if let Err(errno) = sys::open(node).and_then(|file| is_not_coherent(&file)) {
            complain(area, errno);
            continue;
        }
        for pages in PAGES {
            let sync = |direction| move |file: &File| sync(file, pages, direction);
            let for_cpu = sync(uapi::SYNC_FOR_CPU);
            report(area, node, pages, "for-cpu", before, for_cpu);
            let for_device = sync(uapi::SYNC_FOR_DEVICE);
            report(area, node, pages, "for-device", before, for_device);
        }
    }
    let Some(Peer { node, sync, .. }) = peer else {
        return;
    };
    report("peer.ioctl", node, 0, "unknown", before, unknown);
    let Some(folder) = sync else {
        return;
    };
    for pages in PAGES {
        for (access, name) in [
            ("for-cpu", "sync_for_cpu"),
            ("for-device", "sync_for_device"),
        ] {
            let bytes = pages * sys::PAGE_BYTES as u64;
            let opened = sys::open_in(folder, "sync_size")
                .and_then(|size| size.write(format_args!("{bytes}")))
                .and_then(|()| sys::open_in(folder, name));
            let rounds =
                opened.and_then(|file| measure(&file, before, |file| file.write_bytes(b"1")));
            tell("peer.sync", pages, access, rounds);
        }
    }
}

fn report(
    area: &str,
    node: &CStr,
    pages: u64,
    access: &str,
    before: Before,
    call: impl Fn(&File) -> Result<(), Errno>,
) {
    let rounds = sys::open(node).and_then(|file| measure(&file, before, call));
    tell(area, pages, access, rounds);
}

fn tell(area: &str, pages: u64, access: &str, rounds: Result<[u64; ROUNDS], Errno>) {
    let _ = write!(
        Console,
        "bench figure area={area} pages={pages} access={access} "
    );
    match rounds {
        Ok(rounds) => report_rounds(rounds),
        Err(errno) => report_error(errno),
    }
}

/// Instructions of a call, the mean of each round.
fn measure(
    file: &File,
    before: Before,
    call: impl Fn(&File) -> Result<(), Errno>,
) -> Result<[u64; ROUNDS], Errno> {
    let mut rounds = [0; ROUNDS];
    before.wait();
    // Not counted, as for mappings.
    call(file)?;
    for round in &mut rounds {
        let start = sys::now();
        for _ in 0..CALLS {
            call(file)?;
        }
        *round = (sys::now() - start) / CALLS;
    }
    Ok(rounds)
}

/// An ioctl that no driver knows: what the way to the driver and back costs.
fn unknown(file: &File) -> Result<(), Errno> {
    // SAFETY: Nobody looks at the argument.
    match unsafe { sys::ioctl(file, 0, &mut ()) } {
        Err(NO_SUCH_CALL) => Ok(()),
        Err(errno) => Err(errno),
        Ok(()) => Err(Errno(0)),
    }
}

/// What the driver says of its kmalloc area.
fn describe(file: &File) -> Result<(), Errno> {
    description(file, uapi::AREA_KMALLOC).map(|_| ())
}

fn is_not_coherent(file: &File) -> Result<(), Errno> {
    match description(file, uapi::AREA_STREAMING)?.mapped_coherent {
        0 => Ok(()),
        _ => Err(Errno(0)),
    }
}

fn description(file: &File, area: u32) -> Result<Describe, Errno> {
    let mut argument = Describe {
        area,
        ..Describe::default()
    };
    // SAFETY: The call takes a `Describe`.
    unsafe { sys::ioctl(file, uapi::DESCRIBE, &mut argument) }?;
    Ok(argument)
}

/// Hands the first `pages` pages of the streaming area over.
fn sync(file: &File, pages: u64, direction: u32) -> Result<(), Errno> {
    let mut argument = Sync {
        area: uapi::AREA_STREAMING,
        direction,
        offset: 0,
        length: pages * sys::PAGE_BYTES as u64,
    };
    // SAFETY: The call takes a `Sync`.
    unsafe { sys::ioctl(file, uapi::SYNC, &mut argument) }
}
