//! Fails each allocation of a step in turn, and each copy from or to user space, until the
//! step has none that was not failed: `/proc/thread-self/fail-nth`, see
//! Documentation/fault-injection/ of the kernel.
//!
//! A step that fails must say why by a clean error, and leave the devices as they were; one
//! that succeeds all the same must have done its work.

use core::cell::{Cell, RefCell};
use core::ffi::CStr;
use core::fmt::{self, Display, Write};

use board_check_protocol::text::decimal;
use board_verify::bench::{Bench, NODES};
use board_verify::driver;
use board_verify::sys::page_size;
use board_verify::sys::{self, Access, Device, Ending, Errno, KernelFile, Mapping, Protection};
use board_verify::trouble::{Checked, Name, OrFail, Trouble, expect_figure};
use board_verify::uapi;

use crate::report::{Line, Report, line};
use crate::sound::{self, Known, Sound, translate_kernel};

/// No step has more allocations and copies.
const NTH_MAX: u32 = 20_000;

/// Files that are opened at a time: some more than a device first has room for.
const MANY: usize = 9;

/// What must be said in debugfs, so that every allocation can be failed and none is told of.
const KNOBS: [(&CStr, &[u8]); 7] = [
    (c"/sys/kernel/debug/failslab/ignore-gfp-wait", b"N"),
    (c"/sys/kernel/debug/failslab/verbose", b"0"),
    (c"/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", b"N"),
    (
        c"/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem",
        b"N",
    ),
    (c"/sys/kernel/debug/fail_page_alloc/min-order", b"0"),
    (c"/sys/kernel/debug/fail_page_alloc/verbose", b"0"),
    (c"/sys/kernel/debug/fail_usercopy/verbose", b"0"),
];

/// A part of the steps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// `open` and each ioctl.
    Calls,
    /// What can be done with mappings.
    Mappings,
    /// The same with mappings of one block each.
    Blocks,
    /// `unbind` and `bind`.
    Binding,
    /// `insmod`.
    Loading,
}

impl Part {
    /// The part of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "calls" => Some(Self::Calls),
            "mappings" => Some(Self::Mappings),
            "blocks" => Some(Self::Blocks),
            "binding" => Some(Self::Binding),
            "loading" => Some(Self::Loading),
            _ => None,
        }
    }
}

/// The kernel's counter of this thread.
struct Counter {
    file: KernelFile,
    /// What [`Counter::end`] found.
    ended: Cell<Option<Result<bool, Trouble>>>,
}

impl Counter {
    /// Sets the knobs and opens the counter.
    fn open() -> Result<Self, Trouble> {
        for (path, value) in KNOBS {
            sys::append(path, value).or_fail("debugfs-fault-injection")?;
        }
        let file = KernelFile::open(c"/proc/thread-self/fail-nth").or_fail("fail-nth")?;
        Ok(Self {
            file,
            ended: Cell::new(None),
        })
    }

    /// From now on the `nth` allocation or copy fails.
    fn arm(&self, nth: u32) -> Checked {
        let mut text = Line::new();
        // It fits.
        let _ = write!(text, "{nth}");
        self.file.write(text.as_bytes()).or_fail("fail-nth")
    }

    /// Ends that before the step is over: what is left of it is not to be failed.
    fn end(&self) {
        self.ended.set(Some(self.read_and_clear()));
    }

    /// Ends that; true if something was failed.
    fn disarm(&self) -> Result<bool, Trouble> {
        let ended = self.ended.take();
        ended.unwrap_or_else(|| self.read_and_clear())
    }

    fn read_and_clear(&self) -> Result<bool, Trouble> {
        let mut buffer = [0; 16];
        // A count of 1 fails this very copy: nothing was failed before.
        let left = match self.file.read(&mut buffer) {
            Ok(text) => core::str::from_utf8(text).ok().map(str::trim_ascii_end),
            Err(_) => Some("1"),
        };
        let left: Option<u32> = left.and_then(decimal);
        // The same is true of this one, of a count of 2.
        if self.file.write(b"0").is_err() {
            self.file.write(b"0").or_fail("fail-nth")?;
        }
        let unknown = Trouble::Finding {
            what: "fail-nth",
            found: "no-number",
        };
        left.map(|left| left == 0).ok_or(unknown)
    }
}

