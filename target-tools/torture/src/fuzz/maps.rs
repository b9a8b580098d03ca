//! Calls that make, change and use mappings.

use core::ops::Range;

use board_verify::sys::{
    DONT_UNMAP, EXEC, Errno, MAY_MOVE, PRIVATE, READ, SHARED as MAP_SHARED, WRITE, page_size,
};
use board_verify::uapi;

use super::contents::{CELL, bytes};
use super::player::{Call, Map, Played, Player, due_of_access, due_of_call};

/// What `madvise` must say of page frames (`mm/madvise.c`); 10 is `MADV_DONTFORK`.
const ADVICE: [(usize, Result<(), Errno>); 16] = [
    (0, Ok(())),
    (1, Ok(())),
    (2, Ok(())),
    (3, Ok(())),
    (4, Err(Errno::INVAL)),
    (8, Err(Errno::INVAL)),
    (DONT_FORK, Ok(())),
    (11, Err(Errno::INVAL)),
    (16, Ok(())),
    (17, Err(Errno::INVAL)),
    (18, Err(Errno::INVAL)),
    (20, Err(Errno::INVAL)),
    (21, Err(Errno::INVAL)),
    (24, Err(Errno::INVAL)),
    (102, Err(Errno::INVAL)),
    (12345, Err(Errno::INVAL)),
];

const DONT_FORK: usize = 10;

impl Player {
    /// A mapping with a cell of this thread's own, and the cell.
    pub(super) fn some_own_cell(&mut self) -> Option<(usize, usize)> {
        let index = self.some_map()?;
        let own = self.own_part(index);
        let per_page = page_size() / CELL;
        let cells = own.start * per_page..own.end * per_page;
        let cell = cells.start + self.random.below(cells.len());
        (!cells.is_empty()).then_some((index, cell))
    }

    /// The pages of a mapping that are this thread's own, from the start of the area.
    fn own_part(&self, index: usize) -> Range<usize> {
        let map = &self.maps[index];
        let own = self.own_pages(map.device, map.area);
        let (start, end) = (map.first, map.first + map.pages());
        let start = own.start.max(start);
        start..own.end.min(end).max(start)
    }

    pub(super) fn read(&mut self) -> Played {
        let Some((index, cell)) = self.some_own_cell() else {
            return Ok(false);
        };
        let map = &self.maps[index];
        let (area, record) = (map.area, map.record);
        let call = call_of(map, [cell as u64, map.protection.into()]);
        let (live, dead) = due_of_access(area, map.protection & READ != 0);
        let watch = self.watch(record);
        let mut found = [0; CELL];
        let got = self
            .copier
            .read(&map.mapping, map.offset_of(cell), &mut found);
        self.judge(call, got, watch.life(), live, dead)?;
        let want = bytes(area, cell, self.records[record].get(area, cell));
        if got.is_ok() && found != want {
            let at = found
                .iter()
                .zip(&want)
                .position(|(found, want)| found != want);
            let at = at.unwrap_or(0) / 4 * 4;
            let word = |bytes: &[u8; CELL]| {
                let word = bytes.get(at..at + 4).and_then(|word| word.try_into().ok());
                u32::from_ne_bytes(word.unwrap_or_default())
            };
            self.wrong(format_args!(
                "{:#x} holds {:08x} instead of {:08x}",
                cell * CELL + at,
                word(&found),
                word(&want)
            ))?;
        }
        Ok(true)
    }

    pub(super) fn write(&mut self) -> Played {
        let Some((index, cell)) = self.some_own_cell() else {
            return Ok(false);
        };
        let salt = self.new_salt();
        let map = &self.maps[index];
        let (area, record) = (map.area, map.record);
        let call = call_of(map, [cell as u64, map.protection.into()]);
        let (live, dead) = due_of_access(area, map.protection & WRITE != 0);
        let watch = self.watch(record);
        let cell_bytes = bytes(area, cell, salt);
        let got = self
            .copier
            .write(&map.mapping, map.offset_of(cell), &cell_bytes);
        if got.is_ok() {
            self.records[record].set(area, cell, salt);
        }
        self.judge(call, got, watch.life(), live, dead)?;
        Ok(true)
    }

    pub(super) fn map(&mut self) -> Played {
        if self.maps.is_full() {
            return self.unmap();
        }
        let Some(index) = self.some_file(|file| file.reads) else {
            return Ok(false);
        };
        let (device, record) = (self.files[index].device, self.files[index].record);
        let area = self.any_area(device);
        let most = self.area_pages(device, area);
        let pages = match self.random.one_in(2) {
            true => most,
            false => 1 + self.random.below(most),
        };
        let writes = self.files[index].writes;
        let protection = match self.random.below(8) {
            0 => 0,
            1 | 2 => READ,
            _ if writes => READ | WRITE,
            _ => READ,
        };
        let offset = self.sound.offset(area);
        let watch = self.watch(record);
        let file = &self.files[index];
        let mapped = file
            .handle
            .map_with(offset, pages * page_size(), protection, MAP_SHARED);
        let call = Call {
            device,
            area,
            arguments: [pages as u64, protection.into()],
            ..Call::default()
        };
        let got = mapped.as_ref().map(|_mapping| ()).map_err(|errno| *errno);
        let file = file.serial;
        let (live, dead) = due_of_call(area, Ok(()));
        self.judge(call, got, watch.life(), live, dead)?;
        if let Ok(mapping) = mapped {
            self.records[record].uses += 1;
            // It is not full.
            let _ = self.maps.push(Map {
                device,
                record,
                file,
                area,
                first: 0,
                protection,
                may_write: writes,
                is_copied: true,
                mapping,
            });
        }
        Ok(true)
    }

