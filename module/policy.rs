// SPDX-License-Identifier: GPL-2.0

//! Which memory type the user mappings of an area get, and why.
//!
//! The rule behind the table: no two addresses through which a page is accessed may
//! differ in type. The kernel's own address has the type that the allocator gave it,
//! so a user mapping gets the same.

use crate::arch;
use crate::uapi::{
    AREA_CARVEOUT, AREA_COHERENT, AREA_KMALLOC, AREA_STREAMING, AREA_VMALLOC, AREA_WC,
    REASON_CPU_ONLY, REASON_DEVICE_COHERENT, REASON_DEVICE_NOT_COHERENT, REASON_HANDED_OVER,
    REASON_NOT_HONOURED, REASON_REQUESTED, TYPE_NON_CACHED, TYPE_WRITE_BACK,
};
use kernel::prelude::*;

/// What an area should have, what it gets, and why: `TYPE_*`, `TYPE_*`, `REASON_*`.
#[derive(Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) requested: u32,
    pub(crate) granted: u32,
    pub(crate) reason: u32,
}

const WB: u32 = TYPE_WRITE_BACK;
const NC: u32 = TYPE_NON_CACHED;

/// Area, cache-coherent device: requested, granted, reason. The DMA API honours
/// write-combining only where the device does not take part in coherency
/// (`dma_pgprot` in kernel/dma/mapping.c).
#[rustfmt::skip]
const TABLE: [(u32, bool, u32, u32, u32); 10] = [
    (AREA_VMALLOC,   true,  WB, WB, REASON_CPU_ONLY),
    (AREA_VMALLOC,   false, WB, WB, REASON_CPU_ONLY),
    (AREA_KMALLOC,   true,  WB, WB, REASON_CPU_ONLY),
    (AREA_KMALLOC,   false, WB, WB, REASON_CPU_ONLY),
    (AREA_COHERENT,  true,  WB, WB, REASON_DEVICE_COHERENT),
    (AREA_COHERENT,  false, NC, NC, REASON_DEVICE_NOT_COHERENT),
    (AREA_WC,        true,  NC, WB, REASON_DEVICE_COHERENT),
    (AREA_WC,        false, NC, NC, REASON_DEVICE_NOT_COHERENT),
    (AREA_STREAMING, true,  WB, WB, REASON_HANDED_OVER),
    (AREA_STREAMING, false, WB, WB, REASON_HANDED_OVER),
];

/// The row of the table for `area`; for the carve-out, whose memory no one else maps,
/// what was asked for. A CPU that cannot express a type (`expressible` false) is said
/// not to honour it. `EINVAL` for an unknown area.
pub(crate) fn grant(area: u32, coherent: bool, asked_for: u32, expressible: bool) -> Result<Grant> {
    let (requested, granted, reason) = match area {
        AREA_CARVEOUT => (asked_for, arch::nearest(asked_for), REASON_REQUESTED),
        _ => {
            let row = TABLE.iter().find(|row| (row.0, row.1) == (area, coherent));
            row.map(|row| (row.2, row.3, row.4)).ok_or(EINVAL)?
        }
    };
    if granted != WB && !expressible {
        return Ok(Grant {
            requested,
            granted: WB,
            reason: REASON_NOT_HONOURED,
        });
    }
    Ok(Grant {
        requested,
        granted,
        reason,
    })
}
