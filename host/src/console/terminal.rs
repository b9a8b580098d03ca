//! The terminal that the user sits at.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};

/// A terminal that passes every key through, until this is dropped.
#[derive(Debug)]
pub struct RawTerminal {
    file: OwnedFd,
    before: Termios,
}

impl RawTerminal {
    /// Makes the terminal raw; `None` if `file` is none.
    ///
    /// # Errors
    /// When the terminal does not let itself be changed.
    pub fn of(file: impl AsFd) -> io::Result<Option<Self>> {
        if !isatty(&file) {
            return Ok(None);
        }
        let before = tcgetattr(&file)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&file, OptionalActions::Now, &raw)?;
        let file = file.as_fd().try_clone_to_owned()?;
        Ok(Some(Self { file, before }))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(&self.file, OptionalActions::Now, &self.before);
    }
}
