//! What the user, or a program, gives for the board.

use std::io::Read;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

/// The key that ends a console on a terminal: Ctrl-], as in telnet.
const ESCAPE: u8 = 0x1d;

/// Bytes that are read at a time: few, so that a slow line is not blocked for long.
const CHUNK: usize = 256;

/// Chunks that wait for the line.
const CHUNKS_MAX: usize = 16;

/// The other direction of a console.
#[derive(Debug)]
pub struct Keyboard {
    chunks: Receiver<Vec<u8>>,
    /// The escape key is looked for.
    is_terminal: bool,
    /// The escape key came behind the bytes that were given last.
    escaped: bool,
    closed: bool,
}

/// What has been typed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Typed {
    /// Nothing, for now.
    Nothing,
    /// Bytes for the board.
    Bytes(Vec<u8>),
    /// The escape key.
    Escape,
}

impl Keyboard {
    /// Reads `input` in a thread of its own. On a terminal there is an escape key.
    pub fn new(mut input: impl Read + Send + 'static, is_terminal: bool) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS_MAX);
        thread::spawn(move || {
            let mut chunk = [0; CHUNK];
            while let Ok(count @ 1..) = input.read(&mut chunk) {
                if sender.send(chunk[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            chunks,
            is_terminal,
            escaped: false,
            closed: false,
        }
    }

    /// What has been typed since the last call.
    pub fn typed(&mut self) -> Typed {
        if self.escaped {
            return Typed::Escape;
        }
        let mut bytes = match self.chunks.try_recv() {
            Ok(bytes) => bytes,
            Err(TryRecvError::Empty) => return Typed::Nothing,
            Err(TryRecvError::Disconnected) => {
                self.closed = true;
                return Typed::Nothing;
            }
        };
        let escape = bytes.iter().position(|&byte| byte == ESCAPE);
        if let Some(at) = escape.filter(|_| self.is_terminal) {
            bytes.truncate(at);
            self.escaped = true;
        }
        match bytes.is_empty() {
            true => Typed::Escape,
            false => Typed::Bytes(bytes),
        }
    }

    /// True if nothing more can be typed.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}
