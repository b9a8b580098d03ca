//! Takes the records out of what a board says, and lets all else through.

use std::time::Duration;

use super::ktap::{self, Said};
use super::shape::{
    harmless, is_frame, looks_like_result, may_be_prompt, may_become_result, may_have_mark,
};
use crate::collector::{Event, TextKind};
use crate::judge::Judgement;
use crate::records::RunRecords;
use crate::run::Run;
use crate::session::Heard;
use crate::timeouts::{CONSOLE_HOLD, CONSOLE_QUIET};
use crate::unsplice::stamps;

/// A longer line is no record, even with a kernel message in it.
const LINE_MAX: usize = 2048;

/// Why a line is a comment.
const UNVERIFIED: &str = "unverified";

/// Tells records from other text. What it returns is what the user gets to see.
#[derive(Debug, Default)]
pub struct Sieve {
    /// The line that is coming in, as it came.
    line: Vec<u8>,
    /// How much of it has been shown.
    shown: usize,
    /// What was shown of it was made a comment, and so is its rest.
    commented: bool,
    /// It is too long for a record, and its parts are not kept.
    long: bool,
    /// The last byte came then.
    at: Duration,
    /// Something has been shown behind the last line end.
    within_line: bool,
    /// A run was asked for.
    asked: bool,
    /// A kernel message has cut into what may be a record, whose rest has not come.
    cut: bool,
    said: Option<Said>,
    out: Vec<u8>,
}

impl Sieve {
    /// A run was asked for: from now on results are those of a run.
    pub fn asked(&mut self) {
        self.asked = true;
    }

    /// Takes bytes; gives what is to be shown.
    pub fn heard(&mut self, heard: &Heard<'_>) -> Vec<u8> {
        self.at = heard.at;
        self.line.extend_from_slice(heard.bytes);
        if self.line.ends_with(b"\n") {
            let line = std::mem::take(&mut self.line);
            match self.long {
                true => self.rest(&line),
                false => self.whole(&line, heard.events),
            }
            (self.shown, self.commented, self.long) = (0, false, false);
        } else if self.line.len() > LINE_MAX || self.hold().is_none() {
            self.show_pending();
        }
        if let Some(records) = heard.records {
            self.records(records);
        }
        std::mem::take(&mut self.out)
    }

    /// Nothing came up to the time `at`: a prompt has no line end.
    pub fn quiet(&mut self, at: Duration) -> Vec<u8> {
        let quiet = at.saturating_sub(self.at);
        if self.hold().is_none_or(|hold| quiet >= hold) {
            self.show_pending();
        }
        std::mem::take(&mut self.out)
    }

    /// How long the line that is coming in is held back, if at all.
    fn hold(&self) -> Option<Duration> {
        if self.long || self.commented {
            None
        } else if self.cut || is_suspect(&self.line) {
            Some(CONSOLE_HOLD)
        } else {
            may_be_prompt(&self.line).then_some(CONSOLE_QUIET)
        }
    }

    /// Says the rest of a run and its verdict, and is ready for the next.
    pub fn finish(&mut self, run: &Run, judgement: &Judgement, notes: &[String]) -> Vec<u8> {
        if self.line.len() > self.shown {
            self.show_pending();
        }
        let lines = match self.said.take() {
            Some(said) => said.end(run, judgement),
            None => vec![ktap::comment(judgement)],
        };
        lines.iter().for_each(|line| self.say(line));
        for note in notes {
            self.say(&format!("# board-check {note}"));
        }
        self.asked = false;
        self.cut = false;
        std::mem::take(&mut self.out)
    }

    /// Shows what there is of a line, whose end may never come.
    fn show_pending(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.commented |= !self.long && is_suspect(&line);
        if line.len() > self.shown {
            self.rest(&line);
        }
        self.long |= line.len() > LINE_MAX;
        if !self.long {
            self.shown = line.len();
            self.line = line;
        } else {
            self.shown = 0;
        }
    }

    /// Shows what has not been shown of a line that is no record.
    fn rest(&mut self, line: &[u8]) {
        match self.commented {
            true => self.comment(UNVERIFIED, &line[self.shown..]),
            false => self.show(&line[self.shown..]),
        }
    }

    /// Takes a line with its end.
    fn whole(&mut self, line: &[u8], events: &[Event]) {
        let text = |event: &&Event| matches!(event, Event::Text { .. });
        let record = events.iter().find(|event| !text(event));
        let stamp = stamps(line).first().copied();
        if let Some(record) = record {
            self.cut = false;
            match stamp {
                Some(stamp) if events.iter().any(|event| text(&event)) => {
                    self.begin_line();
                    self.show(&line[stamp..]);
                }
                _ => self.answer(record, line),
            }
            return;
        }
        let other = |event: &Event| {
            let other = TextKind::OtherRun;
            matches!(event, Event::Text { kind, .. } if *kind == other)
        };
        if events.iter().any(other) {
            return self.comment("another run", line);
        }
        if self.commented {
            return self.rest(line);
        }
        if self.asked && is_frame(line) {
            return;
        }
        match stamp {
            Some(0) => {}
            Some(stamp) if self.cuts(&line[..stamp]) => {
                self.cut = true;
                self.begin_line();
                return self.show(&line[stamp..]);
            }
            _ => self.cut = false,
        }
        let beginning = self.asked && may_become_result(line.trim_ascii_end());
        match beginning || looks_like_result(line) {
            true => self.comment(UNVERIFIED, line),
            false => self.show(&line[self.shown..]),
        }
    }

    /// True if a kernel message behind `beginning` may have cut into a record.
    fn cuts(&self, beginning: &[u8]) -> bool {
        match self.asked {
            true => self.cut || may_become_result(beginning),
            false => beginning.starts_with(b"# board-check "),
        }
    }

    /// An answer that is no part of the run, such as `ready`, is shown as it is.
    fn answer(&mut self, record: &Event, line: &[u8]) {
        match record {
            Event::Header { .. } | Event::Check(_) | Event::End | Event::Repeat => {}
            _ if !line.starts_with(b"# board-check ") => {}
            _ if self.commented => {
                self.begin_line();
                self.show(line);
            }
            _ => self.show(&line[self.shown..]),
        }
    }

    /// Says what can be said of the run.
    fn records(&mut self, records: &RunRecords) {
        if records.request.is_none() || !self.asked {
            return;
        }
        if self.said.is_none() {
            let Some((said, lines)) = Said::begin(records) else {
                return;
            };
            self.said = Some(said);
            lines.iter().for_each(|line| self.say(line));
        }
        let said = self.said.as_mut();
        let lines = said.map_or_else(Vec::new, |said| said.more(records));
        lines.iter().for_each(|line| self.say(line));
    }

    fn say(&mut self, line: &str) {
        self.begin_line();
        self.show(line.as_bytes());
        self.show(b"\r\n");
    }

    fn comment(&mut self, why: &str, line: &[u8]) {
        self.begin_line();
        self.show(&harmless(why, line));
    }

    fn begin_line(&mut self) {
        if self.within_line {
            self.show(b"\r\n");
        }
    }

    fn show(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        if let Some(last) = bytes.last() {
            self.within_line = *last != b'\n';
        }
    }
}

/// True if it cannot be shown before its end: a reader may find something in it.
fn is_suspect(line: &[u8]) -> bool {
    may_become_result(line) || may_have_mark(line)
}
