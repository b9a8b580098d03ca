//! How the board is reset before a run.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::link::{ControlLine, Endpoint};

/// A way to reset the board.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reset {
    /// A control line of the serial port is switched off for a moment.
    Line(ControlLine),
    /// The shell runs this command.
    Command(OsString),
}

/// Why a text says no way to reset a board.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ResetError {
    /// Not one of the three.
    #[error("there are dtr, rts, and cmd:COMMAND")]
    Unknown,
    /// `cmd:` without a command.
    #[error("the command is missing, as in cmd:'uhubctl -l 1-1 -a cycle'")]
    NoCommand,
}

impl Reset {
    /// Reads what `--reset` was given.
    ///
    /// # Errors
    /// When it is none of the known ways.
    pub fn parse(text: &OsStr) -> Result<Self, ResetError> {
        match text.as_bytes() {
            b"dtr" => Ok(Self::Line(ControlLine::Dtr)),
            b"rts" => Ok(Self::Line(ControlLine::Rts)),
            bytes => match bytes.strip_prefix(b"cmd:") {
                None => Err(ResetError::Unknown),
                Some(command) if command.trim_ascii().is_empty() => Err(ResetError::NoCommand),
                Some(command) => Ok(Self::Command(OsString::from_vec(command.to_vec()))),
            },
        }
    }

    /// True if it can be done at this port.
    pub fn fits(&self, port: &Endpoint) -> bool {
        let has_lines = matches!(port, Endpoint::Serial(_) | Endpoint::Rfc2217(_));
        has_lines || matches!(self, Self::Command(_))
    }
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => line.fmt(f),
            Self::Command(command) => write!(f, "cmd:{}", command.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_reset_says_what_is_one() {
        let parse = |text: &str| Reset::parse(OsStr::new(text));
        for text in ["dtr", "rts", "cmd:sleep 1"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for text in ["", "DTR", "power", "sleep 1"] {
            assert_eq!(parse(text), Err(ResetError::Unknown));
        }
        assert_eq!(parse("cmd: "), Err(ResetError::NoCommand));
    }
}
