// SPDX-License-Identifier: GPL-2.0

//! The part of `shim.rs` for devices that do DMA: their memory, and DMA engines.

use super::c;
use core::ptr::NonNull;
use kernel::{
    bindings,
    device::Device,
    dma::DataDirection,
    error::to_result,
    ffi::c_void,
    mm::virt::VmaNew,
    page::PAGE_SIZE,
    prelude::*,
    sync::aref::ARef, //
};

/// `DL_FLAG_AUTOREMOVE_CONSUMER` of `include/linux/device.h`.
const AUTOREMOVE_CONSUMER: u32 = 1 << 1;

/// A device that does DMA.
///
/// # Invariants
///
/// The device is bound to a driver for as long as this value is used: `instance.rs`
/// drops all that has one before the unbind of our own device is over, and a bus master
/// is not unbound before (see [`Channel::holds_engine`]).
pub(crate) struct DmaDevice(ARef<Device>);

impl DmaDevice {
    /// The device `device`.
    ///
    /// # Safety
    ///
    /// It must be bound, and the value not be used once it is no longer.
    pub(crate) unsafe fn new(device: &Device) -> Self {
        // INVARIANT: As the caller vouches.
        Self(device.into())
    }

    /// The same device.
    pub(crate) fn clone(&self) -> Self {
        // INVARIANT: As for `self`.
        Self(self.0.clone())
    }

    pub(crate) fn as_raw(&self) -> *mut bindings::device {
        core::ptr::from_ref::<Device>(&self.0).cast_mut().cast()
    }

    /// True if the device takes part in cache coherency.
    pub(crate) fn is_coherent(&self) -> bool {
        // SAFETY: The device is valid.
        unsafe { c::mmap_areas_is_coherent(self.as_raw().cast()) }
    }

    /// True if `dma_mmap_*` works for the device.
    pub(crate) fn can_mmap(&self) -> bool {
        // SAFETY: The device is valid.
        unsafe { bindings::dma_can_mmap(self.as_raw()) }
    }

    /// Most bytes that `dma_map_*` takes at once.
    pub(crate) fn max_mapping_size(&self) -> usize {
        // SAFETY: The device is bound, by the type invariant.
        unsafe { bindings::dma_max_mapping_size(self.as_raw()) }
    }

    /// Start and size of the device's first `memory-region`, in bytes; `None` if it has
    /// none, or one from which the kernel allocates. That no other device has it, too, the
    /// device tree vouches for.
    pub(crate) fn reserved_memory(&self) -> Option<(u64, u64)> {
        let mut region = bindings::resource::default();
        // SAFETY: The device is valid, and its node stays with it; without one there is no
        // region.
        let error = unsafe {
            let node = (*self.as_raw()).of_node;
            c::of_reserved_mem_region_to_resource(node.cast(), 0, (&raw mut region).cast())
        };
        if error != 0 {
            return None;
        }
        let start = u64::from(region.start);
        let size = u64::from(region.end).checked_sub(start)?.checked_add(1)?;
        if is_used_by_kernel(start, size) {
            dev_err!(
                &*self.0,
                "the memory-region lacks no-map: the kernel uses it\n"
            );
            return None;
        }
        Some((start, size))
    }
}

/// True if a part of the memory is what the kernel allocates from.
fn is_used_by_kernel(start: u64, size: u64) -> bool {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    // SAFETY: It looks into the tree of resources, which has a lock of its own.
    let intersects = unsafe {
        bindings::region_intersects(
            start as bindings::resource_size_t,
            size,
            bindings::IORESOURCE_SYSTEM_RAM as usize,
            bindings::IORES_DESC_NONE as usize,
        )
    };
    intersects != bindings::REGION_DISJOINT as c_int
}

