//! The runs of a lab: of each board the latest one, and what came before.

use std::collections::BTreeMap;

use super::{Ending, Report};
use crate::compare::{Comparison, NotComparable, TOLERANCE_PERCENT, compare};

/// Runs of many boards.
pub struct Lab<'a> {
    /// The boards, by name.
    pub places: Vec<Place<'a>>,
    /// The files that should have been runs, too.
    pub unread: Vec<Unread>,
}

/// A board, and what was asked of it: a run of some checks is no newer form of a run of all.
pub struct Place<'a> {
    /// Its name; behind it what was asked for, if it was also asked for something else.
    pub name: String,
    /// Its runs, oldest first: one at least.
    pub runs: Vec<&'a Report>,
}

/// A file that is no report.
#[derive(Debug)]
pub struct Unread {
    /// The file.
    pub file: String,
    /// Why not, a sentence.
    pub reason: String,
}

/// A check that came out both ways.
pub struct Flaky<'a> {
    /// The check.
    pub name: &'a str,
    /// Runs in which it passed.
    pub passed: usize,
    /// Runs in which it failed.
    pub failed: usize,
}

impl<'a> Lab<'a> {
    /// Puts the runs in order.
    pub fn new(reports: &[&'a Report], unread: Vec<Unread>) -> Self {
        let mut groups: BTreeMap<(&str, String), Vec<&Report>> = BTreeMap::new();
        for report in reports {
            let key = (report.board_in_lab(), report.asked_for());
            groups.entry(key).or_default().push(report);
        }
        let boards: Vec<&str> = groups.keys().map(|(board, _)| *board).collect();
        let place = |((board, asked_for), mut runs): ((&str, String), Vec<&'a Report>)| {
            runs.sort_by_key(|run| run.started.as_deref());
            let several = boards.iter().filter(|other| **other == board).count() > 1;
            let name = match asked_for.is_empty() || !several {
                true => board.to_owned(),
                false => format!("{board} ({asked_for})"),
            };
            Place { name, runs }
        };
        Self {
            places: groups.into_iter().map(place).collect(),
            unread,
        }
    }
}

impl<'a> Place<'a> {
    /// The newest run.
    ///
    /// # Panics
    /// Never: there is one.
    pub fn latest(&self) -> &'a Report {
        self.runs.last().expect("a place is made of a run")
    }

    /// What changed in the latest run since the one before; `None` if there is none.
    pub fn since_before(&self) -> Option<Result<Comparison, NotComparable>> {
        let before = self.runs.len().checked_sub(2)?;
        Some(compare(self.runs[before], self.latest(), TOLERANCE_PERCENT))
    }

    /// The checks that passed in some runs and failed in others.
    pub fn flaky(&self) -> Vec<Flaky<'a>> {
        let mut checks: BTreeMap<&str, Flaky<'_>> = BTreeMap::new();
        for check in self.runs.iter().flat_map(|run| &run.checks) {
            let name = check.name.as_str();
            let flaky = checks.entry(name).or_insert(Flaky {
                name,
                passed: 0,
                failed: 0,
            });
            match check.outcome {
                Ending::Pass => flaky.passed += 1,
                Ending::Fail => flaky.failed += 1,
                Ending::Skip | Ending::Missing => {}
            }
        }
        let both = |flaky: &Flaky<'_>| flaky.passed > 0 && flaky.failed > 0;
        checks.into_values().filter(both).collect()
    }
}
