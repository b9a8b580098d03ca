//! All faults on all machines, and the matrix of what found them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::faults::{Due, Fault};
use crate::{Machine, Report, architecture_of, judge};

/// The check that takes as long as all others together.
pub const RELOAD: &str = "lifetime.device.reload";

/// What a run with a fault came to.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The checks that failed, and the verdict.
    pub found: Due,
    /// The reason of the verdict.
    pub reason: String,
    /// What should have been.
    pub due: Due,
    /// True if the fault is said to change nothing there.
    pub changes_nothing: bool,
}

impl Seen {
    /// True if it is what is due.
    pub fn is_right(&self) -> bool {
        self.found == self.due
    }

    /// The cell of the matrix: how many of the checks that must fail did, and `=` if these
    /// were all, and no other, and the verdict is right.
    pub fn cell(&self) -> String {
        let caught = (&self.found.fails & &self.due.fails).len();
        let others = (&self.found.fails - &self.due.fails).len();
        if self.is_right() && self.changes_nothing {
            return "–".into();
        }
        let mut cell = format!("{caught}/{}", self.due.fails.len());
        if others > 0 {
            let _ = write!(cell, " +{others}");
        }
        cell += if self.is_right() { " =" } else { " ≠" };
        if self.found.verdict != "FAIL" {
            let _ = write!(cell, " {}", self.found.verdict);
        }
        cell
    }

    fn difference(&self) -> String {
        let list = |what, checks: BTreeSet<String>| match checks.is_empty() {
            true => String::new(),
            false => {
                let checks: Vec<String> = checks.into_iter().collect();
                format!(" {what} {};", checks.join(" "))
            }
        };
        format!(
            "{}{} {}: {}",
            list("not found by", &self.due.fails - &self.found.fails),
            list("found by", &self.found.fails - &self.due.fails),
            self.found.verdict,
            self.reason
        )
    }
}

/// Runs `faults` on `board`, in one boot as far as they leave it fit, and a run without a
/// fault after them, which must pass. With `has_reload` all runs have all checks, else only
/// those that are expected to fail in [`RELOAD`]. `tell` hears of each run.
///
/// # Panics
/// If the machine does not boot, or board-check writes no report.
pub fn sweep(
    board: &str,
    faults: &[Fault],
    has_reload: bool,
    tell: &mut dyn FnMut(u32, &Seen, Duration),
) -> BTreeMap<u32, Seen> {
    let image = format!("{}-faults", architecture_of(board));
    let mut machine = None;
    let mut all = BTreeMap::new();
    let mut run = |number, due: Due, changes_nothing, spoils| {
        let start = Instant::now();
        let booted = machine.get_or_insert_with(|| Machine::boot(board, &image));
        let report = run_fault(booted, number, &due, has_reload);
        let found = Due {
            fails: report.with_outcome("fail"),
            verdict: report.verdict.clone(),
        };
        let ended = !matches!(report.verdict.as_str(), "PASS" | "FAIL");
        let seen = Seen {
            found,
            reason: report.reason,
            due,
            changes_nothing,
        };
        if spoils || ended || !seen.is_right() {
            machine = None;
        }
        tell(number, &seen, start.elapsed());
        all.insert(number, seen);
    };
    let (spoiling, others): (Vec<&Fault>, Vec<&Fault>) =
        faults.iter().partition(|fault| fault.spoils_the_boot);
    let of = |fault: &Fault| {
        (
            fault.number,
            fault.due(board),
            fault.not_on.contains_key(board),
        )
    };
    for (number, due, changes_nothing) in others.into_iter().map(of) {
        run(number, due, changes_nothing, false);
    }
    let clean = Due {
        fails: BTreeSet::new(),
        verdict: "PASS".into(),
    };
    run(0, clean, false, true);
    for (number, due, changes_nothing) in spoiling.into_iter().map(of) {
        run(number, due, changes_nothing, true);
    }
    all
}

/// One run. Without `has_reload`, [`RELOAD`] is left out where nobody expects it to fail.
fn run_fault(machine: &Machine, number: u32, due: &Due, has_reload: bool) -> Report {
    let must_fail = due.fails.contains(RELOAD);
    let number = number.to_string();
    let mut arguments = vec!["--timeout", "90", "--fault", &number];
    if !must_fail && number != "0" && !has_reload {
        arguments.extend(["--skip", RELOAD]);
    }
    judge(machine, &arguments)
}

