//! What a line turns out to be.

use std::time::Duration;

use board_check_protocol::{CHECKS_MAX, ErrorReason, Line, Record, foreign_protocol};

use super::contexts::{Contexts, Owner};
use super::joined::Joined;
use super::shape::{is_frame, looks_like_prompt, looks_like_record, looks_sealed};
use super::trace::Trace;
use super::{Event, Events, TextKind};
use crate::escape::escape;
use crate::kernel_messages::{self, stamp_length};
use crate::mark::Mark;
use crate::records::Check;
use crate::run::{Ended, Run, Source, Speaker};
use crate::timeouts::{READY_AGAIN, READY_AGAIN_TIMES, RESET_STALE};
use crate::unsplice::{Unsplicer, stamps};

/// All but the line that is coming in.
#[derive(Debug)]
pub(super) struct Heard {
    unsplicer: Unsplicer,
    pub(super) contexts: Contexts,
    joined: Joined,
    pub(super) trace: Trace,
    pub(super) run: Run,
    /// Lines that verified as they came.
    pub(super) verified: u64,
    /// Another boot than that which was asked, when it was first heard of, and how often.
    other_boot: Option<(u64, Duration, u32)>,
    /// Version that a `ready` line named, and how often in a row.
    foreign: Option<(u32, u32)>,
    /// Number of checks in the board's list, and the names that have come.
    list: Option<usize>,
    listed: Vec<Option<String>>,
    /// Boots that a reset has ended, and until when their last words may still come.
    ended_boots: Vec<u64>,
    stale_until: Duration,
    /// How often the port went away.
    losses: u32,
}

impl Heard {
    pub(super) fn new(source: Source) -> Self {
        Self {
            unsplicer: Unsplicer::default(),
            contexts: Contexts::new(source),
            joined: Joined::default(),
            trace: Trace::default(),
            run: Run::new(source),
            verified: 0,
            other_boot: None,
            foreign: None,
            list: None,
            listed: Vec::new(),
            ended_boots: Vec::new(),
            stale_until: Duration::ZERO,
            losses: 0,
        }
    }

    /// True if what came last, without a line end, is to be taken: a record that
    /// verifies, or a prompt. The beginning of a record for which the session did not
    /// wait is no damage.
    pub(super) fn counts_without_end(&self, bytes: &[u8]) -> bool {
        let verifies = self.contexts.decode(bytes).is_some();
        verifies || !(bytes.is_empty() || looks_like_record(bytes))
    }

    pub(super) fn has_list(&self) -> bool {
        self.list == Some(self.listed.len()) && self.listed.iter().all(Option::is_some)
    }

    /// Takes note of what happened to the line itself.
    pub(super) fn mark(&mut self, at: Duration, mark: &Mark) {
        self.unsplicer.clear();
        match mark {
            Mark::Reset { .. } => {
                let ready = self.run.ready.take();
                self.ended_boots.extend(ready.map(|ready| ready.boot));
                self.stale_until = at + RESET_STALE;
                self.trace.start_over();
            }
            Mark::Lost { .. } => {
                self.losses += 1;
                // Who knows what happens to the board meanwhile.
                if self.contexts.asked_boot().is_none() {
                    self.run.ready = None;
                }
            }
            Mark::Back | Mark::Secret => {}
        }
    }

    fn is_stale(&self, at: Duration, boot: u64) -> bool {
        at < self.stale_until || self.ended_boots.contains(&boot)
    }

    pub(super) fn into_run(mut self, at: Duration, ended: Ended) -> Run {
        let times = match self.losses {
            1 => "once".to_owned(),
            losses => format!("{losses} times"),
        };
        if self.losses > 0 {
            self.run
                .notes
                .push(format!("The port was away {times} during the session."));
        }
        let listed = self.has_list().then_some(self.listed);
        Run {
            records: self.contexts.into_best(),
            listed: listed.and_then(|listed| listed.into_iter().collect()),
            kernel: self.trace.into_text(),
            ended,
            duration: at,
            ..self.run
        }
    }

