//! The run as clean KTAP: records as they were sealed, in order, and the verdict as
//! the last result.

use board_check_protocol::{CheckResult, Context, Outcome, Record};

use crate::escape::escape;
use crate::judge::{Judgement, Verdict};
use crate::records::RunRecords;
use crate::report::ktap::VERDICT;
use crate::run::Run;

/// A run that is being said.
#[derive(Debug)]
pub(super) struct Said {
    context: Context,
    checks: usize,
    /// What was said, from the header on.
    lines: Vec<String>,
}

impl Said {
    /// Begins with a run whose header is verified; gives its first lines.
    pub(super) fn begin(records: &RunRecords) -> Option<(Self, Vec<String>)> {
        let checks = records.header.as_ref()?.checks;
        let header = records.line(0)?.to_owned();
        let said = Self {
            context: records.context,
            checks,
            lines: vec![header.clone()],
        };
        let plan = format!("1..{}", said.verdict_number());
        Some((said, vec!["KTAP version 1".to_owned(), header, plan]))
    }

    /// The results that can be said now: all below them have been.
    pub(super) fn more(&mut self, records: &RunRecords) -> Vec<String> {
        let mut lines = Vec::new();
        while self.lines.len() <= self.checks && records.context == self.context {
            let Some(line) = records.line(self.lines.len()) else {
                break;
            };
            self.lines.push(line.to_owned());
            lines.push(line.to_owned());
        }
        lines
    }

    /// What is left to say at the end: results behind one that is missing, the
    /// missing ones as failures, the verdict, and the end if all is there.
    pub(super) fn end(mut self, run: &Run, judgement: &Judgement) -> Vec<String> {
        let records = run.records.as_ref();
        let records = records.filter(|records| records.context == self.context);
        let mut lines = Vec::new();
        let mut whole = records.is_some_and(|records| self.is_still(records));
        let selected = run.request.as_ref().map(|request| request.selected());
        for number in self.lines.len()..=self.checks {
            match records.and_then(|records| records.line(number)) {
                Some(line) => lines.push(line.to_owned()),
                None => {
                    let names = selected.as_deref().unwrap_or_default();
                    let name = names.get(number - 1).unwrap_or(&"?");
                    lines.push(format!("not ok {number} {name} # unverified"));
                    whole = false;
                }
            }
        }
        lines.push(self.verdict(run, judgement, whole));
        lines.push(comment(judgement));
        let end = records.filter(|records| whole && records.end.is_some() && records.digest_fits());
        lines.extend(end.and_then(|end| Some(end.line(self.verdict_number())?.to_owned())));
        lines
    }

    /// A record that a second copy corrected has been said wrong.
    fn is_still(&mut self, records: &RunRecords) -> bool {
        let mut numbers = self.lines.iter().enumerate();
        numbers.all(|(number, line)| records.line(number) == Some(line))
    }

    /// A result like the others, sealed by us: no reader has another way to learn that
    /// a run proves nothing although all its results are good.
    fn verdict(&self, run: &Run, judgement: &Judgement, whole: bool) -> String {
        let passed = judgement.verdict == Verdict::Pass && whole;
        let number = self.verdict_number();
        let result = CheckResult {
            number,
            name: VERDICT,
            outcome: if passed { Outcome::Pass } else { Outcome::Fail },
            milliseconds: run.duration.as_millis().try_into().unwrap_or(u32::MAX),
            detail: &judgement.verdict.to_string(),
        };
        let sealed = Record::Check(result).encode(&self.context);
        // A run of as many checks as there can be leaves no number for it.
        let not = if passed { "" } else { "not " };
        sealed.map_or_else(
            |_| format!("{not}ok {number} {VERDICT}"),
            |line| line.as_str().to_owned(),
        )
    }

    /// That of the last result; the end record has it as well.
    fn verdict_number(&self) -> usize {
        self.checks + 1
    }
}

/// The verdict with its reason.
pub(super) fn comment(judgement: &Judgement) -> String {
    let subset = if judgement.subset { " (subset)" } else { "" };
    let reason = escape(judgement.reason.as_bytes());
    format!(
        "# board-check verdict {}{subset}: {reason}",
        judgement.verdict
    )
}
