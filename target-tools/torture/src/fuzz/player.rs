//! What a thread has, and how it chooses its next call and judges the answer.

use core::fmt::{self, Display};

use board_check_protocol::Text;
use board_verify::bench::{Bench, NODES};
use board_verify::driver;
use board_verify::sys::{self, Access, Copier, Device, Errno, Mapping, page_size};
use board_verify::trouble::{Name, OrFail, Trouble};
use board_verify::uapi;

use super::contents::{CELL, Record};
use super::shared::{self, BOUND, Lane, PHASES, SHARED, UNBINDING, UNBOUND};
use crate::random::Random;
use crate::report::{Line, line};
use crate::sound::{Known, Sound};

/// Most files of a thread.
pub const FILES_MAX: usize = 6;

/// Most mappings of a thread.
pub const MAPS_MAX: usize = 12;

/// Most memories of devices of which a thread knows something.
const RECORDS: usize = 6;

/// The same if areas are large: what a thread has open of a device that is gone keeps its memory.
const RECORDS_OF_LARGE: usize = 3;

/// Pages from which areas are large: what one entry of a page table maps.
const LARGE: usize = 512;

/// Calls that are told if one was wrong.
const HISTORY: usize = 12;

/// A kind of call.
pub type Op = fn(&mut Player) -> Played;

/// What comes of a call: `false` if it could not be made, as there is nothing to make it
/// with.
pub type Played = Result<bool, Line>;

/// What a call must answer.
pub type Answer = Result<(), Errno>;

/// The kinds of calls: how often each is made, its name, and what makes it.
pub const OPS: [(usize, &str, Op); 26] = [
    (60, "read", Player::read),
    (60, "write", Player::write),
    (30, "mmap", Player::map),
    (24, "mmap-refused", Player::map_refused),
    (20, "munmap", Player::unmap),
    (12, "munmap-part", Player::unmap_part),
    (24, "mprotect", Player::protect),
    (6, "mprotect-refused", Player::protect_refused),
    (12, "mremap", Player::relocate),
    (8, "mremap-shrink", Player::shrink),
    (12, "mremap-refused", Player::remap_refused),
    (14, "madvise", Player::advise),
    (3, "fork", Player::fork),
    (16, "open", Player::open),
    (10, "close", Player::close),
    (10, "describe", Player::describe),
    (24, "fill", Player::fill),
    (24, "check", Player::check),
    (20, "sync", Player::sync),
    (12, "device-write", Player::device_write),
    (12, "device-read", Player::device_read),
    (14, "translate", Player::translate),
    (10, "request", Player::request),
    (24, "ioctl-refused", Player::ioctl_refused),
    (8, "ioctl-in-mapping", Player::describe_into_mapping),
    (2, "bind", Player::bind_or_unbind),
];

/// A file that is open.
#[derive(Debug)]
pub struct File {
    /// Index of its device.
    pub device: usize,
    /// Index of what is known of its memory.
    pub record: usize,
    /// No other file of this thread has the same.
    pub serial: u32,
    /// It can be read from.
    pub reads: bool,
    /// It can be written to.
    pub writes: bool,
    /// The file.
    pub handle: Device,
}

/// A mapping, or a part of what the kernel has as one.
#[derive(Debug)]
pub struct Map {
    /// Index of its device.
    pub device: usize,
    /// Index of what is known of its memory.
    pub record: usize,
    /// Of which file it was made.
    pub file: u32,
    /// Of which area.
    pub area: u32,
    /// Page of the area that it starts with.
    pub first: usize,
    /// Bits `PROT_*`.
    pub protection: u32,
    /// It may be made writable.
    pub may_write: bool,
    /// A child gets it.
    pub is_copied: bool,
    /// The mapping.
    pub mapping: Mapping,
}

impl Map {
    /// Length, in pages.
    pub fn pages(&self) -> usize {
        self.mapping.length() / page_size()
    }

    /// Offset of a cell of the area, which must be in it.
    pub fn offset_of(&self, cell: usize) -> usize {
        cell * CELL - self.first * page_size()
    }
}

/// Whether a device was bound while a call was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Life {
    /// All the time.
    Live,
    /// Never any more.
    Dead,
    /// It was just being unbound.
    Unsure,
}

/// A look at a device before a call.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    device: usize,
    generation: u32,
    before: u32,
}

