//! Loads and unloads the module, binds and unbinds its devices, again and again, while
//! mappings of what is taken away are still there.

use core::fmt::Write;
use core::ops::RangeInclusive;
use core::time::Duration;

use board_verify::bench::{Bench, NODES};
use board_verify::driver;
use board_verify::memory::{Memory, quarantine};
use board_verify::platform::DEVICES_MAX;
use board_verify::sys::{self, Device, Errno, Mapping, Protection, page_size};
use board_verify::trouble::{Checked, OrFail, Trouble, expect_figure, expect_refusal};
use board_verify::uapi;

use crate::beside::Beside;
use crate::report::{Line, Report, line};
use crate::sound::{self, Known, Sound};

/// The cycle after which the kernel's caches are warm.
const WARM: u32 = 50;

/// Pages by which memory in use may grow from [`WARM`] on, whatever the number of cycles.
const GROWTH_MAX: u64 = 64;

/// How long a device that got no memory is tried again.
const BIND_TIMEOUT: Duration = Duration::from_secs(30);

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Options {
    /// How often.
    pub count: u32,
    /// Size of the areas; `None` is that of a run.
    pub pages: Option<usize>,
    /// What goes on meanwhile.
    pub beside: Option<Beside>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            count: 1000,
            pages: None,
            beside: None,
        }
    }
}

/// Does both, so often each.
pub fn run(report: &mut Report, mut bench: Bench, options: Options) {
    bench.pages = options.pages.unwrap_or(bench.pages);
    let reloaded = repeat(report, "reload", options, &mut Reload(&bench));
    report.result("cycles.reload", reloaded);
    let rebound = rebind_all(report, &bench, options);
    report.result("cycles.rebind", rebound);
    #[cfg(feature = "debug-kernel")]
    board_verify::leaks::scan(&board_verify::busy::Busy::default());
}

fn rebind_all(report: &mut Report, bench: &Bench, options: Options) -> Result<Line, Line> {
    let begun = bench.reload().or_fail("load");
    let sound = begun.and_then(|()| Sound::look(bench)).map_err(line)?;
    let kept = heapless::Vec::new();
    let mut rebind = Rebind { sound, kept };
    let done = repeat(report, "rebind", options, &mut rebind)?;
    let Rebind { sound, kept } = rebind;
    drop(kept);
    sound
        .all(true)
        .and_then(|()| sound::unload(bench))
        .map_err(|trouble| line(format_args!("afterwards: {trouble}")))?;
    Ok(done)
}

/// What is done again and again.
trait Cycle {
    /// Does it once.
    fn once(&mut self) -> Checked;

    /// Brings back what a cycle needs, after one for which there was no memory.
    fn recover(&mut self) -> Checked;
}

/// Does `cycle` again and again; says how often and what it cost. Fails if it costs memory.
fn repeat(
    report: &mut Report,
    what: &str,
    options: Options,
    cycle: &mut impl Cycle,
) -> Result<Line, Line> {
    let Options { count, beside, .. } = options;
    let mut said = line(format_args!("cycles={count}"));
    // What memory is in use is known where nothing goes on beside it.
    let warm = WARM.min(count / 2);
    some(report, what, beside, cycle, 1..=warm)?;
    let before = Memory::settled().map_err(line)?;
    // There is room.
    let _ = match (beside, some(report, what, beside, cycle, warm + 1..=count)?) {
        (None, _) => Ok(()),
        (Some(Beside::Cpu), seen) => write!(said, " without_cpu={}", seen.beside),
        (Some(Beside::Memory), seen) => {
            write!(said, " killed={} starved={}", seen.beside, seen.starved)
        }
    };
    let (pages, vmalloc) = settle(&before);
    expect_figure("lost-pages", pages.min(pages_max()), pages)
        .and_then(|()| expect_figure("vmalloc-pages", vmalloc.min(GROWTH_MAX), vmalloc))
        .map_err(|trouble| line(format_args!("{count} cycles: {trouble}")))?;
    let _ = write!(said, " lost_pages={pages} lost_vmalloc_pages={vmalloc}");
    Ok(said)
}

