//! The results in order, with the ones that did not arrive.

use board_check_protocol::Outcome;

use crate::records::Check;
use crate::run::Run;

/// One line of a report.
pub(super) struct Row<'a> {
    pub(super) number: usize,
    pub(super) name: &'a str,
    /// What arrived; `None` if nothing did.
    pub(super) check: Option<&'a Check>,
}

impl Row<'_> {
    /// The word for how the check ended.
    pub(super) fn outcome(&self) -> &'static str {
        match self.check.map(|check| check.outcome) {
            Some(Outcome::Pass) => "pass",
            Some(Outcome::Fail) => "fail",
            Some(Outcome::Skip) => "skip",
            None => "missing",
        }
    }
}

/// All results that the run has, or should have had.
pub(super) fn rows(run: &Run) -> Vec<Row<'_>> {
    let expected = run.request.clone().unwrap_or_default().selected();
    let records = run.records.as_ref();
    let highest = records
        .and_then(|records| records.checks.last_key_value())
        .map_or(0, |(&number, _)| number);
    let total = records
        .and_then(|records| records.total())
        .unwrap_or(expected.len());
    (1..=total.max(highest))
        .map(|number| {
            let check = records.and_then(|records| records.checks.get(&number));
            let name = expected.get(number - 1).copied().unwrap_or("?");
            Row {
                number,
                name: check.map_or(name, |check| &check.name),
                check,
            }
        })
        .collect()
}