impl Watch {
    /// How it was from then until now.
    pub fn life(self) -> Life {
        let bound = self.generation * PHASES;
        let after = SHARED.phase(self.device);
        match (self.before, after) {
            (before, after) if before == bound && after == bound => Life::Live,
            (before, _) if before >= bound + UNBOUND => Life::Dead,
            _ => Life::Unsure,
        }
    }
}

/// A call, for who wants to know what led to a wrong one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call {
    /// Number of the call in its thread.
    pub number: u32,
    /// Index in [`OPS`].
    pub op: usize,
    /// Index of the device.
    pub device: usize,
    /// The area.
    pub area: u32,
    /// Whatever tells it from others: offset, length, flags.
    pub arguments: [u64; 2],
    /// What it answered; 0 is success.
    pub errno: i32,
}

impl Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            op,
            device,
            area,
            arguments: [first, second],
            errno,
        } = *self;
        let name = OPS.get(op).map_or("?", |op| op.1);
        write!(
            f,
            "call {number} {name} device {device} area {area} {first:#x} {second:#x}: "
        )?;
        match errno {
            0 => f.write_str("done"),
            errno => Name(Errno::from_raw_os_error(errno)).fmt(f),
        }
    }
}

/// A thread's own.
#[derive(Debug)]
pub struct Player {
    index: usize,
    threads: usize,
    /// Where all choices come from.
    pub random: Random,
    /// The devices.
    pub sound: Sound,
    /// What is known of the board.
    pub bench: Bench,
    /// Reads and writes mappings.
    pub copier: Copier,
    /// Its files.
    pub files: heapless::Vec<File, FILES_MAX>,
    /// Its mappings.
    pub maps: heapless::Vec<Map, MAPS_MAX>,
    /// What it knows of memories.
    pub records: heapless::Vec<Record, RECORDS>,
    /// The devices that it has unbound.
    has_unbound: [bool; NODES.len()],
    serial: u32,
    number: u32,
    op: usize,
    digest: u32,
    history: heapless::Deque<Call, HISTORY>,
}

impl Player {
    /// The thread `index`.
    ///
    /// # Errors
    /// What is missing.
    pub fn new(index: usize, bench: Bench) -> Result<Self, Trouble> {
        let threads = SHARED.threads();
        let sound = Sound::look(&bench)?;
        let pages = bench.pages / threads;
        let room = if bench.pages < LARGE {
            RECORDS
        } else {
            RECORDS_OF_LARGE
        };
        let mut records = heapless::Vec::new();
        while records.len() < room {
            let record = Record::new(index * pages, pages).or_fail("memory")?;
            // It is not full.
            let _ = records.push(record);
        }
        Ok(Self {
            index,
            threads,
            random: Random::new(SHARED.seed(), index),
            sound,
            bench,
            copier: Copier::new().or_fail("pipe")?,
            files: heapless::Vec::new(),
            maps: heapless::Vec::new(),
            records,
            has_unbound: [false; NODES.len()],
            serial: 0,
            number: 0,
            op: 0,
            digest: 0,
            history: heapless::Deque::new(),
        })
    }

    /// Makes one call.
    ///
    /// # Errors
    /// What was wrong with its answer.
    pub fn step(&mut self, lane: &Lane) -> Result<(), Line> {
        let all: usize = OPS.iter().map(|op| op.0).sum();
        loop {
            // What was unbound is bound again soon.
            let waits = self.has_unbound.contains(&true) && self.random.one_in(8);
            let mut left = self.random.below(all);
            let chosen = OPS.iter().position(|op| {
                let is_it = left < op.0;
                left = left.wrapping_sub(op.0);
                is_it
            });
            self.op = match waits {
                true => OPS.len() - 1,
                false => chosen.unwrap_or(0),
            };
            lane.begins(self.op);
            if OPS[self.op].2(self)? {
                self.number += 1;
                return Ok(());
            }
        }
    }

    /// Binds what it has unbound, and lets everything go.
    ///
    /// # Errors
    /// What was wrong with an answer.
    pub fn finish(mut self) -> Result<(), Line> {
        self.maps.clear();
        self.files.clear();
        for device in 0..self.sound.devices.len() {
            if self.has_unbound[device] {
                self.bind(device)?;
            }
        }
        SHARED
            .digest
            .store(self.digest, core::sync::atomic::Ordering::Relaxed);
        Ok(())
    }

