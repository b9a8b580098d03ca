//! From bytes in both directions to a [`Run`]; the same for a live session and a
//! replay. Knows nothing of ports, and time only as numbers that come with the
//! bytes.

use std::time::Duration;

use board_check_protocol::{ErrorReason, Line, LineReader, Ready, checks};
use smallvec::SmallVec;

use crate::escape::escape;
use crate::mark::Mark;
use crate::records::{Check, RunRecords};
use crate::request::{Asked, Sent};
use crate::run::{Ended, Run, Source, Speaker};
use crate::timeouts::{TRACE_AT_MOST, TRACE_QUIET};

mod contexts;
mod heard;
mod joined;
mod shape;
mod trace;

use heard::Heard;

/// Longest line that is looked at, in bytes: a record with a kernel message in it.
const LINE_HELD: usize = 2048;

/// What a line turned out to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// Text of the kernel, a bootloader, a program; escaped.
    Text {
        /// The text.
        text: String,
        /// What kind.
        kind: TextKind,
    },
    /// The board is idle.
    Ready(Ready),
    /// The header of the run.
    Header {
        /// Number of results that will follow.
        checks: usize,
    },
    /// A result of the run, not seen before.
    Check(Check),
    /// The end of the run.
    End,
    /// A record of the run that was here already.
    Repeat,
    /// The board did not take a request since a run goes on.
    Busy,
    /// The run goes on, in a check that takes long.
    GoesOn,
    /// The board refused a request.
    Refused(ErrorReason),
    /// The board has said part of its check list.
    Listed,
    /// The board powers off.
    Off,
}

/// Events of a few bytes: those of a line are one, as a rule.
pub type Events = SmallVec<[Event; 1]>;

/// Kinds of text that is no record of the run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextKind {
    /// A kernel message.
    Kernel,
    /// The board's own run, or one that somebody else asked for.
    OtherRun,
    /// Anything else.
    Other,
}

/// Collects one session.
#[derive(Debug)]
pub struct Collector {
    reader: LineReader<LINE_HELD>,
    heard: Heard,
}

impl Collector {
    /// Nothing heard yet.
    pub fn new(source: Source) -> Self {
        Self {
            reader: LineReader::default(),
            heard: Heard::new(source),
        }
    }

    /// The session goes on within this boot: crashes count from the beginning, and
    /// another boot is a reset.
    pub fn within_boot(&mut self, boot: u64) {
        self.heard.contexts.within_boot(boot);
    }

    /// Takes note of a line that was sent to the board at the time `at`.
    pub fn sent(&mut self, at: Duration, line: &[u8]) {
        let Some(sent) = Sent::read(line) else {
            return;
        };
        self.heard.say(at, Speaker::Host, &escape(line));
        let run = &mut self.heard.run;
        let runs = run.ready.map_or(0, |ready| ready.runs);
        self.heard.contexts.issued(&sent, runs);
        match sent.what {
            Asked::Run(request) => {
                if run.requests == 0 && !self.heard.contexts.is_within_boot() {
                    self.heard.trace.start_over();
                }
                run.request = Some(request);
                run.requests += 1;
                run.refused = None;
            }
            Asked::Resend => run.line.rounds += 1,
            Asked::List | Asked::Off => {}
        }
    }

    /// Takes bytes that came from the board at the time `at`.
    pub fn received(&mut self, at: Duration, bytes: &[u8]) -> Events {
        let mut events = Events::new();
        let count = &mut self.heard.run.line;
        count.bytes += bytes.len() as u64;
        count.unprintable += unprintable(bytes);
        let mut rest = bytes;
        loop {
            let (line, left) = self.reader.feed(rest);
            let Some(line) = line else {
                return events;
            };
            self.heard.line(at, line, &mut events);
            rest = left;
        }
    }

    /// Takes note of what happened to the line itself at the time `at`.
    pub fn mark(&mut self, at: Duration, mark: &Mark) {
        match mark {
            Mark::Reset { .. } | Mark::Lost { .. } => {
                self.take_pending(at);
                self.reader = LineReader::default();
            }
            Mark::Back | Mark::Secret => {}
        }
        self.heard.mark(at, mark);
    }

    /// The session, at its end.
    pub fn finish(mut self, at: Duration, ended: Ended) -> Run {
        self.take_pending(at);
        self.heard.into_run(at, ended)
    }

    /// Takes what came without a line end, of which there is no more.
    fn take_pending(&mut self, at: Duration) {
        let pending = self.reader.pending();
        let bytes = pending.strip_suffix(b"\r").unwrap_or(pending);
        if self.heard.counts_without_end(bytes) {
            let line = Line { bytes, cut: false };
            self.heard.line(at, line, &mut Events::new());
        }
    }

    /// The last verified `ready`.
    pub fn ready(&self) -> Option<Ready> {
        self.heard.run.ready
    }

    /// The run that is being received: of those asked for, the one with most
    /// records, or the last.
    pub fn records(&self) -> Option<&RunRecords> {
        self.heard.contexts.best()
    }

    /// How many lines looked like records and did not verify, and how many did either.
    pub fn damage(&self) -> (u64, u64) {
        let damaged = self.heard.run.line.damaged;
        (damaged, damaged + self.heard.verified)
    }

    /// True if the board has been seen to speak another protocol version.
    pub fn speaks_other_protocol(&self) -> bool {
        self.heard.run.foreign_protocol.is_some()
    }

    /// How many verified records were of runs that this session did not ask for.
    pub fn other_runs(&self) -> u64 {
        self.heard.run.line.other_runs
    }

    /// True if the whole check list of the board is here.
    pub fn has_list(&self) -> bool {
        self.heard.has_list()
    }

    /// When a crash has been followed long enough; `None` while there is none.
    pub fn crash_over_at(&self) -> Option<Duration> {
        self.heard.trace.over_at(TRACE_QUIET, TRACE_AT_MOST)
    }
}

/// How many bytes are neither printable ASCII nor white space.
fn unprintable(bytes: &[u8]) -> u64 {
    let printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\t'..=b'\r');
    let count = |sum, &byte: &u8| sum + u8::from(!printable(byte));
    // A sum that fits a byte is made of many bytes at once.
    let sums = bytes.chunks(255).map(|piece| piece.iter().fold(0, count));
    sums.map(u64::from).sum()
}

/// True if the board's list is that of this release.
pub fn is_our_list(digest: u32) -> bool {
    digest == checks::DIGEST
}

#[cfg(test)]
mod tests;
