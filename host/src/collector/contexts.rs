//! What a line is verified with: the nonces that this session issued.

use std::time::Duration;

use board_check_protocol::{Context, Ready, Record, mend};

use crate::records::RunRecords;
use crate::request::{Asked, Sent};
use crate::run::Source;
use crate::timeouts::{ANSWER_TRIES, RUN_TRIES};

/// Runs, and other requests, that are held: as many as a session can ask for.
const HELD_MAX: usize = RUN_TRIES as usize + ANSWER_TRIES as usize;

/// Whose record a line is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Owner {
    /// That of a run to judge, by its place in the list.
    Run(usize),
    /// The answer to a `list` or `off`.
    Asked,
    /// An answer to a request that the board could not read, or a record of a run
    /// that the board started by itself.
    Nobody,
    /// A run that this session did not ask for.
    OtherRun,
}

#[derive(Debug)]
pub(super) struct Contexts {
    source: Source,
    runs: Vec<RunRecords>,
    asked: Vec<Context>,
    /// What the board seals lines with that answer nobody.
    nobody: Option<Context>,
    other: Option<Context>,
    /// The boot in which an earlier session ran.
    before: Option<u64>,
}

impl Contexts {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            runs: Vec::new(),
            asked: Vec::new(),
            nobody: None,
            other: None,
            before: None,
        }
    }

    /// A request went out when the board had finished `runs` runs.
    pub(super) fn issued(&mut self, sent: &Sent, runs: u32) {
        let context = Context {
            nonce: sent.nonce,
            boot: sent.boot,
            count: runs.wrapping_add(1),
        };
        // A capture that somebody wrote by hand may repeat a nonce, or use 0.
        let known = self.runs.iter().any(|run| run.context.nonce == sent.nonce);
        let held = self.asked.len() + self.runs.len();
        if known || sent.nonce == 0 || held >= HELD_MAX {
            return;
        }
        match &sent.what {
            Asked::Run(request) => self
                .runs
                .push(RunRecords::new(context, Some(request.clone()))),
            Asked::List | Asked::Off => self.asked.push(context),
            Asked::Resend => {}
        }
    }

    /// The boot that the last run was asked of, also by an earlier session.
    pub(super) fn asked_boot(&self) -> Option<u64> {
        let mut asked = self.runs.iter().rev().filter(|run| run.request.is_some());
        asked.next().map(|run| run.context.boot).or(self.before)
    }

    pub(super) fn within_boot(&mut self, boot: u64) {
        self.before = Some(boot);
    }

    pub(super) fn is_within_boot(&self) -> bool {
        self.before.is_some()
    }

    pub(super) fn boot(&mut self, ready: Ready) {
        self.nobody = Some(Context {
            nonce: 0,
            boot: ready.boot,
            count: ready.runs.wrapping_add(1),
        });
    }

    /// A run that this session did not ask for has started.
    pub(super) fn other(&mut self, context: Context) {
        self.other = Some(context);
    }

    /// The boot of the last such run.
    pub(super) fn other_boot(&self) -> Option<u64> {
        self.other.map(|context| context.boot)
    }

    /// Reads a line and says whose it is.
    pub(super) fn decode<'a>(&self, line: &'a [u8]) -> Option<(Record<'a>, Owner)> {
        if !matches!(line.first(), Some(b'o' | b'n' | b'#')) {
            return None;
        }
        let verified = |context: &Context| Record::decode(line, context);
        // These carry their own context.
        let own = line.starts_with(b"# board-check ") || line.starts_with(b"#r 0 ");
        match own.then(|| verified(&Context::default())).flatten() {
            Some(ready @ Record::Ready(_)) => return Some((ready, Owner::Nobody)),
            Some(Record::Header(header)) => {
                let owner = self.owner(&header.context);
                return Some((Record::Header(header), owner));
            }
            _ => {}
        }
        for (index, run) in self.runs.iter().enumerate().rev() {
            if let Some(record) = verified(&run.context) {
                return Some((record, Owner::Run(index)));
            }
        }
        let owners = [
            (self.asked.as_slice(), Owner::Asked),
            (self.other.as_slice(), Owner::OtherRun),
            (self.nobody.as_slice(), Owner::Nobody),
        ];
        owners.into_iter().find_map(|(contexts, owner)| {
            let mut found = contexts.iter().filter_map(verified);
            found.next().map(|record| (record, owner))
        })
    }

    /// The record of a run to judge that `line` is, but for one bit; without `#r N `.
    pub(super) fn mend(&self, line: &[u8]) -> Option<Vec<u8>> {
        let line = without_resent(line);
        let runs = self.runs.iter().rev();
        let mut mended = runs.filter_map(|run| mend(line, &run.context));
        let mended = mended.find(|line| self.decode(line).is_some())?;
        Some(mended.to_vec())
    }

    fn owner(&self, context: &Context) -> Owner {
        let same = |run: &RunRecords| match run.request.is_some() {
            true => run.context.nonce == context.nonce && run.context.boot == context.boot,
            false => run.context == *context,
        };
        let found = self.runs.iter().position(same).map(Owner::Run);
        found.unwrap_or(match self.source {
            Source::Session => Owner::OtherRun,
            // Not in the list yet: `add` puts it there.
            Source::ForeignLog => Owner::Run(usize::MAX),
        })
    }

    /// Adds a verified record to its run; true if it was not there yet.
    pub(super) fn add(
        &mut self,
        at: Duration,
        index: usize,
        record: &Record<'_>,
        line: &str,
    ) -> bool {
        if let (None, Record::Header(header)) = (self.runs.get(index), record) {
            if self.runs.len() == HELD_MAX {
                let dropped = self.runs.iter().position(|run| !run.has_failure());
                self.runs.remove(dropped.unwrap_or(0));
            }
            self.runs.push(RunRecords::new(header.context, None));
        }
        let index = index.min(self.runs.len().saturating_sub(1));
        let Some(run) = self.runs.get_mut(index) else {
            return false;
        };
        let new = run.add(record, line);
        if let (true, Some(number)) = (new, record.number()) {
            run.arrived.insert(number, at);
        }
        new
    }

    /// True if a record of a run is here.
    pub(super) fn has_records(&self, index: usize) -> bool {
        self.runs.get(index).is_some_and(|run| run.count() > 0)
    }

    /// The run to judge: one with a failed check, else the one with most records,
    /// else the last.
    pub(super) fn best(&self) -> Option<&RunRecords> {
        self.runs.iter().max_by_key(|run| rank(run))
    }

    pub(super) fn into_best(self) -> Option<RunRecords> {
        self.runs.into_iter().max_by_key(rank)
    }
}

fn rank(run: &RunRecords) -> (bool, usize) {
    (run.has_failure(), run.count())
}

/// The line that a resend repeats; another line as it is.
fn without_resent(line: &[u8]) -> &[u8] {
    let rest = line.strip_prefix(b"#r ");
    let space = rest.and_then(|rest| rest.iter().position(|&byte| byte == b' '));
    match (rest, space) {
        (Some(rest), Some(space)) => &rest[space + 1..],
        _ => line,
    }
}