    /// Tells the calls before this.
    pub fn tell_history(&self) {
        for call in &self.history {
            shared::tell(format_args!("thread {}: {call}", self.index));
        }
        shared::tell(format_args!(
            "thread {}: seed {}",
            self.index,
            SHARED.seed()
        ));
    }

    /// A device, by its index.
    pub fn known(&self, device: usize) -> &Known {
        &self.sound.devices[device]
    }

    /// Any device.
    pub fn any_device(&mut self) -> usize {
        self.random.below(self.sound.devices.len())
    }

    /// Any area of a device.
    pub fn any_area(&mut self, device: usize) -> u32 {
        let areas = self.known(device).areas().count();
        let nth = self.random.below(areas);
        self.known(device).areas().nth(nth).unwrap_or(0)
    }

    /// Size of an area, in pages.
    pub fn area_pages(&self, device: usize, area: u32) -> usize {
        self.known(device).sizes[area as usize] / page_size()
    }

    /// The pages of an area that belong to this thread.
    pub fn own_pages(&self, device: usize, area: u32) -> core::ops::Range<usize> {
        let share = self.bench.pages / self.threads;
        let most = self.area_pages(device, area);
        (self.index * share).min(most)..((self.index + 1) * share).min(most)
    }

    /// Some cells of an area that belong to this thread; `None` if none do.
    pub fn some_cells(&mut self, device: usize, area: u32) -> Option<core::ops::Range<usize>> {
        let per_page = page_size() / CELL;
        let own = self.own_pages(device, area);
        let (start, end) = (own.start * per_page, own.end * per_page);
        if start == end {
            return None;
        }
        let first = start + self.random.below(end - start);
        let most = match self.random.one_in(16) {
            true => end - first,
            false => (end - first).min(2 * per_page),
        };
        Some(first..first + 1 + self.random.below(most))
    }

    /// A file that `suits`, by its index.
    pub fn some_file(&mut self, suits: impl Fn(&File) -> bool) -> Option<usize> {
        let count = self.files.iter().filter(|file| suits(file)).count();
        let nth = self.random.below(count);
        let mut suiting = (0..self.files.len()).filter(|&index| suits(&self.files[index]));
        suiting.nth(nth)
    }

    /// Any mapping, by its index.
    pub fn some_map(&mut self) -> Option<usize> {
        let index = self.random.below(self.maps.len());
        (!self.maps.is_empty()).then_some(index)
    }

    /// A number that is no other file's.
    pub fn new_serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// A salt; never [`super::contents::SEED`].
    pub fn new_salt(&mut self) -> u32 {
        self.random.bits() | 1
    }

    /// Looks at the device of a record before a call.
    pub fn watch(&self, record: usize) -> Watch {
        let Record {
            device, generation, ..
        } = self.records[record];
        Watch {
            device,
            generation,
            before: SHARED.phase(device),
        }
    }

    /// Judges an answer: `live` is due while the device is bound, `dead` afterwards; both will
    /// do while it is being unbound.
    ///
    /// # Errors
    /// What was due, and what came.
    pub fn judge(
        &mut self,
        call: Call,
        got: Answer,
        life: Life,
        live: Answer,
        dead: Answer,
    ) -> Result<(), Line> {
        let due: &[Answer] = match life {
            Life::Live => &[live],
            Life::Dead => &[dead],
            Life::Unsure => &[live, dead],
        };
        self.judge_one_of(call, got, due)
    }

    /// Judges an answer: each of `due` will do.
    ///
    /// # Errors
    /// What was due, and what came.
    pub fn judge_one_of(&mut self, call: Call, got: Answer, due: &[Answer]) -> Result<(), Line> {
        let call = self.note(call, got);
        if due.contains(&got) {
            return Ok(());
        }
        let due = due.first().copied().unwrap_or(Ok(()));
        Err(line(format_args!("{call}, due is {}", Said(due))))
    }

    /// Remembers a call and its answer.
    fn note(&mut self, call: Call, got: Answer) -> Call {
        let errno = got.err().map_or(0, Errno::raw_os_error);
        let call = Call {
            number: self.number,
            op: self.op,
            errno,
            ..call
        };
        if let Some(counts) = SHARED.counts.get(self.op) {
            counts[usize::from(errno != 0)].fetch_add(1, core::sync::atomic::Ordering::Relaxed);
        }
        let words = [
            self.op as u32,
            call.area,
            call.arguments[0] as u32,
            call.arguments[1] as u32,
            errno.cast_unsigned(),
        ];
        for word in words {
            self.digest = (self.digest ^ word)
                .wrapping_mul(0x0100_0193)
                .rotate_left(5);
        }
        if self.history.is_full() {
            self.history.pop_front();
        }
        // It is not full.
        let _ = self.history.push_back(call);
        call
    }

