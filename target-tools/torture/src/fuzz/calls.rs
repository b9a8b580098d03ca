//! The ioctls.

use core::ops::Range;

use board_verify::sys::{Errno, Nowhere, READ, WRITE, page_size};
use board_verify::uapi;

use super::contents::{CELL, DEVICE_SIDE, SEED, bytes};
use super::maps::call_of;
use super::player::{Answer, Call, File, Life, Played, Player, due_of_access, due_of_call};
use crate::sound::translate_kernel;

/// All of `uapi.rs`.
const NUMBERS: [u32; 8] = [
    uapi::DESCRIBE,
    uapi::FILL,
    uapi::CHECK,
    uapi::SYNC,
    uapi::DEVICE_WRITE,
    uapi::DEVICE_READ,
    uapi::TRANSLATE,
    uapi::REQUEST,
];

/// Cells that a `Describe` takes.
const DESCRIBE_CELLS: usize = size_of::<uapi::Describe>().div_ceil(CELL);

/// A range of an area, a pattern, and the file through which it is asked for.
struct Asked {
    file: usize,
    device: usize,
    record: usize,
    area: u32,
    cells: Range<usize>,
    salt: u32,
}

impl Asked {
    fn offset(&self) -> u64 {
        (self.cells.start * CELL) as u64
    }

    fn length(&self) -> u64 {
        (self.cells.len() * CELL) as u64
    }

    fn pattern(&self) -> u32 {
        match self.salt {
            SEED => uapi::PATTERN_SEED,
            _ => uapi::PATTERN_ADDRESS,
        }
    }

    fn call(&self) -> Call {
        Call {
            device: self.device,
            area: self.area,
            arguments: [self.offset(), self.length()],
            ..Call::default()
        }
    }

    fn fill(&self) -> uapi::Fill {
        uapi::Fill {
            area: self.area,
            pattern: self.pattern(),
            offset: self.offset(),
            length: self.length(),
            salt: self.salt,
            reserved: 0,
        }
    }

    fn check(&self) -> uapi::Check {
        uapi::Check {
            area: self.area,
            pattern: self.pattern(),
            offset: self.offset(),
            length: self.length(),
            salt: self.salt,
            ..uapi::Check::default()
        }
    }
}

impl Player {
    /// Some range of some area, or of `area`; of a file, whether it suits or not.
    fn ask(&mut self, area: Option<u32>) -> Option<Asked> {
        let file = self.some_file(|_| true)?;
        let File { device, record, .. } = self.files[file];
        let area = match area {
            Some(area) => area,
            None => self.any_area(device),
        };
        let cells = self.some_cells(device, area)?;
        let salt = match self.random.one_in(8) {
            true => SEED,
            false => self.new_salt(),
        };
        Some(Asked {
            file,
            device,
            record,
            area,
            cells,
            salt,
        })
    }

    /// The device's side of the streaming area: where its DMA has a bounce buffer, that.
    fn device_view(&self) -> u32 {
        match self.bench.platform.bounced {
            true => DEVICE_SIDE,
            false => uapi::AREA_STREAMING,
        }
    }

    pub(super) fn describe(&mut self) -> Played {
        let Some(file) = self.some_file(|_| true) else {
            return Ok(false);
        };
        let File { device, record, .. } = self.files[file];
        let area = self.any_area(device);
        let watch = self.watch(record);
        let described = self.files[file].handle.describe(area);
        let life = watch.life();
        let call = Call {
            device,
            area,
            ..Call::default()
        };
        let got = described.map(|_described| ());
        self.judge_one_of(call, got, &[Ok(())])?;
        let Ok(described) = described else {
            return Ok(true);
        };
        self.is_described(device, area, life, &described)?;
        Ok(true)
    }

    fn is_described(
        &self,
        device: usize,
        area: u32,
        life: Life,
        described: &uapi::Describe,
    ) -> Result<(), crate::report::Line> {
        let size = self.known(device).sizes[area as usize] as u64;
        let size_when_dead = match area < uapi::AREA_COHERENT {
            true => size,
            false => 0,
        };
        let sizes: &[u64] = match life {
            Life::Live => &[size],
            Life::Dead => &[size_when_dead],
            Life::Unsure => &[size, size_when_dead],
        };
        let is_right = described.area == area
            && described.areas == uapi::AREAS
            && described.offset == self.sound.offset(area)
            && sizes.contains(&described.size);
        match is_right {
            true => Ok(()),
            false => self.wrong(format_args!(
                "it says offset {:#x} size {:#x}",
                described.offset, described.size
            )),
        }
    }

