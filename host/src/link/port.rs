//! The port that `--port` names, open.

use std::io;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::exec::Exec;
use super::serial::Serial;
use super::{Endpoint, Link, PortError, holder, stdio, tcp, unix};

/// One kind of port, open: what [`Link`] asks of it.
pub(super) trait Connection {
    /// As [`Link::read`].
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize>;

    /// As [`Link::write`].
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// An open port of any kind.
pub struct Port {
    connection: Box<dyn Connection>,
    opened: Instant,
    shared_with: Option<String>,
}

impl Port {
    /// Opens the port; `baud_bits_per_second` is for those that have a speed. Looks at
    /// `stop` while it waits for a network.
    ///
    /// # Errors
    /// When it is absent, in use, denied, or nothing that the endpoint says.
    pub fn open(
        endpoint: &Endpoint,
        baud_bits_per_second: u32,
        stop: &AtomicBool,
    ) -> Result<Self, PortError> {
        let connection: Box<dyn Connection> = match endpoint {
            Endpoint::Serial(path) => Box::new(Serial::open(path, baud_bits_per_second)?),
            Endpoint::Tcp(address) => Box::new(tcp::open(address, endpoint, stop)?),
            Endpoint::Unix(path) => Box::new(unix::open(path, endpoint)?),
            Endpoint::Exec(command) => Box::new(Exec::start(command, endpoint)?),
            Endpoint::Stdio => Box::new(stdio::open(endpoint)?),
        };
        let shared_with = match endpoint {
            Endpoint::Serial(path) => holder::find(path),
            _ => None,
        };
        Ok(Self {
            connection,
            opened: Instant::now(),
            shared_with,
        })
    }

    /// Another process that has the port open without having locked it, and takes
    /// bytes away from this one.
    pub fn shared_with(&self) -> Option<&str> {
        self.shared_with.as_deref()
    }
}

impl Link for Port {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.connection.read(buffer, timeout)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.connection.write(bytes)
    }

    fn elapsed(&self) -> Duration {
        self.opened.elapsed()
    }
}
