//! The `!` lines of a capture.

use crate::escape::{escape, unescape};
use crate::mark::Mark;

/// The words that stand for what happened to the line.
pub(super) fn write(mark: &Mark) -> String {
    match mark {
        Mark::Reset { how } => format!("reset {}", escape(how.as_bytes())),
        Mark::Lost { error } => format!("lost {}", escape(error.as_bytes())),
        Mark::Back => "back".to_owned(),
        Mark::Secret => "secret".to_owned(),
    }
}

/// Reads what [`write`] wrote.
pub(super) fn read(text: &str) -> Option<Mark> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = String::from_utf8(unescape(rest.as_bytes())?).ok()?;
    Some(match word {
        "reset" => Mark::Reset { how: rest },
        "lost" => Mark::Lost { error: rest },
        "back" => Mark::Back,
        "secret" => Mark::Secret,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_read_back() {
        let text = || "uhubctl -a cycle\n\u{1b}".to_owned();
        for mark in [
            Mark::Reset { how: text() },
            Mark::Lost { error: text() },
            Mark::Back,
            Mark::Secret,
        ] {
            let line = write(&mark);
            assert!(!line.contains(['\n', '\u{1b}']), "{line:?}");
            assert_eq!(read(&line), Some(mark));
        }
        assert_eq!(read("unheard of"), None);
    }
}
