//! The exit codes.

use std::process::ExitCode;

use crate::link::PortError;

/// Why the command ends; the number is the exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    /// There is no such port.
    PortAbsent = 69,
    /// Another process has the port.
    PortBusy = 75,
    /// The user may not open the port.
    PortDenied = 77,
    /// Interrupted by Ctrl-C or a signal.
    Interrupted = 130,
}

/// The table at the end of `--help`.
pub const TABLE: &str = "\
Exit codes:
    0  PASS: every check passed, and every record of it was verified
    1  FAIL: a check failed, or the kernel warned during the run
    2  usage: the command line, a board file or a capture cannot be used
    3  INCOMPLETE: something is missing, so nothing can be concluded
    4  CRASHED: the kernel crashed, or the board was reset
    5  the filter selects no check
   69  the port is absent, or is no serial port
   75  the port is in use by another process
   77  no permission to open the port
  130  interrupted (Ctrl-C)";

impl Exit {
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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_code_once() {
        let all = [
            Exit::Pass,
            Exit::Fail,
            Exit::Usage,
            Exit::Incomplete,
            Exit::Crashed,
            Exit::NoTests,
            Exit::PortAbsent,
            Exit::PortBusy,
            Exit::PortDenied,
            Exit::Interrupted,
        ];
        let listed: Vec<u8> = TABLE
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(listed, all.map(Exit::code));
    }
}
