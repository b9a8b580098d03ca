// SPDX-License-Identifier: GPL-2.0

//! Where a deliberate fault is more than a condition left out. See `fault.rs`.

use crate::{
    fault::Fault,
    instance::{
        Instance,
        Memory, //
    },
    mapping::{
        self,
        Place,
        View, //
    },
    shim::{
        self,
        Protection, //
    },
    uapi,
    words::{
        Words,
        WORD, //
    },
};
use core::ops::Range;
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
        || Fault::SecondElsewhere.is_on()
        || Fault::DmaOffByOnePage.is_on()
        || Fault::DmaPartFromEnd.is_on())
}

/// The page that is shown in the place of `page` of memory that needs the device, in a
/// mapping of `length` pages.
pub(crate) fn page(instance: &Instance, page: usize, length: usize) -> usize {
    let pages = instance.pages();
    let beyond = match () {
        _ if Fault::DmaOffByOnePage.is_on() => 1,
        _ if Fault::DmaPartFromEnd.is_on() => pages - length.min(pages),
        _ => return page,
    };
    (page + beyond) % pages
}

/// True if a mapping of `area` lacks its last page.
pub(crate) fn lacks_page(area: u32) -> bool {
    Fault::MissingPage.is_on() && (area == uapi::AREA_VMALLOC || area == uapi::AREA_WC)
}

/// Does what is to be done before page `page` is mapped.
pub(crate) fn before_page(view: &View, page: usize, vma: &VmaNew) {
    if has_other_page(view) && page + 1 == view.pages {
        shim::protect(vma, Protection::WriteCombine);
    }
}

/// How many pages from page `page` on can be mapped in the same way.
pub(crate) fn pages_at_once(view: &View, page: usize) -> usize {
    match has_other_page(view) && page + 1 < view.pages {
        true => view.pages - 1 - page,
        false => usize::MAX,
    }
}

fn has_other_page(view: &View) -> bool {
    Fault::OnePageUncached.is_on() && view.area == uapi::AREA_KMALLOC
}

/// Does what is to be done after the pages of a mapping, and before its blocks.
pub(crate) fn before_blocks(vma: &VmaNew) {
    if Fault::BlocksUncached.is_on() {
        shim::protect(vma, Protection::WriteCombine);
    }
}

/// The words that a fill of the words `range` of `count` writes.
pub(crate) fn written(range: Range<usize>, count: usize) -> Range<usize> {
    match () {
        _ if range.is_empty() => range,
        _ if Fault::WritesBehind.is_on() => range.start..count.min(range.end + 1),
        _ if Fault::WritesBefore.is_on() => range.start.saturating_sub(1)..range.end,
        _ => range,
    }
}

/// The words that a check of the words `range` of `count` looks at.
pub(crate) fn checked(range: Range<usize>, count: usize) -> Range<usize> {
    match Fault::ChecksBehind.is_on() {
        true => range.start..count.min(range.end + 1),
        false => range,
    }
}

/// The end of a range. `EOVERFLOW` if it wraps.
pub(crate) fn end(offset: u64, length: u64) -> Result<u64> {
    match Fault::WrappedRange.is_on() {
        true => Ok(offset.wrapping_add(length)),
        false => offset.checked_add(length).ok_or(EOVERFLOW),
    }
}

/// What of a range, which is said to lie in `size` bytes, SYNC hands over: its offset and
/// its length.
pub(crate) fn synced(offset: u64, length: u64, size: usize) -> (usize, usize) {
    let start = offset.min(size as u64) as usize;
    let (offset, length) = (offset as usize, length as usize);
    match () {
        _ if Fault::SyncBeyond.is_on() => (start, length.min(size - start)),
        // A range that wraps must not go to the DMA API.
        _ if Fault::WrappedRange.is_on() => (start, length.min(size - start)),
        _ if Fault::SyncsAll.is_on() => (0, size),
        _ if Fault::SyncsFromStart.is_on() => (0, length),
        _ => (offset, length),
    }
}

