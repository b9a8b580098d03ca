// SPDX-License-Identifier: GPL-2.0

//! mmap_areas: kernel memory of several allocator classes, shared with user space.
//!
//! The device `/dev/mmap_areas0` has one area per class; `uapi.rs` says what user
//! space may do with it. The areas 0 and 1 keep the contract of Martin Frey's mmap
//! demo driver for Linux 2.6.

#![crate_name = "mmap_areas"]

mod area;
mod fault;
mod faulty;
mod ioctl;
mod mapping;
mod node;
mod shim;
pub mod uapi;

use area::Areas;
use core::borrow::Borrow;
use kernel::{
    fs::File,
    miscdevice::{
        MiscDevice,
        MiscDeviceRegistration, //
    },
    mm::virt::VmaNew,
    prelude::*,
    sync::{
        Arc,
        ArcBorrow, //
    },
};
use node::DeviceNode;

#[cfg(not(mmap_areas_faults))]
module! {
    type: MmapAreas,
    name: "mmap_areas",
    authors: ["board-check developers"],
    description: "Kernel memory of several allocator classes, shared with user space",
    license: "GPL",
    params: {
        npages: u32 {
            default: 16,
            description: "Size of an area and distance of two areas' offsets, in pages",
        },
    },
}

#[cfg(mmap_areas_faults)]
module! {
    type: MmapAreas,
    name: "mmap_areas",
    authors: ["board-check developers"],
    description: "Kernel memory shared with user space, with deliberate faults",
    license: "GPL",
    params: {
        npages: u32 {
            default: 16,
            description: "Size of an area and distance of two areas' offsets, in pages",
        },
        fault: u32 {
            default: 0,
            description: "Number of a deliberate fault; see fault.rs",
        },
    },
}

#[pin_data]
struct MmapAreas {
    #[pin]
    _node: DeviceNode,
}

impl kernel::InPlaceModule for MmapAreas {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        pin_init::pin_init_scope(|| {
            let areas = Areas::new(pages()).inspect_err(|error| {
                pr_err!("no areas of {} pages: {:?}\n", pages(), error);
            })?;
            Ok(try_pin_init!(Self {
                _node <- DeviceNode::register(areas),
            }))
        })
    }
}

fn pages() -> usize {
    match fault::Fault::NpagesIgnored.is_on() {
        true => 16,
        false => number(module_parameters::npages.value()) as usize,
    }
}

/// The value of a parameter: Linux 7.2 gives a reference to it, 7.3 the number.
pub(crate) fn number(value: impl Borrow<u32>) -> u32 {
    *value.borrow()
}

/// The file operations; a file holds the areas, and a mapping holds its file.
struct OpenFile;

#[vtable]
impl MiscDevice for OpenFile {
    type Ptr = Arc<Areas>;

    fn open(_file: &File, registration: &MiscDeviceRegistration<Self>) -> Result<Arc<Areas>> {
        // SAFETY: This is the registration that `open` got.
        let areas = unsafe { DeviceNode::areas_of(registration) };
        faulty::open(&areas);
        Ok(areas)
    }

    fn release(areas: Arc<Areas>, _file: &File) {
        faulty::release(&areas);
    }

    fn mmap(areas: ArcBorrow<'_, Areas>, _file: &File, vma: &VmaNew) -> Result {
        mapping::map(&areas, vma)
    }

    fn ioctl(
        areas: ArcBorrow<'_, Areas>,
        file: &File,
        command: u32,
        argument: usize,
    ) -> Result<isize> {
        ioctl::ioctl(&areas, file, command, argument)
    }
}