/// What a step may do since Linux does, and nothing else.
#[derive(Clone, Copy, Default)]
struct Linux {
    /// What it may say besides `ENOMEM` and `EFAULT`.
    says: Option<Errno>,
    /// The function in which nothing is to be failed, as it cannot bear that: see
    /// `board/kernel/ARCH-debug.config`.
    spared: Option<&'static str>,
}

const UNBINDING: Linux = Linux {
    says: None,
    spared: Some("devlink_remove_symlinks"),
};

const BINDING: Linux = Linux {
    says: None,
    spared: if cfg!(target_arch = "aarch64") {
        Some("zynqmp_dma_alloc_chan_resources")
    } else {
        None
    },
};

const LOADING: Linux = Linux {
    // What module_add_driver() in drivers/base/module.c makes of no memory.
    says: Some(Errno::INVAL),
    spared: if cfg!(target_arch = "arm") {
        Some("module_finalize")
    } else if cfg!(target_arch = "riscv64") {
        Some("apply_relocate_add")
    } else {
        BINDING.spared
    },
};

/// Where the kernel takes bounds of what is to be spared.
const BOUNDS: [[&CStr; 2]; 2] = [
    [
        c"/sys/kernel/debug/failslab/reject-start",
        c"/sys/kernel/debug/failslab/reject-end",
    ],
    [
        c"/sys/kernel/debug/fail_page_alloc/reject-start",
        c"/sys/kernel/debug/fail_page_alloc/reject-end",
    ],
];

/// Tells the kernel to spare this function, or none.
fn spare(function: Option<&str>) -> Checked {
    let [start, end] = match function {
        Some(function) => bounds_of(function)?,
        None => [line("0"), line("0")],
    };
    for [start_path, end_path] in BOUNDS {
        sys::append(start_path, start.as_bytes()).or_fail("reject-start")?;
        sys::append(end_path, end.as_bytes()).or_fail("reject-end")?;
    }
    Ok(())
}

/// Where this function of the kernel begins and ends.
fn bounds_of(function: &str) -> Result<[Line; 2], Trouble> {
    // The symbols are sorted by address: the next one ends the function.
    let mut start = None;
    let mut end = None;
    sys::each_line(c"/proc/kallsyms", &mut |symbol| {
        let mut words = symbol.split(' ');
        let address = line(format_args!("0x{}", words.next().unwrap_or_default()));
        match &start {
            None if words.nth(1) == Some(function) => start = Some(address),
            Some(start) if end.is_none() && *start != address => end = Some(address),
            _ => {}
        }
    });
    let unknown = Trouble::Finding {
        what: "spared-function",
        found: "not-in-kallsyms",
    };
    start.zip(end).map(Into::into).ok_or(unknown)
}

/// How a step ended each time that something in it was failed.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    failed: u32,
    no_memory: u32,
    fault: u32,
    other: u32,
    survived: u32,
}

impl Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            failed,
            no_memory,
            fault,
            other,
            survived,
        } = self;
        write!(
            f,
            "failed={failed} enomem={no_memory} efault={fault} other={other} succeeded={survived}"
        )
    }
}

/// Fails all that `act` allocates, one after the other. `settle` hears whether it succeeded;
/// it brings the devices back to where they were and looks at them. What fails says
/// `ENOMEM`, `EFAULT` or what `linux` may say.
fn injure<T>(
    report: &mut Report,
    name: &str,
    counter: &Counter,
    linux: Linux,
    mut act: impl FnMut() -> Result<T, Errno>,
    mut settle: impl FnMut(Result<T, Errno>) -> Checked,
) -> Result<Tally, Line> {
    let mut tally = Tally::default();
    spare(linux.spared).map_err(|trouble| line(format_args!("before: {trouble}")))?;
    // Once before, so that what this program needs itself is there.
    settle(act()).map_err(|trouble| line(format_args!("before: {trouble}")))?;
    for nth in 1..=NTH_MAX {
        let at = |trouble: Trouble| line(format_args!("nth={nth}: {trouble}"));
        counter.arm(nth).map_err(at)?;
        let result = act();
        let injected = counter.disarm().map_err(at)?;
        let errno = result.as_ref().err().copied();
        settle(result).map_err(at)?;
        match (injected, errno) {
            (false, None) => return Ok(tally),
            (false, Some(errno)) => {
                return Err(line(format_args!(
                    "nth={nth}: {} although nothing was failed",
                    Name(errno)
                )));
            }
            (true, None) => tally.survived += 1,
            (true, Some(Errno::NOMEM)) => tally.no_memory += 1,
            (true, Some(Errno::FAULT)) => tally.fault += 1,
            (true, errno) if errno == linux.says => tally.other += 1,
            (true, Some(errno)) => {
                return Err(line(format_args!(
                    "nth={nth}: want=ENOMEM got={}",
                    Name(errno)
                )));
            }
        }
        tally.failed += 1;
        report.busy(format_args!("{name}: {nth}"));
    }
    Err(line(format_args!("no end after {NTH_MAX} allocations")))
}

