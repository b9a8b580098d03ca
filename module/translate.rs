// SPDX-License-Identifier: GPL-2.0

//! TRANSLATE: what page tables and the MMU say of an address.

use crate::{
    arch,
    fault::Fault,
    faulty,
    instance::{
        Instance,
        Memory, //
    },
    shim::{
        self,
        KnownPages, //
    },
    uapi::{
        self,
        Translate, //
    },
};
use kernel::{
    fs::File,
    page::PAGE_SIZE,
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    }, //
};

/// Whether the MMU's answers can be trusted: not yet known, no, yes.
static CALIBRATION: Atomic<u32> = Atomic::new(UNKNOWN);
const UNKNOWN: u32 = 0;
const UNFIT: u32 = 1;
const FIT: u32 = 2;

/// Answers TRANSLATE. Errors as `uapi.rs` lists them.
pub(crate) fn translate(instance: &Instance, file: &File, request: &mut Translate) -> Result {
    let is_calibrated = is_calibrated()?;
    let ask = |address, user| {
        is_calibrated
            .then(|| arch::hardware(address, user))
            .flatten()
    };
    let (entry, hardware) = match request.side {
        uapi::SIDE_USER => {
            let address = usize::try_from(request.address).map_err(|_| EINVAL)?;
            let entry = faulty::entry(shim::user_entry(file, address))?;
            (Some(entry), ask(address, true))
        }
        // The memory stays, and so do its page tables, until both have been asked.
        uapi::SIDE_KERNEL | uapi::SIDE_LINEAR => instance.with_memory(request.area, |memory| {
            let address = kernel_address(&memory, request)?;
            Ok((arch::kernel_entry(address), ask(address, false)))
        })?,
        _ => return Err(EINVAL),
    };
    (request.table_type, request.table_raw) = match entry {
        Some(entry) => (arch::entry_type(entry), entry & arch::ENTRY_BITS),
        None => (uapi::TYPE_UNKNOWN, 0),
    };
    (request.hardware_type, request.hardware_raw) = hardware.unwrap_or((uapi::TYPE_UNKNOWN, 0));
    if Fault::WrongTranslation.is_on() {
        request.table_type = uapi::TYPE_OTHER;
    }
    Ok(())
}

/// The kernel's address, or that of the linear map, of an offset in an area. `EINVAL` if
/// the offset is beyond the area; `EOPNOTSUPP` if there is no such address.
fn kernel_address(memory: &Memory<'_>, request: &Translate) -> Result<usize> {
    let offset = usize::try_from(request.address).map_err(|_| EINVAL)?;
    if offset / PAGE_SIZE >= memory.pages() && !Fault::TranslateBeyond.is_on() {
        return Err(EINVAL);
    }
    match request.side {
        uapi::SIDE_KERNEL => {
            let base = memory.base()?.as_ptr() as usize;
            base.checked_add(offset).ok_or(EINVAL)
        }
        _ if request.area == uapi::AREA_CARVEOUT => Err(shim::unsupported()),
        _ => shim::linear_address(memory.pfn(offset / PAGE_SIZE)?).ok_or_else(shim::unsupported),
    }
}

/// True if the MMU tells a cached page from one that is not. In QEMU, and on cores with
/// short descriptors, it may not. `ENOMEM` if there is no page to try it with.
fn is_calibrated() -> Result<bool> {
    if CALIBRATION.load(Relaxed) == UNKNOWN {
        let pages = KnownPages::new()?;
        let (cached, other) = pages.addresses()?;
        let says = |address| arch::hardware(address, false).map(|(memory_type, _)| memory_type);
        let fit = says(cached) == Some(uapi::TYPE_WRITE_BACK)
            && says(other) == Some(uapi::TYPE_NON_CACHED);
        CALIBRATION.store(if fit { FIT } else { UNFIT }, Relaxed);
    }
    Ok(CALIBRATION.load(Relaxed) == FIT)
}
