// SPDX-License-Identifier: GPL-2.0

//! One device and its areas: who keeps which memory, and for how long.
//!
//! Memory for CPUs alone lives until the last file is closed. Memory that the device
//! shares must go when the device is unbound: then it is taken out of all mappings
//! and freed while whoever has a file open keeps the rest.

use crate::{
    arch,
    carveout::Carveout,
    cpu_memory::{
        CpuMemory,
        Source, //
    },
    dma_memory::{
        Attribute,
        DmaMemory,
        Streaming, //
    },
    fault::Fault,
    faulty,
    policy::{
        self,
        Grant, //
    },
    runs::Run,
    shim::{
        self,
        AddressSpace,
        DmaDevice, //
    },
    uapi,
    words::Words,
};
use core::ptr::NonNull;
use kernel::{
    new_mutex,
    page::PAGE_SIZE,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        Mutex, //
    },
};

/// A device and its areas.
#[pin_data]
pub(crate) struct Instance {
    coherent: bool,
    pages: usize,
    vmalloc: CpuMemory,
    kmalloc: CpuMemory,
    /// `None` once the device is unbound.
    #[pin]
    dma: Mutex<Option<DmaAreas>>,
    /// The files that are open.
    #[pin]
    openers: Mutex<KVec<AddressSpace>>,
    /// Mappings of the carve-out.
    pub(crate) carveout_mappings: Atomic<i32>,
    /// What some deliberate faults show instead of the vmalloc area.
    pub(crate) decoy: Option<CpuMemory>,
}

/// The areas that need the device.
pub(crate) struct DmaAreas {
    coherent: DmaMemory,
    write_combine: DmaMemory,
    pub(crate) streaming: Streaming,
    pub(crate) carveout: Option<Carveout>,
}

/// The memory of one area.
pub(crate) enum Memory<'a> {
    Cpu(&'a CpuMemory),
    Dma(&'a DmaMemory),
    Carveout(&'a Carveout),
}

impl Memory<'_> {
    /// Size, in pages.
    pub(crate) fn pages(&self) -> usize {
        match self {
            Self::Cpu(memory) => memory.pages(),
            Self::Dma(memory) => memory.pages(),
            Self::Carveout(memory) => memory.pages(),
        }
    }

    /// Page frame number of page `page`; `EINVAL` if there is no such page.
    pub(crate) fn pfn(&self, page: usize) -> Result<usize> {
        match self {
            Self::Cpu(memory) => memory.pfn(page),
            Self::Dma(memory) => memory.pfn(page),
            Self::Carveout(memory) => memory.pfn(page),
        }
    }

    /// The page frames from page `page` on, as far as they are known to be consecutive;
    /// `EINVAL` if there is no such page.
    pub(crate) fn run(&self, page: usize) -> Result<Run> {
        match self {
            Self::Cpu(memory) => memory.run(page),
            Self::Dma(memory) => memory.run(page),
            Self::Carveout(memory) => memory.run(page),
        }
    }

    /// The memory as the kernel has it; `EOPNOTSUPP` where it cannot map it itself.
    pub(crate) fn words(&self, area: u32) -> Result<Words<'_>> {
        match self {
            Self::Cpu(memory) => Ok(memory.words(area)),
            Self::Dma(memory) => Ok(memory.words(area)),
            Self::Carveout(memory) => memory.words(),
        }
    }

    /// Address of the first byte in the kernel; `EOPNOTSUPP` as for [`Self::words`].
    pub(crate) fn base(&self) -> Result<NonNull<u8>> {
        match self {
            Self::Cpu(memory) => Ok(memory.base()),
            Self::Dma(memory) => Ok(memory.base()),
            Self::Carveout(memory) => memory.base(),
        }
    }
}

/// True if areas of so many pages can be.
pub(crate) fn is_possible(pages: usize) -> bool {
    CpuMemory::is_possible(Source::Vmalloc, pages) && CpuMemory::is_possible(Source::Kmalloc, pages)
}

impl Instance {
    /// The areas of `device`, of `pages` pages each, with the seed pattern in them.
    ///
    /// `ENOMEM` if there is not enough memory; `EINVAL` if an allocator never gives so
    /// much; `EOPNOTSUPP` if the device's DMA memory cannot be mapped by user space.
    pub(crate) fn new(device: DmaDevice, pages: usize) -> Result<Arc<Self>> {
        if !device.can_mmap() {
            return Err(shim::unsupported());
        }
        let dma = DmaAreas {
            coherent: DmaMemory::new(&device, Attribute::Coherent, pages)?,
            write_combine: DmaMemory::new(&device, Attribute::WriteCombine, pages)?,
            streaming: Streaming::new(&device, pages)?,
            carveout: Carveout::of(&device, pages)?,
        };
        let needs_decoy = faulty::needs_decoy();
        let vmalloc = || CpuMemory::new(Source::Vmalloc, pages);
        let kmalloc = || CpuMemory::new(Source::Kmalloc, pages);
        let decoy = needs_decoy.then(vmalloc).transpose()?;
        if let Some(decoy) = &decoy {
            seed(decoy.words(uapi::AREA_VMALLOC))?;
        }
        let instance = Arc::pin_init(
            try_pin_init!(Self {
                coherent: device.is_coherent(),
                pages,
                vmalloc: vmalloc()?,
                kmalloc: kmalloc()?,
                dma <- new_mutex!(Some(dma)),
                openers <- new_mutex!(KVec::new()),
                carveout_mappings: Atomic::new(0),
                decoy,
            }),
            GFP_KERNEL,
        )?;
        instance.seed_all();
        Ok(instance.into())
    }

