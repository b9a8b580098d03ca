// SPDX-License-Identifier: GPL-2.0

//! Memory that is shared with a device.

use crate::{
    bus_master::BusMaster,
    cpu_memory::{
        CpuMemory,
        Source, //
    },
    fault::Fault,
    faulty,
    runs::{
        Run,
        Runs, //
    },
    shim::{
        self,
        Channel,
        DmaDevice, //
    },
    uapi,
    words::Words, //
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    page::PAGE_SIZE,
    prelude::*, //
};

/// What `dma_alloc_*` is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    /// `dma_alloc_coherent`.
    Coherent,
    /// `dma_alloc_wc`.
    WriteCombine,
}

impl Attribute {
    /// `DMA_ATTR_*`.
    pub(crate) fn bits(self) -> usize {
        let bits = match self {
            Self::Coherent => bindings::DMA_ATTR_NO_WARN,
            Self::WriteCombine => bindings::DMA_ATTR_NO_WARN | bindings::DMA_ATTR_WRITE_COMBINE,
        };
        bits as usize
    }
}

/// Memory of `dma_alloc_coherent` or `dma_alloc_wc`, zeroed at first; freed when this
/// is dropped, which must be before its device is unbound.
///
/// # Invariants
///
/// `base` and `handle` are what `dma_alloc_attrs` gave for `pages` pages of `device`.
pub(crate) struct DmaMemory {
    device: DmaDevice,
    attribute: Attribute,
    base: NonNull<u8>,
    handle: bindings::dma_addr_t,
    pages: usize,
    runs: Runs,
}

// SAFETY: The memory belongs to no thread, and is freed by whoever drops the value.
unsafe impl Send for DmaMemory {}
// SAFETY: The memory is touched through volatile accesses of words only: see `words.rs`.
unsafe impl Sync for DmaMemory {}

impl DmaMemory {
    /// Allocates `pages` pages for `device`. `ENOMEM` if there are not enough.
    pub(crate) fn new(device: &DmaDevice, attribute: Attribute, pages: usize) -> Result<Self> {
        let size = pages.checked_mul(PAGE_SIZE).ok_or(EINVAL)?;
        let mut handle = 0;
        // SAFETY: The device is bound, as the type says.
        let base = unsafe {
            bindings::dma_alloc_attrs(
                device.as_raw(),
                size,
                &mut handle,
                bindings::GFP_KERNEL,
                attribute.bits(),
            )
        };
        let base = NonNull::new(base.cast()).ok_or(ENOMEM)?;
        // SAFETY: `dma_alloc_attrs` just gave so many pages.
        let runs = Runs::of(pages, |page| unsafe { pfn(base, page) }).inspect_err(|_| {
            // SAFETY: As above, and nobody has them yet.
            unsafe { free(device, size, base, handle, attribute) }
        })?;
        // INVARIANT: This is what `dma_alloc_attrs` just gave.
        Ok(Self {
            device: device.clone(),
            attribute,
            base,
            handle,
            pages,
            runs,
        })
    }

    /// Size, in pages.
    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    /// The memory as words of the area `area`.
    pub(crate) fn words(&self, area: u32) -> Words<'_> {
        // SAFETY: The memory is this value's own, by the type invariant, and touched
        // through `Words` alone.
        unsafe { Words::new(area, self.base, self.pages * PAGE_SIZE) }
    }

    /// Address of the first byte.
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Address of the first byte for the device.
    pub(crate) fn handle(&self) -> bindings::dma_addr_t {
        self.handle
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

    /// Has the DMA API give `vma` the protection that it gives mappings of this
    /// memory. The pages are not left mapped: see `mapping.rs`.
    pub(crate) fn choose_protection(&self, vma: &kernel::mm::virt::VmaNew) -> Result {
        shim::dma_protect(
            &self.device,
            vma,
            self.base,
            self.handle,
            self.pages * PAGE_SIZE,
            self.attribute.bits(),
        )
    }
}

