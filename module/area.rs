// SPDX-License-Identifier: GPL-2.0

//! The memory that is shared, and who keeps it.
//!
//! User space reads and writes it at any time, so no Rust reference to it may
//! exist: it is touched through relaxed atomic accesses only.

use crate::{
    fault::Fault,
    shim,
    uapi::{
        self,
        NOTHING_BAD, //
    }, //
};
use core::{
    alloc::Layout,
    ops::Range,
    ptr::NonNull,
    sync::atomic::{
        AtomicU32,
        Ordering, //
    }, //
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
        Allocator, NumaNode,
    },
    bindings,
    mm::virt::VmaMixedMap,
    page::PAGE_SIZE,
    prelude::*,
    sync::Arc, //
};

/// Bytes of a word of a pattern.
pub(crate) const WORD: usize = 4;

/// The allocator that an area's memory is from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Vmalloc,
    Kmalloc,
}

/// Memory of one allocator class, whole pages of it.
///
/// # Invariants
///
/// `base` is the start of `layout.size()` bytes that `source` gave for `layout`, at
/// least `pages * PAGE_SIZE`, aligned to a page, freed when this is dropped.
pub(crate) struct Area {
    number: u32,
    source: Source,
    base: NonNull<u8>,
    layout: Layout,
    pages: usize,
}

// SAFETY: The memory belongs to no thread, and is freed by whoever drops the area.
unsafe impl Send for Area {}
// SAFETY: The memory is touched through atomic accesses only.
unsafe impl Sync for Area {}

impl Area {
    /// Allocates an area of `pages` pages that holds the seed pattern.
    ///
    /// `ENOMEM` if the allocator has not enough; `EINVAL` if it never gives so much.
    fn new(number: u32, source: Source, pages: usize) -> Result<Self> {
        let layout = layout(source, pages)?;
        // Who asks for too much gets one line from us, not a trace from the allocator.
        let flags = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN;
        let memory = match source {
            Source::Vmalloc => Vmalloc::alloc(layout, flags, NumaNode::NO_NODE)?,
            Source::Kmalloc => Kmalloc::alloc(layout, flags, NumaNode::NO_NODE)?,
        };
        // INVARIANT: `memory` is what `source` just gave for `layout`.
        let area = Self {
            number,
            source,
            base: memory.cast(),
            layout,
            pages,
        };
        area.fill(0..area.words(), uapi::PATTERN_SEED, 0)?;
        Ok(area)
    }

    /// Number of pages that can be mapped.
    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    /// Size in bytes.
    pub(crate) fn size(&self) -> usize {
        self.pages * PAGE_SIZE
    }

    fn words(&self) -> usize {
        self.size() / WORD
    }

    /// Page frame number of page `page`; `EINVAL` if there is no such page.
    pub(crate) fn pfn(&self, page: usize) -> Result<usize> {
        if page >= self.pages {
            return Err(EINVAL);
        }
        // SAFETY: The page lies in the area's memory, by the type invariant.
        let address = unsafe { self.base.byte_add(page * PAGE_SIZE) };
        // SAFETY: `source` gave the memory, which is not freed.
        Ok(unsafe {
            match self.source {
                Source::Vmalloc => shim::pfn_of_vmalloc(address),
                Source::Kmalloc => shim::pfn_of_kmalloc(address),
            }
        })
    }

    /// True for the area of `vmalloc` memory.
    pub(crate) fn is_vmalloc(&self) -> bool {
        self.source == Source::Vmalloc
    }

    /// Maps page `page` of a `vmalloc` area as if it were the process's own memory,
    /// which no right mapping does; `EINVAL` for another area or page.
    pub(crate) fn insert_as_own(&self, vma: &VmaMixedMap, address: usize, page: usize) -> Result {
        if !self.is_vmalloc() || page >= self.pages {
            return Err(EINVAL);
        }
        // SAFETY: The page lies in the area's memory, by the type invariant.
        let address_in_kernel = unsafe { self.base.byte_add(page * PAGE_SIZE) };
        // SAFETY: It is `vmalloc` memory that lives as long as `self`.
        let page = unsafe { Vmalloc::to_page(address_in_kernel) };
        vma.vm_insert_page(address, &page)
    }

