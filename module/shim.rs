// SPDX-License-Identifier: GPL-2.0

//! Safe Rust names for what the `kernel` crate does not wrap: functions of
//! `shim.c`, fields of a mapping that is being made, page frame numbers.

use core::ptr::NonNull;
use kernel::{
    bindings,
    error::to_result,
    mm::virt::VmaNew,
    page::PAGE_SIZE,
    prelude::*, //
};

mod c {
    use kernel::ffi::{
        c_ulong,
        c_void, //
    };

    // Same order as `shim.h`: no tool compares the two.
    extern "C" {
        pub(super) fn mmap_areas_pfn_of_linear_address(address: *const c_void) -> c_ulong;
        pub(super) fn mmap_areas_this_module() -> *mut c_void;
        pub(super) fn mmap_areas_is_shared(vma: *const c_void) -> bool;
    }
}

/// Page frame number of a `kmalloc` page.
///
/// # Safety
///
/// `address` must point into memory that `kmalloc` gave and that is not freed.
pub(crate) unsafe fn pfn_of_kmalloc(address: NonNull<u8>) -> usize {
    // SAFETY: `kmalloc` memory is in the linear map, as the caller vouches.
    unsafe { c::mmap_areas_pfn_of_linear_address(address.as_ptr().cast()) }
}

/// Page frame number of a `vmalloc` page.
///
/// # Safety
///
/// `address` must point into memory that `vmalloc` gave and that is not freed.
pub(crate) unsafe fn pfn_of_vmalloc(address: NonNull<u8>) -> usize {
    // SAFETY: As the caller vouches.
    unsafe { bindings::vmalloc_to_pfn(address.as_ptr().cast()) }
}

/// This module. It has another name in Rust in Linux 7.2 than in 7.3.
pub(crate) fn this_module() -> *mut bindings::module {
    // SAFETY: An address is computed.
    unsafe { c::mmap_areas_this_module().cast() }
}

/// Holds this module for ever, for a deliberate fault.
pub(crate) fn hold_module() {
    // SAFETY: The caller is this module's code, which is loaded.
    unsafe { bindings::__module_get(this_module()) };
}

/// True for a `MAP_SHARED` mapping. `VM_MAYSHARE`, as a read-only one has no
/// `VM_SHARED`; the `kernel` crate's constant has another flag's value in Linux 7.2.
pub(crate) fn is_shared(vma: &VmaNew) -> bool {
    // SAFETY: `vma` is being set up, so nobody else writes the field.
    unsafe { c::mmap_areas_is_shared(vma.as_ptr().cast()) }
}

/// The offset that `mmap` was called with, in pages.
pub(crate) fn page_offset(vma: &VmaNew) -> usize {
    // SAFETY: `vma` is being set up, so nobody else writes the field.
    unsafe { (*vma.as_ptr()).vm_pgoff }
}

/// Maps `pages` consecutive page frames from `pfn` at `address`, with the
/// protection that the mapping has. Sets `VM_IO`, `VM_PFNMAP`, `VM_DONTEXPAND` and
/// `VM_DONTDUMP`.
///
/// `ENOMEM` if a page table cannot be allocated; `EINVAL` if the run does not lie in
/// the mapping.
///
/// # Safety
///
/// The page frames must stay allocated while the mapping exists.
pub(crate) unsafe fn remap(vma: &VmaNew, address: usize, pfn: usize, pages: usize) -> Result {
    let length = pages.checked_mul(PAGE_SIZE).ok_or(EINVAL)?;
    let end = address.checked_add(length).ok_or(EINVAL)?;
    if address < vma.start() || end > vma.end() {
        return Err(EINVAL);
    }
    // SAFETY: `vma` is being set up and locked for writing; the range lies in it.
    to_result(unsafe {
        bindings::remap_pfn_range(
            vma.as_ptr(),
            address,
            pfn,
            length,
            (*vma.as_ptr()).vm_page_prot,
        )
    })
}
