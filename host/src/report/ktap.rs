//! The report as KTAP version 1, for tools that trust what they read: kunit.py,
//! prove, LAVA.
//!
//! A line says `ok` only for a record that verified. The last result is the verdict:
//! the tools have no other way to learn that the run proves nothing although every
//! result that arrived is good.

use std::fmt::Write;

use super::{CheckReport, Ending, Report};
use crate::escape::escape;
use crate::exit::Exit;
use crate::judge::Verdict;

/// The name of the last result.
pub const VERDICT: &str = "run.verdict";

/// The name of the result before it, if there is a baseline.
pub const BASELINE: &str = "run.baseline";

/// The report as text.
pub fn write(report: &Report) -> String {
    let last = report.checks.len() + 1 + usize::from(report.comparison.is_some());
    let mut text = format!("KTAP version 1\n1..{last}\n");
    for check in &report.checks {
        result(&mut text, check);
    }
    for line in &report.kernel.evidence {
        let _ = writeln!(text, "# | {line}");
    }
    if let Some(comparison) = &report.comparison {
        let not = if comparison.exit() == Exit::Pass {
            ""
        } else {
            "not "
        };
        let sentence = harmless(&comparison.sentence());
        let _ = writeln!(text, "{not}ok {} {BASELINE} # {sentence}", last - 1);
    }
    let not = if report.verdict == Verdict::Pass {
        ""
    } else {
        "not "
    };
    let subset = if report.subset { " (subset)" } else { "" };
    let _ = writeln!(
        text,
        "{not}ok {last} {VERDICT} # {}{subset} {}",
        report.verdict,
        harmless(&report.reason)
    );
    text
}

fn result(text: &mut String, check: &CheckReport) {
    let (result, word) = match check.outcome {
        Ending::Pass => ("ok", "pass"),
        Ending::Fail => ("not ok", "fail"),
        Ending::Skip => ("ok", "SKIP"),
        Ending::Missing => ("not ok", "unverified"),
    };
    let name = harmless(&check.name);
    let took = check.milliseconds;
    let took = took.map_or(String::new(), |took| format!(" {took} ms"));
    let words = format!(
        "{result} {} {name} # {word}{took} {}",
        check.number,
        harmless(check.detail())
    );
    let _ = writeln!(text, "{}", words.trim_end());
}

/// Text in which no reader finds a directive: kunit.py looks for `# SKIP` anywhere
/// in the line, also behind `not ok`.
fn harmless(text: &str) -> String {
    escape(text.as_bytes()).replace('#', "\\x23")
}
