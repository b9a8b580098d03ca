// SPDX-License-Identifier: GPL-2.0

//! Memory that the device tree keeps from the kernel. No linear map has it, so it can
//! be mapped with any type, as long as kernel and user space agree.

use crate::{
    arch,
    fault::Fault,
    faulty,
    runs::Run,
    shim,
    shim::DmaDevice,
    uapi,
    words::Words, //
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    page::{
        PAGE_SHIFT,
        PAGE_SIZE, //
    },
    prelude::*, //
};

/// A carve-out, and the kernel's mapping of it.
///
/// # Invariants
///
/// `kernel`, if there is one, is a mapping of `size` bytes from `start` of the type that
/// `faulty::kernel_type` makes of `memory_type`: the same, without a deliberate fault.
pub(crate) struct Carveout {
    start: u64,
    size: usize,
    memory_type: u32,
    kernel: Option<NonNull<u8>>,
}

// SAFETY: The memory belongs to no thread.
unsafe impl Send for Carveout {}
// SAFETY: The memory is touched through volatile accesses of words only: see `words.rs`.
unsafe impl Sync for Carveout {}

impl Carveout {
    /// The device's carve-out, at most `pages` pages of it; `None` if it has none, or
    /// one that does not start with a page or holds none. `ENOMEM` if there is no memory
    /// to map it.
    pub(crate) fn of(device: &DmaDevice, pages: usize) -> Result<Option<Self>> {
        let Some((start, available)) = device.reserved_memory() else {
            return Ok(None);
        };
        let available = usize::try_from(available).unwrap_or(usize::MAX) / PAGE_SIZE;
        let size = pages.min(available).checked_mul(PAGE_SIZE).ok_or(EINVAL)?;
        if size == 0 || start % PAGE_SIZE as u64 != 0 {
            return Ok(None);
        }
        let kernel = match map(start, size, uapi::TYPE_WRITE_BACK) {
            Err(_) if Fault::CarveoutLost.is_on() => return Ok(None),
            mapped => mapped?,
        };
        // INVARIANT: It was just mapped with that type.
        Ok(Some(Self {
            start,
            size,
            memory_type: uapi::TYPE_WRITE_BACK,
            kernel,
        }))
    }

    /// The type of all its mappings, `TYPE_*`.
    pub(crate) fn memory_type(&self) -> u32 {
        self.memory_type
    }

    /// Gives it another type. Nobody may have it mapped. `EINVAL` for a type that
    /// cannot be asked for; `ENOMEM` if there is no memory to map it, then it stays as it is.
    pub(crate) fn set_memory_type(&mut self, memory_type: u32) -> Result {
        match memory_type {
            uapi::TYPE_WRITE_BACK
            | uapi::TYPE_NON_CACHED
            | uapi::TYPE_DEVICE
            | uapi::TYPE_STRONGLY_ORDERED => {}
            _ => return Err(EINVAL),
        }
        let kernel = map(self.start, self.size, memory_type)?;
        self.unmap();
        if let (uapi::TYPE_WRITE_BACK, Some(base)) = (memory_type, kernel) {
            // The CPU may have read ahead while it was mapped so before: what it kept is older
            // than what was written since.
            arch::flush(base, self.start, self.size);
        }
        // INVARIANT: It was just mapped with that type.
        (self.memory_type, self.kernel) = (memory_type, kernel);
        Ok(())
    }

    /// The memory as words; `EOPNOTSUPP` where the kernel cannot map this type itself.
    pub(crate) fn words(&self) -> Result<Words<'_>> {
        let base = self.kernel.ok_or_else(shim::unsupported)?;
        // SAFETY: By the type invariant; the memory is touched through `Words` alone.
        Ok(unsafe { Words::new(uapi::AREA_CARVEOUT, base, self.size) })
    }

    /// Address of the first byte in the kernel; `EOPNOTSUPP` as for [`Self::words`].
    pub(crate) fn base(&self) -> Result<NonNull<u8>> {
        self.kernel.ok_or_else(shim::unsupported)
    }

    /// Size, in pages.
    pub(crate) fn pages(&self) -> usize {
        self.size / PAGE_SIZE
    }

    /// Page frame number of page `page`; `EINVAL` if there is no such page.
    pub(crate) fn pfn(&self, page: usize) -> Result<usize> {
        if page >= self.pages() {
            return Err(EINVAL);
        }
        Ok((self.start >> PAGE_SHIFT) as usize + page)
    }

    /// The page frames from page `page` on; `EINVAL` if there is no such page.
    pub(crate) fn run(&self, page: usize) -> Result<Run> {
        Ok(Run {
            pfn: self.pfn(page)?,
            pages: self.pages() - page,
        })
    }

    fn unmap(&mut self) {
        let Some(base) = self.kernel.take() else {
            return;
        };
        if self.memory_type == uapi::TYPE_WRITE_BACK {
            // Nothing may stay in a cache that a mapping of another type does not see.
            arch::flush(base, self.start, self.size);
        }
        // SAFETY: By the type invariant, and the address is forgotten.
        unsafe {
            match faulty::kernel_type(self.memory_type) {
                uapi::TYPE_WRITE_BACK | uapi::TYPE_NON_CACHED => {
                    bindings::memunmap(base.as_ptr().cast())
                }
                _ => shim::unmap_device(base),
            }
        }
    }
}

/// Maps `size` bytes from `start` with the type that `faulty::kernel_type` makes of
/// `memory_type`; `None` where the kernel cannot map this type itself. `ENOMEM` if there is
/// no memory for it.
fn map(start: u64, size: usize, memory_type: u32) -> Result<Option<NonNull<u8>>> {
    let mapped = match faulty::kernel_type(memory_type) {
        uapi::TYPE_WRITE_BACK => map_memory(start, size, bindings::MEMREMAP_WB),
        uapi::TYPE_NON_CACHED => map_memory(start, size, bindings::MEMREMAP_WC),
        uapi::TYPE_DEVICE => shim::map_device(start, size, false),
        _ if !shim::MAPS_STRONGLY_ORDERED => return Ok(None),
        _ => shim::map_device(start, size, true),
    };
    mapped.map(Some).ok_or(ENOMEM)
}

fn map_memory(start: u64, size: usize, flag: u32) -> Option<NonNull<u8>> {
    // SAFETY: A mapping is made; nothing is accessed.
    let address = unsafe { bindings::memremap(start as _, size, flag as usize as _) };
    NonNull::new(address.cast())
}

impl Drop for Carveout {
    fn drop(&mut self) {
        self.unmap();
    }
}
