//! What a thread knows of the memory of a device: of each cell of its own part what was
//! written there last.

use board_verify::sys::{self, Errno, page_size};
use board_verify::uapi::{self, address_word, seed_word};

/// Bytes that are written and known as one. Of a device's memory it is a whole line.
pub const CELL: usize = 64;

/// Words of a cell.
pub const CELL_WORDS: usize = CELL / 4;

/// The streaming area as its device has it.
pub const DEVICE_SIDE: u32 = uapi::AREAS;

/// What is known, of the areas and of the device's side of one.
const VIEWS: usize = uapi::AREAS as usize + 1;

/// A cell holds the seed pattern; any other number is the salt of the address pattern.
pub const SEED: u32 = 0;

/// The memory that a device has from one bind to the next.
#[derive(Debug)]
pub struct Record {
    /// Which device.
    pub device: usize,
    /// How often it was bound before.
    pub generation: u32,
    /// Files and mappings that hold it; it is free if there are none and the device is
    /// bound anew.
    pub uses: u32,
    /// False if it says nothing.
    pub is_used: bool,
    /// The first cell, from the start of an area, that is known.
    first: usize,
    cells: &'static mut [u32],
}

impl Record {
    /// Room for what is known of `pages` pages from page `first` on.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn new(first: usize, pages: usize) -> Result<Self, Errno> {
        let cells_per_page = page_size() / CELL;
        Ok(Self {
            device: 0,
            generation: 0,
            uses: 0,
            is_used: false,
            first: first * cells_per_page,
            cells: sys::zeroed_words(VIEWS * pages * cells_per_page)?,
        })
    }

    /// Begins to know of a device that was just bound: the seed pattern is everywhere.
    pub fn begin(&mut self, device: usize, generation: u32) {
        self.cells.fill(SEED);
        (self.device, self.generation) = (device, generation);
        (self.uses, self.is_used) = (0, true);
    }

    /// What cell `cell` (from the start of the area) holds.
    pub fn get(&self, view: u32, cell: usize) -> u32 {
        let at = self.at(view, cell);
        at.and_then(|at| self.cells.get(at))
            .copied()
            .unwrap_or(SEED)
    }

    /// Notes what it holds.
    pub fn set(&mut self, view: u32, cell: usize, salt: u32) {
        if let Some(cell) = self.at(view, cell).and_then(|at| self.cells.get_mut(at)) {
            *cell = salt;
        }
    }

    fn at(&self, view: u32, cell: usize) -> Option<usize> {
        let per_view = self.cells.len() / VIEWS;
        let inside = cell.checked_sub(self.first)?;
        (inside < per_view).then(|| view as usize * per_view + inside)
    }

    /// The first word of `cells` that is not as a pattern has it, by its offset in the area
    /// in bytes, and what it is.
    pub fn first_difference(
        &self,
        view: u32,
        cells: core::ops::Range<usize>,
        salt: u32,
    ) -> Option<(u64, u32)> {
        let area = area_of(view);
        let mut words = cells
            .filter(|&cell| self.get(view, cell) != salt)
            .flat_map(|cell| (0..CELL_WORDS).map(move |word| (cell, cell * CELL_WORDS + word)));
        words.find_map(|(cell, index)| {
            let found = word(area, index, self.get(view, cell));
            (found != word(area, index, salt)).then_some((index as u64 * 4, found))
        })
    }
}

/// The area that `view` is of.
pub fn area_of(view: u32) -> u32 {
    match view {
        DEVICE_SIDE => uapi::AREA_STREAMING,
        area => area,
    }
}

/// The word at `index` of the pattern that `salt` stands for.
pub fn word(area: u32, index: usize, salt: u32) -> u32 {
    // No area has more words than 32 bits say.
    let index = index as u32;
    match salt {
        SEED => seed_word(area, index),
        salt => address_word(area, index, salt),
    }
}

/// The bytes of a cell.
pub fn bytes(area: u32, cell: usize, salt: u32) -> [u8; CELL] {
    let mut bytes = [0; CELL];
    for (index, place) in bytes.chunks_exact_mut(4).enumerate() {
        place.copy_from_slice(&word(area, cell * CELL_WORDS + index, salt).to_ne_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_word_that_is_not_of_a_pattern() {
        let mut record = Record::new(1, 2).expect("memory");
        let per_page = page_size() / CELL;
        record.begin(0, 0);
        let part = per_page..3 * per_page;
        assert_eq!(record.first_difference(1, part.clone(), SEED), None);
        record.set(1, per_page + 3, 77);
        let offset = ((per_page + 3) * CELL) as u64;
        let found = record.first_difference(1, part.clone(), SEED);
        assert_eq!(found.map(|(offset, _)| offset), Some(offset));
        // Other views and cells outside are not touched.
        assert_eq!(record.first_difference(2, part, SEED), None);
        record.set(1, 0, 5);
        assert_eq!(record.get(1, 0), SEED);
    }

    #[test]
    fn the_bytes_of_a_cell_are_its_words() {
        let bytes = bytes(1, 2, 9);
        assert_eq!(bytes[4..8], address_word(1, 33, 9).to_ne_bytes());
    }
}
