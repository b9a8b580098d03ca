// SPDX-License-Identifier: GPL-2.0

//! The device node.
//!
//! It is registered here and not by `MiscDeviceRegistration`, which in Linux 7.2
//! leaves the owner out of the file operations, and in none lets a driver choose the
//! addresses of mappings.

use crate::{
    file::OpenFile,
    instance::Instance,
    mapping,
    shim, //
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

/// A device node and the instance behind it.
///
/// # Invariants
///
/// `misc` is registered with [`OPERATIONS`] and stays where it is until it is not.
#[pin_data(PinnedDrop)]
pub(crate) struct DeviceNode {
    instance: Arc<Instance>,
    #[pin]
    misc: Opaque<bindings::miscdevice>,
}

// SAFETY: A device may be deregistered by any thread.
unsafe impl Send for DeviceNode {}
// SAFETY: Nothing is written through a reference.
unsafe impl Sync for DeviceNode {}

impl DeviceNode {
    /// Registers the device node `name`. Errors as of `misc_register`.
    pub(crate) fn register(
        name: &'static CStr,
        instance: Arc<Instance>,
    ) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            instance,
            // INVARIANT: The field before is there, and pinned, when this registers.
            misc <- Opaque::try_ffi_init(move |slot: *mut bindings::miscdevice| {
                let mut misc = MiscDeviceOptions { name }.into_raw::<OpenFile>();
                misc.fops = &OPERATIONS.0;
                // SAFETY: The slot is ours to write.
                unsafe { slot.write(misc) };
                // SAFETY: It was just written, and stays until `drop` deregisters it.
                to_result(unsafe { bindings::misc_register(slot) })
            }),
        })
    }

    /// The instance behind it.
    pub(crate) fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    /// The instance of the node that is being opened.
    ///
    /// # Safety
    ///
    /// `registration` must be what `MiscDevice::open` of [`OpenFile`] got.
    pub(crate) unsafe fn opened(registration: &MiscDeviceRegistration<OpenFile>) -> Arc<Instance> {
        // `open` gets the `struct miscdevice` as if it were in a registration: the reference is
        // an address, and nothing else.
        let misc = registration.as_raw().cast::<Opaque<bindings::miscdevice>>();
        // SAFETY: Only `register` registers nodes with these operations, and its
        // fields were there before; the node stays while it is being opened.
        unsafe {
            (*kernel::container_of!(misc, DeviceNode, misc))
                .instance
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
/// module, and a choice of addresses that suit blocks. A file has them for longer than
/// its node is there.
static OPERATIONS: Operations = Operations({
    let misc = MiscDeviceOptions { name: c"" }.into_raw::<OpenFile>();
    // SAFETY: `into_raw` points it to a constant.
    let mut operations = unsafe { *misc.fops };
    operations.owner = shim::this_module();
    if shim::HAS_BLOCKS {
        operations.get_unmapped_area = Some(mapping::unmapped_area);
    }
    operations
});

struct Operations(bindings::file_operations);

// SAFETY: They are never written; the one pointer to data is that to this module.
unsafe impl Sync for Operations {}
