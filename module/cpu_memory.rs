// SPDX-License-Identifier: GPL-2.0

//! Memory for CPUs alone: `vmalloc` and `kmalloc`.

use crate::{
    fault::Fault,
    runs::{
        Run,
        Runs, //
    },
    shim,
    words::Words, //
};
use core::{
    alloc::Layout,
    ptr::NonNull, //
};
use kernel::{
    alloc::{
        allocator::{
            Kmalloc,
            Vmalloc, //
        },
        flags::{
            __GFP_NOWARN,
            __GFP_ZERO,
            GFP_KERNEL, //
        },
        Allocator,
        NumaNode, //
    },
    bindings,
    mm::virt::VmaMixedMap,
    page::PAGE_SIZE,
    prelude::*, //
};

/// The allocator that memory is from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Vmalloc,
    Kmalloc,
}

/// Memory of one allocator, whole pages of it, zeroed at first.
///
/// # Invariants
///
/// `base` is the start of `layout.size()` bytes that `source` gave for `layout`, at
/// least `pages * PAGE_SIZE`, aligned to a page, freed when this is dropped.
pub(crate) struct CpuMemory {
    source: Source,
    base: NonNull<u8>,
    layout: Layout,
    pages: usize,
    runs: Runs,
}

// SAFETY: The memory belongs to no thread, and is freed by whoever drops the value.
unsafe impl Send for CpuMemory {}
// SAFETY: The memory is touched through volatile accesses of words only: see `words.rs`.
unsafe impl Sync for CpuMemory {}

impl CpuMemory {
    /// Allocates `pages` pages.
    ///
    /// `ENOMEM` if the allocator has not enough; `EINVAL` if it never gives so much.
    pub(crate) fn new(source: Source, pages: usize) -> Result<Self> {
        let layout = layout(source, pages)?;
        // Who asks for too much gets one line from us, not a trace from the allocator.
        let flags = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN;
        let memory = match source {
            Source::Vmalloc => Vmalloc::alloc(layout, flags, NumaNode::NO_NODE)?,
            Source::Kmalloc => Kmalloc::alloc(layout, flags, NumaNode::NO_NODE)?,
        };
        let base: NonNull<u8> = memory.cast();
        let pfn = |page| {
            // SAFETY: `source` gave that many pages, which are not freed.
            unsafe {
                let address = base.byte_add(page * PAGE_SIZE);
                match source {
                    Source::Vmalloc => shim::pfn_of_vmalloc(address),
                    Source::Kmalloc => shim::pfn_of_linear(address),
                }
            }
        };
        let runs = Runs::of(pages, pfn).inspect_err(|_| {
            // SAFETY: `source` just gave the memory for `layout`; nobody has it.
            unsafe { free(source, base, layout) }
        })?;
        // INVARIANT: `memory` is what `source` just gave for `layout`.
        Ok(Self {
            source,
            base,
            layout,
            pages,
            runs,
        })
    }

    /// True if `source` can give `pages` pages, if it has them.
    pub(crate) fn is_possible(source: Source, pages: usize) -> bool {
        layout(source, pages).is_ok()
    }

    /// Size, in pages.
    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    /// Address of the first byte.
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// The memory as words of the area `area`.
    pub(crate) fn words(&self, area: u32) -> Words<'_> {
        // SAFETY: The memory is this value's own, by the type invariant, and touched
        // through `Words` alone.
        unsafe { Words::new(area, self.base, self.pages * PAGE_SIZE) }
    }

    /// Page frame number of page `page`; `EINVAL` if there is no such page.
    pub(crate) fn pfn(&self, page: usize) -> Result<usize> {
        Ok(self.run(page)?.pfn)
    }

    /// The page frames from page `page` on, as far as they are consecutive; `EINVAL` if
    /// there is no such page.
    pub(crate) fn run(&self, page: usize) -> Result<Run> {
        self.runs.from(page)
    }

    /// Maps page `page` of `vmalloc` memory as if it were the process's own, which no
    /// right mapping does; `EINVAL` for other memory or another page.
    pub(crate) fn insert_as_own(&self, vma: &VmaMixedMap, address: usize, page: usize) -> Result {
        if self.source != Source::Vmalloc {
            return Err(EINVAL);
        }
        // SAFETY: It is `vmalloc` memory that lives as long as `self`.
        let page = unsafe { Vmalloc::to_page(self.page(page)?) };
        vma.vm_insert_page(address, &page)
    }

    fn page(&self, page: usize) -> Result<NonNull<u8>> {
        if page >= self.pages {
            return Err(EINVAL);
        }
        // SAFETY: The page lies in the memory, by the type invariant.
        Ok(unsafe { self.base.byte_add(page * PAGE_SIZE) })
    }
}

/// The memory that `pages` pages take; `EINVAL` if `source` never gives so much.
fn layout(source: Source, pages: usize) -> Result<Layout> {
    let size = pages.checked_mul(PAGE_SIZE).ok_or(EINVAL)?;
    // A page of a small `kmalloc` is a slab page, which must never be mapped: above
    // KMALLOC_MAX_CACHE_SIZE it comes from the page allocator.
    let least = bindings::KMALLOC_MAX_CACHE_SIZE as usize + PAGE_SIZE;
    let (size, most) = match source {
        Source::Vmalloc => (size, isize::MAX as usize),
        Source::Kmalloc => (size.max(least), bindings::KMALLOC_MAX_SIZE as usize),
    };
    if pages == 0 || size > most {
        return Err(EINVAL);
    }
    Layout::from_size_align(size, PAGE_SIZE).map_err(|_| EINVAL)
}

impl Drop for CpuMemory {
    fn drop(&mut self) {
        if Fault::LeakOnUnload.is_on() && self.source == Source::Vmalloc {
            return;
        }
        // SAFETY: `source` gave the memory for `layout`, by the type invariant. No
        // mapping of it is left: a mapping holds the file, and the file the memory,
        // or it was taken away before (see `instance.rs`).
        unsafe { free(self.source, self.base, self.layout) };
    }
}

/// # Safety
///
/// `base` must be what `source` gave for `layout`, and not be used any more.
unsafe fn free(source: Source, base: NonNull<u8>, layout: Layout) {
    // SAFETY: As the caller vouches.
    unsafe {
        match source {
            Source::Vmalloc => Vmalloc::free(base, layout),
            Source::Kmalloc => Kmalloc::free(base, layout),
        }
    }
}
