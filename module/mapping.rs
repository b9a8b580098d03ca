// SPDX-License-Identifier: GPL-2.0

//! `mmap`: which pages a mapping shows and what it allows.
//!
//! Memory for CPUs alone is put into the page table at once. Memory that needs the
//! device comes by a fault, all of it at the first: a mapping that is being made
//! cannot be found by those who take memory away, a mapping that faults can.

use crate::{
    fault::Fault,
    faulty,
    instance::{
        Instance,
        Memory, //
    },
    runs::Run,
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
    prelude::*,
    sync::{
        Arc,
        ArcBorrow, //
    },
    types::ForeignOwnable, //
};

/// What an entry of the page table above the last maps: one last table full of pages.
const BLOCK_PAGES: usize = PAGE_SIZE / size_of::<u64>();

/// The same in bytes.
const BLOCK_BYTES: usize = BLOCK_PAGES * PAGE_SIZE;

/// The pages of a mapping: `pages` from page `first` of an area.
pub(crate) struct View {
    pub(crate) area: u32,
    pub(crate) first: usize,
    pub(crate) pages: usize,
}

/// Maps what `vma` asks for. Errors as `uapi.rs` lists them.
pub(crate) fn map(instance: &Instance, vma: &VmaNew) -> Result {
    let length = vma.end().checked_sub(vma.start()).ok_or(EINVAL)?;
    let view = view(instance, shim::page_offset(vma), length / PAGE_SIZE)?;
    if !shim::is_shared(vma) && !Fault::PrivateMapping.is_on() {
        return Err(EINVAL);
    }
    if !Fault::Exec.is_on() {
        vma.try_clear_mayexec().map_err(|_| EACCES)?;
    }
    if faulty::map(instance, &view, vma)? {
        return Ok(());
    }
    match view.area {
        uapi::AREA_VMALLOC | uapi::AREA_KMALLOC => {
            instance.with_memory(view.area, |memory| insert(instance, &view, &memory, vma))?
        }
        _ => prepare(instance, &view, vma)?,
    }
    faulty::after_map(&view, vma);
    Ok(())
}

/// The pages for a mapping of `pages` pages at `offset` (in pages): an area shows
/// from its start and not beyond its end, everything else is `EIO`, as in the 2.6
/// driver.
fn view(instance: &Instance, offset: usize, pages: usize) -> Result<View> {
    let stride = instance.pages();
    let exact = offset % stride == 0 || Fault::Inside.is_on();
    let area = match u32::try_from(offset / stride) {
        Ok(area) if area < uapi::AREAS && exact => area,
        _ if Fault::BadOffset.is_on() => uapi::AREA_VMALLOC,
        _ => return Err(EIO),
    };
    let most = instance.with_memory(area, |memory| Ok(memory.pages()))?;
    if pages > most && !Fault::LongMapping.is_on() {
        return Err(EIO);
    }
    let view = View {
        area,
        first: 0,
        pages,
    };
    Ok(faulty::view(instance, view))
}

/// Puts the pages into the page table, each run of consecutive page frames in one
/// call, except what a block can map: that is left to [`huge_fault`], which needs one
/// entry for it instead of one a page.
fn insert(instance: &Instance, view: &View, memory: &Memory<'_>, vma: &VmaNew) -> Result {
    let mut page = 0;
    let mut has_blocks = false;
    let pages = view.pages - usize::from(faulty::lacks_page(view.area));
    while page < pages {
        faulty::before_page(view, page, vma);
        let address = vma.start() + page * PAGE_SIZE;
        let (mut run, mut in_blocks) = (run(instance, view, memory, page)?, 0);
        run.pages = run
            .pages
            .min(pages - page)
            .min(faulty::pages_at_once(view, page));
        if faulty::shows_right_pages() {
            (run.pages, in_blocks) = split(address, run);
        }
        if run.pages > 0 {
            // SAFETY: The mapping holds the file, and the file this memory.
            unsafe { shim::remap(vma, address, run.pfn, run.pages) }?;
        }
        has_blocks |= in_blocks > 0;
        page += run.pages + in_blocks;
    }
    if has_blocks {
        faulty::before_blocks(vma);
        shim::change_flags(vma, shim::PAGE_FRAMES, 0);
        shim::set_operations(vma, &FAULTING, view.area);
    }
    Ok(())
}

/// The page frames of a mapping from its page `page` on.
fn run(instance: &Instance, view: &View, memory: &Memory<'_>, page: usize) -> Result<Run> {
    match faulty::shows_right_pages() {
        true => memory.run(page),
        false => Ok(Run {
            pfn: faulty::pfn(instance, view, memory, page)?,
            pages: 1,
        }),
    }
}