impl Drop for DmaMemory {
    fn drop(&mut self) {
        // SAFETY: This is what `dma_alloc_attrs` gave, by the type invariant; no
        // mapping of it is left (see `instance.rs`).
        unsafe {
            free(
                &self.device,
                self.pages * PAGE_SIZE,
                self.base,
                self.handle,
                self.attribute,
            )
        };
    }
}

/// Page frame number of page `page` from `base` on.
///
/// # Safety
///
/// The page must be of memory that `dma_alloc_attrs` gave and that is not freed.
unsafe fn pfn(base: NonNull<u8>, page: usize) -> usize {
    // SAFETY: As the caller vouches; it is either a `vmalloc` address or one of the
    // linear map.
    unsafe {
        let address = base.byte_add(page * PAGE_SIZE);
        match bindings::is_vmalloc_addr(address.as_ptr().cast()) {
            true => shim::pfn_of_vmalloc(address),
            false => shim::pfn_of_linear(address),
        }
    }
}

/// # Safety
///
/// The memory must be what `dma_alloc_attrs` gave for these, and not be used any more.
unsafe fn free(
    device: &DmaDevice,
    size: usize,
    base: NonNull<u8>,
    handle: bindings::dma_addr_t,
    attribute: Attribute,
) {
    // SAFETY: As the caller vouches.
    unsafe {
        bindings::dma_free_attrs(
            device.as_raw(),
            size,
            base.as_ptr().cast(),
            handle,
            attribute.bits(),
        )
    };
}

/// Cached memory that is handed over between CPU and device; unmapped when dropped,
/// which must be before its device is unbound.
///
/// # Invariants
///
/// `handle` is where `memory`, `size` bytes of it, is mapped for `device`: that of
/// `bus_master`, if there is one.
pub(crate) struct Streaming {
    memory: CpuMemory,
    device: DmaDevice,
    handle: bindings::dma_addr_t,
    size: usize,
    /// It goes after what is mapped for its device.
    bus_master: Option<BusMaster>,
}

impl Streaming {
    /// Allocates `pages` pages, or as many as the device's DMA takes at once, and maps them
    /// for a bus master or, if there is none, for `device`, which is being bound. `ENOMEM`
    /// if there are not enough; `EIO` if they cannot be mapped; `EPROBE_DEFER` if the bus
    /// master is being unbound.
    pub(crate) fn new(device: &DmaDevice, pages: usize) -> Result<Self> {
        let channel = Channel::request(device)?;
        let device = match &channel {
            Some(channel) => channel.device(),
            None => device.clone(),
        };
        let pages = pages.min(device.max_mapping_size() / PAGE_SIZE);
        let bus_master = match channel {
            Some(channel) => Some(BusMaster::new(channel, pages)?),
            None => None,
        };
        let memory = CpuMemory::new(Source::Kmalloc, pages)?;
        let size = pages.checked_mul(PAGE_SIZE).ok_or(EINVAL)?;
        memory.words(uapi::AREA_STREAMING).fill(
            memory.words(uapi::AREA_STREAMING).all(),
            uapi::PATTERN_SEED,
            0,
        )?;
        // SAFETY: `memory` goes after the mapping: see `drop`. Its pages are consecutive.
        let handle = unsafe { shim::dma_map(&device, memory.pfn(0)?, size)? };
        // INVARIANT: It was just mapped.
        Ok(Self {
            memory,
            device,
            handle,
            size,
            bus_master,
        })
    }

    /// The memory as the CPU has it.
    pub(crate) fn memory(&self) -> &CpuMemory {
        &self.memory
    }

    /// Hands `length` bytes from `offset` to the CPU or to the device. `EOVERFLOW` if
    /// the range wraps, `EINVAL` if it ends beyond the memory or for another direction.
    pub(crate) fn sync(&self, direction: u32, offset: u64, length: u64) -> Result {
        let end = faulty::end(offset, length)?;
        if end > self.size as u64 && !Fault::SyncBeyond.is_on() {
            return Err(EINVAL);
        }
        // Both are at most the memory's size, so that neither overflows.
        let (offset, length) = faulty::synced(offset, length, self.size);
        let address = self.handle + offset as bindings::dma_addr_t;
        let hand_over = match direction {
            uapi::SYNC_FOR_CPU => shim::dma_to_cpu,
            uapi::SYNC_FOR_DEVICE => shim::dma_to_device,
            _ => return Err(EINVAL),
        };
        // Asked for no byte, arm64 drops the cache line at `address` all the same: behind the
        // area that is somebody else's. Source: `dcache_inval_poc_nosync`.
        if length > 0 {
            hand_over(&self.device, address, length);
        }
        Ok(())
    }

