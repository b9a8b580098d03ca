// SPDX-License-Identifier: GPL-2.0

//! The ioctls of `uapi.rs`. User memory is read before and written after an area's
//! memory is held, never meanwhile.

use crate::{
    fault::Fault,
    faulty,
    instance::Instance,
    shim,
    translate,
    uapi,
    unsound, //
};
use kernel::{
    fs::{
        file::flags,
        File, //
    },
    page::PAGE_SIZE,
    prelude::*,
    sync::atomic::Relaxed,
    transmute::{
        AsBytes,
        FromBytes, //
    },
    uaccess::{
        UserPtr,
        UserSlice, //
    },
};

macro_rules! plain {
    ($($name:ident),*) => {$(
        // SAFETY: `repr(C)`, of integers only, without padding (asserted in `uapi.rs`).
        unsafe impl FromBytes for uapi::$name {}
        // SAFETY: As above.
        unsafe impl AsBytes for uapi::$name {}
    )*};
}
plain!(Describe, Fill, Check, Sync, Translate, Request);

/// Carries out an ioctl. Errors as `uapi.rs` lists them, `ENOTTY` for a number that
/// it does not have.
pub(crate) fn ioctl(
    instance: &Instance,
    file: &File,
    command: u32,
    argument: usize,
) -> Result<isize> {
    let argument = UserPtr::from_addr(argument);
    match command {
        uapi::DESCRIBE => update(argument, |describe| self::describe(instance, describe))?,
        uapi::FILL => {
            if !Fault::ReadOnlyFill.is_on() {
                needs(is_writable(file))?;
            }
            fill(instance, read(argument)?)?;
        }
        uapi::CHECK => {
            needs(is_readable(file))?;
            update(argument, |check| self::check(instance, check))?;
        }
        uapi::SYNC => {
            // Either way one side's memory gets what the other's has.
            needs(is_writable(file) || Fault::ReadOnlySync.is_on())?;
            sync(instance, read(argument)?)?;
        }
        uapi::DEVICE_WRITE => {
            needs(is_writable(file) || Fault::ReadOnlyDeviceWrite.is_on())?;
            device_write(instance, read(argument)?)?;
        }
        uapi::DEVICE_READ => {
            needs(is_readable(file))?;
            update(argument, |check| device_read(instance, check))?;
        }
        uapi::TRANSLATE => update(argument, |request| {
            translate::translate(instance, file, request)
        })?,
        uapi::REQUEST => {
            needs(is_writable(file) || Fault::ReadOnlyRequest.is_on())?;
            request(instance, read(argument)?)?;
        }
        _ if Fault::AnyIoctl.is_on() => {}
        _ => return Err(ENOTTY),
    }
    Ok(0)
}

fn read<T: FromBytes>(argument: UserPtr) -> Result<T> {
    UserSlice::new(argument, size_of::<T>()).reader().read()
}

/// Reads a `T` from user space, changes it and writes it back.
fn update<T: FromBytes + AsBytes>(
    argument: UserPtr,
    change: impl FnOnce(&mut T) -> Result,
) -> Result {
    let mut value = read::<T>(argument)?;
    change(&mut value)?;
    UserSlice::new(argument, size_of::<T>())
        .writer()
        .write(&value)
}

fn describe(instance: &Instance, describe: &mut uapi::Describe) -> Result {
    let grant = instance.grant(describe.area)?;
    // An area that is gone, or that the device does not have, has no size.
    let pages = instance
        .with_memory(describe.area, |memory| Ok(memory.pages()))
        .unwrap_or(0);
    let size = (pages * PAGE_SIZE) as u64;
    let (device_end, mapped_coherent) = match describe.area {
        uapi::AREA_STREAMING => instance.device_end(),
        _ => (uapi::DEVICE_END_NONE, false),
    };
    let mut offset = u64::from(describe.area)
        .checked_mul(instance.stride() as u64)
        .ok_or(EOVERFLOW)?;
    if Fault::WrongDescribe.is_on() {
        offset += PAGE_SIZE as u64;
    }
    let reason = faulty::reason(grant.reason);
    *describe = uapi::Describe {
        area: describe.area,
        areas: uapi::AREAS,
        offset,
        size,
        coherent: instance.is_coherent().into(),
        requested: grant.requested,
        granted: grant.granted,
        reason,
        device_end,
        mapped_coherent: mapped_coherent.into(),
        why: uapi::reason_in_words(reason),
    };
    Ok(())
}

fn fill(instance: &Instance, fill: uapi::Fill) -> Result {
    if fill.reserved != 0 {
        return Err(EINVAL);
    }
    faulty::fill();
    unsound::fill()?;
    let filled = instance.with_memory(fill.area, |memory| memory.words(fill.area)?.write(&fill));
    faulty::unless_gone(filled)
}

fn check(instance: &Instance, check: &mut uapi::Check) -> Result {
    let checked = instance.with_memory(check.area, |memory| {
        memory.words(check.area)?.compare(check)
    });
    faulty::unless_gone(checked)
}

fn sync(instance: &Instance, sync: uapi::Sync) -> Result {
    is_streaming(sync.area)?;
    if faulty::forgets_sync(sync.direction) {
        return Ok(());
    }
    instance.with_dma(|dma| dma.streaming.sync(sync.direction, sync.offset, sync.length))
}

fn device_write(instance: &Instance, fill: uapi::Fill) -> Result {
    is_streaming(fill.area)?;
    if fill.reserved != 0 {
        return Err(EINVAL);
    }
    instance.with_dma(|dma| dma.streaming.device_write(&fill))
}

fn device_read(instance: &Instance, check: &mut uapi::Check) -> Result {
    is_streaming(check.area)?;
    instance.with_dma(|dma| dma.streaming.device_read(check))
}

fn request(instance: &Instance, request: uapi::Request) -> Result {
    match request.area {
        uapi::AREA_CARVEOUT => {}
        area if area < uapi::AREAS => return faulty::other_request(),
        _ => return Err(EINVAL),
    }
    instance.with_dma(|dma| {
        let carveout = dma.carveout.as_mut().ok_or(ENODEV)?;
        let is_mapped = instance.carveout_mappings.load(Relaxed) != 0;
        if is_mapped && !Fault::RequestWhileMapped.is_on() {
            return Err(EBUSY);
        }
        carveout.set_memory_type(request.memory_type)
    })
}

/// `EINVAL` for an unknown area, `EOPNOTSUPP` for one that is not handed over.
fn is_streaming(area: u32) -> Result {
    match area {
        uapi::AREA_STREAMING => Ok(()),
        area if area < uapi::AREAS => Err(shim::unsupported()),
        _ => Err(EINVAL),
    }
}

fn needs(access: bool) -> Result {
    match access {
        true => Ok(()),
        false => Err(EBADF),
    }
}

fn is_writable(file: &File) -> bool {
    matches!(
        file.flags() & flags::O_ACCMODE,
        flags::O_WRONLY | flags::O_RDWR
    )
}

fn is_readable(file: &File) -> bool {
    matches!(
        file.flags() & flags::O_ACCMODE,
        flags::O_RDONLY | flags::O_RDWR
    )
}