/// The steps of `part`, or all but those with blocks.
pub fn run(report: &mut Report, mut bench: Bench, part: Option<Part>) {
    let has_blocks = part == Some(Part::Blocks);
    if has_blocks {
        // What one last table of pages maps.
        bench.pages = page_size() / 8;
    }
    let bench = &bench;
    let begun = bench
        .reload()
        .or_fail("load")
        .and_then(|()| Sound::look(bench))
        .and_then(|sound| Ok((Counter::open()?, sound)));
    let (counter, sound) = match begun {
        Ok(begun) => begun,
        Err(trouble) => {
            report.failed("fail-nth.begin", trouble);
            return;
        }
    };
    let mut steps = Steps {
        report,
        bench,
        counter: &counter,
        sound: &sound,
    };
    let is_due = |this| part.is_none_or(|part| part == this);
    if is_due(Part::Calls) {
        sound.devices.iter().for_each(|known| steps.calls(known));
        if let Some(known) = sound.devices.first() {
            steps.first_translation(known);
            steps.many_opens(known);
        }
    }
    if is_due(Part::Mappings) || has_blocks {
        // One fault brings all that a table maps.
        let step = match has_blocks {
            true => bench.area_bytes(),
            false => page_size(),
        };
        let devices = sound.devices.iter();
        devices.for_each(|known| steps.mappings(known, step));
    }
    if is_due(Part::Binding) {
        sound.devices.iter().for_each(|known| steps.binding(known));
    }
    if is_due(Part::Loading) {
        steps.loading();
    }
    let unloaded = sound::unload(bench).map(|()| "unloaded");
    report.result("fail-nth.unload", unloaded);
    leaks(report);
}

/// One mapping, or its parts.
type Parts = heapless::Vec<Mapping, 3>;

/// What all steps need.
struct Steps<'a> {
    report: &'a mut Report,
    bench: &'a Bench,
    counter: &'a Counter,
    sound: &'a Sound,
}