    pub(super) fn fill(&mut self) -> Played {
        let Some(asked) = self.ask(None) else {
            return Ok(false);
        };
        let watch = self.watch(asked.record);
        let file = &self.files[asked.file];
        let writes = file.writes;
        let got = file.handle.fill(asked.fill());
        let (live, dead) = due_if(writes, due_of_call(asked.area, Ok(())));
        self.judge(asked.call(), got, watch.life(), live, dead)?;
        if got.is_ok() {
            self.set(asked.record, asked.area, asked.cells, asked.salt);
        }
        Ok(true)
    }

    pub(super) fn device_write(&mut self) -> Played {
        let Some(asked) = self.ask(Some(uapi::AREA_STREAMING)) else {
            return Ok(false);
        };
        let due = self.due_of_device(asked.device);
        let watch = self.watch(asked.record);
        let file = &self.files[asked.file];
        let writes = file.writes;
        let got = file.handle.device_write(asked.fill());
        let (live, dead) = due_if(writes, due);
        self.judge(asked.call(), got, watch.life(), live, dead)?;
        if got.is_ok() {
            self.set(asked.record, self.device_view(), asked.cells, asked.salt);
        }
        Ok(true)
    }

    fn set(&mut self, record: usize, view: u32, cells: Range<usize>, salt: u32) {
        for cell in cells {
            self.records[record].set(view, cell, salt);
        }
    }

    /// What DEVICE_WRITE and DEVICE_READ must answer while the device is bound, and
    /// afterwards.
    fn due_of_device(&self, device: usize) -> (Answer, Answer) {
        let live = match self.known(device).device_end {
            uapi::DEVICE_END_NONE => Err(Errno::OPNOTSUPP),
            _ => Ok(()),
        };
        due_of_call(uapi::AREA_STREAMING, live)
    }

    pub(super) fn check(&mut self) -> Played {
        let Some(asked) = self.ask(None) else {
            return Ok(false);
        };
        let asked = self.as_it_is(asked, None);
        let due = due_of_call(asked.area, Ok(()));
        self.compare(asked, None, due, |file, check| file.handle.check(check))
    }

    pub(super) fn device_read(&mut self) -> Played {
        let Some(asked) = self.ask(Some(uapi::AREA_STREAMING)) else {
            return Ok(false);
        };
        let view = Some(self.device_view());
        let asked = self.as_it_is(asked, view);
        let due = self.due_of_device(asked.device);
        self.compare(asked, view, due, |file, check| {
            file.handle.device_read(check)
        })
    }

    /// Mostly asks for the pattern that the first cell has, and then mostly no further than
    /// that goes: a call that looks behind its range finds something else there.
    fn as_it_is(&mut self, asked: Asked, view: Option<u32>) -> Asked {
        let view = view.unwrap_or(asked.area);
        let record = &self.records[asked.record];
        let salt = record.get(view, asked.cells.start);
        let mut rest = asked.cells.clone();
        let end = rest.find(|&cell| record.get(view, cell) != salt);
        let cells = asked.cells.start..end.unwrap_or(asked.cells.end);
        match self.random.below(4) {
            0 => asked,
            1 => Asked { salt, ..asked },
            _ => Asked {
                salt,
                cells,
                ..asked
            },
        }
    }

