//! The report for people: a table of the results, then the verdict. 80 columns.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{CheckReport, Ending, Report};
use crate::escape::{escape, printable};
use crate::judge::Verdict;

/// Columns of the terminal that the table is made for.
const COLUMNS: usize = 80;

/// Lines of evidence that are shown; the capture and the JSON have them all.
const EVIDENCE_LINES: usize = 24;

/// Failed checks that are repeated below the verdict.
const FAILED_SHOWN: usize = 10;

/// A longer row of missing results is shown as one line.
const MISSING_SHOWN: usize = 3;

pub(crate) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// The report as text with styles, which the stream takes out where they are not
/// wanted.
pub fn write(report: &Report) -> String {
    let mut text = String::new();
    if report.run.is_some() {
        table(&mut text, &report.checks);
        super::speed::write(&mut text, &report.checks);
    }
    verdict(&mut text, report);
    failed(&mut text, &report.checks);
    notes(&mut text, report);
    evidence(&mut text, report);
    facts(&mut text, report);
    if let Some(comparison) = &report.comparison {
        text.push('\n');
        text.push_str(&crate::compare::text::write(comparison));
    }
    text
}

fn table(text: &mut String, checks: &[CheckReport]) {
    let mut suite = "";
    let mut at = 0;
    while let Some(check) = checks.get(at) {
        if suite != check.suite() && !suite.is_empty() {
            text.push('\n');
        }
        suite = check.suite();
        line(text, check, name_width(checks));
        at += 1;
        let more = checks[at..].iter().take_while(is_missing).count();
        if is_missing(&check) && more > MISSING_SHOWN {
            let last = at + more;
            let _ = writeln!(
                text,
                "{:>3} {YELLOW}----{YELLOW:#}  up to {last}, all missing",
                at + 1
            );
            at = last;
        }
    }
    text.push('\n');
}

fn is_missing(check: &&CheckReport) -> bool {
    check.outcome == Ending::Missing
}

fn name_width(checks: &[CheckReport]) -> usize {
    let longest = checks.iter().map(|check| check.name.len()).max();
    longest.unwrap_or(0).min(40)
}

fn line(text: &mut String, check: &CheckReport, name_width: usize) {
    let (word, style) = match check.outcome {
        Ending::Pass => ("pass", GREEN),
        Ending::Fail => ("FAIL", RED),
        Ending::Skip => ("skip", YELLOW),
        Ending::Missing => ("----", YELLOW),
    };
    let name = escape(check.name.as_bytes());
    let took = match check.milliseconds {
        Some(milliseconds) => format!("{milliseconds} ms"),
        None => "missing".to_owned(),
    };
    let left = format!("{:>3} ", check.number);
    let right = format!("  {name:<name_width$} {took:>8}");
    let used = left.len() + word.len() + right.len();
    let _ = write!(text, "{left}{style}{word}{style:#}{right}");
    detail_text(text, check.detail(), used);
}

/// What failed, once more, where the eye is.
fn failed(text: &mut String, checks: &[CheckReport]) {
    let is_failed = |check: &&CheckReport| check.outcome == Ending::Fail;
    let failed: Vec<_> = checks.iter().filter(is_failed).collect();
    for check in failed.iter().take(FAILED_SHOWN) {
        let words = format!("{} {} {}", check.number, check.name, check.detail());
        wrap(
            text,
            "  failed:  ",
            "           ",
            escape(words.as_bytes()).trim_end(),
        );
    }
    if failed.len() > FAILED_SHOWN {
        let _ = writeln!(
            text,
            "  and {} more, in the table above",
            failed.len() - FAILED_SHOWN
        );
    }
}

/// The detail behind its line if it fits, else below.
fn detail_text(text: &mut String, detail: &str, used: usize) {
    let detail = escape(detail.as_bytes());
    if detail.is_empty() {
        text.push('\n');
    } else if used + 2 + detail.len() <= COLUMNS {
        let _ = writeln!(text, "  {detail}");
    } else {
        text.push('\n');
        wrap(text, "          ", "          ", &detail);
    }
}

fn verdict(text: &mut String, report: &Report) {
    let style = style(report.verdict);
    let subset = if report.subset { " (subset)" } else { "" };
    let label = format!("{}{subset}", report.verdict);
    let mut body = String::new();
    wrap(
        &mut body,
        &" ".repeat(label.len() + 2),
        "  ",
        &report.reason,
    );
    let _ = write!(text, "{style}{label}{style:#}{}", &body[label.len()..]);
}

pub(super) fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => GREEN,
        Verdict::Incomplete => YELLOW,
        Verdict::Fail | Verdict::Crashed => RED,
    }
}

fn notes(text: &mut String, report: &Report) {
    for note in &report.notes {
        wrap(text, "  note:    ", "           ", note);
    }
}

fn evidence(text: &mut String, report: &Report) {
    let lines = &report.kernel.evidence;
    for line in lines.iter().take(EVIDENCE_LINES) {
        let _ = writeln!(text, "  {DIM}|{DIM:#} {line}");
    }
    if let Some(more) = lines.len().checked_sub(EVIDENCE_LINES + 1) {
        let _ = writeln!(text, "  {DIM}| … {} more lines{DIM:#}", more + 1);
    }
}

fn facts(text: &mut String, report: &Report) {
    if let Some(image) = &report.image {
        let about = format!(
            "{} ({}), image {image}",
            report.board.as_deref().unwrap_or("?"),
            report.machine.as_deref().unwrap_or("?"),
        );
        wrap(
            text,
            "  board:   ",
            "           ",
            &escape(about.as_bytes()),
        );
    }
    let kernel = &report.kernel;
    if kernel.tainted.or(kernel.oops).or(kernel.warn).is_some() {
        let count =
            |count: Option<u64>| count.map_or("unknown".to_owned(), |count| count.to_string());
        let _ = writeln!(
            text,
            "  kernel:  tainted {}, oopses {}, warnings {}",
            count(kernel.tainted),
            count(kernel.oops),
            count(kernel.warn)
        );
    }
    let line = &report.line;
    let about = format!(
        "{} bytes, {} lines, {} damaged, {} healed, {} resent; {:.1} s",
        line.bytes, line.lines, line.damaged, line.healed, line.resent, report.seconds
    );
    wrap(text, "  line:    ", "           ", &about);
    if let Some(capture) = &report.capture {
        let _ = writeln!(text, "  capture: {}", printable(capture));
    }
}

/// Writes `words` in lines of at most [`COLUMNS`]; a longer word gets its own. They may
/// be of a file that somebody sent.
pub(crate) fn wrap(text: &mut String, first: &str, next: &str, words: &str) {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in printable(words).split([' ', '\n']) {
        if !empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            text.push_str(&line);
            text.push('\n');
            line = next.to_owned();
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    text.push_str(&line);
    text.push('\n');
}
