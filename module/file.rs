// SPDX-License-Identifier: GPL-2.0

//! The file operations; a file holds the instance, and a mapping holds its file.

use crate::{
    faulty,
    instance::Instance,
    ioctl,
    mapping,
    node::DeviceNode,
    shim::AddressSpace, //
};
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

pub(crate) struct OpenFile;

#[vtable]
impl MiscDevice for OpenFile {
    type Ptr = Arc<Instance>;

    fn open(file: &File, registration: &MiscDeviceRegistration<Self>) -> Result<Arc<Instance>> {
        // SAFETY: It is what this function got.
        let instance = unsafe { DeviceNode::opened(registration) };
        instance
            .opened(AddressSpace::of(file).ok_or(ENODEV)?)
            .map_err(faulty::opened)?;
        faulty::open(&instance);
        Ok(instance)
    }

    fn release(instance: Arc<Instance>, file: &File) {
        if let Some(pages) = AddressSpace::of(file) {
            instance.closed(pages);
        }
    }

    fn mmap(instance: ArcBorrow<'_, Instance>, _file: &File, vma: &VmaNew) -> Result {
        mapping::map(&instance, vma)
    }

    fn ioctl(
        instance: ArcBorrow<'_, Instance>,
        file: &File,
        command: u32,
        argument: usize,
    ) -> Result<isize> {
        ioctl::ioctl(&instance, file, command, argument)
    }
}
