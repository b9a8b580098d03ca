// SPDX-License-Identifier: GPL-2.0

//! The ioctls of `uapi.rs`.

use crate::{
    area::{
        Area,
        Areas,
        WORD, //
    },
    fault::Fault,
    faulty, uapi,
};
use core::ops::Range;
use kernel::{
    fs::{
        file::flags,
        File, //
    },
    page::PAGE_SIZE,
    prelude::*,
    transmute::{
        AsBytes,
        FromBytes, //
    },
    uaccess::{
        UserPtr,
        UserSlice, //
    },
};

// SAFETY: `repr(C)`, of integers only, without padding (asserted in `uapi.rs`).
unsafe impl FromBytes for uapi::Describe {}
// SAFETY: As above.
unsafe impl AsBytes for uapi::Describe {}
// SAFETY: As above.
unsafe impl FromBytes for uapi::Fill {}
// SAFETY: As above.
unsafe impl FromBytes for uapi::Check {}
// SAFETY: As above.
unsafe impl AsBytes for uapi::Check {}

/// Carries out an ioctl. Errors as `uapi.rs` lists them, `ENOTTY` for a number that
/// it does not have.
pub(crate) fn ioctl(areas: &Areas, file: &File, command: u32, argument: usize) -> Result<isize> {
    let argument = UserPtr::from_addr(argument);
    match command {
        uapi::DESCRIBE => update(argument, |describe| self::describe(areas, describe))?,
        uapi::FILL => {
            if !is_writable(file) && !Fault::ReadOnlyFill.is_on() {
                return Err(EBADF);
            }
            let size = size_of::<uapi::Fill>();
            fill(areas, UserSlice::new(argument, size).reader().read()?)?;
        }
        uapi::CHECK => {
            if !is_readable(file) {
                return Err(EBADF);
            }
            update(argument, |check| self::check(areas, check))?;
        }
        _ if Fault::AnyIoctl.is_on() => {}
        _ => return Err(ENOTTY),
    }
    Ok(0)
}

/// Reads a `T` from user space, changes it and writes it back.
fn update<T: FromBytes + AsBytes>(
    argument: UserPtr,
    change: impl FnOnce(&mut T) -> Result,
) -> Result {
    let (mut reader, mut writer) = UserSlice::new(argument, size_of::<T>()).reader_writer();
    let mut value = reader.read::<T>()?;
    change(&mut value)?;
    writer.write(&value)
}

fn describe(areas: &Areas, describe: &mut uapi::Describe) -> Result {
    let area = areas.get(describe.area)?;
    let stride = (areas.stride_pages() * PAGE_SIZE) as u64;
    let mut offset = u64::from(describe.area)
        .checked_mul(stride)
        .ok_or(EOVERFLOW)?;
    if Fault::WrongDescribe.is_on() {
        offset += PAGE_SIZE as u64;
    }
    *describe = uapi::Describe {
        area: describe.area,
        areas: uapi::AREAS,
        offset,
        size: area.size() as u64,
        protection: uapi::PROTECTION_WRITE_BACK,
        reserved: 0,
    };
    Ok(())
}

fn fill(areas: &Areas, fill: uapi::Fill) -> Result {
    if fill.reserved != 0 {
        return Err(EINVAL);
    }
    faulty::fill();
    let area = areas.get(fill.area)?;
    area.fill(
        words(area, fill.offset, fill.length)?,
        fill.pattern,
        fill.salt,
    )
}

fn check(areas: &Areas, check: &mut uapi::Check) -> Result {
    let area = areas.get(check.area)?;
    let words = words(area, check.offset, check.length)?;
    (check.bad_offset, check.found) = area.check(words, check.pattern, check.salt)?;
    Ok(())
}

/// A range of bytes of `area` as a range of its words.
fn words(area: &Area, offset: u64, length: u64) -> Result<Range<usize>> {
    let mut end = offset.checked_add(length).ok_or(EOVERFLOW)?;
    let mut start = offset;
    let size = area.size() as u64;
    if Fault::RangeUnchecked.is_on() {
        (start, end) = (start.min(size), end.min(size));
    }
    if end > size || start % WORD as u64 != 0 || end % WORD as u64 != 0 {
        return Err(EINVAL);
    }
    // Both are at most the area's size, a `usize`.
    Ok(start as usize / WORD..end as usize / WORD)
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
