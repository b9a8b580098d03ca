//! From bytes in both directions to a [`Run`]; the same for a live session and a
//! replay. Knows nothing of ports, and time only as numbers that come with the
//! bytes.

use std::time::Duration;

use board_check_protocol::{
    ErrorReason, Line, LineReader, Ready, Record, checks, foreign_protocol,
};

use crate::escape::escape;
use crate::kernel_messages::{self, stamp_length};
use crate::records::{Check, RunRecords};
use crate::request::{Asked, Sent};
use crate::run::{Ended, KernelText, LineCounts, Run, Source};
use crate::timeouts::{TRACE_AT_MOST, TRACE_QUIET};
use crate::unsplice::{Unsplicer, stamps};

mod contexts;
mod trace;

use contexts::{Contexts, Owner};
use trace::Trace;

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
    /// The board refused a request.
    Refused(ErrorReason),
    /// The board has said part of its check list.
    Listed,
    /// The board powers off.
    Off,
}

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
        let run = Run {
            source,
            request: None,
            requests: 0,
            ready: None,
            records: None,
            refused: None,
            foreign_protocol: None,
            listed: None,
            kernel: KernelText::default(),
            line: LineCounts::default(),
            ended: Ended::CaptureEnds,
            duration: Duration::ZERO,
            capture_fault: None,
            notes: Vec::new(),
        };
        Self {
            reader: LineReader::default(),
            heard: Heard {
                unsplicer: Unsplicer::default(),
                contexts: Contexts::new(source),
                trace: Trace::default(),
                run,
                foreign: None,
                list: None,
                listed: Vec::new(),
            },
        }
    }

    /// Takes note of a line that was sent to the board.
    pub fn sent(&mut self, line: &[u8]) {
        let Some(sent) = Sent::read(line) else {
            return;
        };
        let run = &mut self.heard.run;
        let runs = run.ready.map_or(0, |ready| ready.runs);
        self.heard.contexts.issued(&sent, runs);
        match sent.what {
            Asked::Run(request) => {
                if run.requests == 0 {
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
    pub fn received(&mut self, at: Duration, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        let count = &mut self.heard.run.line;
        count.bytes += bytes.len() as u64;
        let printable = |byte: &&u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        count.unprintable += (bytes.len() - bytes.iter().filter(printable).count()) as u64;
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

    /// The session, at its end.
    pub fn finish(mut self, at: Duration, ended: Ended) -> Run {
        // What has no line end counts if it verifies all the same; the beginning of a
        // record that the session did not wait for is no damage.
        let pending = self.reader.pending();
        let bytes = pending.strip_suffix(b"\r").unwrap_or(pending);
        let verifies = self.heard.contexts.decode(bytes).is_some();
        if verifies || !(bytes.is_empty() || looks_like_record(bytes)) {
            let line = Line { bytes, cut: false };
            self.heard.line(at, line, &mut Vec::new());
        }
        let Heard {
            contexts,
            trace,
            mut run,
            listed,
            list,
            ..
        } = self.heard;
        run.kernel = trace.into_text();
        run.records = contexts.into_best();
        run.listed = list
            .filter(|&count| count == listed.len())
            .and_then(|_| listed.into_iter().collect());
        run.ended = ended;
        run.duration = at;
        run
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

    /// True if the board has been seen to speak another protocol version.
    pub fn speaks_other_protocol(&self) -> bool {
        self.heard.run.foreign_protocol.is_some()
    }

    /// True if the whole check list of the board is here.
    pub fn has_list(&self) -> bool {
        let listed = &self.heard.listed;
        self.heard.list == Some(listed.len()) && listed.iter().all(Option::is_some)
    }

    /// When a crash has been followed long enough; `None` while there is none.
    pub fn crash_over_at(&self) -> Option<Duration> {
        self.heard.trace.over_at(TRACE_QUIET, TRACE_AT_MOST)
    }
}

/// True if the board's list is that of this release.
pub fn is_our_list(digest: u32) -> bool {
    digest == checks::DIGEST
}

#[cfg(test)]
mod tests;
