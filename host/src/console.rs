//! The console of a board, with the part that is a run verified and clean.
//!
//! What the board says passes through as it is. Only results are held back until
//! they verify, and come out in order, as KTAP that other tools can believe: a
//! line that looks like a result is one. [`sieve`] tells the two apart, [`ktap`]
//! says the run, [`keyboard`] has the other direction.

use std::io::Write;
use std::time::Duration;

use board_check_protocol::Request;

use crate::collector::Event;
use crate::judge::Judgement;
use crate::run::Run;
use crate::session::{Heard, Presence, Watch};
use crate::timeouts::CONSOLE_PACE;

mod keyboard;
mod ktap;
mod shape;
mod sieve;
mod terminal;
#[cfg(test)]
mod tests;

pub use keyboard::{Keyboard, Typed};
pub use sieve::Sieve;
pub use terminal::RawTerminal;

/// Who sits between a session and the standard input and output.
pub struct Console<W> {
    out: W,
    sieve: Sieve,
    keyboard: Keyboard,
    /// Nobody reads any more, or wants to.
    gone: bool,
    /// A run has been said to its end.
    finished: bool,
}

impl<W: Write> Console<W> {
    /// A console that writes to `out`.
    pub fn new(out: W, keyboard: Keyboard) -> Self {
        Self {
            out,
            sieve: Sieve::default(),
            keyboard,
            gone: false,
            finished: false,
        }
    }

    /// Says the rest of a run, its verdict, and each of `notes`.
    pub fn finish(&mut self, run: &Run, judgement: &Judgement, notes: &[String]) {
        let text = self.sieve.finish(run, judgement, notes);
        self.write(&text);
        self.finished = true;
    }

    /// True if there will be no more input.
    pub fn is_over(&self) -> bool {
        self.gone || self.keyboard.is_closed()
    }

    fn write(&mut self, bytes: &[u8]) {
        let written = self.out.write_all(bytes).and_then(|()| self.out.flush());
        self.gone |= written.is_err();
    }
}

impl<W: Write> Watch for Console<W> {
    fn event(&mut self, _: &Event) {}

    fn sending(&mut self, request: &Request<'_>) {
        if matches!(request, Request::Run { .. }) {
            self.sieve.asked();
        }
    }

    fn heard(&mut self, heard: &Heard<'_>) {
        let text = self.sieve.heard(heard);
        self.write(&text);
    }

    fn quiet(&mut self, at: Duration) {
        let text = self.sieve.quiet(at);
        self.write(&text);
    }

    fn pace(&self) -> Duration {
        CONSOLE_PACE
    }

    fn input(&mut self) -> Option<Vec<u8>> {
        match self.keyboard.typed() {
            Typed::Bytes(bytes) => Some(bytes),
            Typed::Escape => {
                self.gone = true;
                None
            }
            Typed::Nothing => None,
        }
    }

    fn presence(&self) -> Presence {
        match (self.gone, self.keyboard.is_closed()) {
            (true, _) => Presence::Gone,
            (false, false) => Presence::Somebody,
            // Who asks for nothing more may still want the first run.
            (false, true) if self.finished => Presence::Gone,
            (false, true) => Presence::Nobody,
        }
    }
}
