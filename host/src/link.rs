//! The byte pipe to a board.

use std::io;
use std::time::Duration;

mod duplex;
mod endpoint;
mod exec;
mod holder;
mod port;
mod port_error;
mod received;
mod serial;
mod stdio;
mod tcp;
mod unix;

pub use endpoint::{Address, Endpoint, EndpointError};
pub use port::Port;
pub use port_error::PortError;

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

    /// Time since the link was opened. A link that does not wait in earnest has
    /// its own.
    fn elapsed(&self) -> Duration;
}