/// Maps `vma` with `dma_mmap_attrs`, which gives it its protection. Errors as of that.
///
/// Nothing else tells a driver which protection the DMA API has for its memory. The pages
/// themselves cannot be left mapped by it: whoever unbinds the device takes away what is
/// mapped, and this mapping is not yet where that is found.
pub(crate) fn dma_protect(
    device: &DmaDevice,
    vma: &VmaNew,
    base: NonNull<u8>,
    handle: bindings::dma_addr_t,
    size: usize,
    attributes: usize,
) -> Result {
    let raw = vma.as_ptr();
    // SAFETY: `vma` is being set up, so nobody else looks at the field.
    let offset = unsafe { core::mem::replace(&mut (*raw).vm_pgoff, 0) };
    // Only the protection is wanted, so one page of the mapping will do: a page table for
    // all of it would be in the way of blocks.
    // SAFETY: As above; a mapping has at least one page.
    let end = unsafe {
        let bounds = &mut (*raw).__bindgen_anon_1.__bindgen_anon_1;
        core::mem::replace(&mut bounds.vm_end, bounds.vm_start + PAGE_SIZE)
    };
    // SAFETY: The device is bound, by the type invariant, and the memory is its own.
    // The offset in the memory is 0, as the DMA API takes it from the mapping.
    let result = to_result(unsafe {
        bindings::dma_mmap_attrs(
            device.as_raw(),
            raw,
            base.as_ptr().cast(),
            handle,
            size,
            attributes,
        )
    });
    // SAFETY: As above.
    unsafe {
        (*raw).vm_pgoff = offset;
        (*raw).__bindgen_anon_1.__bindgen_anon_1.vm_end = end;
    }
    result
}

/// Maps `size` bytes from page frame `pfn` on for a device; `EIO` if that is not possible.
///
/// # Safety
///
/// The memory must stay until [`dma_unmap`].
pub(crate) unsafe fn dma_map(
    device: &DmaDevice,
    pfn: usize,
    size: usize,
) -> Result<bindings::dma_addr_t> {
    let start = (pfn as bindings::phys_addr_t) << bindings::PAGE_SHIFT;
    // SAFETY: The device is bound, by the type invariant; the rest the caller vouches for.
    let handle = unsafe {
        bindings::dma_map_phys(
            device.as_raw(),
            start,
            size,
            DataDirection::Bidirectional.into(),
            0,
        )
    };
    // SAFETY: As above.
    match unsafe { c::mmap_areas_is_dma_mapped(device.as_raw().cast(), handle) } {
        true => Ok(handle),
        false => Err(EIO),
    }
}

/// Ends a mapping of [`dma_map`].
pub(crate) fn dma_unmap(device: &DmaDevice, handle: bindings::dma_addr_t, size: usize) {
    // SAFETY: The device is bound, by the type invariant.
    unsafe {
        bindings::dma_unmap_phys(
            device.as_raw(),
            handle,
            size,
            DataDirection::Bidirectional.into(),
            0,
        )
    }
}

/// Hands a range of a mapping of [`dma_map`] to the CPU.
pub(crate) fn dma_to_cpu(device: &DmaDevice, address: bindings::dma_addr_t, size: usize) {
    // SAFETY: The device is bound, by the type invariant.
    unsafe { c::mmap_areas_dma_to_cpu(device.as_raw().cast(), address, size) }
}

/// Hands a range of a mapping of [`dma_map`] to the device.
pub(crate) fn dma_to_device(device: &DmaDevice, address: bindings::dma_addr_t, size: usize) {
    // SAFETY: The device is bound, by the type invariant.
    unsafe { c::mmap_areas_dma_to_device(device.as_raw().cast(), address, size) }
}

/// Where the bounce buffer of a mapping of [`dma_map`] is in memory, which the linear map
/// has; `None` where it need not have one, or where an IOMMU is between: then a DMA address
/// is no place in memory.
pub(crate) fn bounce_buffer(device: &DmaDevice, handle: bindings::dma_addr_t) -> Option<u64> {
    let device = device.as_raw().cast();
    // SAFETY: The device is bound, by the type invariant.
    unsafe {
        c::mmap_areas_is_bounced(device)
            .then(|| c::mmap_areas_dma_to_phys(device, handle))
            .map(u64::from)
    }
}

/// A channel of a DMA engine, for us alone, that copies memory; given back when dropped,
/// which must be before our own device is unbound.
///
/// # Invariants
///
/// It is what `dma_request_chan_by_mask` gave, and was not given back.
pub(crate) struct Channel(NonNull<c_void>);

// SAFETY: The functions of a DMA engine can be called by any thread.
unsafe impl Send for Channel {}

/// A transfer that was started.
#[derive(Clone, Copy)]
pub(crate) struct Transfer(i32);

