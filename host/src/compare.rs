//! What got worse between two runs of a board: outcomes, memory types, speeds.
//!
//! Says nothing of what only one run has: a figure that is missing has not got worse.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::judge::Verdict;
use crate::report::Report;

mod attributes;
mod outcomes;
mod speeds;
pub mod text;

/// A speed that is worse by less than this part of what it was, in percent, is no
/// regression: frequencies and placement make that between two boots of a quiet board.
pub const TOLERANCE_PERCENT: f64 = 10.0;

/// What comes of two runs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Comparison {
    /// What it comes to.
    pub conclusion: Conclusion,
    /// The earlier run.
    pub before: Side,
    /// The later run.
    pub after: Side,
    /// A speed may be worse by so much, in percent.
    pub tolerance_percent: f64,
    /// How many checks, memory types and speeds both runs have.
    pub compared: Compared,
    /// What differs, regressions first.
    pub changes: Vec<Change>,
    /// What could not be compared, a sentence each.
    pub notes: Vec<String>,
}

/// What a comparison comes to, best first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// All was compared and nothing got worse.
    NoRegression,
    /// Nothing that was compared got worse, and something is missing.
    CannotTell,
    /// Something got worse.
    Regression,
}

/// One of the two runs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Side {
    /// Its verdict.
    pub verdict: Verdict,
    /// Release of its image.
    pub image: Option<String>,
    /// Release of its kernel.
    pub kernel: Option<String>,
    /// Its start, UTC.
    pub started: Option<String>,
}

/// How many of each both runs have.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Compared {
    /// Checks with a result.
    pub checks: usize,
    /// Memory types.
    pub attributes: usize,
    /// Speeds.
    pub speeds: usize,
}

/// Something that differs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Change {
    /// Of what kind.
    pub kind: Kind,
    /// The check; of a memory type its area and where it was seen.
    pub name: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
    /// Of a speed: by how much it is better (more than 0) or worse, in percent.
    pub percent: Option<f64>,
    /// What that means.
    pub direction: Direction,
}

/// Kinds of what is compared.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The outcome of a check, or the verdict.
    Outcome,
    /// A memory type.
    Attribute,
    /// A speed.
    Speed,
}

/// What a change means; the worst first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// A regression.
    Worse,
    /// Neither.
    Other,
    /// An improvement.
    Better,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Worse => "worse",
            Self::Other => "other",
            Self::Better => "better",
        })
    }
}

/// Why two runs cannot be compared at all.
#[derive(Debug, thiserror::Error)]
pub enum NotComparable {
    /// They are of two boards.
    #[error("The runs are of two boards, \"{before}\" and \"{after}\": compare runs of one.")]
    Board {
        /// The one.
        before: String,
        /// The other.
        after: String,
    },
    /// Their releases have other checks.
    #[error(
        "The runs have other lists of checks ({before} and {after}): they are of two releases. Run \
         the release of the newer one with the older image, too."
    )]
    List {
        /// Digest of the one.
        before: String,
        /// Digest of the other.
        after: String,
    },
}

/// What is found while the two are gone through.
#[derive(Default)]
struct Found {
    compared: Compared,
    changes: Vec<Change>,
    notes: Vec<String>,
    /// Something is missing that one may not do without.
    incomplete: bool,
}

/// Compares a run with an earlier one of the same board and checks.
///
/// # Errors
/// When they are of two boards, or of releases with other checks.
pub fn compare(
    before: &Report,
    after: &Report,
    tolerance_percent: f64,
) -> Result<Comparison, NotComparable> {
    comparable(before, after)?;
    let mut found = Found::default();
    outcomes::compare(before, after, &mut found);
    attributes::compare(before, after, &mut found);
    speeds::compare(before, after, tolerance_percent, &mut found);
    found.changes.sort_by_key(|change| change.direction);
    let worse = |change: &Change| change.direction == Direction::Worse;
    let conclusion = match (found.changes.iter().any(worse), found.incomplete) {
        (true, _) => Conclusion::Regression,
        (false, true) => Conclusion::CannotTell,
        (false, false) => Conclusion::NoRegression,
    };
    Ok(Comparison {
        conclusion,
        before: Side::of(before),
        after: Side::of(after),
        tolerance_percent,
        compared: found.compared,
        changes: found.changes,
        notes: found.notes,
    })
}

fn comparable(before: &Report, after: &Report) -> Result<(), NotComparable> {
    let board = |report: &Report| {
        let known = report.board.clone().or_else(|| report.machine.clone());
        known.filter(|_| report.run.is_some())
    };
    match (board(before), board(after)) {
        (Some(before), Some(after)) if before != after => {
            return Err(NotComparable::Board { before, after });
        }
        _ => {}
    }
    let list = |report: &Report| report.run.as_ref().and_then(|run| run.list.clone());
    match (list(before), list(after)) {
        (Some(before), Some(after)) if before != after => {
            Err(NotComparable::List { before, after })
        }
        _ => Ok(()),
    }
}

impl Comparison {
    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self.conclusion {
            Conclusion::NoRegression => Exit::Pass,
            Conclusion::CannotTell => Exit::Incomplete,
            Conclusion::Regression => Exit::Fail,
        }
    }

    /// What was compared, and how much of it got worse.
    pub fn sentence(&self) -> String {
        let compared = self.compared;
        let all = format!(
            "{}, {} and {}",
            counted(compared.checks, "result", "results"),
            counted(compared.attributes, "memory type", "memory types"),
            counted(compared.speeds, "speed", "speeds")
        );
        let tolerance = self.tolerance_percent;
        match self.regressions().count() {
            0 => format!("{all} were compared; speeds may lose {tolerance} %."),
            worse => {
                let things = counted(worse, "thing", "things");
                format!("{things} got worse of {all}; speeds may lose {tolerance} %.")
            }
        }
    }

    /// What got worse.
    pub fn regressions(&self) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(|change| change.direction == Direction::Worse)
    }
}

/// How many, and what they do, in the words for one of them or for more.
fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// The comparison as JSON, with a line feed at its end; `docs/json.md` describes it.
pub fn json(comparison: &Comparison) -> String {
    let text = serde_json::to_string_pretty(comparison).expect("its keys are strings");
    text + "\n"
}

impl Side {
    fn of(report: &Report) -> Self {
        Self {
            verdict: report.verdict,
            image: report.image.clone(),
            kernel: report.kernel.release.clone(),
            started: report.started.clone(),
        }
    }
}