/// What came of it all: faults as rows, machines as columns.
#[derive(Debug, Default)]
pub struct Matrix {
    boards: Vec<String>,
    /// By fault, then by board.
    seen: BTreeMap<u32, BTreeMap<String, Seen>>,
}

impl Matrix {
    /// Adds what [`sweep`] saw on `board`.
    pub fn add(&mut self, board: &str, seen: BTreeMap<u32, Seen>) {
        self.boards.push(board.into());
        for (number, seen) in seen {
            let row = self.seen.entry(number).or_default();
            row.insert(board.into(), seen);
        }
    }

    /// How many runs were as they should be, and how many not.
    pub fn count(&self) -> (usize, usize) {
        let all = self.seen.values().flat_map(BTreeMap::values);
        let right = all.clone().filter(|seen| seen.is_right()).count();
        (right, all.count() - right)
    }

    /// The table, in Markdown; behind it what was not as it should be.
    pub fn markdown(&self, faults: &[Fault]) -> String {
        let mut text = String::from(
            "Faults and machines: how many of the checks that must find the fault did, of how\n\
             many. `=`: these, no other, and the verdict that is due. `≠`: not so. `–`: the fault\n\
             changes nothing there, and the run passes.\n\n",
        );
        let _ = writeln!(
            text,
            "| fault | {} | what is wrong |",
            self.boards.join(" | ")
        );
        let _ = writeln!(text, "|---|{}---|", "---|".repeat(self.boards.len()));
        for (number, row) in &self.seen {
            let what = faults.iter().find(|fault| fault.number == *number);
            let what = what.map_or("Nothing; after all others.", |fault| &fault.what);
            let cells = self.boards.iter().map(|board| {
                let seen = row.get(board);
                seen.map_or_else(String::new, Seen::cell)
            });
            let cells: Vec<String> = cells.collect();
            let _ = writeln!(text, "| {number} | {} | {what} |", cells.join(" | "));
        }
        for (number, row) in &self.seen {
            for (board, seen) in row.iter().filter(|(_, seen)| !seen.is_right()) {
                let _ = write!(text, "\nFault {number} on {board}:{}\n", seen.difference());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(checks: &[&str], verdict: &str) -> Due {
        Due {
            fails: checks.iter().map(|check| (*check).to_owned()).collect(),
            verdict: verdict.into(),
        }
    }

    fn seen(found: Due, due: Due) -> Seen {
        Seen {
            found,
            reason: "Because.".into(),
            due,
            changes_nothing: false,
        }
    }

    #[test]
    fn a_cell_says_how_found_and_expected_differ() {
        let two = || due(&["a.b.c", "a.b.d"], "FAIL");
        assert_eq!(seen(two(), two()).cell(), "2/2 =");
        assert_eq!(
            seen(due(&["a.b.c", "x.y.z"], "FAIL"), two()).cell(),
            "1/2 +1 ≠"
        );
        assert_eq!(seen(due(&[], "PASS"), two()).cell(), "0/2 ≠ PASS");
        assert_eq!(
            seen(due(&[], "INCOMPLETE"), due(&[], "INCOMPLETE")).cell(),
            "0/0 = INCOMPLETE"
        );
        let mut nothing = seen(due(&[], "PASS"), due(&[], "PASS"));
        nothing.changes_nothing = true;
        assert_eq!(nothing.cell(), "–");
        nothing.found = two();
        assert_eq!(nothing.cell(), "0/0 +2 ≠");
    }

    #[test]
    fn the_matrix_counts_and_names_what_is_wrong() {
        let mut matrix = Matrix::default();
        let right = seen(due(&["a.b.c"], "FAIL"), due(&["a.b.c"], "FAIL"));
        let wrong = seen(due(&["x.y.z"], "FAIL"), due(&["a.b.c"], "FAIL"));
        matrix.add("one", BTreeMap::from([(1, right.clone()), (2, wrong)]));
        matrix.add("two", BTreeMap::from([(1, right)]));
        assert_eq!(matrix.count(), (2, 1));
        let text = matrix.markdown(&[]);
        assert!(text.contains("| 1 | 1/1 = | 1/1 = |"), "{text}");
        assert!(text.contains("| 2 | 0/1 +1 ≠ |  |"), "{text}");
        let end = "Fault 2 on one: not found by a.b.c; found by x.y.z; FAIL: Because.\n";
        assert!(text.ends_with(end), "{text}");
    }
}
