//! The byte pipe to a board.

use std::fmt;
use std::io;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

mod duplex;
mod endpoint;
mod exec;
mod greeting;
pub(crate) mod holder;
mod port;
mod port_error;
mod pseudo;
mod received;
mod rfc2217;
mod serial;
mod stdio;
mod tcp;
mod unix;

pub use endpoint::{Address, Endpoint, EndpointError};
pub use port::Port;
pub use port_error::PortError;

/// A control line that a PC can switch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ControlLine {
    /// Data terminal ready.
    Dtr,
    /// Request to send.
    Rts,
}

impl fmt::Display for ControlLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dtr => "dtr",
            Self::Rts => "rts",
        })
    }
}

/// A byte pipe to one board.
pub trait Link {
    /// Reads the bytes that are there, waiting at most `timeout` for the first.
    /// Returns 0 when none came.
    ///
    /// # Errors
    /// When the link is gone.
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize>;

    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// When the link is gone, or takes no bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Waits a moment for a lost link and tries once to open it again; true if it is
    /// back. Looks at `stop` while it waits for a network.
    ///
    /// # Errors
    /// When it cannot come back.
    fn reopen(&mut self, stop: &AtomicBool) -> io::Result<bool>;

    /// Switches a control line of a serial port.
    ///
    /// # Errors
    /// When the link has no such line.
    fn set_line(&mut self, line: ControlLine, on: bool) -> io::Result<()>;

    /// Time since the link was first opened. A link that does not wait in earnest has
    /// its own.
    fn elapsed(&self) -> Duration;
}

impl<L: Link + ?Sized> Link for &mut L {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        (**self).read(buffer, timeout)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        (**self).write(bytes)
    }

    fn reopen(&mut self, stop: &AtomicBool) -> io::Result<bool> {
        (**self).reopen(stop)
    }

    fn set_line(&mut self, line: ControlLine, on: bool) -> io::Result<()> {
        (**self).set_line(line, on)
    }

    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
}
