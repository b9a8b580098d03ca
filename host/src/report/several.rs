//! Several runs for people: a line for each, and what they have to do with each other.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use board_check_protocol::Outcome;

use super::human::{style, wrap};
use crate::escape::escape;
use crate::exit::Exit;
use crate::judge::{Judgement, Verdict};
use crate::run::Run;

/// Checks that are named as flaky, and runs that are named for each.
const NAMED_MAX: usize = 10;

/// Runs of the same checks on the same board, one after the other.
#[derive(Debug, Default)]
pub struct Several {
    runs: Vec<(Verdict, Exit)>,
    /// In which runs each check passed, and in which it failed.
    checks: BTreeMap<String, Checked>,
}

/// Numbers of runs, from 1.
#[derive(Debug, Default)]
struct Checked {
    passed: Vec<usize>,
    failed: Vec<usize>,
}

impl Several {
    /// Adds a run; gives the line that says what came of it.
    pub fn add(&mut self, run: &Run, judgement: &Judgement, capture: Option<&Path>) -> String {
        self.runs.push((judgement.verdict, judgement.exit));
        let number = self.runs.len();
        let checks = run.records.iter().flat_map(|records| &records.checks);
        for (_, check) in checks {
            let checked = self.checks.entry(check.name.clone()).or_default();
            match check.outcome {
                Outcome::Pass => checked.passed.push(number),
                Outcome::Fail => checked.failed.push(number),
                Outcome::Skip => {}
            }
        }
        let style = style(judgement.verdict);
        let label = format!("run {number:>3}  {:<10}", judgement.verdict.to_string());
        let mut body = String::new();
        let took = format!(
            "{:>7.1} s  {}",
            run.duration.as_secs_f64(),
            judgement.reason
        );
        let indent = " ".repeat(label.len());
        wrap(&mut body, &indent, &format!("{indent}           "), &took);
        let mut text = format!("{style}{label}{style:#}{}", &body[label.len()..]);
        if judgement.verdict != Verdict::Pass
            && let Some(capture) = capture
        {
            let _ = writeln!(text, "  capture: {}", capture.display());
        }
        text
    }

    /// The worst verdict, the count of each, and the checks that came out both ways.
    pub fn summary(&self) -> String {
        let Some(worst) = self.worst() else {
            return String::new();
        };
        let mut counts = Vec::new();
        for verdict in [
            Verdict::Pass,
            Verdict::Incomplete,
            Verdict::Fail,
            Verdict::Crashed,
        ] {
            let of = |(one, _): &&(Verdict, Exit)| *one == verdict;
            match self.runs.iter().filter(of).count() {
                0 => {}
                count => counts.push(format!("{count} {verdict}")),
            }
        }
        let first = self
            .runs
            .iter()
            .position(|(verdict, _)| *verdict != Verdict::Pass);
        let first = first.map(|at| format!(", the first that is no PASS is run {}", at + 1));
        let runs = self.runs.len();
        let plural = if runs == 1 { "" } else { "s" };
        let words = format!(
            "{runs} run{plural}: {}{}.",
            counts.join(", "),
            first.unwrap_or_default()
        );
        let style = style(worst);
        let mut text = format!("\n{style}{worst}{style:#}  {words}\n");
        self.flaky(&mut text);
        text
    }

    /// That of the worst run; of an interrupted one, if there is one.
    pub fn exit(&self) -> Exit {
        let exits = || self.runs.iter();
        if exits().any(|(_, exit)| *exit == Exit::Interrupted) {
            return Exit::Interrupted;
        }
        let worst = self.worst();
        let of_worst = exits().find(|(verdict, _)| Some(*verdict) == worst);
        of_worst.map_or(Exit::Incomplete, |(_, exit)| *exit)
    }

    /// The worst verdict; `None` without a run.
    pub fn worst(&self) -> Option<Verdict> {
        self.runs.iter().map(|(verdict, _)| *verdict).max()
    }

    fn flaky(&self, text: &mut String) {
        let both =
            |(_, checked): &(_, &Checked)| !checked.passed.is_empty() && !checked.failed.is_empty();
        let flaky: Vec<_> = self.checks.iter().filter(both).collect();
        for (name, Checked { passed, failed }) in flaky.iter().take(NAMED_MAX) {
            let runs = passed.len() + failed.len();
            let words = format!(
                "{} passed in {} of {runs} runs and failed in {} ({})",
                escape(name.as_bytes()),
                passed.len(),
                failed.len(),
                numbers(failed)
            );
            wrap(text, "  flaky:   ", "           ", &words);
        }
        if let Some(more) = flaky.len().checked_sub(NAMED_MAX).filter(|&more| more > 0) {
            let _ = writeln!(text, "  and {more} more flaky checks");
        }
    }
}

fn numbers(runs: &[usize]) -> String {
    let shown = runs.iter().take(NAMED_MAX).map(usize::to_string);
    let shown: Vec<String> = shown.collect();
    let more = if runs.len() > NAMED_MAX { ", …" } else { "" };
    let plural = if runs.len() == 1 { "run" } else { "runs" };
    format!("{plural} {}{more}", shown.join(", "))
}
