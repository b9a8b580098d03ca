//! Suite `lifetime`: the memory stays while somebody uses it, and goes then.

use core::time::Duration;

use super::{attr, data, seed};
use crate::bench::{Area, Bench, VMALLOC};
use crate::driver;
use crate::memory::{self, Memory};
use crate::sys::{self, Access, Device, Ending, Errno, Mapping, Protection, page_size};
use crate::trouble::{Checked, OrFail, Trouble, expect_figure, expect_refusal};
use crate::uapi::{self, address_word};

/// `SIGBUS` of all architectures that this runs on.
const SIGBUS: i32 = 7;

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
    let ending = sys::in_child(&mut || {
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
    let beside = [
        0,
        words_per_page - 1,
        2 * words_per_page,
        mapping.words() - 1,
    ];
    // A child first: a page that is gone ends who reads it.
    let ending = sys::in_child(&mut || {
        for index in beside {
            mapping.read(index);
        }
        0
    });
    match ending.or_fail("fork")? {
        Ending::Exited(0) => {}
        ending => return Err(Trouble::Child(ending)),
    }
    for index in beside {
        let want = address_word(area.number, u32::try_from(index).unwrap_or(0), salt);
        expect_figure("word", want.into(), mapping.read(index).into())?;
    }
    let ending = sys::in_child(&mut || {
        mapping.read(words_per_page);
        0
    });
    match ending.or_fail("fork")? {
        Ending::Killed(_) => Ok(()),
        ending @ Ending::Exited(_) => Err(Trouble::Child(ending)),
    }
}

/// When the device is unbound, the memory that it shares is taken away from everybody;
/// the other memory stays. Bound again, everything works again.
pub(super) fn unbind(bench: &Bench, area: Area) -> Checked {
    owned(bench)?;
    if !sys::exists(c"/sys/bus") {
        return Err(Trouble::Skip("no-sysfs"));
    }
    let driver = driver::folder()?;
    let name = driver::bound_device(&driver, bench.node.instance)?;
    let (device, kept_open) = bench.open_and_map(area)?;
    let (closed, of_closed) = bench.open_and_map(area)?;
    drop(closed);
    let salt = bench.salt();
    data::write(&kept_open, area, salt);
    data::compare(&of_closed, area, salt)?;
    driver.write(c"unbind", name.as_bytes()).or_fail("unbind")?;
    let result = [kept_open, of_closed]
        .iter()
        .try_for_each(|mapping| match area.number {
            uapi::AREA_VMALLOC | uapi::AREA_KMALLOC => data::compare(mapping, area, salt),
            _ => is_gone(bench, &device, mapping, area),
        });
    drop(device);
    driver.write(c"bind", name.as_bytes()).or_fail("bind")?;
    result?;
    seed::pattern(bench, area)
}

/// Nobody gets at the memory of `area` any more.
fn is_gone(bench: &Bench, device: &Device, mapping: &Mapping, area: Area) -> Checked {
    for word in [0, mapping.words() - 1] {
        let ending = sys::in_child(&mut || {
            mapping.read(word);
            0
        });
        match ending.or_fail("fork")? {
            Ending::Killed(SIGBUS) => {}
            ending => return Err(Trouble::Child(ending)),
        }
    }
    let fill = bench.whole_fill(area, uapi::PATTERN_ADDRESS, 0);
    expect_refusal("fill", device.fill(fill), Errno::NODEV)?;
    let mut check = bench.whole_check(area, 0);
    expect_refusal("check", device.check(&mut check), Errno::NODEV)?;
    let translated = device.translate(area.number, uapi::SIDE_KERNEL, 0);
    expect_refusal("translate", translated, Errno::NODEV)?;
    let mapped = device.map(bench.offset(area), page_size(), Protection::ReadWrite);
    expect_refusal("mmap", mapped, Errno::NODEV)
}

/// The module cannot be unloaded while its memory is mapped, and can afterwards.
pub(super) fn unload_busy(bench: &Bench, area: Area) -> Checked {
    owned(bench)?;
    let (device, mapping) = bench.open_and_map(area)?;
    let salt = bench.salt();
    data::write(&mapping, area, salt);
    expect_refusal("unload-open", bench.try_unload(), Errno::WOULDBLOCK)?;
    drop(device);
    expect_refusal("unload-mapped", bench.try_unload(), Errno::WOULDBLOCK)?;
    data::compare(&mapping, area, salt)?;
    drop(mapping);
    bench.unload().or_fail("unload")?;
    bench.load(bench.pages).or_fail("load")
}

/// Loading and unloading again and again costs no memory: between cycle 10 and
/// cycle 100 free pages and vmalloc pages change by at most 64.
pub(super) fn reload(bench: &Bench, _area: Area) -> Checked {
    const WARM_UP: u32 = 10;
    const CYCLES: u32 = 100;
    const LIMIT_PAGES: u64 = 64;
    owned(bench)?;
    let limit = LIMIT_PAGES + memory::quarantine();
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
        if growth.0 <= limit && growth.1 <= LIMIT_PAGES {
            return Ok(());
        }
        sys::sleep(Duration::from_millis(50));
        growth = Memory::settled()?.growth_since(&before);
    }
    expect_figure("lost-pages", growth.0.min(limit), growth.0)?;
    expect_figure("vmalloc-pages", growth.1.min(LIMIT_PAGES), growth.1)
}

