// SPDX-License-Identifier: GPL-2.0

//! mmap_areas: kernel memory of several allocator classes, shared with user space.
//!
//! Each device of the device tree that asks for it has a device node with one area
//! per class; `uapi.rs` says what user space may do with it. The areas 0 and 1 keep
//! the contract of Martin Frey's mmap demo driver for Linux 2.6.

#![crate_name = "mmap_areas"]

mod arch;
mod bus_master;
mod carveout;
mod cpu_memory;
#[cfg(any(CONFIG_ARM64, CONFIG_ARM))]
pub mod decode_arm;
#[cfg(CONFIG_RISCV)]
pub mod decode_riscv;
mod dma_memory;
mod driver;
mod fault;
mod faulty;
mod file;
mod instance;
mod ioctl;
mod mapping;
mod node;
mod policy;
mod runs;
mod shim;
mod translate;
pub mod uapi;
mod unsound;
mod words;

use core::borrow::Borrow;
use kernel::{
    driver::Registration,
    platform,
    prelude::*, //
};

/// `compatible` of the nodes in the device tree.
const COMPATIBLE: &CStr = c"board-check,mmap-areas";

/// Name of the module and of its driver.
const NAME: &CStr = c"mmap_areas";

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
    /// Where the device tree has no device, our own. It goes before its driver.
    _device: Option<shim::OwnDevice>,
    #[pin]
    _driver: Registration<platform::Adapter<driver::Driver>>,
}

impl kernel::InPlaceModule for MmapAreas {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        pin_init::pin_init_scope(move || {
            if !instance::is_possible(pages()) {
                pr_err!("there can be no areas of {} pages\n", pages());
                return Err(EINVAL);
            }
            Ok(try_pin_init!(Self {
                _driver <- Registration::new(NAME, module),
                _device: match shim::has_node(COMPATIBLE) {
                    true => None,
                    false => Some(shim::OwnDevice::new(NAME)?),
                },
            }))
        })
    }
}

/// Size of an area, in pages.
fn pages() -> usize {
    match fault::Fault::NpagesIgnored.is_on() {
        true => 16,
        false => number(module_parameters::npages.value()) as usize,
    }
}

/// The value of a parameter: Linux 7.2 gives a reference to it, 7.3 the number.
fn number(value: impl Borrow<u32>) -> u32 {
    *value.borrow()
}