/// What was seen of cycles.
#[derive(Default)]
struct Seen {
    /// As [`stop`](crate::beside::Going::stop) says.
    beside: u32,
    /// Cycles for which there was no memory.
    starved: u32,
}

/// Some of the cycles. A lack of memory is no failure where that is what goes on beside them.
fn some(
    report: &mut Report,
    what: &str,
    beside: Option<Beside>,
    cycle: &mut impl Cycle,
    numbers: RangeInclusive<u32>,
) -> Result<Seen, Line> {
    let mut seen = Seen::default();
    let mut going = beside.map(Beside::start).transpose().map_err(line)?;
    for number in numbers {
        let at = |trouble| line(format_args!("cycle {number}: {trouble}"));
        match cycle.once() {
            Err(trouble) if beside == Some(Beside::Memory) && is_starved(trouble) => {
                seen.starved += 1;
                cycle.recover().map_err(at)?;
            }
            done => done.map_err(at)?,
        }
        if let Some(going) = &mut going {
            going.look().map_err(at)?;
        }
        report.busy(format_args!("{what} {number}"));
    }
    if let Some(going) = going {
        seen.beside = going.stop().map_err(line)?;
    }
    Ok(seen)
}

/// True of what is said where there is no memory.
fn is_starved(trouble: Trouble) -> bool {
    match trouble {
        Trouble::Error { errno, .. } => errno == Errno::NOMEM,
        other => other == UNBOUND,
    }
}

/// A device was not bound when the module was loaded: the kernel says why in its log alone.
const UNBOUND: Trouble = Trouble::Finding {
    what: "device",
    found: "unbound",
};

/// [`GROWTH_MAX`], and what KASAN keeps.
fn pages_max() -> u64 {
    GROWTH_MAX + quarantine()
}

/// Growth since `before`: the kernel frees a module's memory a little later than it says so.
fn settle(before: &Memory) -> (u64, u64) {
    let mut growth = (u64::MAX, u64::MAX);
    for _attempt in 0..100 {
        growth = match Memory::settled() {
            Ok(now) => now.growth_since(before),
            Err(_) => growth,
        };
        if growth.0 <= pages_max() && growth.1 <= GROWTH_MAX {
            break;
        }
    }
    growth
}

/// Loads the module, maps, finds that it cannot be unloaded, and unloads it when it can.
struct Reload<'a>(&'a Bench);

impl Cycle for Reload<'_> {
    fn once(&mut self) -> Checked {
        reload(self.0)
    }

    fn recover(&mut self) -> Checked {
        sound::unload(self.0)
    }
}

fn reload(bench: &Bench) -> Checked {
    bench.load(bench.pages).or_fail("load")?;
    let mut nodes = bench.platform.devices.iter();
    if !nodes.all(|node| sys::exists(NODES[node.instance])) {
        return Err(UNBOUND);
    }
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

/// Unbinds and binds all devices. What was mapped in the cycle before stays for one more.
struct Rebind {
    sound: Sound,
    kept: heapless::Vec<Mappings, DEVICES_MAX>,
}

impl Cycle for Rebind {
    fn once(&mut self) -> Checked {
        let mut next = heapless::Vec::new();
        for known in &self.sound.devices {
            // There is room for as many as there can be devices.
            let _ = next.push(rebind(&self.sound, known)?);
        }
        self.kept = next;
        Ok(())
    }

    fn recover(&mut self) -> Checked {
        let deadline = sys::now() + BIND_TIMEOUT;
        loop {
            match self.sound.bind_all() {
                Err(trouble) if is_starved(trouble) && sys::now() < deadline => {
                    sys::sleep(Duration::from_millis(10));
                }
                done => return done,
            }
        }
    }
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