    fn compare(
        &mut self,
        asked: Asked,
        view: Option<u32>,
        due: (Answer, Answer),
        ask: impl FnOnce(&File, &mut uapi::Check) -> Answer,
    ) -> Played {
        let mut check = asked.check();
        let watch = self.watch(asked.record);
        let file = &self.files[asked.file];
        let reads = file.reads;
        let got = ask(file, &mut check);
        let (live, dead) = due_if(reads, due);
        let call = asked.call();
        self.judge(call, got, watch.life(), live, dead)?;
        if got.is_err() {
            return Ok(true);
        }
        let view = view.unwrap_or(asked.area);
        let record = &self.records[asked.record];
        let differs = record.first_difference(view, asked.cells, asked.salt);
        let (want, found) = differs.unwrap_or((uapi::NOTHING_BAD, 0));
        if check.bad_offset != want || (differs.is_some() && check.found != found) {
            self.wrong(format_args!(
                "it found {:08x} at {:#x}, due is {found:08x} at {want:#x}",
                check.found, check.bad_offset
            ))?;
        }
        Ok(true)
    }

    pub(super) fn sync(&mut self) -> Played {
        let Some(asked) = self.ask(Some(uapi::AREA_STREAMING)) else {
            return Ok(false);
        };
        let direction = match self.random.one_in(2) {
            true => uapi::SYNC_FOR_CPU,
            false => uapi::SYNC_FOR_DEVICE,
        };
        let watch = self.watch(asked.record);
        let got = self.files[asked.file].handle.sync(uapi::Sync {
            area: asked.area,
            direction,
            offset: asked.offset(),
            length: asked.length(),
        });
        let writes = self.files[asked.file].writes;
        let (live, dead) = due_if(writes, due_of_call(asked.area, Ok(())));
        self.judge(asked.call(), got, watch.life(), live, dead)?;
        if got.is_ok() {
            let (from, to) = match direction {
                uapi::SYNC_FOR_CPU => (self.device_view(), asked.area),
                _ => (asked.area, self.device_view()),
            };
            for cell in asked.cells {
                let record = &mut self.records[asked.record];
                record.set(to, cell, record.get(from, cell));
            }
        }
        Ok(true)
    }

    pub(super) fn translate(&mut self) -> Played {
        match self.random.one_in(2) {
            true => self.translate_user(),
            false => self.translate_kernel(),
        }
    }

    /// An address of a mapping, through its file or another one.
    fn translate_user(&mut self) -> Played {
        let Some(index) = self.some_map() else {
            return Ok(false);
        };
        let Some(file) = self.some_file(|_| true) else {
            return Ok(false);
        };
        let pages = self.maps[index].pages();
        let page = self.random.below(pages);
        let map = &self.maps[index];
        let address = map.mapping.address() + page * page_size();
        let call = call_of(map, [page as u64, map.protection.into()]);
        let (device, area) = (map.device, map.area);
        let is_own = map.file == self.files[file].serial;
        // Pages that are brought by faults, or that nobody may read, may be there or not.
        let is_there = area < uapi::AREA_COHERENT
            && map.protection & READ != 0
            && self.bench.pages < page_size() / 8;
        let watch = self.watch(map.record);
        let handle = &self.files[file].handle;
        let translated = handle.translate(area, uapi::SIDE_USER, address as u64);
        let got = translated.map(|_translated| ());
        let none = Err(Errno::INVAL);
        let due: &[Answer] = match (is_own, is_there, watch.life()) {
            (false, _, _) => &[none],
            (true, true, _) => &[Ok(())],
            (true, false, Life::Dead) if area >= uapi::AREA_COHERENT => &[none],
            (true, false, _) => &[Ok(()), none],
        };
        self.judge_one_of(call, got, due)?;
        let want = self.known(device).types[area as usize];
        if let Ok(translated) = translated
            && want != uapi::TYPE_UNKNOWN
            && ![want, uapi::TYPE_UNKNOWN].contains(&translated.table_type)
        {
            self.wrong(format_args!("type {}, not {want}", translated.table_type))?;
        }
        Ok(true)
    }

    fn translate_kernel(&mut self) -> Played {
        let Some(file) = self.some_file(|_| true) else {
            return Ok(false);
        };
        let File { device, record, .. } = self.files[file];
        let area = self.any_area(device);
        let size = self.known(device).sizes[area as usize];
        let side = match self.random.one_in(2) {
            true => uapi::SIDE_KERNEL,
            false => uapi::SIDE_LINEAR,
        };
        let offset = self.random.below(size + size / 4);
        let live = match (offset < size, side) {
            (false, _) => Err(Errno::INVAL),
            (true, uapi::SIDE_LINEAR) if area == uapi::AREA_CARVEOUT => Err(Errno::OPNOTSUPP),
            _ => Ok(()),
        };
        let (live, dead) = due_of_call(area, live);
        let watch = self.watch(record);
        let handle = &self.files[file].handle;
        let got = translate_kernel(handle, area, side, offset as u64);
        let call = Call {
            device,
            area,
            arguments: [side.into(), offset as u64],
            ..Call::default()
        };
        self.judge(call, got, watch.life(), live, dead)?;
        Ok(true)
    }

