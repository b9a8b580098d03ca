//! Words of a line: hexadecimal and decimal numbers in their one spelling, and
//! `key=value` pairs. What here takes a separator takes a byte.

/// Reads exactly `digits` lower-case hexadecimal digits, at most 16.
pub(crate) fn hex(word: &str, digits: usize) -> Option<u64> {
    let spelled = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if word.len() != digits || !word.bytes().all(spelled) {
        return None;
    }
    number(word, 16)
}

/// Reads a decimal number without sign or leading zero.
pub fn decimal<T: TryFrom<u64>>(word: &str) -> Option<T> {
    let plain = word == "0" || !word.starts_with("0");
    number(word, 10).filter(|_| plain)?.try_into().ok()
}

/// Reads a number of one or more digits and nothing else, in base 10 or 16.
pub fn number(word: &str, base: u32) -> Option<u64> {
    let digit = |byte| char::from(byte).to_digit(base);
    let append = |sum: u64, byte| {
        sum.checked_mul(base.into())?
            .checked_add(digit(byte)?.into())
    };
    match word {
        "" => None,
        _ => word.bytes().try_fold(0, append),
    }
}

/// The text before and behind the first `separator`, which is ASCII. (`str::split_once`
/// can search for more, in ten times the program.)
pub fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    cut_at(text, text.bytes().position(|byte| byte == separator)?)
}

/// The same at the last `separator`.
pub fn cut_last(text: &str, separator: u8) -> Option<(&str, &str)> {
    cut_at(text, text.bytes().rposition(|byte| byte == separator)?)
}

fn cut_at(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The pieces of `text` between `separator`s, which are ASCII, as `str::split` has them.
pub fn split(text: &str, separator: u8) -> Pieces<'_> {
    Pieces {
        rest: Some(text),
        separator,
    }
}

/// The pieces of a text.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let (piece, rest) = match cut(text, self.separator) {
            Some((piece, rest)) => (piece, Some(rest)),
            None => (text, None),
        };
        self.rest = rest;
        Some(piece)
    }
}

/// The words of a body, taken one after the other.
pub(crate) struct Words<'a>(Pieces<'a>);

impl<'a> Words<'a> {
    pub(crate) fn of(body: &'a str) -> Self {
        Self(split(body, b' '))
    }

    pub(crate) fn next(&mut self) -> Option<&'a str> {
        self.0.next().filter(|word| !word.is_empty())
    }

    /// The value of the next word, which must be `key=value`.
    pub(crate) fn value(&mut self, key: &str) -> Option<&'a str> {
        self.next()?.strip_prefix(key)?.strip_prefix("=")
    }

    /// Succeeds when no word is left.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.0.next().is_none().then_some(())
    }
}

/// True if all of `bytes` are `allowed`. (`Iterator::all` looks at them one by one; this
/// becomes instructions for many at once, where there are such.)
pub(crate) fn are_all(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, &byte| all & allowed(byte))
}

/// True if `word` can be a value: printable ASCII, no space, not empty.
pub(crate) fn is_word(word: &str) -> bool {
    !word.is_empty() && are_all(word.as_bytes(), |byte| (b'!'..=b'~').contains(&byte))
}

/// True if `name` can name a check: a word without `#`.
pub(crate) fn is_name(name: &str) -> bool {
    let allowed = |byte| (b'!'..=b'~').contains(&byte) & (byte != b'#');
    !name.is_empty() && are_all(name.as_bytes(), allowed)
}

/// True if `detail` can follow a result: printable ASCII without `#`, which KTAP
/// parsers would take for a directive. It may be empty.
pub(crate) fn is_detail(detail: &str) -> bool {
    let allowed = |byte| (b' '..=b'~').contains(&byte) & (byte != b'#');
    are_all(detail.as_bytes(), allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_has_one_spelling() {
        assert_eq!(decimal::<u32>("0"), Some(0));
        assert_eq!(decimal::<u32>("4294967295"), Some(u32::MAX));
        for word in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "4294967296",
            "\u{661}",
        ] {
            assert_eq!(decimal::<u32>(word), None, "{word}");
        }
    }

    #[test]
    fn cuts_and_splits_as_str_does() {
        for text in ["", " ", "a", "a b", " a  b ", "\u{e9} \u{e9}"] {
            assert_eq!(cut(text, b' '), text.split_once(' '), "{text:?}");
            assert_eq!(cut_last(text, b' '), text.rsplit_once(' '), "{text:?}");
            assert!(split(text, b' ').eq(text.split(' ')), "{text:?}");
        }
    }

    #[test]
    fn a_number_is_of_digits_that_fit() {
        assert_eq!(number("ffff800000000000", 16), Some(0xffff_8000_0000_0000));
        assert_eq!(number("18446744073709551615", 10), Some(u64::MAX));
        for word in ["", "+1", "-1", "1 ", "a", "18446744073709551616"] {
            assert_eq!(number(word, 10), None, "{word}");
        }
    }

    #[test]
    fn hex_has_one_spelling() {
        assert_eq!(hex("00ff", 4), Some(255));
        assert_eq!(hex("ffffffffffffffff", 16), Some(u64::MAX));
        for word in [
            "", "0ff", "000ff", "00FF", "+0ff", "0xff", "00f ", "\u{e9}ff",
        ] {
            assert_eq!(hex(word, 4), None, "{word}");
        }
    }
}
