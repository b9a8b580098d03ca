//! One run: the checks in order, a record each.

use core::fmt::Write;

use board_check_protocol::{
    CheckResult, Context, Digest, End, Header, Numbers, Outcome, Record, Text,
};

use crate::records::Records;
use crate::{Board, Gone, KernelCounts};

/// Most bytes of a result's detail.
const DETAIL_MAX: usize = 120;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// How many passed.
    pub pass: usize,
    /// How many failed.
    pub fail: usize,
    /// How many were skipped.
    pub skip: usize,
}

/// A run that goes on.
#[derive(Debug)]
pub(crate) struct Run {
    /// Places of the checks to run, and where to look for the next one.
    selected: Numbers,
    next: usize,
    checks: usize,
    /// Number of the next result.
    number: usize,
    digest: Digest,
    totals: Totals,
    before: KernelCounts,
    /// What a check that takes long says.
    busy: Text,
}

impl Run {
    /// Says header and plan of a run of the `selected` checks; `before` is what the kernel
    /// had counted when it was asked for.
    pub(crate) fn start(
        board: &mut impl Board,
        records: &mut Records,
        context: Context,
        selected: Numbers,
        before: KernelCounts,
    ) -> Result<Self, Gone> {
        records.start_over(context);
        let mut run = Self {
            checks: selected.iter().count(),
            selected,
            next: 0,
            number: 1,
            digest: Digest::new(&context),
            totals: Totals::default(),
            before,
            busy: Record::Busy.encode(&context).map_err(|_long| Gone)?,
        };
        let identity = board.identity();
        let header = Record::Header(Header {
            context,
            checks: run.checks,
            list: board.list(),
            image: identity.image,
            board: identity.board,
            machine: identity.machine,
        });
        let header = records.keep(&header, &mut run.digest)?;
        board.write(b"\nKTAP version 1\n")?;
        board.say(&header)?;
        let mut plan = Text::new();
        write!(plan, "1..{}", run.checks).map_err(|_full| Gone)?;
        board.say(&plan)?;
        Ok(run)
    }

    /// Runs the next check or, after the last, ends the run.
    pub(crate) fn proceed(
        &mut self,
        board: &mut impl Board,
        records: &mut Records,
    ) -> Result<Option<Totals>, Gone> {
        let mut left = self.next..board.checks();
        match left.find(|&index| self.selected.contains(index)) {
            Some(index) => {
                self.next = index + 1;
                self.check(index, board, records).map(|()| None)
            }
            None => self.end(board, records).map(Some),
        }
    }

    fn check(
        &mut self,
        index: usize,
        board: &mut impl Board,
        records: &mut Records,
    ) -> Result<(), Gone> {
        let mut detail = Text::new();
        let before = board.now();
        let outcome = board.check(index, &self.busy, &mut detail);
        let took = board.now().saturating_sub(before);
        detail.truncate(detail.len().min(DETAIL_MAX));
        let count = match outcome {
            Outcome::Pass => &mut self.totals.pass,
            Outcome::Fail => &mut self.totals.fail,
            Outcome::Skip => &mut self.totals.skip,
        };
        *count += 1;
        let result = Record::Check(CheckResult {
            number: self.number,
            name: &board.name(index),
            outcome,
            milliseconds: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            detail: detail.trim_ascii_end(),
        });
        let line = records.keep(&result, &mut self.digest)?;
        board.say_result(self.number, &line)?;
        self.number += 1;
        Ok(())
    }

    fn end(&mut self, board: &mut impl Board, records: &mut Records) -> Result<Totals, Gone> {
        board.settle(&self.busy);
        let counts = board.counts().since(&self.before);
        let Totals { pass, fail, skip } = self.totals;
        let end = Record::End(End {
            checks: self.checks,
            pass,
            fail,
            skip,
            tainted: counts.tainted,
            oops: counts.oops,
            warn: counts.warn,
            digest: self.digest.value(),
        });
        let line = records.keep(&end, &mut self.digest)?;
        board.say(&line)?;
        Ok(self.totals)
    }
}