    /// Takes a line from the board.
    pub(super) fn line(&mut self, at: Duration, line: Line<'_>, events: &mut Events) {
        self.run.line.lines += 1;
        let bytes = line.bytes;
        self.foreign_ready(bytes);
        if line.cut {
            self.unsplicer.clear();
            return self.text(at, bytes, events);
        }
        let record = self.record(at, bytes);
        if let Some(event) = record.or_else(|| self.joined(at, bytes)) {
            self.verified += 1;
            self.unsplicer.clear();
            events.push(event);
            return;
        }
        let contexts = &self.contexts;
        let verifies = |candidate: &[u8]| contexts.decode(candidate).is_some();
        let mended = looks_sealed(bytes).then(|| contexts.mend(bytes)).flatten();
        if mended.is_some() {
            self.unsplicer.clear();
        }
        let healed = mended.or_else(|| self.unsplicer.line(bytes, verifies));
        if let Some(record) = &healed {
            self.run.line.healed += 1;
            events.extend(self.record(at, record));
        }
        match (healed, stamps(bytes).first()) {
            (_, Some(&stamp)) => self.text(at, &bytes[stamp..], events),
            (None, None) => {
                self.run.line.damaged += u64::from(looks_like_record(bytes));
                self.text(at, bytes, events);
            }
            (Some(_), None) => {}
        }
    }

    /// Takes `line` if it is a verified record.
    fn record(&mut self, at: Duration, line: &[u8]) -> Option<Event> {
        let (record, owner) = self.contexts.decode(line)?;
        if let Record::Ready(_) = record {
            self.foreign = None;
        }
        let resent = line.starts_with(b"#r ");
        let event = match (record, owner) {
            (Record::Ready(ready), _) if self.is_stale(at, ready.boot) => {
                // By then every buffer on the way is empty.
                self.run.reset_in_vain |= at >= self.stale_until;
                not_ours(line)
            }
            (Record::Ready(ready), _) => {
                self.ready(at, ready.boot);
                self.run.ready = Some(ready);
                self.contexts.boot(ready);
                Event::Ready(ready)
            }
            (record, Owner::Run(index)) => {
                let text = std::str::from_utf8(line).ok()?;
                let line = match text.strip_prefix("#r ") {
                    Some(rest) => rest.split_once(' ')?.1,
                    None => text,
                };
                // The boot that was asked goes on.
                self.other_boot = None;
                let new = self.contexts.add(at, index, &record, line);
                self.run.line.resent += u64::from(new && resent);
                match record {
                    Record::Header(_) | Record::Check(_) | Record::End(_) if !new => Event::Repeat,
                    Record::Header(header) => Event::Header {
                        checks: header.checks,
                    },
                    Record::Check(result) => Event::Check(Check::from(result)),
                    Record::End(_) => Event::End,
                    // Before any record it may be another run that goes on.
                    Record::Busy if self.contexts.has_records(index) => Event::GoesOn,
                    Record::Busy => Event::Busy,
                    Record::Error { reason, detail } => self.refused(reason, detail),
                    _ => not_ours(line.as_bytes()),
                }
            }
            (Record::List { checks }, Owner::Asked) => {
                self.list = Some(checks);
                self.listed.resize(checks.min(CHECKS_MAX), None);
                Event::Listed
            }
            (Record::Listed { number, name }, Owner::Asked) => {
                if (1..=CHECKS_MAX).contains(&number) {
                    if self.listed.len() < number {
                        self.listed.resize(number, None);
                    }
                    self.listed[number - 1] = Some(name.to_owned());
                }
                Event::Listed
            }
            (Record::Off, Owner::Asked) => Event::Off,
            (Record::Busy, Owner::Asked) => Event::Busy,
            (Record::Error { reason, detail }, Owner::Asked) => self.refused(reason, detail),
            (Record::Error { reason, .. }, Owner::Nobody) => Event::Refused(reason),
            (Record::Header(header), _) => {
                self.contexts.other(header.context);
                self.goes_on(header.context.boot);
                self.other_run(line)
            }
            (_, Owner::OtherRun) => {
                self.contexts
                    .other_boot()
                    .inspect(|&boot| self.goes_on(boot));
                self.other_run(line)
            }
            (_, Owner::Nobody) => self.other_run(line),
            _ => not_ours(line),
        };
        if let Event::Text { text, .. } = &event {
            self.say(at, Speaker::OtherRun, text);
        }
        Some(event)
    }

