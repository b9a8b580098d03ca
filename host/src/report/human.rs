//! The report for people: a table of the results, then the verdict. 80 columns.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::Report;
use super::rows::{Row, rows};
use crate::escape::escape;
use crate::judge::{Judgement, Verdict};
use crate::run::Run;

/// Columns of the terminal that the table is made for.
const COLUMNS: usize = 80;

/// Lines of evidence that are shown; the capture and the JSON have them all.
const EVIDENCE_LINES: usize = 24;

/// Failed checks that are repeated below the verdict.
const FAILED_SHOWN: usize = 10;

/// A longer row of missing results is shown as one line.
const MISSING_SHOWN: usize = 3;

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// The report as text with styles, which the stream takes out where they are not
/// wanted.
pub fn write(report: &Report<'_>) -> String {
    let mut text = String::new();
    let run = report.run;
    let received = run.records.as_ref().map_or(0, |records| records.count());
    if received > 0 {
        table(&mut text, &rows(run));
        super::speed::write(&mut text, &rows(run));
    }
    verdict(&mut text, report.judgement);
    failed(&mut text, &rows(run));
    notes(&mut text, report.judgement);
    evidence(&mut text, run);
    facts(&mut text, report);
    text
}

fn table(text: &mut String, rows: &[Row<'_>]) {
    let mut suite = "";
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        let of = row.name.split('.').next().unwrap_or_default();
        if suite != of && !suite.is_empty() {
            text.push('\n');
        }
        suite = of;
        line(text, row, name_width(rows));
        at += 1;
        let missing = |row: &&Row<'_>| row.check.is_none();
        let more = rows[at..].iter().take_while(missing).count();
        if row.check.is_none() && more > MISSING_SHOWN {
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

fn name_width(rows: &[Row<'_>]) -> usize {
    let longest = rows.iter().map(|row| row.name.len()).max();
    longest.unwrap_or(0).min(40)
}

fn line(text: &mut String, row: &Row<'_>, name_width: usize) {
    let (word, style) = match row.outcome() {
        "pass" => ("pass", GREEN),
        "fail" => ("FAIL", RED),
        "skip" => ("skip", YELLOW),
        _ => ("----", YELLOW),
    };
    let name = escape(row.name.as_bytes());
    let took = match row.check {
        Some(check) => format!("{} ms", check.milliseconds),
        None => "missing".to_owned(),
    };
    let left = format!("{:>3} ", row.number);
    let right = format!("  {name:<name_width$} {took:>8}");
    let used = left.len() + word.len() + right.len();
    let _ = write!(text, "{left}{style}{word}{style:#}{right}");
    let detail = row.check.map_or("", |check| check.detail.as_str());
    detail_text(text, detail, used);
}

/// What failed, once more, where the eye is.
fn failed(text: &mut String, rows: &[Row<'_>]) {
    let failed: Vec<_> = rows.iter().filter(|row| row.outcome() == "fail").collect();
    for row in failed.iter().take(FAILED_SHOWN) {
        let detail = row.check.map_or("", |check| check.detail.as_str());
        let words = format!("{} {} {detail}", row.number, row.name);
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

fn verdict(text: &mut String, judgement: &Judgement) {
    let style = match judgement.verdict {
        Verdict::Pass => GREEN,
        Verdict::Incomplete => YELLOW,
        Verdict::Fail | Verdict::Crashed => RED,
    };
    let subset = if judgement.subset { " (subset)" } else { "" };
    let label = format!("{}{subset}", judgement.verdict);
    let mut body = String::new();
    wrap(
        &mut body,
        &" ".repeat(label.len() + 2),
        "  ",
        &judgement.reason,
    );
    let _ = write!(text, "{style}{label}{style:#}{}", &body[label.len()..]);
}

fn notes(text: &mut String, judgement: &Judgement) {
    for note in &judgement.notes {
        wrap(text, "  note:    ", "           ", note);
    }
}

fn evidence(text: &mut String, run: &Run) {
    let lines = &run.kernel.evidence;
    for line in lines.iter().take(EVIDENCE_LINES) {
        let _ = writeln!(text, "  {DIM}|{DIM:#} {line}");
    }
    if let Some(more) = lines.len().checked_sub(EVIDENCE_LINES + 1) {
        let _ = writeln!(text, "  {DIM}| … {} more lines{DIM:#}", more + 1);
    }
}

fn facts(text: &mut String, report: &Report<'_>) {
    let run = report.run;
    let records = run.records.as_ref();
    if let Some(header) = records.and_then(|records| records.header.as_ref()) {
        let about = format!(
            "{} ({}), image {}",
            header.board, header.machine, header.image
        );
        wrap(
            text,
            "  board:   ",
            "           ",
            &escape(about.as_bytes()),
        );
    }
    if let Some(end) = records.and_then(|records| records.end) {
        let count =
            |count: Option<u64>| count.map_or("unknown".to_owned(), |count| count.to_string());
        let _ = writeln!(
            text,
            "  kernel:  tainted {}, oopses {}, warnings {}",
            count(end.tainted),
            count(end.oops),
            count(end.warn)
        );
    }
    let line = &run.line;
    let about = format!(
        "{} bytes, {} lines, {} damaged, {} healed, {} resent; {:.1} s",
        line.bytes,
        line.lines,
        line.damaged,
        line.healed,
        line.resent,
        run.duration.as_secs_f64()
    );
    wrap(text, "  line:    ", "           ", &about);
    if let Some(capture) = report.capture {
        let _ = writeln!(text, "  capture: {}", capture.display());
    }
}

/// Writes `words` in lines of at most [`COLUMNS`]; a longer word gets its own.
fn wrap(text: &mut String, first: &str, next: &str, words: &str) {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in words.split(' ') {
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