impl Steps<'_> {
    fn step<T>(
        &mut self,
        name: impl Display,
        act: impl FnMut() -> Result<T, Errno>,
        settle: impl FnMut(Result<T, Errno>) -> Checked,
    ) {
        self.step_as(Linux::default(), name, act, settle);
    }

    /// A step that may also do as Linux does.
    fn step_as<T>(
        &mut self,
        linux: Linux,
        name: impl Display,
        act: impl FnMut() -> Result<T, Errno>,
        settle: impl FnMut(Result<T, Errno>) -> Checked,
    ) {
        let name = line(format_args!("fail-nth.{name}"));
        let tally = injure(self.report, &name, self.counter, linux, act, settle);
        self.report.result(&name, tally);
    }

    /// `open`, and each ioctl but TRANSLATE of a mapping.
    fn calls(&mut self, known: &Known) {
        let sound = self.sound;
        let instance = known.instance;
        let path = NODES[instance];
        let well = || sound.one(known, false);
        self.step(
            format_args!("open.{instance}"),
            || Device::open(path, Access::ReadWrite),
            |opened| {
                drop(opened);
                well()
            },
        );
        let Ok(device) = known.open() else { return };
        for area in known.areas() {
            let length = known.sizes[area as usize] as u64;
            let fill = uapi::Fill {
                area,
                length,
                ..uapi::Fill::default()
            };
            let check = uapi::Check {
                area,
                length,
                ..uapi::Check::default()
            };
            self.step(
                format_args!("describe.{instance}.{area}"),
                || device.describe(area),
                |_| well(),
            );
            self.step(
                format_args!("fill.{instance}.{area}"),
                || device.fill(fill),
                |_| well(),
            );
            self.step(
                format_args!("check.{instance}.{area}"),
                || device.check(&mut check.clone()),
                |_| well(),
            );
            for side in [uapi::SIDE_KERNEL, uapi::SIDE_LINEAR] {
                if (area, side) == (uapi::AREA_CARVEOUT, uapi::SIDE_LINEAR) {
                    continue;
                }
                self.step(
                    format_args!("translate.{instance}.{area}.{side}"),
                    || translate_kernel(&device, area, side, 0),
                    |_| well(),
                );
            }
            if area != uapi::AREA_STREAMING {
                continue;
            }
            for direction in [uapi::SYNC_FOR_CPU, uapi::SYNC_FOR_DEVICE] {
                let sync = uapi::Sync {
                    area,
                    direction,
                    length,
                    ..uapi::Sync::default()
                };
                self.step(
                    format_args!("sync.{instance}.{direction}"),
                    || device.sync(sync),
                    |_| well(),
                );
            }
            if known.device_end != uapi::DEVICE_END_NONE {
                self.step(
                    format_args!("device-write.{instance}"),
                    || device.device_write(fill),
                    |_| well(),
                );
                self.step(
                    format_args!("device-read.{instance}"),
                    || device.device_read(&mut check.clone()),
                    |_| well(),
                );
            }
        }
        for memory_type in [
            uapi::TYPE_NON_CACHED,
            uapi::TYPE_DEVICE,
            uapi::TYPE_STRONGLY_ORDERED,
            uapi::TYPE_WRITE_BACK,
        ] {
            if known.sizes[uapi::AREA_CARVEOUT as usize] == 0 {
                continue;
            }
            self.step(
                format_args!("request.{instance}.{memory_type}"),
                || device.request(uapi::AREA_CARVEOUT, memory_type),
                |_| {
                    // Not every kernel has an address of it then.
                    if memory_type == uapi::TYPE_STRONGLY_ORDERED {
                        let back = device.request(uapi::AREA_CARVEOUT, uapi::TYPE_WRITE_BACK);
                        back.or_fail("request")?;
                    }
                    well()
                },
            );
        }
    }

    /// A device remembers who has it open, and keeps the memory for that until it is unbound.
    fn many_opens(&mut self, known: &Known) {
        let (bench, sound) = (self.bench, self.sound);
        let open_all = || {
            let mut devices = heapless::Vec::<Device, MANY>::new();
            for _file in 0..MANY {
                let device = Device::open(NODES[known.instance], Access::ReadWrite)?;
                // There is room for as many.
                let _ = devices.push(device);
            }
            Ok(devices)
        };
        if let Err(errno) = bench.reload() {
            self.report.failed("fail-nth.open-many", Name(errno));
            return;
        }
        self.step("open-many", open_all, |opened| {
            drop(opened);
            sound.one(known, true)?;
            bench.reload().or_fail("reload")
        });
    }

    /// The first TRANSLATE after a load tries out what the MMU's answers are worth.
    fn first_translation(&mut self, known: &Known) {
        let (bench, sound) = (self.bench, self.sound);
        let device = RefCell::new(None);
        let anew = || -> Checked {
            device.replace(None);
            bench.reload().or_fail("reload")?;
            device.replace(Some(known.open()?));
            Ok(())
        };
        if let Err(trouble) = anew() {
            self.report.failed("fail-nth.first-translate", trouble);
            return;
        }
        self.step(
            "first-translate",
            || match &*device.borrow() {
                Some(device) => device.translate(0, uapi::SIDE_KERNEL, 0),
                None => Err(Errno::BADF),
            },
            |_| {
                sound.one(known, true)?;
                anew()
            },
        );
        device.replace(None);
    }

    /// `mmap` and a touch of one page of each `step` bytes; then what can be done with a mapping.
    fn mappings(&mut self, known: &Known, step: usize) {
        let (sound, counter) = (self.sound, self.counter);
        let instance = known.instance;
        let well = || sound.one(known, false);
        let Ok(device) = known.open() else { return };
        for area in known.areas() {
            let length = known.sizes[area as usize];
            let map = || {
                let mapping = device.map(sound.offset(area), length, Protection::ReadWrite)?;
                mapping.touch_each(step)?;
                Ok(mapping)
            };
            let name = |what| line(format_args!("{what}.{instance}.{area}"));
            self.step(name("mmap"), map, |mapped| {
                drop(mapped);
                well()
            });
            let page = page_size();
            // Three mappings of one: the first page, the second, the rest. The second is what
            // is worked on, so that the kernel has to make three of one, too.
            let parts = || {
                let mut parts = Parts::new();
                let mut first = map()?;
                if length >= 3 * page {
                    let mut second = first.split_off(page);
                    let rest = second.split_off(page);
                    // There is room for three.
                    let _ = parts.push(second);
                    let _ = parts.push(rest);
                }
                let _ = parts.push(first);
                Ok(parts)
            };
            let mut injured = |what, work: &mut dyn FnMut(&mut Mapping) -> Result<(), Errno>| {
                let mapped = RefCell::new(parts().unwrap_or_default());
                self.step(
                    name(what),
                    || match mapped.borrow_mut().first_mut() {
                        Some(mapping) => work(mapping),
                        None => Err(Errno::BADF),
                    },
                    |_| {
                        // A mapping of the carve-out would refuse what `well` asks for.
                        mapped.borrow_mut().clear();
                        well()?;
                        mapped.replace(parts().or_fail("mmap")?);
                        Ok(())
                    },
                );
            };
            injured("translate", &mut |mapping| {
                let address = mapping.address() as u64;
                device.translate(area, uapi::SIDE_USER, address).map(drop)
            });
            injured("unmap", &mut |mapping| mapping.unmap(0, page));
            injured("protect", &mut |mapping| mapping.protect_with(sys::READ));
            injured("move", &mut Mapping::relocate_alone);
            injured("fork", &mut |mapping| {
                let first = mapping.read(0);
                // To wait for the child is no part of the step.
                let mut look = || u8::from(mapping.read(0) != first);
                match sys::with_child(&mut look, &mut || counter.end())? {
                    Ending::Exited(0) => Ok(()),
                    _ => Err(Errno::CHILD),
                }
            });
        }
    }

    /// `unbind` and `bind`.
    fn binding(&mut self, known: &Known) {
        let sound = self.sound;
        let instance = known.instance;
        let Ok(folder) = driver::folder() else {
            return;
        };
        self.step_as(
            UNBINDING,
            format_args!("unbind.{instance}"),
            || folder.write(c"unbind", known.name.as_bytes()),
            |unbound| {
                let is_bound = sys::exists(NODES[instance]);
                if unbound.is_ok() {
                    expect_figure("bound", 0, is_bound.into())?;
                }
                if !is_bound {
                    sound::bind(&folder, known)?;
                }
                sound.one(known, !is_bound)
            },
        );
        if let Err(trouble) = sound::unbind(&folder, known) {
            self.report.failed("fail-nth.bind", trouble);
            return;
        }
        self.step_as(
            BINDING,
            format_args!("bind.{instance}"),
            || folder.write(c"bind", known.name.as_bytes()),
            |bound| {
                let is_bound = sys::exists(NODES[instance]);
                expect_figure("bound", bound.is_ok().into(), is_bound.into())?;
                if !is_bound {
                    sound::bind(&folder, known)?;
                }
                sound.one(known, true)?;
                sound::unbind(&folder, known)
            },
        );
        let bound = sound::bind(&folder, known).map(|()| "bound");
        self.report.result("fail-nth.bound", bound);
    }

    /// Loading the module, which binds the devices.
    fn loading(&mut self) {
        let (bench, sound) = (self.bench, self.sound);
        if let Err(trouble) = sound::unload(bench) {
            self.report.failed("fail-nth.insmod", trouble);
            return;
        }
        self.step_as(
            LOADING,
            "insmod",
            || bench.load(bench.pages),
            |loaded| {
                if loaded.is_err() {
                    bench.load(bench.pages).or_fail("load")?;
                }
                // A device that could not be bound does not keep the module from loading.
                sound.bind_all()?;
                sound.all(true)?;
                sound::unload(bench)
            },
        );
    }
}

/// Has the kernel look for what was lost.
fn leaks(report: &mut Report) {
    #[cfg(feature = "debug-kernel")]
    {
        board_verify::leaks::scan(&board_verify::busy::Busy::default());
        let mut lost = 0;
        sys::each_line(c"/sys/kernel/debug/kmemleak", &mut |found| {
            lost += u32::from(found.starts_with("unreferenced object"));
            report.note(found);
        });
        let result = expect_figure("lost-objects", 0, lost.into());
        report.result("fail-nth.leaks", result.map(|()| "lost=0"));
    }
    #[cfg(not(feature = "debug-kernel"))]
    report.failed(
        "fail-nth.leaks",
        "This image is not one for a kernel that looks for leaks.",
    );
}
