//! The terminal to the host: standard input and output.

use core::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, write};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{InputModes, LocalModes, tcdrain};

use super::ioctl;

/// `struct termios` of `include/uapi/asm-generic/termbits.h`. (rustix knows more of
/// terminals than is needed here, which is 1 KiB of this program.)
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
struct Modes {
    input: u32,
    output: u32,
    control: u32,
    local: u32,
    line: u8,
    special_codes: [u8; 19],
}

const TCGETS: u32 = 0x5401;
const TCSETS: u32 = 0x5402;
const VTIME: usize = 5;
const VMIN: usize = 6;

/// Standard input and output. When this is dropped, the terminal is as it was before.
#[derive(Debug)]
pub struct Console {
    before: Option<Modes>,
}

impl Console {
    /// Takes the terminal: no echo (an echo would send our records back to the
    /// host's requests), no editing, no signals; a line feed still becomes carriage
    /// return and line feed, for people. What is no terminal is used as it is.
    pub fn take() -> Self {
        // SAFETY: Nothing here closes standard input.
        let input = unsafe { stdin() };
        let mut modes = Modes::default();
        // SAFETY: TCGETS writes a `struct termios`.
        let known = unsafe { ioctl(input, TCGETS, &mut modes) };
        let before = known.ok().map(|_| modes);
        if before.is_some() {
            let local = LocalModes::ECHO
                | LocalModes::ECHONL
                | LocalModes::ICANON
                | LocalModes::ISIG
                | LocalModes::IEXTEN;
            modes.local &= !local.bits();
            modes.input &= !(InputModes::IXON | InputModes::IXOFF | InputModes::ISTRIP).bits();
            modes.special_codes[VMIN] = 1;
            modes.special_codes[VTIME] = 0;
            set(modes);
        }
        Self { before }
    }

    /// Writes `bytes` in one `write(2)` where the kernel takes them so, and waits
    /// until they have left.
    ///
    /// # Errors
    /// As `write(2)`.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Errno> {
        // SAFETY: Nothing here closes standard output.
        let output = unsafe { stdout() };
        while !bytes.is_empty() {
            match write(output, bytes) {
                Ok(0) => return Err(Errno::IO),
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        // What is no terminal has nothing to drain.
        let _ = tcdrain(output);
        Ok(())
    }

    /// Reads what is there, waiting at most `timeout` for the first byte; nothing
    /// if none came.
    ///
    /// # Errors
    /// As `poll(2)` and `read(2)`; `EPIPE` at the end of the input.
    pub fn read<'a>(&mut self, buffer: &'a mut [u8], timeout: Duration) -> Result<&'a [u8], Errno> {
        // SAFETY: Nothing here closes standard input.
        let input = unsafe { stdin() };
        let timeout = Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        let mut files = [PollFd::new(&input, PollFlags::IN)];
        match poll(&mut files, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => return Ok(&[]),
            Ok(_) => {}
            Err(errno) => return Err(errno),
        }
        match read(input, &mut *buffer) {
            Ok(0) => Err(Errno::PIPE),
            Ok(bytes) => Ok(&buffer[..bytes]),
            Err(Errno::INTR) => Ok(&[]),
            Err(errno) => Err(errno),
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.before.into_iter().for_each(set);
    }
}

fn set(mut modes: Modes) {
    // SAFETY: Nothing here closes standard input; TCSETS reads a `struct termios`.
    let _ = unsafe { ioctl(stdin(), TCSETS, &mut modes) };
}
