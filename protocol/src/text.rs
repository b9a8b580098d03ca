//! Words of a line: hexadecimal and decimal numbers in their one spelling, and
//! `key=value` pairs.

/// Reads exactly `digits` lower-case hexadecimal digits.
pub(crate) fn hex(word: &str, digits: usize) -> Option<u64> {
    let spelled = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if word.len() != digits || !word.bytes().all(spelled) {
        return None;
    }
    u64::from_str_radix(word, 16).ok()
}

/// Reads a decimal number without sign or leading zero.
pub(crate) fn decimal<T: core::str::FromStr>(word: &str) -> Option<T> {
    let plain = word == "0" || !word.starts_with('0');
    if !plain || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    word.parse().ok()
}

/// The words of a body, taken one after the other.
pub(crate) struct Words<'a>(core::str::Split<'a, char>);

impl<'a> Words<'a> {
    pub(crate) fn of(body: &'a str) -> Self {
        Self(body.split(' '))
    }

    pub(crate) fn next(&mut self) -> Option<&'a str> {
        self.0.next().filter(|word| !word.is_empty())
    }

    /// The value of the next word, which must be `key=value`.
    pub(crate) fn value(&mut self, key: &str) -> Option<&'a str> {
        self.next()?.strip_prefix(key)?.strip_prefix('=')
    }

    /// Succeeds when no word is left.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.0.next().is_none().then_some(())
    }
}

/// True if `word` can be a value: printable ASCII, no space, not empty.
pub(crate) fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
}

/// True if `name` can name a check: a word without `#`.
pub(crate) fn is_name(name: &str) -> bool {
    is_word(name) && !name.contains('#')
}

/// True if `detail` can follow a result: printable ASCII without `#`, which KTAP
/// parsers would take for a directive. It may be empty.
pub(crate) fn is_detail(detail: &str) -> bool {
    let allowed = |byte| (b' '..=b'~').contains(&byte) && byte != b'#';
    detail.bytes().all(allowed)
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
