//! The `end` line of a capture.

use std::time::Duration;

use crate::escape::{escape, unescape};
use crate::run::Ended;

/// The words that stand for the end of a session.
pub(super) fn write(ended: &Ended) -> String {
    match ended {
        Ended::Complete => "complete".to_owned(),
        Ended::NotReady { waited } => format!("not-ready {}", waited.as_millis()),
        Ended::Silent { waited } => format!("silent {}", waited.as_millis()),
        Ended::NoAnswer => "no-answer".to_owned(),
        Ended::GaveUp => "gave-up".to_owned(),
        Ended::Refused => "refused".to_owned(),
        Ended::OtherProtocol => "other-protocol".to_owned(),
        Ended::Crashed => "crashed".to_owned(),
        Ended::PortLost { error } => format!("port-lost {}", escape(error.as_bytes())),
        Ended::NoReset { why } => format!("no-reset {}", escape(why.as_bytes())),
        Ended::Interrupted => "interrupted".to_owned(),
        Ended::CaptureEnds => "capture-ends".to_owned(),
    }
}

/// Reads what [`write`] wrote.
pub(super) fn read(text: &str) -> Option<Ended> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let words = || String::from_utf8(unescape(rest.as_bytes())?).ok();
    let waited = || Some(Duration::from_millis(rest.parse().ok()?));
    Some(match word {
        "complete" => Ended::Complete,
        "not-ready" => Ended::NotReady { waited: waited()? },
        "silent" => Ended::Silent { waited: waited()? },
        "no-answer" => Ended::NoAnswer,
        "gave-up" => Ended::GaveUp,
        "refused" => Ended::Refused,
        "other-protocol" => Ended::OtherProtocol,
        "crashed" => Ended::Crashed,
        "port-lost" => Ended::PortLost { error: words()? },
        "no-reset" => Ended::NoReset { why: words()? },
        "interrupted" => Ended::Interrupted,
        "capture-ends" => Ended::CaptureEnds,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_is_read_back() {
        let waited = Duration::from_millis(2500);
        let error = "Broken\npipe".to_owned();
        for ended in [
            Ended::Complete,
            Ended::NotReady { waited },
            Ended::Silent { waited },
            Ended::NoAnswer,
            Ended::GaveUp,
            Ended::Refused,
            Ended::OtherProtocol,
            Ended::Crashed,
            Ended::PortLost {
                error: error.clone(),
            },
            Ended::NoReset { why: error },
            Ended::Interrupted,
            Ended::CaptureEnds,
        ] {
            assert_eq!(read(&write(&ended)), Some(ended));
        }
        assert_eq!(read("silent soon"), None);
    }
}
