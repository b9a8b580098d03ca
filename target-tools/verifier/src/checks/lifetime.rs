//! Suite `lifetime`: the memory stays while somebody uses it, and goes then.

use core::time::Duration;

use super::{data, seed};
use crate::bench::{AREAS, Area, Bench, KMALLOC, VMALLOC};
use crate::sys::{self, Access, Ending, Errno, Protection, page_size};
use crate::trouble::{Checked, OrFail, Trouble, expect_figure, expect_refusal};
use crate::uapi::address_word;

/// A mapping keeps its memory after the file is closed, whatever others open.
pub(super) fn close_first(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let salt = bench.salt();
    data::write(&mapping, area, salt);
    drop(device);
    drop(bench.open(Access::ReadWrite)?);
    data::compare(&mapping, area, salt)
}

/// A child sees the memory of its parent, and the parent what the child writes.
pub(super) fn fork(bench: &Bench, area: Area) -> Checked {
    let (_device, mapping) = bench.open_and_map(area)?;
    let (before, after) = (bench.salt(), bench.salt());
    data::write(&mapping, area, before);
    let ending = sys::in_child(|| {
        let seen = data::compare(&mapping, area, before);
        data::write(&mapping, area, after);
        u8::from(seen.is_err())
    });
    match ending.or_fail("fork")? {
        Ending::Exited(0) => data::compare(&mapping, area, after),
        ending => Err(Trouble::Child(ending)),
    }
}

/// A mapping can move and shrink, but not grow beyond the area.
pub(super) fn grow(bench: &Bench, area: Area) -> Checked {
    let (_device, mut mapping) = bench.open_and_map(area)?;
    let salt = bench.salt();
    data::write(&mapping, area, salt);
    let grown = mapping.resize(2 * bench.area_bytes());
    expect_refusal("grow", grown, Errno::FAULT)?;
    mapping.resize(page_size()).or_fail("shrink")?;
    data::compare(&mapping, area, salt)
}

/// `MADV_DONTNEED` cannot take the pages out of the mapping.
pub(super) fn discard(bench: &Bench, area: Area) -> Checked {
    let (_device, mapping) = bench.open_and_map(area)?;
    expect_refusal("discard", mapping.discard(), Errno::INVAL)
}

/// A page can be unmapped; the pages beside it stay.
pub(super) fn hole(bench: &Bench, area: Area) -> Checked {
    let (_device, mapping) = bench.open_and_map(area)?;
    if bench.pages < 3 {
        return Err(Trouble::Skip("too-few-pages"));
    }
    let salt = bench.salt();
    data::write(&mapping, area, salt);
    mapping.unmap(page_size(), page_size()).or_fail("munmap")?;
    let words_per_page = page_size() / 4;
    for index in [
        0,
        words_per_page - 1,
        2 * words_per_page,
        mapping.words() - 1,
    ] {
        let want = address_word(area.number, u32::try_from(index).unwrap_or(0), salt);
        expect_figure("word", want.into(), mapping.read(index).into())?;
    }
    let ending = sys::in_child(|| {
        mapping.read(words_per_page);
        0
    });
    match ending.or_fail("fork")? {
        Ending::Killed(_) => Ok(()),
        ending @ Ending::Exited(_) => Err(Trouble::Child(ending)),
    }
}

/// The module cannot be unloaded while its memory is mapped, and can afterwards.
pub(super) fn unload_busy(bench: &Bench) -> Checked {
    owned(bench)?;
    let (device, mapping) = bench.open_and_map(VMALLOC)?;
    let salt = bench.salt();
    data::write(&mapping, VMALLOC, salt);
    expect_refusal("unload-open", bench.try_unload(), Errno::WOULDBLOCK)?;
    drop(device);
    expect_refusal("unload-mapped", bench.try_unload(), Errno::WOULDBLOCK)?;
    data::compare(&mapping, VMALLOC, salt)?;
    drop(mapping);
    bench.unload().or_fail("unload")?;
    bench.load(bench.pages).or_fail("load")
}