    pub(super) fn request(&mut self) -> Played {
        let Some(file) = self.some_file(|_| true) else {
            return Ok(false);
        };
        let File {
            device,
            record,
            writes,
            ..
        } = self.files[file];
        let area = uapi::AREA_CARVEOUT;
        let types = [
            uapi::TYPE_WRITE_BACK,
            uapi::TYPE_NON_CACHED,
            uapi::TYPE_DEVICE,
            uapi::TYPE_OTHER,
        ];
        let memory_type = self.random.of(&types).unwrap_or_default();
        let has_it = self.known(device).sizes[area as usize] > 0;
        let is_mapped = self
            .maps
            .iter()
            .any(|map| map.record == record && map.area == area);
        let live = match (has_it, is_mapped, memory_type) {
            (false, _, _) => Err(Errno::NODEV),
            (true, true, _) => Err(Errno::BUSY),
            (true, false, uapi::TYPE_OTHER) => Err(Errno::INVAL),
            (true, false, _) => Ok(()),
        };
        let watch = self.watch(record);
        let got = self.files[file].handle.request(area, memory_type);
        let call = Call {
            device,
            area,
            arguments: [memory_type.into(), is_mapped.into()],
            ..Call::default()
        };
        // Another thread may have it mapped.
        let is_alone = super::shared::SHARED.threads() == 1;
        if !is_alone && writes && has_it && got == Err(Errno::BUSY) && watch.life() != Life::Dead {
            self.judge_one_of(call, got, &[got])?;
            return Ok(true);
        }
        let (live, dead) = due_if(writes, due_of_call(area, live));
        self.judge(call, got, watch.life(), live, dead)?;
        Ok(true)
    }

    /// What an ioctl must refuse.
    pub(super) fn ioctl_refused(&mut self) -> Played {
        let Some(asked) = self.ask(None) else {
            return Ok(false);
        };
        let Some(number) = self.random.of(&NUMBERS) else {
            return Ok(false);
        };
        let which = self.random.below(13);
        let nowhere = [Nowhere::Null, Nowhere::End, Nowhere::Kernel];
        let nowhere = self.random.of(&nowhere).unwrap_or(Nowhere::Null);
        let bits = self.random.bits();
        let file = &self.files[asked.file];
        if !file.reads || !file.writes {
            return Ok(false);
        }
        let device = &file.handle;
        let size = self.known(asked.device).sizes[asked.area as usize] as u64;
        let area = asked.area;
        let unknown = uapi::AREAS + bits % 7;
        let (fill, check) = (asked.fill(), asked.check());
        let invalid = Err(Errno::INVAL);
        let always = |answer| (answer, answer);
        let watch = self.watch(asked.record);
        let (got, (live, dead)) = match which {
            0 => (device.unknown_ioctl(), always(Err(Errno::NOTTY))),
            1 => (device.larger_ioctl(number), always(Err(Errno::NOTTY))),
            2 => (
                device.ioctl_nowhere(number, nowhere),
                always(Err(Errno::FAULT)),
            ),
            3 => (
                device.ioctl_constant(uapi::DESCRIBE),
                always(Err(Errno::FAULT)),
            ),
            4 => (
                device.fill(uapi::Fill {
                    area: unknown,
                    ..fill
                }),
                always(invalid),
            ),
            5 => (
                device.check(&mut uapi::Check {
                    area: unknown,
                    ..check
                }),
                always(invalid),
            ),
            6 => (
                device.fill(uapi::Fill {
                    reserved: 1,
                    ..fill
                }),
                always(invalid),
            ),
            7 => (
                device.fill(uapi::Fill { pattern: 2, ..fill }),
                due_of_call(area, invalid),
            ),
            8 => (
                device.fill(uapi::Fill {
                    offset: fill.offset + 1 + u64::from(bits % 3),
                    length: 4,
                    ..fill
                }),
                due_of_call(area, invalid),
            ),
            9 => (
                device.fill(uapi::Fill {
                    length: size - fill.offset + 4,
                    ..fill
                }),
                due_of_call(area, invalid),
            ),
            10 => (
                device.check(&mut uapi::Check {
                    offset: u64::MAX - 3,
                    length: 4 + u64::from(bits & !3),
                    ..check
                }),
                due_of_call(area, Err(Errno::OVERFLOW)),
            ),
            11 => {
                let sync = uapi::Sync {
                    area,
                    direction: uapi::SYNC_FOR_CPU,
                    offset: size,
                    length: 4,
                };
                let due = match area {
                    uapi::AREA_STREAMING => due_of_call(area, invalid),
                    _ => always(Err(Errno::OPNOTSUPP)),
                };
                (device.sync(sync), due)
            }
            _ => {
                let due = match area {
                    uapi::AREA_CARVEOUT => return Ok(false),
                    _ => always(Err(Errno::OPNOTSUPP)),
                };
                (device.request(area, uapi::TYPE_NON_CACHED), due)
            }
        };
        let call = Call {
            device: asked.device,
            area,
            arguments: [which as u64, number.into()],
            ..Call::default()
        };
        self.judge(call, got, watch.life(), live, dead)?;
        Ok(true)
    }