    /// Says that contents were wrong.
    ///
    /// # Errors
    /// Always.
    pub fn wrong(&self, what: impl Display) -> Result<(), Line> {
        let last = self.history.back().copied().unwrap_or_default();
        Err(line(format_args!("{last}, but {what}")))
    }

    /// Opens a device, and learns of what memory it is.
    fn open(&mut self) -> Played {
        if self.files.is_full() {
            return self.close();
        }
        let device = self.any_device();
        let path = NODES[self.known(device).instance];
        let how = self.random.below(6);
        let before = SHARED.phase(device);
        let opened = match how {
            0 => Device::open(path, Access::Read),
            1 => Device::open_write_only(path),
            _ => Device::open(path, Access::ReadWrite),
        };
        let after = SHARED.phase(device);
        let call = Call {
            device,
            arguments: [how as u64, 0],
            ..Call::default()
        };
        let got = opened.as_ref().map(|_device| ()).map_err(|errno| *errno);
        match (before == after, before % PHASES) {
            (true, BOUND) => self.judge_one_of(call, got, &[Ok(())])?,
            (true, UNBOUND) => self.judge_one_of(call, got, &[Err(Errno::NOENT)])?,
            _ => {
                // Of the old device or of the new one: nobody knows, so it is not kept.
                let due = [
                    Ok(()),
                    Err(Errno::NOENT),
                    Err(Errno::NODEV),
                    Err(Errno::NXIO),
                ];
                self.judge_one_of(call, got, &due)?;
                return Ok(true);
            }
        }
        let Ok(handle) = opened else { return Ok(true) };
        if let Some(record) = self.record_of(device, before / PHASES) {
            let serial = self.new_serial();
            self.records[record].uses += 1;
            // It is not full.
            let _ = self.files.push(File {
                device,
                record,
                serial,
                reads: how != 1,
                writes: how != 0,
                handle,
            });
        }
        Ok(true)
    }

    /// What is known of the memory that a device has since it was bound for the
    /// `generation`th time; `None` if there is no room for it.
    fn record_of(&mut self, device: usize, generation: u32) -> Option<usize> {
        let is_it = |record: &Record| {
            record.is_used && (record.device, record.generation) == (device, generation)
        };
        if let Some(found) = self.records.iter().position(is_it) {
            return Some(found);
        }
        let is_free = |record: &Record| {
            let bound = record.generation * PHASES;
            !record.is_used || (record.uses == 0 && SHARED.phase(record.device) != bound)
        };
        let free = self.records.iter().position(is_free)?;
        self.records[free].begin(device, generation);
        Some(free)
    }

    fn close(&mut self) -> Played {
        if self.files.is_empty() {
            return Ok(false);
        }
        let index = self.random.below(self.files.len());
        let file = self.files.swap_remove(index);
        self.records[file.record].uses -= 1;
        let call = Call {
            device: file.device,
            ..Call::default()
        };
        drop(file);
        self.note(call, Ok(()));
        Ok(true)
    }

    /// Unbinds a device, or binds one that it has unbound; tries what must be refused
    /// meanwhile.
    fn bind_or_unbind(&mut self) -> Played {
        if let Some(device) = self.has_unbound.iter().position(|&unbound| unbound) {
            return self.bind(device).map(|()| true);
        }
        let device = self.any_device();
        let phase = SHARED.phase(device);
        if phase % PHASES != BOUND || !SHARED.advance(device, phase) {
            return Ok(false);
        }
        self.has_unbound[device] = true;
        let got = self.tell_driver(c"unbind", device);
        SHARED.advance(device, phase + UNBINDING);
        let call = Call {
            device,
            arguments: [0, 0],
            ..Call::default()
        };
        self.judge_one_of(call, got, &[Ok(())])?;
        let twice = self.tell_driver(c"unbind", device);
        let call = Call {
            arguments: [0, 1],
            ..call
        };
        self.judge_one_of(call, twice, &[Err(Errno::NODEV)])?;
        if !self.files.is_empty() || !self.maps.is_empty() {
            let unloaded = self.bench.try_unload();
            let call = Call {
                arguments: [0, 2],
                ..call
            };
            self.judge_one_of(call, unloaded, &[Err(Errno::WOULDBLOCK)])?;
        }
        Ok(true)
    }