    /// Writes a pattern into `words`. `EINVAL` for a pattern that does not exist.
    pub(crate) fn fill(&self, words: Range<usize>, pattern: u32, salt: u32) -> Result {
        let expected = self.pattern(pattern, salt)?;
        for index in words {
            let mut value = expected(index as u32);
            if Fault::BitFlip.is_on()
                && pattern == uapi::PATTERN_ADDRESS
                && index == self.words() / 2
            {
                value ^= 1 << 7;
            }
            if let Some(word) = self.word(index) {
                word.store(value, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// The first of `words` that is not as in the pattern: its offset in bytes and
    /// what it is; [`NOTHING_BAD`] if there is none. `EINVAL` for a pattern that does
    /// not exist.
    pub(crate) fn check(&self, words: Range<usize>, pattern: u32, salt: u32) -> Result<(u64, u32)> {
        let expected = self.pattern(pattern, salt)?;
        if Fault::BlindCheck.is_on() {
            return Ok((NOTHING_BAD, 0));
        }
        for index in words {
            let Some(word) = self.word(index) else {
                return Err(EINVAL);
            };
            let found = word.load(Ordering::Relaxed);
            if found != expected(index as u32) {
                return Ok(((index * WORD) as u64, found));
            }
        }
        Ok((NOTHING_BAD, 0))
    }

    /// What word `index` of a pattern is. The index is cut to 32 bits: no area has
    /// more words that an allocator can give (`seed_word` wraps there, as in 2.6).
    fn pattern(&self, pattern: u32, salt: u32) -> Result<impl Fn(u32) -> u32> {
        let mut number = self.number;
        if Fault::WrongPattern.is_on() && pattern == uapi::PATTERN_SEED {
            number = uapi::AREA_VMALLOC;
        }
        match pattern {
            uapi::PATTERN_SEED | uapi::PATTERN_ADDRESS => Ok(move |index| match pattern {
                uapi::PATTERN_SEED => uapi::seed_word(number, index),
                _ => uapi::address_word(number, index, salt),
            }),
            _ => Err(EINVAL),
        }
    }

    fn word(&self, index: usize) -> Option<&AtomicU32> {
        if index >= self.words() {
            return None;
        }
        // SAFETY: The word lies in the area's memory, which lives as long as `self`
        // and is aligned, by the type invariant; others access it as we do.
        Some(unsafe { AtomicU32::from_ptr(self.base.as_ptr().cast::<u32>().add(index)) })
    }
}

/// The memory that an area of `pages` pages takes; `EINVAL` if there can be no such
/// area.
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

impl Drop for Area {
    fn drop(&mut self) {
        if Fault::LeakOnUnload.is_on() && self.source == Source::Vmalloc {
            return;
        }
        // SAFETY: `source` gave the memory for `layout`, by the type invariant. No
        // mapping of it is left: a mapping holds the file, and the file the areas.
        unsafe {
            match self.source {
                Source::Vmalloc => Vmalloc::free(self.base, self.layout),
                Source::Kmalloc => Kmalloc::free(self.base, self.layout),
            }
        }
    }
}

/// All areas of a device, each of the same number of pages.
pub(crate) struct Areas {
    areas: [Area; uapi::AREAS as usize],
    /// What some deliberate faults show instead of the vmalloc area.
    pub(crate) decoy: Option<Area>,
    /// Files that are open; counted for deliberate faults only.
    pub(crate) open_files: AtomicU32,
}

impl Areas {
    /// Allocates all areas, of `pages` pages each. Errors as of [`Area::new`].
    pub(crate) fn new(pages: usize) -> Result<Arc<Self>> {
        // The most that kmalloc gives is less than vmalloc has: asked first, a size
        // that is too large costs nothing.
        let kmalloc = Area::new(uapi::AREA_KMALLOC, Source::Kmalloc, pages)?;
        let vmalloc = || Area::new(uapi::AREA_VMALLOC, Source::Vmalloc, pages);
        let needs_decoy = Fault::StaleMemory.is_on() || Fault::SecondElsewhere.is_on();
        let areas = Self {
            areas: [vmalloc()?, kmalloc],
            decoy: needs_decoy.then(vmalloc).transpose()?,
            open_files: AtomicU32::new(0),
        };
        Ok(Arc::new(areas, GFP_KERNEL)?)
    }

    /// The area with this number; `EINVAL` if there is none.
    pub(crate) fn get(&self, number: u32) -> Result<&Area> {
        self.areas.get(number as usize).ok_or(EINVAL)
    }

    /// The area of `vmalloc` memory.
    pub(crate) fn vmalloc(&self) -> &Area {
        &self.areas[uapi::AREA_VMALLOC as usize]
    }

    /// Distance of the offsets at which two areas' mappings start, in pages.
    pub(crate) fn stride_pages(&self) -> usize {
        self.areas[0].pages
    }

    /// The areas, in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Area> {
        self.areas.iter()
    }
}
