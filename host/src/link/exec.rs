//! The standard input and output of a command, such as `ssh lab picocom /dev/ttyUSB0`.

use std::ffi::OsStr;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use super::duplex::Duplex;
use super::port::Connection;
use super::{Endpoint, PortError};
use crate::command::{Group, await_end};
use crate::timeouts::COMMAND_END;

/// A running command. Its fields end in this order: most commands end by themselves
/// when their pipes are closed.
#[derive(Debug)]
pub(super) struct Exec {
    bytes: Duplex,
    group: Group,
}

impl Exec {
    /// Has the shell start the command.
    pub(super) fn start(command: &OsStr, endpoint: &Endpoint) -> Result<Self, PortError> {
        let failed = |error: &io::Error| PortError::other(endpoint, error);
        let mut group = Group::start(command, Stdio::piped(), Stdio::piped())
            .map_err(|error| failed(&error))?;
        let pipes = group.pipes();
        let (input, out) = pipes.ok_or_else(|| failed(&io::ErrorKind::BrokenPipe.into()))?;
        let bytes = Duplex::of_two(input.into(), out.into(), "it ended");
        Ok(Self { bytes, group })
    }

    /// Why the command's end of the pipes is gone.
    fn gone(&self) -> io::Error {
        let how = match await_end(&self.group, COMMAND_END) {
            Some(end) => format!("the command {}", end.words()),
            None => "the command closed its input or output".to_owned(),
        };
        io::Error::new(io::ErrorKind::UnexpectedEof, how)
    }
}

impl Connection for Exec {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let read = self.bytes.read(buffer, timeout);
        read.map_err(|_| self.gone())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.write(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => self.gone(),
            _ => error,
        })
    }
}
