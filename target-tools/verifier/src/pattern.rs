//! What memory should hold, and how what it holds differs.

use crate::uapi::address_word;

/// A word that is not as expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Difference {
    /// Distance from the start, in bytes.
    pub offset_bytes: u32,
    /// What should be there.
    pub want: u32,
    /// What is there.
    pub got: u32,
}

/// The first of `words` that is not `expected(index)`.
pub fn first_difference(
    words: impl Iterator<Item = u32>,
    expected: impl Fn(u32) -> u32,
) -> Option<Difference> {
    (0u32..).zip(words).find_map(|(index, got)| {
        let want = expected(index);
        (want != got).then_some(Difference {
            offset_bytes: index * 4,
            want,
            got,
        })
    })
}

/// The index whose [`address_word`] is `word`: tells where a displaced page
/// belongs.
pub fn address_index(area: u32, word: u32, salt: u32) -> u32 {
    const INVERSE: u32 = inverse(address_word(0, 1, 0));
    (word ^ address_word(area, 0, salt)).wrapping_mul(INVERSE)
}

/// The number whose product with the odd `number` is 1 modulo 2³² (Newton).
const fn inverse(number: u32) -> u32 {
    let mut result = number;
    let mut round = 0;
    while round < 5 {
        result = result.wrapping_mul(2u32.wrapping_sub(number.wrapping_mul(result)));
        round += 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uapi::{AREA_KMALLOC, AREA_VMALLOC, seed_word};

    #[test]
    fn seed_is_what_the_demo_driver_wrote() {
        let start: Vec<u32> = (0..4).map(|index| seed_word(AREA_VMALLOC, index)).collect();
        assert_eq!(start, [0xaffe_0000, 0xbeef_0000, 0xaffe_0002, 0xbeef_0002]);
        let start: Vec<u32> = (0..4).map(|index| seed_word(AREA_KMALLOC, index)).collect();
        assert_eq!(start, [0xdead_0000, 0xbeef_0000, 0xdead_0002, 0xbeef_0002]);
    }

    #[test]
    fn seed_carries_and_wraps_where_the_area_is_large() {
        assert_eq!(seed_word(AREA_VMALLOC, 0x1_0000), 0xafff_0000);
        assert_eq!(seed_word(AREA_VMALLOC, 0x5002_0002), 0x0000_0002);
    }

    #[test]
    fn reports_the_first_word_that_differs() {
        let words = [0, 1, 7, 9];
        let difference = first_difference(words.into_iter(), |index| index);
        let want = Difference {
            offset_bytes: 8,
            want: 2,
            got: 7,
        };
        assert_eq!(difference, Some(want));
    }

    #[test]
    fn equal_words_do_not_differ() {
        assert_eq!(first_difference([0, 1, 2].into_iter(), |index| index), None);
    }

    #[test]
    fn address_word_tells_its_place() {
        for index in [0, 1, 0x400, 0x3fff, 0xffff_ffff] {
            let word = address_word(AREA_KMALLOC, index, 0x1234_5678);
            assert_eq!(address_index(AREA_KMALLOC, word, 0x1234_5678), index);
        }
    }

    #[test]
    fn address_words_of_two_areas_or_salts_differ() {
        assert_ne!(address_word(0, 5, 1), address_word(1, 5, 1));
        assert_ne!(address_word(0, 5, 1), address_word(0, 5, 2));
    }
}