    /// Who plays the device, `DEVICE_END_*`.
    pub(crate) fn device_end(&self) -> u32 {
        match (&self.bus_master, self.bounce_buffer()) {
            (Some(_), _) => uapi::DEVICE_END_BUS_MASTER,
            (None, Some(_)) => uapi::DEVICE_END_BOUNCE,
            (None, None) => uapi::DEVICE_END_NONE,
        }
    }

    /// True if the device that the memory is mapped for takes part in cache coherency.
    pub(crate) fn is_coherent(&self) -> bool {
        self.device.is_coherent()
    }

    /// True if a bus master may still write the memory, whatever is done.
    pub(crate) fn is_stuck(&self) -> bool {
        self.bus_master.as_ref().is_some_and(BusMaster::is_stuck)
    }

    /// Has the device write a pattern. Errors as `uapi.rs` lists them for DEVICE_WRITE.
    pub(crate) fn device_write(&mut self, fill: &uapi::Fill) -> Result {
        if let Some(bus_master) = acting(&mut self.bus_master) {
            // SAFETY: By the type invariant; one that is stuck is never dropped, as
            // `instance.rs` looks at it.
            return unsafe { bus_master.write(self.handle, fill) };
        }
        self.as_device()?.write(fill)?;
        // The CPU played the device: what it wrote must not stay in its caches.
        self.flush_device_side();
        Ok(())
    }

    /// Has the device compare with a pattern. Errors as `uapi.rs` lists them for
    /// DEVICE_READ.
    pub(crate) fn device_read(&mut self, check: &mut uapi::Check) -> Result {
        if let Some(bus_master) = acting(&mut self.bus_master) {
            // SAFETY: As in `device_write`.
            return unsafe { bus_master.compare(self.handle, check) };
        }
        self.flush_device_side();
        self.as_device()?.compare(check)
    }

    /// The memory as the device has it, where the CPU can play the device: only where
    /// all DMA goes through bounce buffers. `EOPNOTSUPP` elsewhere: there the CPU
    /// would see its own caches.
    fn as_device(&self) -> Result<Words<'_>> {
        if Fault::DeviceIsCpu.is_on() {
            return Ok(self.memory.words(uapi::AREA_STREAMING));
        }
        let (_start, base) = self.bounce_buffer().ok_or_else(shim::unsupported)?;
        // SAFETY: The bounce buffer belongs to this mapping until it is unmapped.
        Ok(unsafe { Words::new(uapi::AREA_STREAMING, base, self.size) })
    }

    /// Writes back and drops what CPU caches hold of the device's memory.
    fn flush_device_side(&self) {
        if let Some((start, base)) = self.bounce_buffer() {
            crate::arch::flush(base, start, self.size);
        }
    }

    /// Its physical address and that of its first byte, if there is one.
    fn bounce_buffer(&self) -> Option<(u64, NonNull<u8>)> {
        let start = shim::bounce_buffer(&self.device, self.handle)?;
        Some((start, NonNull::new(shim::in_linear_map(start).cast())?))
    }
}

/// The bus master, unless the CPU is to play the device by a deliberate fault.
fn acting(bus_master: &mut Option<BusMaster>) -> Option<&mut BusMaster> {
    bus_master.as_mut().filter(|_| !Fault::DeviceIsCpu.is_on())
}

impl Drop for Streaming {
    fn drop(&mut self) {
        let size = match Fault::UnmapsHalf.is_on() {
            true => self.size / 2,
            false => self.size,
        };
        shim::dma_unmap(&self.device, self.handle, size);
    }
}
