// SPDX-License-Identifier: GPL-2.0

//! Where a deliberate fault is more than a condition left out. See `fault.rs`.

use crate::{
    fault::Fault,
    instance::{
        Instance,
        Memory, //
    },
    mapping::View,
    shim::{
        self,
        Protection, //
    },
    uapi,
};
use kernel::{
    bindings,
    mm::virt::{
        flags,
        VmaNew, //
    },
    page::PAGE_SIZE,
    prelude::*, //
};

/// What a mapping shows instead of `view`.
pub(crate) fn view(instance: &Instance, view: View) -> View {
    if Fault::WrongArea.is_on() && view.area == uapi::AREA_KMALLOC {
        return View {
            area: uapi::AREA_VMALLOC,
            ..view
        };
    }
    if Fault::PartFromEnd.is_on() && view.pages < instance.pages() {
        return View {
            first: instance.pages() - view.pages,
            ..view
        };
    }
    if Fault::OffByOnePage.is_on() {
        return View { first: 1, ..view };
    }
    view
}

/// Page frame number of page `page` of the mapping.
pub(crate) fn pfn(
    instance: &Instance,
    view: &View,
    memory: &Memory<'_>,
    page: usize,
) -> Result<usize> {
    let mut place = view.first.checked_add(page).ok_or(EINVAL)?;
    if Fault::LongMapping.is_on() || Fault::OffByOnePage.is_on() {
        place %= instance.pages();
    }
    let is_vmalloc = view.area == uapi::AREA_VMALLOC;
    if Fault::SwappedPages.is_on() && is_vmalloc && view.pages > 2 && (1..=2).contains(&page) {
        place = 3 - page;
    }
    match &instance.decoy {
        Some(decoy) if is_vmalloc && is_stale(instance) => decoy.pfn(place),
        _ => memory.pfn(place),
    }
}

/// True if the pages of a mapping are those that its offset says, in their order.
pub(crate) fn shows_right_pages() -> bool {
    !(Fault::WrongArea.is_on()
        || Fault::PartFromEnd.is_on()
        || Fault::OffByOnePage.is_on()
        || Fault::LongMapping.is_on()
        || Fault::BadOffset.is_on()
        || Fault::Inside.is_on()
        || Fault::SwappedPages.is_on()
        || Fault::StaleMemory.is_on()
        || Fault::SecondElsewhere.is_on())
}

fn is_stale(instance: &Instance) -> bool {
    Fault::StaleMemory.is_on() || (Fault::SecondElsewhere.is_on() && instance.open_files() > 1)
}

/// Maps in another way; false if it is to be done in the right way.
pub(crate) fn map(instance: &Instance, view: &View, vma: &VmaNew) -> Result<bool> {
    if Fault::PinnedModule.is_on() {
        shim::hold_module();
    }
    match view.area {
        uapi::AREA_VMALLOC if Fault::VmallocUncached.is_on() => {
            shim::protect(vma, Protection::WriteCombine);
        }
        uapi::AREA_KMALLOC if Fault::KmallocDevice.is_on() => {
            shim::protect(vma, Protection::Device);
        }
        _ => {}
    }
    if !Fault::MixedMap.is_on() || view.area != uapi::AREA_VMALLOC {
        return Ok(false);
    }
    let vma = vma.set_mixedmap();
    for page in 0..view.pages {
        let address = vma.start() + page * PAGE_SIZE;
        instance.vmalloc().insert_as_own(vma, address, page)?;
    }
    Ok(true)
}

/// The type that a mapping of the carve-out gets.
pub(crate) fn carveout_type(memory_type: u32) -> u32 {
    match Fault::RequestIgnored.is_on() {
        true => uapi::TYPE_WRITE_BACK,
        false => memory_type,
    }
}

/// True if the DMA API's choice of a protection is not to be taken.
pub(crate) fn ignores_dma_protection(area: u32) -> bool {
    (area == uapi::AREA_COHERENT && Fault::CoherentCached.is_on())
        || (area == uapi::AREA_WC && Fault::WriteCombineCached.is_on())
}

/// True if a SYNC is to do nothing.
pub(crate) fn forgets_sync(direction: u32) -> bool {
    match direction {
        uapi::SYNC_FOR_CPU => Fault::NoSyncForCpu.is_on(),
        uapi::SYNC_FOR_DEVICE => Fault::NoSyncForDevice.is_on(),
        _ => false,
    }
}

/// The reason that DESCRIBE says.
pub(crate) fn reason(reason: u32) -> u32 {
    match Fault::WrongReason.is_on() {
        true => uapi::REASON_NOT_HONOURED,
        false => reason,
    }
}

/// Spoils a mapping that was made.
pub(crate) fn after_map(view: &View, vma: &VmaNew) {
    if Fault::StreamingUncached.is_on() && view.area == uapi::AREA_STREAMING {
        shim::protect(vma, Protection::WriteCombine);
    }
    if Fault::ReadOnlyGainsWrite.is_on() {
        shim::change_flags(vma, flags::MAYWRITE | flags::SHARED, 0);
    }
    if Fault::Dump.is_on() {
        shim::change_flags(vma, 0, flags::DONTDUMP);
    }
    if Fault::ForkLost.is_on() {
        vma.set_dontcopy();
    }
    if Fault::NoSplit.is_on() {
        shim::set_operations(vma, &UNSPLITTABLE, view.area);
    }
}

/// Spoils what others have mapped when a file is opened.
pub(crate) fn open(instance: &Instance) {
    if Fault::OpenResets.is_on() {
        instance.seed_all();
    }
}

/// Warns when something is filled.
pub(crate) fn fill() {
    kernel::warn_on!(Fault::Warn.is_on());
}

static UNSPLITTABLE: bindings::vm_operations_struct = bindings::vm_operations_struct {
    may_split: Some(refuse_split),
    ..crate::mapping::OPERATIONS
};

/// # Safety
///
/// None: nothing is touched.
unsafe extern "C" fn refuse_split(_: *mut bindings::vm_area_struct, _: c_ulong) -> c_int {
    EINVAL.to_errno()
}
