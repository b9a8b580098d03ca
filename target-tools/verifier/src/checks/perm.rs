//! Suite `perm`: what a mapping must not allow.

use core::ffi::CStr;

use board_check_protocol::text::{cut, number, split};

use crate::bench::{Area, Bench};
use crate::sys::{self, Access, Ending, Errno, Protection};
use crate::trouble::{Checked, OrFail, Trouble, expect_refusal};
use crate::uapi::{
    AREA_CARVEOUT, AREA_STREAMING, PATTERN_ADDRESS, SYNC_FOR_CPU, Sync, TYPE_WRITE_BACK,
};

/// `SIGSEGV` of all architectures that this runs on.
const SIGSEGV: i32 = 11;

/// A private mapping, whose writes the kernel would not see, is refused.
pub(super) fn private(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    let result = device.map_private(bench.offset(area), bench.area_bytes());
    expect_refusal("private", result, Errno::INVAL)
}

/// Shared data cannot be run.
pub(super) fn exec(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    let result = device.map(bench.offset(area), bench.area_bytes(), Protection::ReadExec);
    expect_refusal("mmap-exec", result, Errno::ACCESS)?;
    let mapping = bench.map(&device, area)?;
    expect_refusal(
        "mprotect-exec",
        mapping.protect(Protection::ReadExec),
        Errno::ACCESS,
    )
}

/// Through a read-only open nothing can be written.
pub(super) fn read_only(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::Read)?;
    let (offset, length) = (bench.offset(area), bench.area_bytes());
    let result = device.map(offset, length, Protection::ReadWrite);
    expect_refusal("mmap-write", result, Errno::ACCESS)?;
    let mapping = device
        .map(offset, length, Protection::Read)
        .or_fail("mmap-read")?;
    mapping.touch().or_fail("touch")?;
    let word = mapping.read(0);
    expect_refusal(
        "mprotect-write",
        mapping.protect(Protection::ReadWrite),
        Errno::ACCESS,
    )?;
    let ending = sys::in_child(&mut || {
        mapping.write(0, !word);
        0
    });
    match ending.or_fail("fork")? {
        Ending::Killed(SIGSEGV) if mapping.read(0) == word => Ok(()),
        ending => Err(Trouble::Child(ending)),
    }
}

/// Through a read-only open neither kernel nor device write, nothing is handed over, and no
/// type changes.
pub(super) fn read_only_fill(bench: &Bench, area: Area) -> Checked {
    let device = bench.open(Access::Read)?;
    let fill = bench.whole_fill(area, PATTERN_ADDRESS, bench.salt());
    let sync = Sync {
        area: AREA_STREAMING,
        direction: SYNC_FOR_CPU,
        offset: 0,
        length: 4,
    };
    for (what, result) in [
        ("fill", device.fill(fill)),
        ("device-write", device.device_write(fill)),
        ("sync", device.sync(sync)),
        ("request", device.request(AREA_CARVEOUT, TYPE_WRITE_BACK)),
    ] {
        expect_refusal(what, result, Errno::BADF)?;
    }
    Ok(())
}

/// The kernel's own flags of the mapping: shared (`sh`), mapped by page frame
/// number (`pf`), not expanded (`de`), not dumped (`dd`), never executable (no `ex`,
/// no `me`). Source: `VmFlags` in `Documentation/filesystems/proc.rst`.
pub(super) fn flags(bench: &Bench, area: Area) -> Checked {
    const SMAPS: &CStr = c"/proc/self/smaps";
    let (_device, mapping) = bench.open_and_map(area)?;
    if !sys::exists(SMAPS) {
        return Err(Trouble::Skip("no-smaps"));
    }
    let mut buffer = [0; 16384];
    let smaps = sys::read_text(SMAPS, &mut buffer);
    let no_entry = Trouble::Finding {
        what: "smaps",
        found: "no-entry",
    };
    let flags = vm_flags(smaps, mapping.address()).ok_or(no_entry)?;
    let has = |flag: &str| split(flags, b' ').any(|word| word == flag);
    for found in ["sh", "pf", "de", "dd"] {
        if !has(found) {
            return Err(Trouble::Finding {
                what: "missing",
                found,
            });
        }
    }
    for found in ["ex", "me"] {
        if has(found) {
            return Err(Trouble::Finding {
                what: "surplus",
                found,
            });
        }
    }
    Ok(())
}

/// The `VmFlags` of the mapping at `address` in the text of a `smaps` file.
fn vm_flags(smaps: &str, address: usize) -> Option<&str> {
    let mut lines = split(smaps, b'\n').skip_while(|line| {
        let start = cut(line, b'-').map_or("", |(start, _)| start);
        number(start, 16) != Some(address as u64)
    });
    lines
        .find_map(|line| line.strip_prefix("VmFlags:"))
        .map(str::trim_ascii)
}

/// The pages cannot be pinned for direct I/O, which would outlive the mapping.
pub(super) fn pinned(bench: &Bench, area: Area) -> Checked {
    let (_device, mapping) = bench.open_and_map(area)?;
    expect_refusal("pin", mapping.pin(), Errno::FAULT)
}

/// Only root may open the device, unless the owner of the board says otherwise.
pub(super) fn mode(bench: &Bench, _area: Area) -> Checked {
    let mut bench = bench.clone();
    for node in bench.platform.devices.clone() {
        bench.node = node;
        let mode = sys::permissions(bench.path()).or_fail("stat")?;
        if mode != 0o600 {
            return Err(Trouble::Mode(mode));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::vm_flags;

    const SMAPS: &str = "\
00010000-00012000 r-xp 00000000 00:01 12 /init
Size:                  8 kB
VmFlags: rd ex mr mw me
ffff80000000-ffff80010000 rw-s 00000000 00:06 90 /dev/mmap_areas0
Size:                 64 kB
VmFlags: rd wr sh mr mw ms pf io de dd
";

    #[test]
    fn finds_the_flags_of_the_mapping() {
        let flags = vm_flags(SMAPS, 0xffff_8000_0000);
        assert_eq!(flags, Some("rd wr sh mr mw ms pf io de dd"));
    }

    #[test]
    fn says_so_if_there_is_no_such_mapping() {
        assert_eq!(vm_flags(SMAPS, 0x4000), None);
    }
}