    /// Puts the seed pattern into all areas that there are.
    pub(crate) fn seed_all(&self) {
        for area in 0..uapi::AREAS {
            // The carve-out may be missing.
            let _ = self.with_memory(area, |memory| seed(memory.words(area)?));
        }
    }

    /// Distance of two areas' offsets, and size of those that can have it, in pages.
    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    /// Distance of two areas' offsets, in bytes.
    pub(crate) fn stride(&self) -> usize {
        self.pages * PAGE_SIZE
    }

    /// True if the device takes part in cache coherency.
    pub(crate) fn is_coherent(&self) -> bool {
        self.coherent
    }

    /// The vmalloc area's memory.
    pub(crate) fn vmalloc(&self) -> &CpuMemory {
        &self.vmalloc
    }

    /// Does something with the memory of an area, which stays meanwhile. `EINVAL` for
    /// an unknown area; `ENODEV` if it is gone, or the device has no such area.
    ///
    /// User memory must not be touched meanwhile: a fault there may wait for us.
    pub(crate) fn with_memory<R>(
        &self,
        area: u32,
        work: impl FnOnce(Memory<'_>) -> Result<R>,
    ) -> Result<R> {
        match area {
            uapi::AREA_VMALLOC => return work(Memory::Cpu(&self.vmalloc)),
            uapi::AREA_KMALLOC => return work(Memory::Cpu(&self.kmalloc)),
            area if area >= uapi::AREAS => return Err(EINVAL),
            _ => {}
        }
        self.with_dma(|dma| match area {
            uapi::AREA_COHERENT => work(Memory::Dma(&dma.coherent)),
            uapi::AREA_WC => work(Memory::Dma(&dma.write_combine)),
            uapi::AREA_STREAMING => work(Memory::Cpu(dma.streaming.memory())),
            _ => work(Memory::Carveout(dma.carveout.as_ref().ok_or(ENODEV)?)),
        })
    }

    /// Does something with the areas that need the device, which stay meanwhile.
    /// `ENODEV` if they are gone. User memory as for [`Self::with_memory`].
    pub(crate) fn with_dma<R>(&self, work: impl FnOnce(&mut DmaAreas) -> Result<R>) -> Result<R> {
        match &mut *self.dma.lock() {
            Some(dma) => work(dma),
            None => Err(ENODEV),
        }
    }

    /// Who plays the device of the streaming area, `DEVICE_END_*`, and whether the device
    /// that it is mapped for takes part in cache coherency.
    pub(crate) fn device_end(&self) -> (u32, bool) {
        let of = |dma: &mut DmaAreas| {
            let streaming = &dma.streaming;
            Ok((streaming.device_end(), streaming.is_coherent()))
        };
        self.with_dma(of).unwrap_or((uapi::DEVICE_END_NONE, false))
    }

    /// The type of an area's user mappings, and why.
    pub(crate) fn grant(&self, area: u32) -> Result<Grant> {
        let asked_for = self.with_dma(|dma| {
            let carveout = dma.carveout.as_ref();
            Ok(carveout.map_or(uapi::TYPE_WRITE_BACK, |carveout| carveout.memory_type()))
        });
        policy::grant(
            area,
            self.coherent,
            asked_for.unwrap_or(uapi::TYPE_WRITE_BACK),
            arch::expressible() || Fault::ClaimsHonoured.is_on(),
        )
    }

    /// Remembers a file that is opened.
    pub(crate) fn opened(&self, pages: AddressSpace) -> Result {
        Ok(self.openers.lock().push(pages, GFP_KERNEL)?)
    }

    /// Forgets a file that is closed.
    pub(crate) fn closed(&self, pages: AddressSpace) {
        let mut openers = self.openers.lock();
        if let Some(at) = openers.iter().position(|opener| *opener == pages) {
            // It is there, so this does not fail.
            let _ = openers.remove(at);
        }
    }

    /// Number of files that are open.
    pub(crate) fn open_files(&self) -> usize {
        self.openers.lock().len()
    }

    /// Takes the memory that needs the device out of all mappings and frees it. From
    /// now on a fault there is SIGBUS.
    pub(crate) fn revoke(&self) {
        if Fault::SurvivesUnbind.is_on() {
            return;
        }
        // First nobody can map it any more, then what is mapped goes, then the memory.
        let dma = self.dma.lock().take();
        let first = (uapi::AREA_COHERENT as usize * self.stride()) as i64;
        for opener in self.openers.lock().iter() {
            // SAFETY: A file that is closed was forgotten before it goes.
            unsafe { opener.unmap_from(first) };
        }
        let Some(DmaAreas { streaming, .. }) = dma else {
            return;
        };
        if streaming.is_stuck() {
            // Better lost than free while somebody may write it.
            core::mem::forget(streaming);
        }
    }

    /// Counts a mapping of the carve-out that is made or goes.
    pub(crate) fn count_carveout_mapping(&self, made: bool) {
        self.carveout_mappings
            .add(if made { 1 } else { -1 }, Relaxed);
    }
}

fn seed(words: Words<'_>) -> Result {
    faulty::leave_stale(&words)?;
    words.fill(faulty::seeded(words.all()), uapi::PATTERN_SEED, 0)
}