/// The offsets and sizes follow the parameter `npages`, and a bad one is refused.
pub(super) fn npages(bench: &Bench, _area: Area) -> Checked {
    owned(bench)?;
    let result = follow_npages(bench);
    bench.reload().or_fail("reload")?;
    result
}

fn follow_npages(bench: &Bench) -> Checked {
    for pages in [1, 3, bench.pages + 5] {
        let mut other = bench.clone();
        other.pages = pages;
        other.reload().or_fail("load")?;
        for number in other.whole_areas() {
            seed::pattern(&other, Area { number, ..VMALLOC })?;
        }
        seed::describe(&other, VMALLOC)?;
        let device = other.open(Access::ReadWrite)?;
        let beyond = u64::from(uapi::AREAS) * other.area_bytes() as u64;
        let beyond = device.map(beyond, page_size(), Protection::ReadWrite);
        expect_refusal("beyond", beyond, Errno::IO)?;
    }
    bench.unload().or_fail("unload")?;
    for pages in [0, 1 << 20, u32::MAX as usize] {
        expect_refusal("npages", bench.load(pages), Errno::INVAL)?;
    }
    Ok(())
}

/// Areas that are large enough for entries of the page table that map many pages at
/// once: contents both ways, the memory type of every page, and an entry that must be
/// split keeps what is left.
pub(super) fn blocks(bench: &Bench, _area: Area) -> Checked {
    owned(bench)?;
    let mut large = bench.clone();
    // One last table full of pages.
    large.pages = page_size() / 8;
    let result = match large.reload() {
        Err(Errno::NOMEM | Errno::INVAL) => Err(Trouble::Skip("too-little-memory")),
        // A device that could not be bound.
        Ok(()) if !sys::exists(large.path()) => Err(Trouble::Skip("too-little-memory")),
        loaded => loaded.or_fail("load").and_then(|()| split_blocks(&large)),
    };
    bench.reload().or_fail("reload")?;
    result
}

fn split_blocks(large: &Bench) -> Checked {
    for number in large.whole_areas() {
        let area = Area { number, ..VMALLOC };
        {
            let (device, mapping) = large.open_and_map(area)?;
            data::both_ways(large, &device, &mapping, area)?;
        }
        match attr::user(large, area) {
            // As in the suite `attr`, which says so.
            Ok(()) | Err(Trouble::Skip(_)) => {}
            wrong => return wrong,
        }
        hole(large, area)?;
    }
    Ok(())
}

/// Skips a check that unloads the module where that is not the verifier's to do.
fn owned(bench: &Bench) -> Checked {
    if bench.module.is_some() {
        Ok(())
    } else {
        Err(Trouble::Skip("module-not-owned"))
    }
}
