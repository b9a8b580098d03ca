// SPDX-License-Identifier: GPL-2.0

//! `mmap`: which pages a mapping shows and what it allows.

use crate::{
    area::{
        Area,
        Areas, //
    },
    fault::Fault,
    faulty, shim, uapi,
};
use kernel::{
    mm::virt::VmaNew,
    page::PAGE_SIZE,
    prelude::*, //
};

/// The pages of a mapping: `pages` from page `first` of an area.
pub(crate) struct View<'a> {
    pub(crate) area: &'a Area,
    pub(crate) first: usize,
    pub(crate) pages: usize,
}

/// Maps what `vma` asks for. Errors as `uapi.rs` lists them.
pub(crate) fn map(areas: &Areas, vma: &VmaNew) -> Result {
    let length = vma.end().checked_sub(vma.start()).ok_or(EINVAL)?;
    let view = view(areas, shim::page_offset(vma), length / PAGE_SIZE)?;
    if !shim::is_shared(vma) && !Fault::PrivateMapping.is_on() {
        return Err(EINVAL);
    }
    if !Fault::Exec.is_on() {
        vma.try_clear_mayexec().map_err(|_| EACCES)?;
    }
    if faulty::map(&view, vma)? {
        return Ok(());
    }
    vma.set_dontexpand();
    vma.set_dontdump();
    insert(&view, vma)?;
    faulty::after_map(vma);
    Ok(())
}

/// The pages for a mapping of `pages` pages at `offset` (in pages): an area shows
/// from its start and not beyond its end, everything else is `EIO`, as in the 2.6
/// driver.
fn view(areas: &Areas, offset: usize, pages: usize) -> Result<View<'_>> {
    let stride = areas.stride_pages();
    let number = offset / stride;
    let exact = offset % stride == 0 || Fault::Inside.is_on();
    let area = match u32::try_from(number).map(|number| areas.get(number)) {
        Ok(Ok(area)) if exact => area,
        _ if Fault::BadOffset.is_on() => areas.get(uapi::AREA_VMALLOC)?,
        _ => return Err(EIO),
    };
    if pages > area.pages() && !Fault::LongMapping.is_on() {
        return Err(EIO);
    }
    let view = View {
        area,
        first: 0,
        pages,
    };
    Ok(faulty::view(areas, view))
}

/// Puts the pages into the page table, each run of consecutive page frames in one
/// call.
pub(crate) fn insert(view: &View<'_>, vma: &VmaNew) -> Result {
    let mut page = 0;
    while page < view.pages {
        let pfn = view.pfn(page)?;
        let mut run = 1;
        while page + run < view.pages && view.pfn(page + run)? == pfn + run {
            run += 1;
        }
        let address = vma.start() + page * PAGE_SIZE;
        // SAFETY: The mapping holds the file, and the file holds the areas.
        unsafe { shim::remap(vma, address, pfn, run) }?;
        page += run;
    }
    Ok(())
}

impl View<'_> {
    /// Page frame number of page `page` of the mapping.
    fn pfn(&self, page: usize) -> Result<usize> {
        let page = faulty::page(self, page);
        self.area.pfn(self.first.checked_add(page).ok_or(EINVAL)?)
    }
}
