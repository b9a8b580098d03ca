//! Loads and unloads the module, binds and unbinds its devices, again and again, while
//! mappings of what is taken away are still there.

use board_verify::bench::Bench;
use board_verify::driver;
use board_verify::memory::Memory;
use board_verify::sys::{Device, Errno, Mapping, Protection, page_size};
use board_verify::trouble::{Checked, OrFail, Trouble, expect_figure, expect_refusal};
use board_verify::uapi;

use crate::report::{Line, Report, line};
use crate::sound::{self, Known, Sound};

/// The cycle after which the kernel's caches are warm.
const WARM: u32 = 50;

/// Pages by which memory in use may grow from [`WARM`] on, whatever the number of cycles.
const GROWTH_MAX: u64 = 64;

/// Does both, `count` times each.
pub fn run(report: &mut Report, bench: &Bench, count: u32) {
    let reloaded = repeat(report, "reload", count, || reload(bench));
    report.result("cycles.reload", reloaded);
    let rebound = rebind_all(report, bench, count);
    report.result("cycles.rebind", rebound);
}

/// Does `cycle` again and again; says how often and what it cost. Fails if it costs memory.
fn repeat(
    report: &mut Report,
    what: &str,
    count: u32,
    mut cycle: impl FnMut() -> Checked,
) -> Result<Line, Line> {
    let mut before = None;
    for number in 1..=count {
        cycle().map_err(|trouble| line(format_args!("cycle {number}: {trouble}")))?;
        report.busy(format_args!("{what} {number}"));
        if number == WARM {
            before = Memory::settled().ok();
        }
    }
    let Some(before) = before else {
        return Ok(line(format_args!(
            "cycles={count} too few to measure memory"
        )));
    };
    let (pages, vmalloc) = settle(&before);
    expect_figure("lost-pages", pages.min(GROWTH_MAX), pages)
        .and_then(|()| expect_figure("vmalloc-pages", vmalloc.min(GROWTH_MAX), vmalloc))
        .map_err(|trouble| line(format_args!("{count} cycles: {trouble}")))?;
    Ok(line(format_args!(
        "cycles={count} lost_pages={pages} lost_vmalloc_pages={vmalloc}"
    )))
}

/// Growth since `before`: the kernel frees a module's memory a little later than it says so.
fn settle(before: &Memory) -> (u64, u64) {
    let mut growth = (u64::MAX, u64::MAX);
    for _attempt in 0..100 {
        growth = match Memory::settled() {
            Ok(now) => now.growth_since(before),
            Err(_) => growth,
        };
        if growth.0 <= GROWTH_MAX && growth.1 <= GROWTH_MAX {
            break;
        }
    }
    growth
}

/// Loads the module, maps, finds that it cannot be unloaded, and unloads it when it can.
fn reload(bench: &Bench) -> Checked {
    bench.load(bench.pages).or_fail("load")?;
    let sound = Sound::look(bench)?;
    for known in &sound.devices {
        let device = known.open()?;
        let mappings = map_all(&sound, known, &device)?;
        sound::is_held(bench)?;
        drop(device);
        for mapping in mappings.iter().flatten() {
            mapping.touch().or_fail("touch")?;
        }
        sound::is_held(bench)?;
    }
    sound::unload(bench)
}

fn rebind_all(report: &mut Report, bench: &Bench, count: u32) -> Result<Line, Line> {
    let begun = bench.reload().or_fail("load");
    let sound = begun.and_then(|()| Sound::look(bench)).map_err(line)?;
    // What was mapped in the cycle before stays for one more.
    let mut kept: heapless::Vec<Mappings, 4> = heapless::Vec::new();
    let done = repeat(report, "rebind", count, || {
        let mut next = heapless::Vec::new();
        for known in &sound.devices {
            // There is room for as many as there can be devices.
            let _ = next.push(rebind(&sound, known)?);
        }
        kept = next;
        Ok(())
    })?;
    drop(kept);
    sound
        .all(true)
        .and_then(|()| sound::unload(bench))
        .map_err(|trouble| line(format_args!("after {count} cycles: {trouble}")))?;
    Ok(done)
}

type Mappings = [Option<Mapping>; uapi::AREAS as usize];

/// Maps all areas of a device, and touches each page.
fn map_all(sound: &Sound, known: &Known, device: &Device) -> Result<Mappings, Trouble> {
    let mut mappings = Mappings::default();
    for area in known.areas() {
        let length = known.sizes[area as usize];
        let mapped = device.map(sound.offset(area), length, Protection::ReadWrite);
        let mapping = mapped.or_fail("mmap")?;
        mapping.touch().or_fail("touch")?;
        mappings[area as usize] = Some(mapping);
    }
    Ok(mappings)
}

/// Unbinds a device whose areas are mapped: what needs the device goes, the rest keeps what
/// was written. Binds it again, and gives the mappings.
fn rebind(sound: &Sound, known: &Known) -> Result<Mappings, Trouble> {
    let folder = driver::folder()?;
    let device = known.open()?;
    let mappings = map_all(sound, known, &device)?;
    let word = sound.salt();
    for mapping in mappings.iter().flatten() {
        mapping.write(mapping.words() - 1, word);
    }
    sound::unbind(&folder, known)?;
    for (area, mapping) in (0..).zip(&mappings) {
        let Some(mapping) = mapping else { continue };
        if area < uapi::AREA_COHERENT {
            mapping.touch().or_fail("touch")?;
            let found = mapping.read(mapping.words() - 1);
            expect_figure("word", word.into(), found.into())?;
        } else {
            expect_refusal("touch", mapping.touch(), Errno::FAULT)?;
            let anew = device.map(sound.offset(area), page_size(), Protection::ReadWrite);
            expect_refusal("mmap", anew, Errno::NODEV)?;
        }
    }
    drop(device);
    sound::bind(&folder, known)?;
    // The new memory is not the old one.
    for area in known.areas() {
        let size = known.sizes[area as usize];
        let device = known.open()?;
        sound::check(
            &device,
            area,
            uapi::PATTERN_SEED,
            size,
            0,
            uapi::NOTHING_BAD,
        )?;
    }
    Ok(mappings)
}