    /// What `mmap` must refuse.
    pub(super) fn map_refused(&mut self) -> Played {
        const PAGES_MAX: usize = 1 << 18;
        let Some(index) = self.some_file(|_| true) else {
            return Ok(false);
        };
        let (device, record) = (self.files[index].device, self.files[index].record);
        let area = self.any_area(device);
        let (most, stride) = (self.area_pages(device, area), self.bench.pages);
        let (start, page) = (self.sound.offset(area), page_size());
        let which = self.random.below(10);
        let some = self.random.below(PAGES_MAX);
        let (offset, length, protection, flags, live) = match which {
            0 => {
                let inside = (1 + some % stride.max(2)) as u64 * page as u64;
                (start + inside, page, READ, MAP_SHARED, Errno::IO)
            }
            1 => {
                let beyond = self.sound.offset(uapi::AREAS) + some as u64 * page as u64;
                (beyond, page, READ, MAP_SHARED, Errno::IO)
            }
            2 => (last_offset(), page, READ, MAP_SHARED, Errno::OVERFLOW),
            3 => (start, 0, READ, MAP_SHARED, Errno::INVAL),
            4 => (start, usize::MAX, READ, MAP_SHARED, Errno::NOMEM),
            5 => (
                start,
                usize::MAX - (page - 1),
                READ,
                MAP_SHARED,
                Errno::NOMEM,
            ),
            6 => {
                let longer = (most + 1 + some % 64) * page;
                (start, longer, READ, MAP_SHARED, Errno::IO)
            }
            7 => (start, page, READ, PRIVATE, Errno::INVAL),
            8 => (start, page, READ | EXEC, MAP_SHARED, Errno::ACCESS),
            _ => (start, page, READ | WRITE, MAP_SHARED, Errno::ACCESS),
        };
        // An offset in the last area that is beyond it is beyond all, and one that is a
        // whole stride further starts the next area.
        let file = &self.files[index];
        let starts_area = offset % self.sound.offset(1) == 0;
        if (which == 0 && starts_area) || (which == 9 && file.writes && file.reads) {
            return Ok(false);
        }
        // The kernel itself looks for these before it asks the module, in this order.
        let by_kernel = matches!(which, 2..=5);
        let (live, dead) = match (by_kernel, file.reads) {
            (true, _) => (Err(live), Err(live)),
            (false, false) => (Err(Errno::ACCESS), Err(Errno::ACCESS)),
            (false, true) if which <= 1 || which == 9 => (Err(live), Err(live)),
            (false, true) => due_of_call(area, Err(live)),
        };
        let watch = self.watch(record);
        let mapped = file.handle.map_with(offset, length, protection, flags);
        let call = Call {
            device,
            area,
            arguments: [offset, (which as u64) << 60 | length as u64],
            ..Call::default()
        };
        self.judge(call, mapped.map(drop), watch.life(), live, dead)?;
        Ok(true)
    }

    pub(super) fn unmap(&mut self) -> Played {
        let Some(index) = self.some_map() else {
            return Ok(false);
        };
        let map = self.maps.swap_remove(index);
        self.records[map.record].uses -= 1;
        let call = call_of(&map, [map.first as u64, map.pages() as u64]);
        let got = map.mapping.release();
        self.judge_one_of(call, got, &[Ok(())])?;
        Ok(true)
    }

    /// Makes two of a mapping, at any page; the second is put behind all others. The kernel
    /// hears of it when something else is done with one than with the other. False if it has
    /// one page, or there is no room.
    fn split(&mut self, index: usize) -> bool {
        let pages = self.maps[index].pages();
        if pages < 2 || self.maps.is_full() {
            return false;
        }
        let at = 1 + self.random.below(pages - 1);
        let map = &mut self.maps[index];
        let rest = map.mapping.split_off(at * page_size());
        let rest = Map {
            first: map.first + at,
            mapping: rest,
            ..*map
        };
        self.records[rest.record].uses += 1;
        // It is not full.
        let _ = self.maps.push(rest);
        true
    }

    /// Unmaps the end of a mapping, or a part in its middle.
    pub(super) fn unmap_part(&mut self) -> Played {
        let Some(index) = self.some_map() else {
            return Ok(false);
        };
        if !self.split(index) {
            return Ok(false);
        }
        let second = self.maps.len() - 1;
        // If there is room for a third one, that stays.
        self.split(second);
        let map = self.maps.swap_remove(second);
        self.records[map.record].uses -= 1;
        let call = call_of(&map, [map.first as u64, map.pages() as u64]);
        let got = map.mapping.release();
        self.judge_one_of(call, got, &[Ok(())])?;
        Ok(true)
    }

