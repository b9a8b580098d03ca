//! The `end` line of a capture.

use std::time::Duration;

use crate::escape::{escape, unescape};
use crate::run::{Ended, NoShell};

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
        Ended::StaysOn { said } => format!("stays-on {}", escape(said.as_bytes())),
        Ended::NoReset { why } => format!("no-reset {}", escape(why.as_bytes())),
        Ended::NoShell(why) => format!("no-shell {}", no_shell(why)),
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
        "stays-on" => Ended::StaysOn { said: words()? },
        "no-reset" => Ended::NoReset { why: words()? },
        "no-shell" => Ended::NoShell(read_no_shell(rest)?),
        "interrupted" => Ended::Interrupted,
        "capture-ends" => Ended::CaptureEnds,
        _ => return None,
    })
}

fn no_shell(why: &NoShell) -> String {
    match why {
        NoShell::NoPrompt => "no-prompt".to_owned(),
        NoShell::Bootloader => "bootloader".to_owned(),
        NoShell::PasswordNeeded => "password-needed".to_owned(),
        NoShell::Refused => "refused".to_owned(),
        NoShell::Ended { said } => format!("ended {}", escape(said.as_bytes())),
    }
}

fn read_no_shell(text: &str) -> Option<NoShell> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "no-prompt" => NoShell::NoPrompt,
        "bootloader" => NoShell::Bootloader,
        "password-needed" => NoShell::PasswordNeeded,
        "refused" => NoShell::Refused,
        "ended" => NoShell::Ended {
            said: String::from_utf8(unescape(rest.as_bytes())?).ok()?,
        },
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
            Ended::StaysOn {
                said: error.clone(),
            },
            Ended::NoReset { why: error.clone() },
            Ended::NoShell(NoShell::NoPrompt),
            Ended::NoShell(NoShell::Bootloader),
            Ended::NoShell(NoShell::PasswordNeeded),
            Ended::NoShell(NoShell::Refused),
            Ended::NoShell(NoShell::Ended { said: error }),
            Ended::Interrupted,
            Ended::CaptureEnds,
        ] {
            assert_eq!(read(&write(&ended)), Some(ended));
        }
        assert_eq!(read("silent soon"), None);
    }
}
