//! Outcomes of checks, and the verdict.

use super::{Change, Direction, Found, Kind, counted};
use crate::escape::escape;
use crate::judge::Verdict;
use crate::report::{Ending, Report};

pub(super) fn compare(before: &Report, after: &Report, found: &mut Found) {
    verdicts(before, after, found);
    let (mut one_side, mut missing) = (0, [0, 0]);
    for check in &after.checks {
        let Some(earlier) = before.checks.iter().find(|other| other.name == check.name) else {
            one_side += 1;
            continue;
        };
        let outcomes = [earlier.outcome, check.outcome];
        for (missing, outcome) in missing.iter_mut().zip(outcomes) {
            *missing += usize::from(outcome == Ending::Missing);
        }
        if outcomes.contains(&Ending::Missing) {
            continue;
        }
        found.compared.checks += 1;
        if earlier.outcome != check.outcome {
            found.changes.push(Change {
                kind: Kind::Outcome,
                name: check.name.clone(),
                before: earlier.outcome.to_string(),
                after: check.outcome.to_string(),
                percent: None,
                direction: direction(earlier.outcome, check.outcome),
            });
        }
    }
    let known = |name: &str| after.checks.iter().any(|check| check.name == name);
    one_side += before
        .checks
        .iter()
        .filter(|check| !known(&check.name))
        .count();
    for (run, missing) in ["earlier", "later"].iter().zip(missing) {
        if missing > 0 {
            found.incomplete = true;
            let results = counted(missing, "result is", "results are");
            found
                .notes
                .push(format!("{results} missing in the {run} run."));
        }
    }
    if one_side > 0 {
        let checks = counted(one_side, "check was", "checks were");
        found.notes.push(format!(
            "{checks} asked for in one of the runs only, and not compared."
        ));
    }
    if found.compared.checks == 0 {
        found.incomplete = true;
        found
            .notes
            .push("The runs have no result in common.".to_owned());
    }
}

fn verdicts(before: &Report, after: &Report, found: &mut Found) {
    let failed = matches!(after.verdict, Verdict::Fail | Verdict::Crashed);
    if failed && after.verdict > before.verdict {
        found.changes.push(Change {
            kind: Kind::Outcome,
            name: "run.verdict".to_owned(),
            before: before.verdict.to_string(),
            after: after.verdict.to_string(),
            percent: None,
            direction: Direction::Worse,
        });
    }
    for (run, report) in [("earlier", before), ("later", after)] {
        if report.verdict == Verdict::Incomplete {
            found.incomplete = true;
            let reason = escape(report.reason.as_bytes());
            found
                .notes
                .push(format!("The {run} run proves nothing: {reason}"));
        }
    }
}

/// A check that is skipped now proves nothing any more, which is worse than a PASS, and
/// no more than a failure.
fn direction(before: Ending, after: Ending) -> Direction {
    match (before, after) {
        (_, Ending::Fail) | (Ending::Pass, Ending::Skip) => Direction::Worse,
        (_, Ending::Pass) => Direction::Better,
        _ => Direction::Other,
    }
}
