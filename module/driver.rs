// SPDX-License-Identifier: GPL-2.0

//! From a device of the device tree, or our own, to a device node.

use crate::{
    instance::Instance,
    node::DeviceNode,
    shim::DmaDevice,
    unsound, //
};
use kernel::{
    device::Core,
    dma::{
        Device as _,
        DmaMask, //
    },
    of,
    platform,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    }, //
};

/// The device nodes that there can be.
const NAMES: [&CStr; 4] = [
    c"mmap_areas0",
    c"mmap_areas1",
    c"mmap_areas2",
    c"mmap_areas3",
];

/// For each of [`NAMES`] 1 if it is taken, or else 0.
static TAKEN: [Atomic<u32>; NAMES.len()] = [const { Atomic::new(0) }; NAMES.len()];

/// What a device has while it is bound.
#[pin_data]
pub(crate) struct BoundDevice {
    /// The device node goes first: nobody opens it any more when its number is free.
    #[pin]
    node: DeviceNode,
    number: Number,
}

/// A device node's number; given back when dropped.
struct Number(usize);

impl Number {
    /// The number that the device tree gives the device, or the first that is free.
    /// `EINVAL` if there is no such number, `EBUSY` if it is taken.
    fn take(wanted: Option<u32>) -> Result<Self> {
        let is_free = |taken: &Atomic<u32>| taken.load(Relaxed) == 0;
        let number = match wanted {
            Some(number) => number as usize,
            None => TAKEN.iter().position(is_free).ok_or(EINVAL)?,
        };
        match TAKEN.get(number).ok_or(EINVAL)?.xchg(1, Relaxed) {
            0 => Ok(Self(number)),
            _ => Err(EBUSY),
        }
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        if let Some(taken) = TAKEN.get(self.0) {
            taken.store(0, Relaxed);
        }
    }
}

#[cfg(not(linux_7_2))]
kernel::of_device_table!(
    OF_TABLE,
    <Driver as platform::Driver>::IdInfo,
    [(of::DeviceId::new(crate::COMPATIBLE), ())]
);

#[cfg(linux_7_2)]
kernel::of_device_table!(
    OF_TABLE,
    MODULE_OF_TABLE,
    <Driver as platform::Driver>::IdInfo,
    [(of::DeviceId::new(crate::COMPATIBLE), ())]
);

pub(crate) struct Driver;

impl platform::Driver for Driver {
    type IdInfo = ();
    type Data<'bound> = BoundDevice;
    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        device: &'bound platform::Device<Core<'_>>,
        _info: Option<&'bound ()>,
    ) -> impl PinInit<BoundDevice, Error> + 'bound {
        pin_init::pin_init_scope(move || {
            let (number, instance) = prepare(device).inspect_err(|error| {
                unsound::not_bound();
                dev_err!(
                    device.as_ref(),
                    "no areas of {} pages: {:?}\n",
                    crate::pages(),
                    error
                );
            })?;
            let name = NAMES.get(number.0).copied().ok_or(EINVAL)?;
            Ok(try_pin_init!(BoundDevice {
                node <- DeviceNode::register(name, instance),
                number,
            }))
        })
    }

    fn unbind<'bound>(_device: &'bound platform::Device<Core<'_>>, this: Pin<&BoundDevice>) {
        this.node.instance().revoke();
    }
}

fn prepare(device: &platform::Device<Core<'_>>) -> Result<(Number, Arc<Instance>)> {
    let node = device.as_ref().fwnode().filter(|node| node.is_of_node());
    let wanted = node.and_then(|node| {
        node.property_read::<u32>(c"board-check,instance")
            .optional()
    });
    let number = Number::take(wanted)?;
    // SAFETY: Nothing does DMA for this device before probe is over.
    unsafe { device.dma_set_mask_and_coherent(DmaMask::new::<64>())? };
    // SAFETY: The device is bound from here to unbind, which revokes all that uses it.
    let dma_device = unsafe { DmaDevice::new(device.as_ref()) };
    Ok((number, Instance::new(dma_device, crate::pages())?))
}
