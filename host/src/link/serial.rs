//! A serial port, or anything else that is a tty.
//!
//! A thread does nothing but read: the kernel keeps few bytes of a port, and none of a
//! pty that hangs up, so they have to be taken even while the terminal is slow.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::termios::{ControlModes, OptionalActions};
use serialport::{SerialPort, TTYPort};

use super::{Link, PortError, holder, port_error};
use crate::timeouts::{POLL, WRITE};

/// Bytes that are read at a time, and chunks that wait for their reader at most.
const CHUNK: usize = 4096;
const CHUNKS_MAX: usize = 1024;

/// An open serial port: exclusive, 8N1, no flow control.
///
/// DTR and RTS stay as opening leaves them, and closing does not drop them: on
/// many boards they are wired to reset.
#[derive(Debug)]
pub struct SerialLink {
    port: TTYPort,
    received: Receiver<io::Result<Vec<u8>>>,
    /// What was received and did not fit the reader's buffer.
    rest: Vec<u8>,
    opened: Instant,
    shared_with: Option<String>,
}

impl SerialLink {
    /// Opens the port at `path`, which need not be one that the system lists.
    ///
    /// # Errors
    /// When it is absent, no tty, in use or denied.
    pub fn open(path: &Path, baud_bits_per_second: u32) -> Result<Self, PortError> {
        let tty = probe(path)?;
        let name = path.to_string_lossy();
        let port = serialport::new(name, baud_bits_per_second)
            .data_bits(serialport::DataBits::Eight)
            .parity(serialport::Parity::None)
            .stop_bits(serialport::StopBits::One)
            .flow_control(serialport::FlowControl::None)
            .timeout(WRITE)
            .open_native()
            .map_err(|error| port_error::from_open(path, &error))?;
        keep_lines_on_close(&tty);
        let reader = port.try_clone_native();
        let reader = reader.map_err(|error| port_error::from_open(path, &error))?;
        let (sender, received) = sync_channel(CHUNKS_MAX);
        thread::spawn(move || take_bytes(reader, &sender));
        Ok(Self {
            port,
            received,
            rest: Vec::new(),
            opened: Instant::now(),
            shared_with: holder::find(path),
        })
    }

    /// Another process that has the port open without having locked it, and takes
    /// bytes away from this one.
    pub fn shared_with(&self) -> Option<&str> {
        self.shared_with.as_deref()
    }
}

impl Link for SerialLink {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.received.recv_timeout(timeout) {
                Ok(bytes) => self.rest = bytes?,
                Err(RecvTimeoutError::Timeout) => return Ok(0),
                // It has said why, to an earlier read.
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
            }
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.port.set_timeout(WRITE).map_err(io::Error::from)?;
        self.port.write_all(bytes)
    }

    fn elapsed(&self) -> Duration {
        self.opened.elapsed()
    }
}

/// Reads the port until it is gone, or nobody wants the bytes any more.
fn take_bytes(mut port: TTYPort, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = [0; CHUNK];
    let mut wanted = port.set_timeout(POLL).is_ok();
    while wanted {
        let read = match port.read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) => match error.kind() {
                io::ErrorKind::TimedOut
                | io::ErrorKind::Interrupted
                | io::ErrorKind::WouldBlock => Ok(Vec::new()),
                _ => Err(error),
            },
        };
        let lost = read.is_err();
        // An empty chunk tells whether there is still somebody.
        wanted = sender.send(read).is_ok() && !lost;
    }
}

/// Opens the tty beside the port, to learn what is wrong with it and to change
/// what serialport does not.
fn probe(path: &Path) -> Result<OwnedFd, PortError> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let tty = rustix::fs::open(path, flags, Mode::empty())
        .map_err(|errno| port_error::from_errno(path, errno))?;
    match rustix::termios::isatty(&tty) {
        true => Ok(tty),
        false => Err(PortError::NotATty {
            path: path.to_owned(),
        }),
    }
}

/// Clears HUPCL, on best effort: a pty has no such lines.
fn keep_lines_on_close(tty: &OwnedFd) {
    if let Ok(mut settings) = rustix::termios::tcgetattr(tty) {
        settings.control_modes.remove(ControlModes::HUPCL);
        let _ = rustix::termios::tcsetattr(tty, OptionalActions::Now, &settings);
    }
}