    /// Changes the protection of a mapping, or of a part of it.
    pub(super) fn protect(&mut self) -> Played {
        let Some(mut index) = self.some_map() else {
            return Ok(false);
        };
        if self.random.one_in(3) && self.split(index) && self.random.one_in(2) {
            index = self.maps.len() - 1;
        }
        let protection = match self.random.below(4) {
            0 => 0,
            1 => READ,
            _ => READ | WRITE,
        };
        let map = &mut self.maps[index];
        let is_allowed = protection & WRITE == 0 || map.may_write;
        let call = call_of(map, [map.protection.into(), protection.into()]);
        let got = map.mapping.protect_with(protection);
        if got.is_ok() {
            map.protection = protection;
        }
        let due = match is_allowed {
            true => Ok(()),
            false => Err(Errno::ACCESS),
        };
        self.judge_one_of(call, got, &[due])?;
        Ok(true)
    }

    pub(super) fn protect_refused(&mut self) -> Played {
        let Some(index) = self.some_map() else {
            return Ok(false);
        };
        let which = self.random.below(3);
        let map = &self.maps[index];
        let (got, due) = match which {
            0 => (map.mapping.misaligned(true), Errno::INVAL),
            1 => (map.mapping.misaligned(false), Errno::INVAL),
            _ => (map.mapping.protect_with(READ | EXEC), Errno::ACCESS),
        };
        let call = call_of(map, [which as u64, map.protection.into()]);
        self.judge_one_of(call, got, &[Err(due)])?;
        Ok(true)
    }

    /// Moves a mapping, or a part of it.
    pub(super) fn relocate(&mut self) -> Played {
        let Some(mut index) = self.some_map() else {
            return Ok(false);
        };
        if self.random.one_in(3) && self.split(index) {
            index = self.maps.len() - 1;
        }
        let map = &mut self.maps[index];
        let got = map.mapping.relocate();
        let call = call_of(map, [map.first as u64, map.pages() as u64]);
        self.judge_one_of(call, got, &[Ok(())])?;
        Ok(true)
    }

    pub(super) fn shrink(&mut self) -> Played {
        let Some(index) = self.some_map() else {
            return Ok(false);
        };
        let pages = self.maps[index].pages();
        if pages < 2 {
            return Ok(false);
        }
        let left = 1 + self.random.below(pages - 1);
        let map = &mut self.maps[index];
        let got = map.mapping.resize(left * page_size());
        let call = call_of(map, [pages as u64, left as u64]);
        self.judge_one_of(call, got, &[Ok(())])?;
        Ok(true)
    }

    /// What `mremap` must refuse of page frames.
    pub(super) fn remap_refused(&mut self) -> Played {
        let Some(index) = self.some_map() else {
            return Ok(false);
        };
        let which = self.random.below(6);
        let more = (1 + self.random.below(1 << 10)) * page_size();
        let map = &self.maps[index];
        let length = map.mapping.length();
        let (from, to, flags, due) = match which {
            0 => (length, length + more, 0, Errno::FAULT),
            1 => (length, length + more, MAY_MOVE, Errno::FAULT),
            2 => (0, length, MAY_MOVE, Errno::FAULT),
            3 => (length, length, MAY_MOVE | DONT_UNMAP, Errno::INVAL),
            4 => (length, 0, 0, Errno::INVAL),
            _ => (
                length,
                usize::MAX & !(page_size() - 1),
                MAY_MOVE,
                Errno::INVAL,
            ),
        };
        let got = map.mapping.remap_wrongly(from, to, flags);
        let call = call_of(map, [which as u64, more as u64]);
        self.judge_one_of(call, got, &[Err(due)])?;
        Ok(true)
    }

    pub(super) fn advise(&mut self) -> Played {
        let Some(index) = self.some_map() else {
            return Ok(false);
        };
        let Some((advice, due)) = self.random.of(&ADVICE) else {
            return Ok(false);
        };
        let map = &mut self.maps[index];
        let got = map.mapping.advise(advice);
        if advice == DONT_FORK && got.is_ok() {
            map.is_copied = false;
        }
        let call = call_of(map, [advice as u64, 0]);
        self.judge_one_of(call, got, &[due])?;
        Ok(true)
    }
}

/// A call with a mapping.
pub(super) fn call_of(map: &Map, arguments: [u64; 2]) -> Call {
    Call {
        device: map.device,
        area: map.area,
        arguments,
        ..Call::default()
    }
}

/// The last page that an offset can name: `mmap2` of 32 bits counts it in pages.
fn last_offset() -> u64 {
    match usize::BITS {
        64 => u64::MAX - (page_size() as u64 - 1),
        _ => u64::from(u32::MAX) * page_size() as u64,
    }
}
