//! What comes from the board, taken by a thread of its own.
//!
//! The kernel keeps few bytes of a port, and none of a pty that hangs up, so they have
//! to be taken even while the terminal or the disk is slow.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::timeouts::POLL;

/// Bytes that are read at a time, and chunks that wait for their reader at most.
const CHUNK: usize = 4096;
const CHUNKS_MAX: usize = 1024;

/// The bytes that a file gives, in order.
#[derive(Debug)]
pub(super) struct Received {
    chunks: Receiver<io::Result<Vec<u8>>>,
    /// What was received and did not fit the reader's buffer.
    rest: Vec<u8>,
    /// The thread ends when this is gone.
    _wanted: Arc<()>,
}

impl Received {
    /// Starts to read `file`. Its end is an error, for the board is gone then; `end`
    /// says what that means.
    pub(super) fn from_file(file: OwnedFd, end: &'static str) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS_MAX);
        let wanted = Arc::new(());
        let watched = Arc::downgrade(&wanted);
        thread::spawn(move || take_bytes(&file, end, &sender, &watched));
        Self {
            chunks,
            rest: Vec::new(),
            _wanted: wanted,
        }
    }

    /// Has the next reads give `bytes`, which an earlier one gave.
    pub(super) fn put_back(&mut self, bytes: Vec<u8>) {
        self.rest.splice(..0, bytes);
    }

    /// As [`super::Link::read`].
    pub(super) fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.chunks.recv_timeout(timeout) {
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
}

/// Reads the file until it ends, or nobody wants the bytes any more.
fn take_bytes(
    file: &OwnedFd,
    end: &'static str,
    sender: &SyncSender<io::Result<Vec<u8>>>,
    wanted: &Weak<()>,
) {
    let mut buffer = [0; CHUNK];
    while wanted.strong_count() > 0 {
        let read = match wait_readable(file).and_then(|()| rustix::io::read(file, &mut buffer)) {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, end)),
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(Errno::AGAIN | Errno::INTR) => continue,
            Err(errno) => Err(errno.into()),
        };
        let lost = read.is_err();
        if sender.send(read).is_err() || lost {
            return;
        }
    }
}

/// Waits a moment; `AGAIN` if there is nothing to read.
fn wait_readable(file: &OwnedFd) -> Result<(), Errno> {
    let moment = Timespec::try_from(POLL).map_err(|_| Errno::INVAL)?;
    match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&moment))? {
        0 => Err(Errno::AGAIN),
        _ => Ok(()),
    }
}
