// SPDX-License-Identifier: GPL-2.0

//! The device node.
//!
//! It is registered here and not by `MiscDeviceRegistration`, which in Linux 7.2
//! leaves the owner out of the file operations: then the module could be unloaded
//! while its files are open.

use crate::{
    area::Areas,
    shim,
    OpenFile, //
};
use kernel::{
    bindings,
    error::to_result,
    miscdevice::{
        MiscDeviceOptions,
        MiscDeviceRegistration, //
    },
    prelude::*,
    sync::Arc,
    types::Opaque, //
};

const OPTIONS: MiscDeviceOptions = MiscDeviceOptions {
    name: c"mmap_areas0",
};

/// A device node and the areas behind it.
///
/// # Invariants
///
/// `misc` is registered with `operations`; both stay where they are until it is not.
#[pin_data(PinnedDrop)]
pub(crate) struct DeviceNode {
    areas: Arc<Areas>,
    operations: bindings::file_operations,
    #[pin]
    misc: Opaque<bindings::miscdevice>,
}

// SAFETY: A device may be deregistered by any thread.
unsafe impl Send for DeviceNode {}
// SAFETY: Nothing is written through a reference.
unsafe impl Sync for DeviceNode {}

impl DeviceNode {
    /// Registers the device node. Errors as of `misc_register`.
    pub(crate) fn register(areas: Arc<Areas>) -> impl PinInit<Self, Error> {
        try_pin_init!(&this in Self {
            areas,
            operations: owned_operations(),
            // INVARIANT: The fields before are there, and pinned, when this registers.
            misc <- Opaque::try_ffi_init(move |slot: *mut bindings::miscdevice| {
                let mut misc = OPTIONS.into_raw::<OpenFile>();
                // SAFETY: `this` is the value that is being made.
                misc.fops = unsafe { &raw const (*this.as_ptr()).operations };
                // SAFETY: The slot is ours to write.
                unsafe { slot.write(misc) };
                // SAFETY: It was just written, and stays until `drop` deregisters it.
                to_result(unsafe { bindings::misc_register(slot) })
            }),
        })
    }

    /// The areas of the node that is being opened.
    ///
    /// # Safety
    ///
    /// `registration` must be what `MiscDevice::open` of [`OpenFile`] got.
    pub(crate) unsafe fn areas_of(registration: &MiscDeviceRegistration<OpenFile>) -> Arc<Areas> {
        // `open` gets the `struct miscdevice` as if it were in a registration.
        let misc = registration.as_raw().cast::<Opaque<bindings::miscdevice>>();
        // SAFETY: Only `register` registers nodes with these operations, and its
        // fields were there before; the node stays while it is being opened.
        unsafe {
            (*kernel::container_of!(misc, DeviceNode, misc))
                .areas
                .clone()
        }
    }
}

#[pinned_drop]
impl PinnedDrop for DeviceNode {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: It is registered, by the type invariant.
        unsafe { bindings::misc_deregister(self.misc.get()) };
    }
}

/// The file operations that the `kernel` crate makes of [`OpenFile`], owned by this
/// module.
fn owned_operations() -> bindings::file_operations {
    // SAFETY: They are a constant of this module.
    let mut operations = unsafe { OPTIONS.into_raw::<OpenFile>().fops.read() };
    operations.owner = shim::this_module();
    operations
}