/// How many pages of `run`, which is to appear at `address`, lie before the first block
/// that can map a part of it, and how many in this and the following blocks.
fn split(address: usize, run: Run) -> (usize, usize) {
    let misaligned = (address / PAGE_SIZE ^ run.pfn) % BLOCK_PAGES != 0;
    let before = run.pfn.wrapping_neg() % BLOCK_PAGES;
    if !shim::HAS_BLOCKS || misaligned || run.pages < before + BLOCK_PAGES {
        return (run.pages, 0);
    }
    let rest = run.pages - before;
    (before, rest - rest % BLOCK_PAGES)
}

/// Gives the mapping the type that the area's memory has; its pages come by faults.
fn prepare(instance: &Instance, view: &View, vma: &VmaNew) -> Result {
    match view.area {
        uapi::AREA_CARVEOUT => instance.with_dma(|dma| {
            let memory_type = dma.carveout.as_ref().ok_or(ENODEV)?.memory_type();
            match faulty::carveout_type(memory_type) {
                uapi::TYPE_NON_CACHED => shim::protect(vma, Protection::WriteCombine),
                uapi::TYPE_DEVICE => shim::protect(vma, Protection::Device),
                uapi::TYPE_STRONGLY_ORDERED => shim::protect(vma, Protection::NonCached),
                _ => {}
            }
            instance.count_carveout_mapping(true);
            Ok(())
        })?,
        area => instance.with_memory(area, |memory| {
            if let Memory::Dma(memory) = memory {
                if !faulty::ignores_dma_protection(area) {
                    memory.choose_protection(vma)?;
                }
                // Only the type was wanted. The pages come by faults.
                vma.zap_vma_range(vma.start(), PAGE_SIZE);
            }
            Ok(())
        })?,
    }
    // Behind an IOMMU the DMA API has made it one of the other kind, which may not have both.
    shim::change_flags(vma, shim::PAGE_FRAMES, flags::MIXEDMAP);
    shim::set_operations(vma, &FAULTING, view.area);
    Ok(())
}

/// What the kernel calls for a mapping whose pages come by faults.
pub(crate) const OPERATIONS: bindings::vm_operations_struct = bindings::vm_operations_struct {
    open: Some(open),
    close: Some(close),
    fault: Some(fault),
    huge_fault: match shim::HAS_BLOCKS {
        true => Some(huge_fault),
        false => None,
    },
    ..pin_init::zeroed()
};

static FAULTING: bindings::vm_operations_struct = OPERATIONS;

/// A mapping was copied or split.
///
/// # Safety
///
/// `vma` must be a mapping that [`prepare`] prepared.
pub(crate) unsafe extern "C" fn open(vma: *mut bindings::vm_area_struct) {
    // SAFETY: As the caller vouches.
    unsafe { count(vma, true) };
}

/// A mapping goes.
///
/// # Safety
///
/// As for [`open`].
unsafe extern "C" fn close(vma: *mut bindings::vm_area_struct) {
    // SAFETY: As the caller vouches.
    unsafe { count(vma, false) };
}

/// # Safety
///
/// As for [`open`].
unsafe fn count(vma: *mut bindings::vm_area_struct, made: bool) {
    // SAFETY: As the caller vouches: the private number is the area's.
    if unsafe { (*vma).vm_private_data }.addr() == uapi::AREA_CARVEOUT as usize {
        // SAFETY: A mapping holds its file, whose private data are an instance.
        let instance = unsafe { Arc::<Instance>::borrow((*(*vma).vm_file).private_data) };
        instance.count_carveout_mapping(made);
    }
}

/// Where a fault is: in which area of which instance, and in which mapping.
pub(crate) struct Place {
    pub(crate) vma: *mut bindings::vm_area_struct,
    area: u32,
    pub(crate) instance: ArcBorrow<'static, Instance>,
    start: usize,
    end: usize,
    pub(crate) address: usize,
    /// Page of the area that the mapping starts with: not the first if it was split.
    first: usize,
}

impl Place {
    /// # Safety
    ///
    /// `vmf` must be a fault in a mapping with [`OPERATIONS`], and the value not be used
    /// after it.
    pub(crate) unsafe fn of(vmf: *mut bindings::vm_fault) -> Self {
        // SAFETY: As the caller vouches: the private number is the area's, a mapping
        // holds its file, whose private data are an instance, and a fault the
        // mapping's lock.
        unsafe {
            let fault = &(*vmf).__bindgen_anon_1;
            let vma = fault.vma;
            let bounds = &(*vma).__bindgen_anon_1.__bindgen_anon_1;
            let instance = Arc::<Instance>::borrow((*(*vma).vm_file).private_data);
            Self {
                vma,
                area: (*vma).vm_private_data.addr() as u32,
                start: bounds.vm_start,
                end: bounds.vm_end,
                address: fault.address,
                first: (*vma).vm_pgoff % instance.pages(),
                instance,
            }
        }
    }

