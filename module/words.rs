// SPDX-License-Identifier: GPL-2.0

//! Shared memory as words, and the patterns in it.
//!
//! User space and devices read and write it at any time, so no Rust reference to
//! it may exist: each word is read and written whole, by volatile accesses, as C's
//! `READ_ONCE` and `WRITE_ONCE` do it.

use crate::{
    arch,
    fault::Fault,
    faulty,
    uapi::{
        self,
        NOTHING_BAD, //
    }, //
};
use core::{
    marker::PhantomData,
    ops::Range,
    ptr::NonNull, //
};
use kernel::prelude::*;

/// Bytes of a word.
pub(crate) const WORD: usize = 4;

/// Shared memory that stays for `'a`.
///
/// # Invariants
///
/// `base` is the start of `count` words, aligned, mapped for reading and writing for
/// `'a`; no Rust reference to them exists.
pub(crate) struct Words<'a> {
    area: u32,
    base: NonNull<u32>,
    count: usize,
    memory: PhantomData<&'a ()>,
}

impl<'a> Words<'a> {
    /// The `size` bytes at `base`, memory of the area `area`.
    ///
    /// # Safety
    ///
    /// They must be mapped for reading and writing for `'a`, aligned to a word, and
    /// no Rust reference to them may exist.
    pub(crate) unsafe fn new(area: u32, base: NonNull<u8>, size: usize) -> Self {
        // INVARIANT: As the caller vouches.
        Self {
            area,
            base: base.cast(),
            count: size / WORD,
            memory: PhantomData,
        }
    }

    /// Writes a pattern into the words `range`. `EINVAL` for a pattern that does not
    /// exist.
    pub(crate) fn fill(&self, range: Range<usize>, pattern: u32, salt: u32) -> Result {
        let expected = self.pattern(pattern, salt)?;
        for index in faulty::written(range, self.count) {
            let mut value = expected(index as u32);
            if Fault::BitFlip.is_on() && pattern == uapi::PATTERN_ADDRESS && index == self.count / 2
            {
                value ^= 1 << 7;
            }
            if let Some(word) = self.get(index) {
                // SAFETY: The word is mapped for writing, by the type invariant. A volatile
                // access of a word may race with user space and devices: it is what
                // `WRITE_ONCE` is in the kernel's memory model.
                unsafe { word.write_volatile(value) };
            }
        }
        // Memory that is not cached may be written later than what follows.
        arch::barrier();
        Ok(())
    }

    /// The first of the words `range` that is not as in the pattern: its offset in
    /// bytes and what it is; [`NOTHING_BAD`] if there is none. `EINVAL` for a pattern
    /// that does not exist.
    pub(crate) fn check(&self, range: Range<usize>, pattern: u32, salt: u32) -> Result<(u64, u32)> {
        let expected = self.pattern(pattern, salt)?;
        if Fault::BlindCheck.is_on() {
            return Ok((NOTHING_BAD, 0));
        }
        for index in faulty::checked(range, self.count) {
            let word = self.get(index).ok_or(EINVAL)?;
            // SAFETY: The word is mapped for reading; it may race as in `fill`.
            let found = unsafe { word.read_volatile() };
            if found != expected(index as u32) {
                return Ok(((index * WORD) as u64, found));
            }
        }
        Ok((NOTHING_BAD, 0))
    }

    /// [`Self::fill`] as an ioctl asks for it. Errors as of that and of [`Self::range`].
    pub(crate) fn write(&self, fill: &uapi::Fill) -> Result {
        let range = self.range(fill.offset, fill.length)?;
        self.fill(range, fill.pattern, fill.salt)
    }

    /// [`Self::check`] as an ioctl asks for it. Errors as of that and of [`Self::range`].
    pub(crate) fn compare(&self, check: &mut uapi::Check) -> Result {
        let range = self.range(check.offset, check.length)?;
        (check.bad_offset, check.found) = self.check(range, check.pattern, check.salt)?;
        Ok(())
    }

    /// A range of bytes as a range of words: `EOVERFLOW` if it wraps, `EINVAL` if it
    /// ends beyond the memory or is not of whole words.
    pub(crate) fn range(&self, offset: u64, length: u64) -> Result<Range<usize>> {
        let mut end = faulty::end(offset, length)?;
        let mut start = offset;
        let size = (self.count * WORD) as u64;
        if Fault::RangeUnchecked.is_on() {
            (start, end) = (start.min(size), end.min(size));
        }
        if end > size || start % WORD as u64 != 0 || end % WORD as u64 != 0 {
            return Err(EINVAL);
        }
        // Both are at most the memory's size, a `usize`.
        Ok(start as usize / WORD..end as usize / WORD)
    }

    /// All words.
    pub(crate) fn all(&self) -> Range<usize> {
        0..self.count
    }

    /// What word `index` of a pattern is. The index is cut to 32 bits: no area has
    /// more words that an allocator can give (`seed_word` wraps there, as in 2.6).
    fn pattern(&self, pattern: u32, salt: u32) -> Result<impl Fn(u32) -> u32> {
        let mut area = self.area;
        if Fault::WrongPattern.is_on() && pattern == uapi::PATTERN_SEED {
            area = uapi::AREA_VMALLOC;
        }
        match pattern {
            uapi::PATTERN_SEED | uapi::PATTERN_ADDRESS => Ok(move |index| match pattern {
                uapi::PATTERN_SEED => uapi::seed_word(area, index),
                _ => uapi::address_word(area, index, salt),
            }),
            _ => Err(EINVAL),
        }
    }

    fn get(&self, index: usize) -> Option<NonNull<u32>> {
        if index >= self.count {
            return None;
        }
        // SAFETY: The word lies in the memory, by the type invariant.
        Some(unsafe { self.base.add(index) })
    }
}