    fn bind(&mut self, device: usize) -> Result<(), Line> {
        let phase = SHARED.phase(device);
        SHARED.advance(device, phase);
        let got = self.tell_driver(c"bind", device);
        self.has_unbound[device] = false;
        let call = Call {
            device,
            arguments: [1, 0],
            ..Call::default()
        };
        let judged = self.judge_one_of(call, got, &[Ok(())]);
        SHARED.advance(device, phase + 1);
        judged
    }

    fn tell_driver(&self, file: &core::ffi::CStr, device: usize) -> Answer {
        let name: &Text = &self.known(device).name;
        let folder = driver::folder().map_err(|_trouble| Errno::NOTDIR)?;
        folder.write(file, name.as_bytes())
    }

    /// One process more: it must see what this one sees, and this one what it writes.
    fn fork(&mut self) -> Played {
        let Some((index, cell)) = self.some_own_cell() else {
            return Ok(false);
        };
        let salt = self.new_salt();
        let map = &self.maps[index];
        let (area, record) = (map.area, map.record);
        let want = super::contents::bytes(area, cell, self.records[record].get(area, cell));
        let next = super::contents::bytes(area, cell, salt);
        let reads = map.protection & sys::READ != 0 && map.is_copied;
        let writes = map.protection & sys::WRITE != 0 && map.is_copied;
        let call = Call {
            device: map.device,
            area,
            arguments: [cell as u64, map.protection.into()],
            ..Call::default()
        };
        let offset = map.offset_of(cell);
        let watch = self.watch(record);
        let (copier, mapping) = (&self.copier, &map.mapping);
        let mut work = || {
            let mut found = [0; CELL];
            let read = copier.read(mapping, offset, &mut found);
            let written = copier.write(mapping, offset, &next);
            let is_right = read.is_err() || found == want;
            status(read) | status(written) << 2 | u8::from(!is_right) << 4
        };
        let ending = sys::Child::start(&mut work).and_then(sys::Child::wait);
        let life = watch.life();
        let status = match ending {
            Ok(sys::Ending::Exited(status)) => status,
            Ok(sys::Ending::Killed(_)) => {
                self.judge_one_of(call, Err(Errno::CHILD), &[Ok(())])?;
                return Ok(true);
            }
            Err(errno) => {
                self.judge_one_of(call, Err(errno), &[Ok(())])?;
                return Ok(true);
            }
        };
        let (live_read, dead_read) = due_of_access(area, reads);
        self.judge(call, answer(status & 3), life, live_read, dead_read)?;
        if status & 16 != 0 {
            self.wrong("the child read something else")?;
        }
        let (live_write, dead_write) = due_of_access(area, writes);
        let written = answer(status >> 2 & 3);
        self.judge(call, written, life, live_write, dead_write)?;
        if written.is_ok() {
            self.records[record].set(area, cell, salt);
        }
        Ok(true)
    }
}

/// What an access to `area` must answer while its device is bound, and afterwards.
pub fn due_of_access(area: u32, is_allowed: bool) -> (Answer, Answer) {
    let gone = Err(Errno::FAULT);
    let live = if is_allowed { Ok(()) } else { gone };
    (
        live,
        if area < uapi::AREA_COHERENT {
            live
        } else {
            gone
        },
    )
}

/// The error that is due, or what a live device says, once the device is unbound: of an area
/// that needs it.
pub fn due_of_call(area: u32, live: Answer) -> (Answer, Answer) {
    let needs_device = (uapi::AREA_COHERENT..uapi::AREAS).contains(&area);
    (
        live,
        if needs_device {
            Err(Errno::NODEV)
        } else {
            live
        },
    )
}

/// An answer as a child says it by its status.
fn status(answer: Answer) -> u8 {
    match answer {
        Ok(()) => 0,
        Err(Errno::FAULT) => 1,
        Err(_) => 2,
    }
}

fn answer(status: impl Into<i32>) -> Answer {
    match status.into() {
        0 => Ok(()),
        1 => Err(Errno::FAULT),
        _ => Err(Errno::IO),
    }
}

/// An answer in words.
struct Said(Answer);

impl Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ok(()) => f.write_str("success"),
            Err(errno) => Name(errno).fmt(f),
        }
    }
}
