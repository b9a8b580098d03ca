//! When what ran: a lane for the kernel's messages, and one for each suite.

use super::super::{CheckReport, Ending, Report};
use super::{Tick, is_alarming, outcome, percent, seconds, ticks};
use crate::run::Speaker;

/// Lanes on one scale of time.
pub(super) struct Timeline {
    pub(super) ticks: Vec<Tick>,
    pub(super) lanes: Vec<Lane>,
}

/// One lane.
pub(super) struct Lane {
    pub(super) name: String,
    /// The same in words.
    pub(super) summary: String,
    pub(super) marks: Vec<Mark>,
}

/// A stretch of time, in percent; its height in pixels of the lane's 16.
pub(super) struct Mark {
    pub(super) class: &'static str,
    pub(super) start: String,
    pub(super) width: String,
    pub(super) y: u8,
    pub(super) height: u8,
    pub(super) title: String,
}

/// Least width that is seen, in percent.
const LEAST: f64 = 0.2;

/// The timeline; `None` if no times are known.
pub(super) fn timeline(report: &Report) -> Option<Timeline> {
    let last = report
        .checks
        .iter()
        .filter_map(|check| check.arrived_ms)
        .max();
    let end = report.seconds.max(seconds(last?));
    if end <= 0.0 {
        return None;
    }
    let mut lanes = vec![kernel(report, end)];
    let mut suites: Vec<&str> = report.checks.iter().map(CheckReport::suite).collect();
    suites.dedup();
    lanes.extend(suites.into_iter().map(|name| suite(report, name, end)));
    lanes.retain(|lane| !lane.marks.is_empty());
    Some(Timeline {
        ticks: ticks(end, " s"),
        lanes,
    })
}

fn kernel(report: &Report, end: f64) -> Lane {
    let said = report.log.iter().filter(|line| line.by == Speaker::Kernel);
    let mut marks: Vec<Mark> = said
        .map(|line| {
            let alarming = is_alarming(line);
            let start = seconds(line.ms);
            Mark {
                class: if alarming { "alarm" } else { "kernel" },
                start: percent(start, end),
                width: format!("{LEAST}"),
                y: if alarming { 0 } else { 5 },
                height: if alarming { 16 } else { 6 },
                title: format!("{start:.3} s: {}", line.text),
            }
        })
        .collect();
    show_tall(&mut marks);
    let alarms = marks.iter().filter(|mark| mark.class == "alarm").count();
    Lane {
        name: "kernel".to_owned(),
        summary: format!(
            "{} messages of the kernel, {alarms} alarms and warnings",
            marks.len()
        ),
        marks,
    }
}

fn suite(report: &Report, name: &str, end: f64) -> Lane {
    let checks = report.checks.iter().filter(|check| check.suite() == name);
    let mut marks: Vec<Mark> = checks
        .clone()
        .filter_map(|check| mark(check, end))
        .collect();
    show_tall(&mut marks);
    let failed = checks.filter(|check| check.outcome == Ending::Fail).count();
    Lane {
        name: name.to_owned(),
        summary: format!("suite {name}: {} results, {failed} failed", marks.len()),
        marks,
    }
}

/// Has the tall marks drawn last: their neighbours, a pixel further on, would hide them.
fn show_tall(marks: &mut [Mark]) {
    marks.sort_by_key(|mark| mark.height);
}

fn mark(check: &CheckReport, end: f64) -> Option<Mark> {
    let arrived = seconds(check.arrived_ms?);
    let took = seconds(check.milliseconds?.into());
    let failed = check.outcome == Ending::Fail;
    Some(Mark {
        class: outcome(check.outcome).0,
        start: percent(arrived - took, end),
        width: format!("{:.3}", (100.0 * took / end).clamp(LEAST, 100.0)),
        y: if failed { 0 } else { 3 },
        height: if failed { 16 } else { 10 },
        title: format!(
            "{} {}, {:.0} ms, at {arrived:.3} s",
            check.name,
            outcome(check.outcome).0,
            took * 1000.0
        ),
    })
}
