//! A serial port behind a server that speaks RFC 2217, such as ser2net with
//! `telnet(rfc2217)`.
//!
//! Speed and format are set on best effort: no answer is waited for, for servers are
//! known that never give one, and what the server refuses stays as it is there.

use std::io;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::duplex::Duplex;
use super::endpoint::Address;
use super::port::Connection;
use super::tcp::connect;
use super::{ControlLine, Endpoint, PortError, greeting};
use crate::timeouts::{AGREEMENT, POLL};

mod telnet;

use telnet::{Agreed, Telnet, command};

/// Commands of RFC 2217, section 2, with the values that are used.
const SET_BAUD_RATE: u8 = 1;
const SET_DATA_SIZE: (u8, &[u8]) = (2, &[8]);
const SET_PARITY_NONE: (u8, &[u8]) = (3, &[1]);
const SET_STOP_SIZE: (u8, &[u8]) = (4, &[1]);
const SET_CONTROL: u8 = 5;
const SET_CONTROL_NO_FLOW: u8 = 1;
const SET_CONTROL_DTR_ON: u8 = 8;
const SET_CONTROL_DTR_OFF: u8 = 9;
const SET_CONTROL_RTS_ON: u8 = 11;
const SET_CONTROL_RTS_OFF: u8 = 12;

/// Bytes that are read at a time.
const CHUNK: usize = 4096;

/// A connection to such a server.
#[derive(Debug)]
pub(super) struct Rfc2217 {
    bytes: Duplex,
    telnet: Telnet,
    baud_bits_per_second: u32,
    /// The settings were sent.
    configured: bool,
    /// The board's bytes that nobody has taken yet.
    data: Vec<u8>,
}

impl Rfc2217 {
    /// Connects; nothing is known yet of what the server takes.
    pub(super) fn open(
        address: &Address,
        baud_bits_per_second: u32,
        endpoint: &Endpoint,
        stop: &AtomicBool,
    ) -> Result<Self, PortError> {
        let mut bytes = connect(address, endpoint, stop)?;
        let came = greeting::await_keeping(&mut bytes, endpoint, |came| {
            let mut text = Vec::new();
            Telnet::start().0.receive(came, &mut text, &mut Vec::new());
            text
        })?;
        bytes.put_back(came);
        let (telnet, first) = Telnet::start();
        let mut connection = Self {
            bytes,
            telnet,
            baud_bits_per_second,
            configured: false,
            data: Vec::new(),
        };
        let sent = connection.send(&first);
        sent.map_err(|error| PortError::other(endpoint, &error))?;
        Ok(connection)
    }

    /// Takes what the server has sent, and answers it.
    fn take(&mut self, timeout: Duration) -> io::Result<()> {
        let mut buffer = [0; CHUNK];
        let count = self.bytes.read(&mut buffer, timeout)?;
        let mut answer = Vec::new();
        self.telnet
            .receive(&buffer[..count], &mut self.data, &mut answer);
        if !self.configured && self.telnet.takes_commands() == Agreed::Yes {
            self.configured = true;
            answer.extend(self.settings());
        }
        self.send(&answer)
    }

    /// Sends what is no byte of the board's.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.bytes.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(error),
            // A server that has gone has often said why: there is more to read.
            _ => Ok(()),
        }
    }

    fn settings(&self) -> Vec<u8> {
        let speed = self.baud_bits_per_second.to_be_bytes();
        let settings = [
            (SET_BAUD_RATE, &speed[..]),
            SET_DATA_SIZE,
            SET_PARITY_NONE,
            SET_STOP_SIZE,
            (SET_CONTROL, &[SET_CONTROL_NO_FLOW]),
        ];
        let commands = settings.map(|(code, value)| command(code, value));
        commands.concat()
    }
}

impl Connection for Rfc2217 {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        if self.data.is_empty() {
            self.take(timeout)?;
        }
        let count = self.data.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.data[..count]);
        self.data.drain(..count);
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.write(&self.telnet.encode(bytes))
    }

    fn set_line(&mut self, line: ControlLine, on: bool) -> io::Result<()> {
        let deadline = Instant::now() + AGREEMENT;
        while !self.configured && Instant::now() < deadline {
            self.take(POLL)?;
        }
        if !self.configured {
            return Err(io::Error::other("its server takes no commands of RFC 2217"));
        }
        let value = match (line, on) {
            (ControlLine::Dtr, true) => SET_CONTROL_DTR_ON,
            (ControlLine::Dtr, false) => SET_CONTROL_DTR_OFF,
            (ControlLine::Rts, true) => SET_CONTROL_RTS_ON,
            (ControlLine::Rts, false) => SET_CONTROL_RTS_OFF,
        };
        self.bytes.write(&command(SET_CONTROL, &[value]))
    }
}