    /// DESCRIBE with its argument in an area: the module reads and writes memory of its own
    /// as that of a user.
    pub(super) fn describe_into_mapping(&mut self) -> Played {
        let Some(file) = self.some_file(|_| true) else {
            return Ok(false);
        };
        let Some((index, cell)) = self.some_own_cell() else {
            return Ok(false);
        };
        let map = &self.maps[index];
        let per_page = page_size() / CELL;
        let fits = cell % per_page + DESCRIBE_CELLS <= per_page;
        // Device memory is for aligned accesses, of which the kernel's copies are not sure.
        if !fits || map.protection != READ | WRITE || map.area == uapi::AREA_CARVEOUT {
            return Ok(false);
        }
        let (area, record) = (map.area, map.record);
        let call = call_of(map, [cell as u64, 0]);
        let mut argument = [0; DESCRIBE_CELLS * CELL];
        argument[..4].copy_from_slice(&uapi::AREA_KMALLOC.to_ne_bytes());
        let offset = map.offset_of(cell);
        let watch = self.watch(record);
        let got = self
            .copier
            .write(&map.mapping, offset, &argument)
            .and_then(|()| {
                let handle = &self.files[file].handle;
                handle.ioctl_in(uapi::DESCRIBE, &map.mapping, offset)
            })
            .and_then(|()| self.copier.read(&map.mapping, offset, &mut argument))
            .and_then(|()| self.restore(index, cell));
        let (live, dead) = due_of_access(area, true);
        self.judge(call, got, watch.life(), live, dead)?;
        let mut words = argument.chunks_exact(4).map(|word| {
            let word = word.try_into().unwrap_or_default();
            u32::from_ne_bytes(word)
        });
        let said = [words.next(), words.next()];
        if got.is_ok() && said != [Some(uapi::AREA_KMALLOC), Some(uapi::AREAS)] {
            self.wrong(format_args!("it wrote {said:x?}"))?;
        }
        Ok(true)
    }

    /// Writes what the cells of a `Describe` held before.
    fn restore(&self, index: usize, cell: usize) -> Answer {
        let map = &self.maps[index];
        (cell..cell + DESCRIBE_CELLS).try_for_each(|cell| {
            let salt = self.records[map.record].get(map.area, cell);
            let bytes = bytes(map.area, cell, salt);
            self.copier.write(&map.mapping, map.offset_of(cell), &bytes)
        })
    }
}

/// What is due of a call that the file permits or not.
fn due_if(is_permitted: bool, due: (Answer, Answer)) -> (Answer, Answer) {
    match is_permitted {
        true => due,
        false => (Err(Errno::BADF), Err(Errno::BADF)),
    }
}