/// Loading and unloading again and again costs no memory: between cycle 10 and
/// cycle 100 free pages and vmalloc pages change by at most 64.
pub(super) fn reload(bench: &Bench) -> Checked {
    const WARM_UP: u32 = 10;
    const CYCLES: u32 = 100;
    const LIMIT_PAGES: u64 = 64;
    owned(bench)?;
    let mut before = None;
    for cycle in 1..=CYCLES {
        bench.reload().or_fail("reload")?;
        if cycle == WARM_UP {
            before = Some(Memory::settled()?);
        }
    }
    let before = before.ok_or(Trouble::Skip("no-meminfo"))?;
    // The kernel frees a module's memory a little later than it says so.
    let mut growth = Memory::settled()?.growth_since(&before);
    for _attempt in 0..20 {
        if growth.0 <= LIMIT_PAGES && growth.1 <= LIMIT_PAGES {
            return Ok(());
        }
        sys::sleep(Duration::from_millis(50));
        growth = Memory::settled()?.growth_since(&before);
    }
    expect_figure("lost-pages", growth.0.min(LIMIT_PAGES), growth.0)?;
    expect_figure("vmalloc-pages", growth.1.min(LIMIT_PAGES), growth.1)
}

/// The offsets and sizes follow the parameter `npages`, and a bad one is refused.
pub(super) fn npages(bench: &Bench) -> Checked {
    owned(bench)?;
    let result = follow_npages(bench);
    bench.reload().or_fail("reload")?;
    result
}

fn follow_npages(bench: &Bench) -> Checked {
    for pages in [1, 3, bench.pages + 5] {
        let other = Bench::new(pages, bench.owns_module, bench.fault);
        other.reload().or_fail("load")?;
        for area in AREAS {
            seed::pattern(&other, area)?;
        }
        seed::describe(&other)?;
        let device = other.open(Access::ReadWrite)?;
        let beyond = device.map(
            2 * other.offset(KMALLOC),
            page_size(),
            Protection::ReadWrite,
        );
        expect_refusal("beyond", beyond, Errno::IO)?;
    }
    bench.unload().or_fail("unload")?;
    for pages in [0, 1 << 20, u32::MAX as usize] {
        expect_refusal("npages", bench.load(pages), Errno::INVAL)?;
    }
    Ok(())
}

/// Skips a check that unloads the module where that is not the verifier's to do.
fn owned(bench: &Bench) -> Checked {
    if bench.owns_module {
        Ok(())
    } else {
        Err(Trouble::Skip("module-not-owned"))
    }
}

/// Memory in use, in pages.
struct Memory {
    free: u64,
    vmalloc: u64,
}

impl Memory {
    /// Reads `/proc/meminfo`, a moment after what went before.
    fn settled() -> Result<Self, Trouble> {
        sys::sleep(Duration::from_millis(20));
        let mut buffer = [0; 4096];
        let text = sys::read_file(c"/proc/meminfo", &mut buffer).or_fail("meminfo")?;
        let text = core::str::from_utf8(text).unwrap_or("");
        let pages = |key| meminfo_kib(text, key).map(|kib| kib * 1024 / page_size() as u64);
        match (pages("MemFree:"), pages("VmallocUsed:")) {
            (Some(free), Some(vmalloc)) => Ok(Self { free, vmalloc }),
            _ => Err(Trouble::Skip("no-meminfo")),
        }
    }

    /// Pages that are no longer free, and vmalloc pages more than before.
    fn growth_since(&self, before: &Self) -> (u64, u64) {
        (
            before.free.saturating_sub(self.free),
            self.vmalloc.saturating_sub(before.vmalloc),
        )
    }
}

fn meminfo_kib(text: &str, key: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    value.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::meminfo_kib;

    #[test]
    fn reads_a_line_of_meminfo() {
        let text = "MemTotal:         236544 kB\nMemFree:          214012 kB\n";
        assert_eq!(meminfo_kib(text, "MemFree:"), Some(214_012));
        assert_eq!(meminfo_kib(text, "VmallocUsed:"), None);
    }
}