impl Channel {
    /// A channel that nobody else uses, for our device `user`, which is being bound;
    /// `None` if there is none. `EPROBE_DEFER` if its engine is being unbound.
    pub(crate) fn request(user: &DmaDevice) -> Result<Option<Self>> {
        // SAFETY: It takes nothing from us.
        let channel = unsafe { c::mmap_areas_request_channel() };
        // No engine at all is an error, too: that its driver may come later.
        let channel = kernel::error::from_err_ptr(channel).ok();
        let Some(channel) = channel.and_then(NonNull::new) else {
            return Ok(None);
        };
        // INVARIANT: The channel was just given.
        let channel = Self(channel);
        // One that cannot be stopped could write for ever.
        let is_fit = channel.holds_engine(user)? && channel.stop().is_ok();
        Ok(is_fit.then_some(channel))
    }

    /// Links the engine's device to ours, so that it stays bound while we have the channel:
    /// a link has `user` unbound before the engine is, and waits while `user` is being
    /// bound. False if that cannot be. `EPROBE_DEFER` if the engine is being unbound already:
    /// with such a link `user` must not be bound. The module of its driver is held by the
    /// channel.
    fn holds_engine(&self, user: &DmaDevice) -> Result<bool> {
        // SAFETY: Both devices are there: the engine's as the channel is ours. The link goes
        // when `user` is unbound, and its status does not change before `user` is bound.
        unsafe {
            let engine = c::mmap_areas_channel_engine(self.0.as_ptr()).cast();
            let link = bindings::device_link_add(user.as_raw(), engine, AUTOREMOVE_CONSUMER);
            if link.is_null() {
                return Ok(false);
            }
            match (*link).status {
                bindings::device_link_state_DL_STATE_CONSUMER_PROBE => Ok(true),
                _ => Err(EPROBE_DEFER),
            }
        }
    }

    /// The device that memory must be mapped for.
    pub(crate) fn device(&self) -> DmaDevice {
        // SAFETY: The engine's device is there while the channel is ours, and bound, as
        // `holds_engine` says; who has the channel drops what has the device first.
        unsafe {
            let device = c::mmap_areas_channel_device(self.0.as_ptr());
            DmaDevice::new(Device::from_raw(device.cast()))
        }
    }

    /// Starts a copy. `EINVAL` if the engine cannot copy so few bytes, or not there; `EIO`
    /// if it does not take it.
    ///
    /// # Safety
    ///
    /// Both ranges must be mapped for [`Self::device`] until the transfer is done, or
    /// [`Self::stop`] succeeded.
    pub(crate) unsafe fn start(
        &self,
        to: bindings::dma_addr_t,
        from: bindings::dma_addr_t,
        size: usize,
    ) -> Result<Transfer> {
        let channel = self.0.as_ptr();
        // SAFETY: The channel is ours, by the type invariant; what is prepared is started
        // at once. The rest the caller vouches for.
        let cookie = unsafe {
            if !c::mmap_areas_is_aligned(channel, to, from, size) {
                return Err(EINVAL);
            }
            let transfer = c::mmap_areas_prepare(channel, to, from, size);
            if transfer.is_null() {
                return Err(EIO);
            }
            c::mmap_areas_start(channel, transfer)
        };
        match cookie {
            0.. => Ok(Transfer(cookie)),
            _ => Err(EIO),
        }
    }

    /// True if a transfer is over. `EIO` if it failed.
    pub(crate) fn is_done(&self, transfer: Transfer) -> Result<bool> {
        // SAFETY: The channel is ours, by the type invariant.
        match unsafe { c::mmap_areas_status(self.0.as_ptr(), transfer.0) } {
            // `enum dma_status` of `include/linux/dmaengine.h`.
            0 => Ok(true),
            3 => Err(EIO),
            _ => Ok(false),
        }
    }

    /// Ends all transfers. Errors as of `dmaengine_terminate_sync`.
    pub(crate) fn stop(&self) -> Result {
        // SAFETY: The channel is ours, by the type invariant; the caller may sleep.
        to_result(unsafe { c::mmap_areas_terminate(self.0.as_ptr()) })
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        #[cfg(CONFIG_DMA_ENGINE)]
        // SAFETY: By the type invariant.
        unsafe {
            c::dma_release_channel(self.0.as_ptr())
        };
    }
}
