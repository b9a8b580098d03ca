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
    sync::Arc,
    types::ForeignOwnable, //
};

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
    // VM_MAYSHARE, as a read-only MAP_SHARED mapping has no VM_SHARED.
    if vma.flags() & flags::MAYSHARE == 0 && !Fault::PrivateMapping.is_on() {
        return Err(EINVAL);
    }
    if !Fault::Exec.is_on() {
        vma.try_clear_mayexec().map_err(|_| EACCES)?;
    }
    if faulty::map(instance, &view, vma)? {
        return Ok(());
    }
    match view.area {
        uapi::AREA_VMALLOC | uapi::AREA_KMALLOC => instance.with_memory(view.area, |memory| {
            vma.set_dontexpand();
            vma.set_dontdump();
            insert(instance, &view, &memory, vma)
        })?,
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
    if pages > stride && !Fault::LongMapping.is_on() {
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
/// call.
fn insert(instance: &Instance, view: &View, memory: &Memory<'_>, vma: &VmaNew) -> Result {
    let pfn = |page| faulty::pfn(instance, view, memory, page);
    let mut page = 0;
    while page < view.pages {
        let start = pfn(page)?;
        let mut run = 1;
        while page + run < view.pages && pfn(page + run)? == start + run {
            run += 1;
        }
        let address = vma.start() + page * PAGE_SIZE;
        // SAFETY: The mapping holds the file, and the file this memory.
        unsafe { shim::remap(vma, address, start, run) }?;
        page += run;
    }
    Ok(())
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
                vma.zap_vma_range(vma.start(), vma.end() - vma.start());
            }
            Ok(())
        })?,
    }
    shim::change_flags(vma, shim::PAGE_FRAMES, 0);
    shim::set_operations(vma, &FAULTING, view.area);
    Ok(())
}

/// What the kernel calls for a mapping whose pages come by faults.
pub(crate) const OPERATIONS: bindings::vm_operations_struct = bindings::vm_operations_struct {
    open: Some(open),
    close: Some(close),
    fault: Some(fault),
    ..pin_init::zeroed()
};

static FAULTING: bindings::vm_operations_struct = OPERATIONS;

/// A mapping was copied or split.
///
/// # Safety
///
/// `vma` must be a mapping that [`prepare`] prepared.
unsafe extern "C" fn open(vma: *mut bindings::vm_area_struct) {
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

/// Brings all pages of a mapping, or SIGBUS if there are none any more.
///
/// # Safety
///
/// `vmf` must be a fault in a mapping that [`prepare`] prepared.
unsafe extern "C" fn fault(vmf: *mut bindings::vm_fault) -> bindings::vm_fault_t {
    // SAFETY: As the caller vouches.
    let vma = unsafe { (*vmf).__bindgen_anon_1.vma };
    // SAFETY: As the caller vouches: the private number is the area's, and a mapping
    // holds its file, whose private data are an instance.
    let (area, instance) = unsafe {
        let area = (*vma).vm_private_data.addr() as u32;
        (
            area,
            Arc::<Instance>::borrow((*(*vma).vm_file).private_data),
        )
    };
    // SAFETY: The fault holds the mapping's lock.
    let (start, end, offset) = unsafe {
        let bounds = &(*vma).__bindgen_anon_1.__bindgen_anon_1;
        (bounds.vm_start, bounds.vm_end, (*vma).vm_pgoff)
    };
    // A mapping that was split starts inside the area.
    let first = offset % instance.pages();
    let inserted = instance.with_memory(area, |memory| {
        for page in 0..(end - start) / PAGE_SIZE {
            let pfn = memory.pfn(first + page)?;
            // SAFETY: The page lies in the mapping. It stays: who frees the memory waits
            // for us, and then takes it out of all mappings.
            let result = unsafe { shim::insert(vma, start + page * PAGE_SIZE, pfn) };
            if result != bindings::vm_fault_reason_VM_FAULT_NOPAGE {
                return Ok(result);
            }
        }
        Ok(bindings::vm_fault_reason_VM_FAULT_NOPAGE)
    });
    inserted.unwrap_or(bindings::vm_fault_reason_VM_FAULT_SIGBUS)
}