/// Leaves in `words` what was there before.
pub(crate) fn leave_stale(words: &Words<'_>) -> Result {
    match Fault::StaleContents.is_on() {
        true => words.fill(words.all(), uapi::PATTERN_ADDRESS, 0),
        false => Ok(()),
    }
}

/// What of the words `all` gets the seed pattern.
pub(crate) fn seeded(all: Range<usize>) -> Range<usize> {
    match Fault::StaleContents.is_on() {
        true => 0..all.end.saturating_sub(PAGE_SIZE / WORD),
        false => all,
    }
}

/// True if some other memory is needed, to be shown instead of the right one.
pub(crate) fn needs_decoy() -> bool {
    Fault::StaleMemory.is_on() || Fault::SecondElsewhere.is_on() || Fault::ChildSeesCopy.is_on()
}

/// The type that the kernel's own mapping of the carve-out gets.
pub(crate) fn kernel_type(memory_type: u32) -> u32 {
    match Fault::CarveoutAlias.is_on() {
        true => uapi::TYPE_WRITE_BACK,
        false => memory_type,
    }
}

/// What FILL or CHECK says of memory that may be gone.
pub(crate) fn unless_gone(result: Result) -> Result {
    match Fault::FillsNothing.is_on() && result == Err(ENODEV) {
        true => Ok(()),
        false => result,
    }
}

/// What REQUEST says of another area than the carve-out.
pub(crate) fn other_request() -> Result {
    match Fault::RequestAnywhere.is_on() {
        true => Ok(()),
        false => Err(shim::unsupported()),
    }
}

/// The entry of the page table that TRANSLATE looks at.
pub(crate) fn entry(entry: Result<u64>) -> Result<u64> {
    match Fault::ForeignTranslation.is_on() {
        true => Ok(entry.unwrap_or_default()),
        false => entry,
    }
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
    if Fault::ChildSeesCopy.is_on() {
        shim::change_flags(vma, bindings::VM_WIPEONFORK, 0);
        shim::set_operations(vma, &FORKED, view.area);
    }
    if Fault::NoSplit.is_on() {
        shim::set_operations(vma, &UNSPLITTABLE, view.area);
    }
}

/// What is said of a file that cannot be opened.
pub(crate) fn opened(error: Error) -> Error {
    match Fault::WrongErrno.is_on() {
        true => EIO,
        false => error,
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

/// Those of a mapping whose copy in a child is to show something else.
static FORKED: bindings::vm_operations_struct = bindings::vm_operations_struct {
    open: Some(open_copy),
    huge_fault: None,
    ..crate::mapping::OPERATIONS
};

/// Those of such a copy.
static COPY: bindings::vm_operations_struct = bindings::vm_operations_struct {
    open: Some(open_copy),
    fault: Some(fault_in_copy),
    huge_fault: None,
    ..crate::mapping::OPERATIONS
};

/// # Safety
///
/// As for [`mapping::open`].
unsafe extern "C" fn open_copy(vma: *mut bindings::vm_area_struct) {
    // SAFETY: As the caller vouches; a copy that is being made is nobody else's.
    unsafe {
        mapping::open(vma);
        if shim::is_of_child(vma) {
            (*vma).vm_ops = &COPY;
        }
    }
}

/// # Safety
///
/// `vmf` must be a fault in a mapping with [`COPY`].
unsafe extern "C" fn fault_in_copy(vmf: *mut bindings::vm_fault) -> bindings::vm_fault_t {
    // SAFETY: As the caller vouches: these operations have all that `Place` needs.
    let place = unsafe { Place::of(vmf) };
    let decoy = place.instance.decoy.as_ref().ok_or(ENOMEM);
    match decoy.and_then(|decoy| decoy.pfn(place.page(place.address))) {
        // SAFETY: The page is that of the fault. The mapping holds the file, the file the
        // instance, and the instance this memory.
        Ok(pfn) => unsafe { shim::insert(place.vma, place.address, pfn) },
        Err(_) => bindings::vm_fault_reason_VM_FAULT_SIGBUS,
    }
}
