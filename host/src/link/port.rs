//! The port that `--port` names, open.

use std::io;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use super::exec::Exec;
use super::pseudo::{self, Return};
use super::rfc2217::Rfc2217;
use super::serial::Serial;
use super::{ControlLine, Endpoint, Link, PortError, holder, stdio, tcp, unix};
use crate::timeouts::REOPEN;

/// One kind of port, open: what [`Link`] asks of it.
pub(super) trait Connection {
    /// As [`Link::read`].
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize>;

    /// As [`Link::write`].
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// As [`Link::set_line`].
    fn set_line(&mut self, _: ControlLine, _: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// An open port of any kind.
pub struct Port {
    endpoint: Endpoint,
    baud_bits_per_second: u32,
    connection: Option<Box<dyn Connection>>,
    opened: Instant,
    shared_with: Option<String>,
    may_return: Return,
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
        let mut port = Self::absent(endpoint, baud_bits_per_second);
        port.connect(stop)?;
        if let Endpoint::Serial(path) = endpoint {
            port.shared_with = holder::find(path);
        }
        Ok(port)
    }

    /// A port that is not there yet: one that has been lost already.
    pub fn absent(endpoint: &Endpoint, baud_bits_per_second: u32) -> Self {
        Self {
            endpoint: endpoint.clone(),
            baud_bits_per_second,
            connection: None,
            opened: Instant::now(),
            shared_with: None,
            may_return: Return::Always,
        }
    }

    fn connect(&mut self, stop: &AtomicBool) -> Result<(), PortError> {
        let (endpoint, baud_bits_per_second) = (&self.endpoint, self.baud_bits_per_second);
        let connection: Box<dyn Connection> = match endpoint {
            Endpoint::Serial(path) => Box::new(Serial::open(path, baud_bits_per_second)?),
            Endpoint::Tcp(address) => Box::new(tcp::open(address, endpoint, stop)?),
            Endpoint::Rfc2217(address) => Box::new(Rfc2217::open(
                address,
                baud_bits_per_second,
                endpoint,
                stop,
            )?),
            Endpoint::Unix(path) => Box::new(unix::open(path, endpoint)?),
            Endpoint::Exec(command) => Box::new(Exec::start(command, endpoint)?),
            Endpoint::Stdio => Box::new(stdio::open(endpoint)?),
        };
        if let Endpoint::Serial(path) = endpoint {
            self.may_return = pseudo::may_return(path);
        }
        self.connection = Some(connection);
        Ok(())
    }

    /// Another process that has the port open without having locked it, and takes
    /// bytes away from this one.
    pub fn shared_with(&self) -> Option<&str> {
        self.shared_with.as_deref()
    }
}

impl Link for Port {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        match &mut self.connection {
            Some(connection) => connection.read(buffer, timeout),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.connection {
            Some(connection) => connection.write(bytes),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn set_line(&mut self, line: ControlLine, on: bool) -> io::Result<()> {
        match &mut self.connection {
            Some(connection) => connection.set_line(line, on),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn reopen(&mut self, stop: &AtomicBool) -> io::Result<bool> {
        if matches!(self.endpoint, Endpoint::Exec(_) | Endpoint::Stdio) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        // A port of which something is still open cannot get its name back.
        self.connection = None;
        if self.may_return == Return::Never {
            return Err(io::ErrorKind::Unsupported.into());
        }
        thread::sleep(REOPEN);
        let is_old_link = match &self.endpoint {
            Endpoint::Serial(path) if self.may_return != Return::Always => {
                pseudo::may_return(path) == self.may_return
            }
            _ => false,
        };
        Ok(!is_old_link && self.connect(stop).is_ok())
    }

    fn elapsed(&self) -> Duration {
        self.opened.elapsed()
    }
}
