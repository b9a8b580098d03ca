//! Both directions of an open port, as files.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::port::Connection;
use super::received::Received;
use crate::timeouts::WRITE;

/// Bytes that are written at a time: as many as any file takes that says it can be
/// written to, so that no write has to wait.
const PART: usize = 512;

/// A file to read from and one to write to; neither reading nor writing can block.
#[derive(Debug)]
pub(super) struct Duplex {
    received: Received,
    out: OwnedFd,
}

impl Duplex {
    /// Both directions go through `file`; `end` says what its end means.
    pub(super) fn of_one(file: OwnedFd, end: &'static str) -> io::Result<Self> {
        Ok(Self::of_two(file.try_clone()?, file, end))
    }

    /// The board's bytes come from `input`, whose end means `end`, and `out` takes those
    /// for it.
    pub(super) fn of_two(input: OwnedFd, out: OwnedFd, end: &'static str) -> Self {
        Self {
            received: Received::from_file(input, end),
            out,
        }
    }

    /// Has the next reads give `bytes`, which an earlier one gave.
    pub(super) fn put_back(&mut self, bytes: Vec<u8>) {
        self.received.put_back(bytes);
    }

    fn wait_writable(&self, deadline: Instant) -> Result<(), Errno> {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(|_| Errno::INVAL)?;
        let mut files = [PollFd::new(&self.out, PollFlags::OUT)];
        match poll(&mut files, Some(&left))? {
            0 => Err(Errno::TIMEDOUT),
            _ => Ok(()),
        }
    }
}

impl Connection for Duplex {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.received.read(buffer, timeout)
    }

    /// Gives up after [`WRITE`].
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let deadline = Instant::now() + WRITE;
        let mut rest = bytes;
        while !rest.is_empty() {
            let part = &rest[..rest.len().min(PART)];
            match self.wait_writable(deadline) {
                Ok(()) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            match rustix::io::write(&self.out, part) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }
}
