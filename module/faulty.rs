// SPDX-License-Identifier: GPL-2.0

//! Where a deliberate fault is more than a condition left out. See `fault.rs`.

use crate::{
    area::{
        Areas,
        WORD, //
    },
    fault::Fault,
    mapping::View,
    shim,
    uapi, //
};
use core::sync::atomic::Ordering;
use kernel::{
    bindings,
    mm::virt::{
        flags,
        vm_flags_t as flags_t,
        VmaNew, //
    },
    page::PAGE_SIZE,
    prelude::*, //
};

/// What a mapping shows instead of `view`.
pub(crate) fn view<'a>(areas: &'a Areas, view: View<'a>) -> View<'a> {
    let is_vmalloc = core::ptr::eq(view.area, areas.vmalloc());
    let part = view.pages < view.area.pages();
    let second = areas.open_files.load(Ordering::Relaxed) > 1;
    let stale = Fault::StaleMemory.is_on() || (Fault::SecondElsewhere.is_on() && second);
    match &areas.decoy {
        Some(decoy) if is_vmalloc && stale => View {
            area: decoy,
            ..view
        },
        _ if Fault::WrongArea.is_on() => View {
            area: areas.vmalloc(),
            ..view
        },
        _ if Fault::PartFromEnd.is_on() && part => View {
            first: view.area.pages() - view.pages,
            ..view
        },
        _ => view,
    }
}

/// The page of the area that is shown as page `page` of the mapping.
pub(crate) fn page(view: &View<'_>, page: usize) -> usize {
    match page {
        1 | 2 if Fault::SwappedPages.is_on() && view.pages > 2 && view.area.is_vmalloc() => {
            3 - page
        }
        _ if Fault::LongMapping.is_on() => page % view.area.pages(),
        _ => page,
    }
}

/// Maps in another way; false if it is to be done in the right way.
pub(crate) fn map(view: &View<'_>, vma: &VmaNew) -> Result<bool> {
    if Fault::PinnedModule.is_on() {
        shim::hold_module();
    }
    if !Fault::MixedMap.is_on() || !view.area.is_vmalloc() {
        return Ok(false);
    }
    let vma = vma.set_mixedmap();
    for page in 0..view.pages {
        let address = vma.start() + page * PAGE_SIZE;
        view.area.insert_as_own(vma, address, page)?;
    }
    Ok(true)
}

/// Spoils a mapping that was made.
pub(crate) fn after_map(vma: &VmaNew) {
    if Fault::ReadOnlyGainsWrite.is_on() {
        change_flags(vma, flags::MAYWRITE | flags::SHARED, 0);
    }
    if Fault::Dump.is_on() {
        change_flags(vma, 0, flags::DONTDUMP);
    }
    if Fault::ForkLost.is_on() {
        vma.set_dontcopy();
    }
    if Fault::NoSplit.is_on() {
        // SAFETY: `vma` is being set up, so nobody else looks at the field.
        unsafe { (*vma.as_ptr()).vm_ops = &UNSPLITTABLE };
    }
}

/// Spoils what others have mapped when a file is opened.
pub(crate) fn open(areas: &Areas) {
    areas.open_files.fetch_add(1, Ordering::Relaxed);
    if Fault::OpenResets.is_on() {
        for area in areas.iter() {
            // The pattern exists and the range is the area's own.
            let _ = area.fill(0..area.size() / WORD, uapi::PATTERN_SEED, 0);
        }
    }
}

/// Counts a file that is closed.
pub(crate) fn release(areas: &Areas) {
    areas.open_files.fetch_sub(1, Ordering::Relaxed);
}

/// Warns when something is filled.
pub(crate) fn fill() {
    kernel::warn_on!(Fault::Warn.is_on());
}

fn change_flags(vma: &VmaNew, set: flags_t, clear: flags_t) {
    let changed = vma.flags() & !clear | set;
    // SAFETY: `vma` is being set up, so nobody else looks at the field.
    unsafe { (*vma.as_ptr()).__bindgen_anon_2.vm_flags = changed };
}

static UNSPLITTABLE: bindings::vm_operations_struct = bindings::vm_operations_struct {
    may_split: Some(refuse_split),
    ..pin_init::zeroed()
};

/// # Safety
///
/// None: nothing is touched.
unsafe extern "C" fn refuse_split(_: *mut bindings::vm_area_struct, _: c_ulong) -> c_int {
    EINVAL.to_errno()
}
