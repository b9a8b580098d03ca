//! The standard input and output of a command, such as `ssh lab picocom /dev/ttyUSB0`.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid,
};

use super::duplex::Duplex;
use super::port::Connection;
use super::{Endpoint, PortError};
use crate::timeouts::{COMMAND_END, POLL};

/// A running command. It has a process group of its own, which is ended with it, so
/// that nothing that it started keeps the port; its error output stays where ours is.
#[derive(Debug)]
pub(super) struct Exec {
    bytes: Option<Duplex>,
    child: Child,
}

impl Exec {
    /// Has the shell start the command.
    pub(super) fn start(command: &OsStr, endpoint: &Endpoint) -> Result<Self, PortError> {
        let failed = |error: &io::Error| PortError::other(endpoint, error);
        let mut child = Command::new("/bin/sh")
            .arg("-c")
            .arg(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| failed(&error))?;
        let pipes = child.stdout.take().zip(child.stdin.take());
        let bytes = pipes.map(|(input, out)| Duplex::of_two(input.into(), out.into(), "it ended"));
        Ok(Self { bytes, child })
    }

    /// Why the command's end of the pipes is gone.
    fn gone(&self) -> io::Error {
        let deadline = Instant::now() + COMMAND_END;
        while Instant::now() < deadline {
            if let Some(status) = self.status() {
                let how = match (status.exit_status(), status.terminating_signal()) {
                    (Some(code), _) => format!("the command ended with exit status {code}"),
                    (None, Some(signal)) => format!("the command was ended by signal {signal}"),
                    (None, None) => "the command ended".to_owned(),
                };
                return io::Error::new(io::ErrorKind::UnexpectedEof, how);
            }
            thread::sleep(Duration::from_millis(10));
        }
        let how = "the command closed its input or output";
        io::Error::new(io::ErrorKind::UnexpectedEof, how)
    }

    /// How the command ended; it is left to be waited for, so that its number stays
    /// its own.
    fn status(&self) -> Option<WaitIdStatus> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(self.pid()), options).ok().flatten()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Connection for Exec {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let read = match &mut self.bytes {
            Some(bytes) => bytes.read(buffer, timeout),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        read.map_err(|_| self.gone())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = match &mut self.bytes {
            Some(out) => out.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => self.gone(),
            _ => error,
        })
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        // Its pipes are closed first: most commands end by themselves then.
        self.bytes = None;
        let _ = kill_process_group(self.pid(), Signal::TERM);
        let deadline = Instant::now() + COMMAND_END;
        while self.status().is_none() && Instant::now() < deadline {
            thread::sleep(POLL / 10);
        }
        let _ = kill_process_group(self.pid(), Signal::KILL);
        let _ = self.child.wait();
    }
}
