//! Bytes of the board as plain ASCII text, and back.
//!
//! What a board says never reaches a terminal or a file as it came: a control
//! sequence in it would be carried out. The same goes for a file that somebody sent.

/// Printable ASCII as it is, a backslash doubled, anything else as `\r`, `\n`,
/// `\t` or `\xNN`.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        let (plain, special) = rest.split_at(plain_length(rest));
        text.extend(str::from_utf8(plain));
        let Some((&byte, tail)) = special.split_first() else {
            return text;
        };
        rest = tail;
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            _ => {
                text.push_str("\\x");
                for digit in [byte >> 4, byte & 15] {
                    text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
                }
            }
        }
    }
}

/// `text` for people: control characters but line feeds as Rust writes them.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() && character != '\n' {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown
}

/// How many bytes from the first on stand for themselves: most, so they are copied at once.
fn plain_length(bytes: &[u8]) -> usize {
    let special = |byte: &u8| (*byte == b'\\') | !(b' '..=b'~').contains(byte);
    // Sixteen at a time, without a branch for each, are a few instructions.
    let pieces = bytes.chunks_exact(16);
    let plain = |piece: &&[u8]| !piece.iter().fold(false, |any, byte| any | special(byte));
    let start = 16 * pieces.take_while(plain).count();
    let rest = &bytes[start..];
    start + rest.iter().position(special).unwrap_or(rest.len())
}

/// What [`escape`] was given; `None` if it cannot have written `text`.
pub fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    unescape_into(text, &mut bytes)?;
    Some(bytes)
}

/// Like [`unescape`], appending to `bytes`.
pub(crate) fn unescape_into(text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    let mut rest = text;
    loop {
        let (plain, special) = rest.split_at(plain_length(rest));
        bytes.extend_from_slice(plain);
        if special.is_empty() {
            return Some(());
        }
        let (&letter, tail) = special.strip_prefix(b"\\")?.split_first()?;
        rest = tail;
        bytes.push(match letter {
            b'\\' => b'\\',
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'x' => {
                let (digits, tail) = rest.split_at_checked(2)?;
                rest = tail;
                let digit = |byte: u8| char::from(byte).to_digit(16);
                u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()?
            }
            _ => return None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back_and_none_is_a_control_byte() {
        let all: Vec<u8> = (0..=255).collect();
        let text = escape(&all);
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        assert_eq!(unescape(text.as_bytes()), Some(all));
    }

    #[test]
    fn a_printable_text_has_no_control_character_but_line_feeds() {
        let text = "40 °C\n\u{1b}[2J\r\t\u{7f}\u{9b}\\";
        let shown = "40 °C\n\\u{1b}[2J\\r\\t\\u{7f}\\u{9b}\\";
        assert_eq!(printable(text), shown);
    }

    #[test]
    fn a_cut_escape_is_an_error() {
        for text in ["\\", "\\x", "\\x1", "\\q", "\x1b"] {
            assert_eq!(unescape(text.as_bytes()), None, "{text:?}");
        }
    }
}
