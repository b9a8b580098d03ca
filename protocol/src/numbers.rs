//! A set of record numbers, written as `0,3,5-9`.

use core::fmt;

use crate::CHECKS_MAX;
use crate::text::{cut, decimal, split};

/// Record numbers of one run: 0 is the header, 1 to n the results, n + 1 the end.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Numbers([u32; LIMIT.div_ceil(32)]);

/// One more than the highest number, which is that of the end record.
const LIMIT: usize = CHECKS_MAX + 2;

impl Numbers {
    /// Adds `number`; one above [`CHECKS_MAX`] + 1 cannot exist and is left out.
    pub fn insert(&mut self, number: usize) {
        if number < LIMIT {
            self.0[number / 32] |= 1 << (number % 32);
        }
    }

    /// True if `number` is in the set.
    pub fn contains(&self, number: usize) -> bool {
        number < LIMIT && self.0[number / 32] >> (number % 32) & 1 == 1
    }

    /// True if no number is in the set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The numbers, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..LIMIT).filter(|&number| self.contains(number))
    }

    /// Reads `0,3,5-9`; `None` if it is anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut numbers = Self::default();
        for range in split(text, b',') {
            let (first, last) = cut(range, b'-').unwrap_or((range, range));
            let first: usize = decimal(first)?;
            let last: usize = decimal(last)?;
            if first > last || last >= LIMIT {
                return None;
            }
            (first..=last).for_each(|number| numbers.insert(number));
        }
        Some(numbers)
    }
}

impl fmt::Display for Numbers {
    /// Writes the set as ranges, as short as it can be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut number = 0;
        while number < LIMIT {
            if !self.contains(number) {
                number += 1;
                continue;
            }
            let first = number;
            while self.contains(number) {
                number += 1;
            }
            match number - first {
                1 => write!(f, "{separator}{first}")?,
                _ => write!(f, "{separator}{first}-{}", number - 1)?,
            }
            separator = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ranges_in_any_order() {
        let expected = Numbers::parse("0,3,5-9").unwrap();
        assert!(expected.iter().eq([0, 3, 5, 6, 7, 8, 9]));
        assert_eq!(Numbers::parse("7-9,5-8,3,3-3,0").as_ref(), Some(&expected));
    }

    #[test]
    fn refuses_anything_else() {
        for text in [
            "",
            ",",
            "1,",
            "-",
            "1-",
            "-1",
            "2-1",
            "1-2-3",
            "01",
            "+1",
            "1 ",
            "514",
            "0-514",
            "0x1",
            "99999999999999999999",
        ] {
            assert_eq!(Numbers::parse(text), None, "{text}");
        }
        assert!(Numbers::parse("0-513").is_some());
    }

    #[test]
    fn leaves_out_what_cannot_exist() {
        let mut numbers = Numbers::default();
        numbers.insert(LIMIT);
        numbers.insert(usize::MAX);
        assert!(numbers.is_empty() && !numbers.contains(usize::MAX));
        numbers.insert(LIMIT - 1);
        assert!(numbers.iter().eq([LIMIT - 1]));
    }
}