    /// The block around the fault, as far as it lies in the mapping.
    fn block(&self) -> (usize, usize) {
        let start = self.address & !(BLOCK_BYTES - 1);
        // The last block of the address space is not user space's.
        (start.max(self.start), (start + BLOCK_BYTES).min(self.end))
    }

    /// Page of the area at `address`.
    pub(crate) fn page(&self, address: usize) -> usize {
        let page = self.first + (address - self.start) / PAGE_SIZE;
        faulty::page(&self.instance, page, (self.end - self.start) / PAGE_SIZE)
    }
}

/// Brings the pages of one page table, or SIGBUS if there are none any more.
///
/// # Safety
///
/// `vmf` must be a fault in a mapping with [`OPERATIONS`].
unsafe extern "C" fn fault(vmf: *mut bindings::vm_fault) -> bindings::vm_fault_t {
    // SAFETY: As the caller vouches.
    let place = unsafe { Place::of(vmf) };
    if place.area < uapi::AREA_COHERENT && Fault::BlockNotSplit.is_on() {
        return bindings::vm_fault_reason_VM_FAULT_SIGBUS;
    }
    let (mut address, mut end) = place.block();
    if faulty::lacks_page(place.area) {
        end = end.min(place.end - PAGE_SIZE);
        if place.address >= end {
            return bindings::vm_fault_reason_VM_FAULT_SIGBUS;
        }
    }
    let inserted = place.instance.with_memory(place.area, |memory| {
        while address < end {
            let run = memory.run(place.page(address))?;
            for pfn in run.pfn..run.pfn + run.pages.min((end - address) / PAGE_SIZE) {
                // SAFETY: The page lies in the mapping. It stays: who frees the memory
                // waits for us, and then takes it out of all mappings.
                let result = unsafe { shim::insert(place.vma, address, pfn) };
                if result != bindings::vm_fault_reason_VM_FAULT_NOPAGE {
                    return Ok(result);
                }
                address += PAGE_SIZE;
            }
        }
        Ok(bindings::vm_fault_reason_VM_FAULT_NOPAGE)
    });
    inserted.unwrap_or(bindings::vm_fault_reason_VM_FAULT_SIGBUS)
}

/// Brings a block, where mapping and memory have a whole one; else the kernel calls
/// [`fault`].
///
/// # Safety
///
/// As for [`fault`].
unsafe extern "C" fn huge_fault(
    vmf: *mut bindings::vm_fault,
    order: c_uint,
) -> bindings::vm_fault_t {
    const FALLBACK: bindings::vm_fault_t = bindings::vm_fault_reason_VM_FAULT_FALLBACK;
    if order != BLOCK_PAGES.trailing_zeros() || !faulty::shows_right_pages() {
        return FALLBACK;
    }
    // SAFETY: As the caller vouches.
    let place = unsafe { Place::of(vmf) };
    let (start, end) = place.block();
    if end - start < BLOCK_BYTES {
        return FALLBACK;
    }
    let inserted = place.instance.with_memory(place.area, |memory| {
        let run = memory.run(place.page(start))?;
        if run.pfn % BLOCK_PAGES != 0 || run.pages < BLOCK_PAGES {
            return Ok(FALLBACK);
        }
        // SAFETY: The block lies in the mapping. It stays, as in `fault`.
        Ok(unsafe { shim::insert_block(vmf, run.pfn) })
    });
    inserted.unwrap_or(bindings::vm_fault_reason_VM_FAULT_SIGBUS)
}

/// Where a mapping should be, so that blocks can map it: address and page frame number
/// are to be equal modulo a block. Errors as of the kernel's own choice.
///
/// # Safety
///
/// `file` must be an open file of ours.
pub(crate) unsafe extern "C" fn unmapped_area(
    file: *mut bindings::file,
    address: usize,
    length: usize,
    offset: usize,
    flags: usize,
) -> usize {
    // SAFETY: As the caller vouches: the private data are an instance.
    let instance = unsafe { Arc::<Instance>::borrow((*file).private_data) };
    let area = (offset / instance.pages()) as u32;
    let pfn = match length < BLOCK_BYTES {
        true => Ok(offset),
        false => instance.with_memory(area, |memory| memory.pfn(offset % instance.pages())),
    };
    // SAFETY: As the caller vouches. The offset is used for nothing but its remainder.
    unsafe { shim::unmapped_area(file, address, length, pfn.unwrap_or(offset), flags) }
}
