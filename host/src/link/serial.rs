//! A serial port, or anything else that is a tty.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::termios::{ControlModes, OptionalActions};
use serialport::{SerialPort, TTYPort};

use super::duplex::Duplex;
use super::port::Connection;
use super::{ControlLine, PortError, port_error};

/// An open serial port: exclusive, 8N1, no flow control.
///
/// DTR and RTS stay as opening leaves them, and closing does not drop them: on
/// many boards they are wired to reset.
#[derive(Debug)]
pub(super) struct Serial {
    bytes: Duplex,
    /// Has the settings, the lock and the control lines.
    port: TTYPort,
}

impl Serial {
    /// Opens the port at `path`, which need not be one that the system lists.
    pub(super) fn open(path: &Path, baud_bits_per_second: u32) -> Result<Self, PortError> {
        let tty = probe(path)?;
        let name = path.to_string_lossy();
        let port = serialport::new(name, baud_bits_per_second)
            .data_bits(serialport::DataBits::Eight)
            .parity(serialport::Parity::None)
            .stop_bits(serialport::StopBits::One)
            .flow_control(serialport::FlowControl::None)
            .open_native()
            .map_err(|error| port_error::from_open(path, &error))?;
        keep_lines_on_close(&tty);
        let bytes = Duplex::of_one(tty, "the line hung up").map_err(|error| PortError::Other {
            port: path.display().to_string(),
            message: error.to_string(),
        })?;
        Ok(Self { bytes, port })
    }
}

impl Connection for Serial {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.bytes.read(buffer, timeout)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.write(bytes)
    }

    fn set_line(&mut self, line: ControlLine, on: bool) -> io::Result<()> {
        let set = match line {
            ControlLine::Dtr => self.port.write_data_terminal_ready(on),
            ControlLine::Rts => self.port.write_request_to_send(on),
        };
        Ok(set?)
    }
}

/// Opens the tty beside the port, to learn what is wrong with it, to change what
/// serialport does not, and to read and write without waiting.
fn probe(path: &Path) -> Result<OwnedFd, PortError> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let tty = rustix::fs::open(path, flags, Mode::empty())
        .map_err(|errno| port_error::from_errno(path, errno))?;
    match rustix::termios::isatty(&tty) {
        true => Ok(tty),
        false => Err(port_error::no_tty(path)),
    }
}

/// Clears HUPCL, on best effort: a pty has no such lines.
fn keep_lines_on_close(tty: &OwnedFd) {
    if let Ok(mut settings) = rustix::termios::tcgetattr(tty) {
        settings.control_modes.remove(ControlModes::HUPCL);
        let _ = rustix::termios::tcsetattr(tty, OptionalActions::Now, &settings);
    }
}
