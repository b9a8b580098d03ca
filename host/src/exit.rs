//! The exit codes.

use std::process::ExitCode;

use crate::link::PortError;

/// Why the command ends; the number is the exit code.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Exit {
    /// Every check passed, and that is proven. (Also: the command did its work.)
    Pass = 0,
    /// A check failed, or the kernel warned.
    Fail = 1,
    /// The command line, a board file or a capture cannot be used.
    Usage = 2,
    /// Something is missing, so nothing can be concluded.
    Incomplete = 3,
    /// The kernel crashed, or the board was reset.
    Crashed = 4,
    /// The filter selects no check.
    NoTests = 5,
    /// There is no such port, or it cannot be reached.
    PortAbsent = 69,
    /// Another process has the port.
    PortBusy = 75,
    /// The user may not open the port.
    PortDenied = 77,
    /// Interrupted by Ctrl-C or a signal.
    Interrupted = 130,
}

impl Exit {
    /// Every exit, by code.
    pub const ALL: [Self; 10] = [
        Self::Pass,
        Self::Fail,
        Self::Usage,
        Self::Incomplete,
        Self::Crashed,
        Self::NoTests,
        Self::PortAbsent,
        Self::PortBusy,
        Self::PortDenied,
        Self::Interrupted,
    ];

    /// What it means: the words of `--help`, the man pages and `docs/host.md`.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Pass => "PASS: every check passed, and every record of it was verified",
            Self::Fail => "FAIL: a check failed, the kernel warned, or the baseline was better",
            Self::Usage => "usage: the command line, a file or a capture cannot be used",
            Self::Incomplete => "INCOMPLETE: something is missing, so nothing can be concluded",
            Self::Crashed => "CRASHED: the kernel crashed, or the board was reset",
            Self::NoTests => "the filter selects no check",
            Self::PortAbsent => "the port is absent, cannot be reached, or is no port",
            Self::PortBusy => "the port is in use by another process",
            Self::PortDenied => "no permission to open the port",
            Self::Interrupted => "interrupted (Ctrl-C)",
        }
    }

    /// The exit code.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The exit for an error that ended the command.
    pub fn of(error: &anyhow::Error) -> Self {
        error
            .downcast_ref::<PortError>()
            .map_or(Self::Usage, PortError::exit)
    }
}

/// What the exit codes mean of a comparison, which judges no run.
const OF_COMPARE: [(Exit, &str); 4] = [
    (Exit::Pass, "nothing got worse"),
    (Exit::Fail, "something got worse"),
    (
        Exit::Usage,
        "usage, or runs of two boards or of releases with other checks",
    ),
    (
        Exit::Incomplete,
        "nothing got worse, but results are missing",
    ),
];

/// The same of `off`, with what else can happen to a port.
const OF_OFF: [(Exit, &str); 3] = [
    (Exit::Pass, "the board says that it powers off"),
    (
        Exit::Usage,
        "usage: the command line or a file cannot be used",
    ),
    (
        Exit::Incomplete,
        "the board is not ready, does not answer, or stays on",
    ),
];

/// The exit codes of the command `name`, and what they mean there.
pub fn codes(name: &str) -> Vec<(Exit, &'static str)> {
    let as_ever = |exit: Exit| (exit, exit.meaning());
    match name {
        "compare" => OF_COMPARE.to_vec(),
        "off" => {
            let line = Exit::ALL
                .into_iter()
                .filter(|&exit| exit >= Exit::PortAbsent);
            OF_OFF.into_iter().chain(line.map(as_ever)).collect()
        }
        _ => Exit::ALL.map(as_ever).to_vec(),
    }
}

/// [`codes`] as text, for the end of `--help`.
pub fn table(name: &str) -> String {
    let line = |(exit, meaning): (Exit, &str)| format!("\n  {:>3}  {meaning}", exit.code());
    let lines: String = codes(name).into_iter().map(line).collect();
    format!("Exit codes:{lines}")
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_in_order_and_none_is_there_twice() {
        let codes = Exit::ALL.map(Exit::code);
        assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
    }
}