    /// Takes `line` if it is a record of a run that began before the session did. Later on
    /// it could be one of ours whose header is lost.
    fn joined(&mut self, at: Duration, line: &[u8]) -> Option<Event> {
        let may_be = self.run.source == Source::Session && self.contexts.asked_boot().is_none();
        if !may_be || !self.joined.has(line) {
            return None;
        }
        self.say(at, Speaker::OtherRun, &escape(line));
        Some(self.other_run(line))
    }

    /// Takes note of a record of a run that somebody else asked for.
    fn other_run(&mut self, line: &[u8]) -> Event {
        self.run.line.other_runs += 1;
        not_ours(line)
    }

    /// A refusal. A damaged request is no refusal of what it asked for, and a lost
    /// run is asked for anew.
    fn refused(&mut self, reason: ErrorReason, detail: &str) -> Event {
        if !matches!(reason, ErrorReason::Crc | ErrorReason::Run) {
            self.run.refused = Some((reason, detail.to_owned()));
        }
        Event::Refused(reason)
    }

    /// Takes note that a board in the boot `boot` says something: if it is the one that
    /// was asked, it was not reset.
    fn goes_on(&mut self, boot: u64) {
        if self.contexts.asked_boot() == Some(boot) {
            self.other_boot = None;
        }
    }

    /// Takes note of a `ready` of the boot `boot`. A few may be old ones, which some buffer
    /// let go of late.
    fn ready(&mut self, at: Duration, boot: u64) {
        self.goes_on(boot);
        let Some(asked) = self.contexts.asked_boot() else {
            if self.run.source == Source::Session {
                self.trace.start_over();
            }
            return;
        };
        if asked == boot {
            return;
        }
        let (since, before) = match self.other_boot {
            Some((other, since, seen)) if other == boot => (since, seen),
            _ => (at, 0),
        };
        self.other_boot = Some((boot, since, before + 1));
        let again = before + 1 >= READY_AGAIN_TIMES && at >= since + READY_AGAIN;
        // Without a run that could show that the board goes on, one has to do.
        if again || self.run.requests == 0 {
            self.trace.reset(at, other_boot(boot, asked));
        }
    }

    fn foreign_ready(&mut self, line: &[u8]) {
        let Some(version) = foreign_protocol(line) else {
            return;
        };
        let seen = match self.foreign {
            Some((before, seen)) if before == version => seen + 1,
            _ => 1,
        };
        self.foreign = Some((version, seen));
        if seen >= 2 {
            self.run.foreign_protocol = Some(version);
        }
    }

    /// Takes a line, or its part from a timestamp on, that is no record.
    fn text(&mut self, at: Duration, line: &[u8], events: &mut Events) {
        if line.is_empty() || is_frame(line) {
            return;
        }
        let stamp = stamp_length(line);
        let message = String::from_utf8_lossy(&line[stamp.unwrap_or(0)..]);
        let text = escape(line);
        self.run.line.kernel += u64::from(stamp.is_some());
        self.run.platform.line(&message);
        self.run.line.prompts += u64::from(looks_like_prompt(line));
        // A kernel may name what started it.
        let bootloader = stamp.is_none() && kernel_messages::is_bootloader_banner(&message);
        self.run.line.bootloader += u64::from(bootloader);
        if bootloader || kernel_messages::is_kernel_banner(&message) {
            match self.contexts.asked_boot() {
                Some(_) => self.trace.reset(at, text.clone()),
                // A restart before anything was asked for: wait for its `ready`.
                None if self.run.source == Source::Session => {
                    self.run.ready = None;
                    self.run.reset_in_vain = false;
                    self.trace.next_boot();
                }
                None => {}
            }
        }
        self.trace.line(at, &message, &text);
        let (by, kind) = match stamp {
            Some(_) => (Speaker::Kernel, TextKind::Kernel),
            None => (Speaker::Board, TextKind::Other),
        };
        self.say(at, by, &text);
        events.push(Event::Text { text, kind });
    }

    /// Notes a line for the log.
    pub(super) fn say(&mut self, at: Duration, by: Speaker, text: &str) {
        self.run.log.push(at, by, text);
    }
}

/// A record that is none of the run.
fn not_ours(line: &[u8]) -> Event {
    Event::Text {
        text: escape(line),
        kind: TextKind::OtherRun,
    }
}

fn other_boot(boot: u64, asked: u64) -> String {
    format!("boot id {boot:016x} instead of {asked:016x}")
}
