//! The verdict: one pure function over what was collected.
//!
//! It looks for a crash, then for a failure, then for anything that is missing, and
//! only what is left is a PASS.

use std::fmt;

use board_check_protocol::{ErrorReason, Outcome};
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::exit::Exit;
use crate::kernel_messages::Alarm;
use crate::records::RunRecords;
use crate::run::{Ended, Run, Source};

mod device_end;
mod expect;
mod silence;

/// What a run proves, weakest first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Every check passed, and that is proven.
    Pass,
    /// Something is missing.
    Incomplete,
    /// A check failed, or the kernel warned.
    Fail,
    /// The kernel crashed, or the board was reset.
    Crashed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "PASS",
            Self::Incomplete => "INCOMPLETE",
            Self::Fail => "FAIL",
            Self::Crashed => "CRASHED",
        })
    }
}

/// How a kernel went down.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Crash {
    /// An exception in the kernel.
    Oops,
    /// The kernel stopped.
    Panic,
    /// A broken assumption (`BUG`).
    Bug,
    /// A processor does not come back.
    Lockup,
    /// The board started anew.
    Reset,
    /// It was damaged before the run.
    Tainted,
}

impl Crash {
    /// One word, as in the JSON report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Oops => "oops",
            Self::Panic => "panic",
            Self::Bug => "bug",
            Self::Lockup => "lockup",
            Self::Reset => "reset",
            Self::Tainted => "tainted",
        }
    }
}

impl From<Alarm> for Crash {
    fn from(alarm: Alarm) -> Self {
        match alarm {
            Alarm::Oops => Self::Oops,
            Alarm::Panic => Self::Panic,
            Alarm::Bug => Self::Bug,
            Alarm::Lockup => Self::Lockup,
        }
    }
}

/// A verdict with its reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The exit code that goes with it.
    pub exit: Exit,
    /// One sentence.
    pub reason: String,
    /// How the kernel went down, if it did.
    pub crash: Option<Crash>,
    /// True if a filter left checks out.
    pub subset: bool,
    /// What the user should know besides.
    pub notes: Vec<String>,
}

/// Says what `run` proves. `board` has the rules of the board that it ran on, if
/// they are known.
pub fn judge(run: &Run, board: Option<&Board>) -> Judgement {
    let crash = crash(run);
    let (verdict, reason) = if let Some((_, reason)) = &crash {
        (Verdict::Crashed, reason.clone())
    } else if let Some(reason) = failure(run) {
        (Verdict::Fail, reason)
    } else if let Some(reason) = expect::missing(run, board) {
        (Verdict::Incomplete, reason)
    } else {
        (Verdict::Pass, success(run))
    };
    let mut notes = notes(run, board, verdict);
    notes.retain(|note| *note != reason);
    Judgement {
        verdict,
        exit: exit(run, verdict),
        reason,
        crash: crash.map(|(crash, _)| crash),
        subset: is_subset(run),
        notes,
    }
}

/// The board's name as the header gives it, if the image knows it.
pub fn board_name(run: &Run) -> Option<&str> {
    let header = run.records.as_ref()?.header.as_ref()?;
    Some(header.board.as_str()).filter(|name| *name != "?")
}

/// True if the image has deliberate faults built in.
pub fn has_faults(run: &Run) -> bool {
    let header = run
        .records
        .as_ref()
        .and_then(|records| records.header.as_ref());
    header.is_some_and(|header| header.image.ends_with("+faults"))
}

fn exit(run: &Run, verdict: Verdict) -> Exit {
    match (&run.ended, verdict) {
        (Ended::Interrupted, _) => Exit::Interrupted,
        (_, Verdict::Pass) => Exit::Pass,
        (_, Verdict::Fail) => Exit::Fail,
        (_, Verdict::Crashed) => Exit::Crashed,
        (_, Verdict::Incomplete) => match run.refused {
            Some((ErrorReason::NoChecks, _)) => Exit::NoTests,
            _ => Exit::Incomplete,
        },
    }
}

fn is_subset(run: &Run) -> bool {
    let request = run.request.as_ref();
    request.is_some_and(|request| request.filter().is_subset())
}

/// Tainted flags that say "this kernel is damaged", with their letters.
const DAMAGE: [(u32, &str); 4] = [
    (4, "M, machine check"),
    (5, "B, bad page"),
    (7, "D, oops"),
    (14, "L, lockup"),
];

fn crash(run: &Run) -> Option<(Crash, String)> {
    if let Some((alarm, line)) = &run.kernel.alarm {
        let what = alarm.name();
        let reason = match run.kernel.crashes {
            0 | 1 => format!("There was {what} on the line: {line}"),
            crashes => format!(
                "The board crashed {crashes} times while it was waited for, the last time with \
                 {what}: {line}"
            ),
        };
        return Some((Crash::from(*alarm), reason));
    }
    if let Some(what) = &run.kernel.reset {
        let reason = match run.request {
            Some(_) => format!("The board was reset during the run: {what}."),
            None => format!("The board was reset after the run before: {what}."),
        };
        return Some((Crash::Reset, reason));
    }
    let end = run.records.as_ref()?.end?;
    if let Some(oops) = end.oops.filter(|&oops| oops > 0) {
        let times = if oops == 1 { "once" } else { "several times" };
        let reason = format!(
            "The kernel oopsed {times} during the run ({oops} counted); the text of it did not arrive."
        );
        return Some((Crash::Oops, reason));
    }
    let tainted = end.tainted?;
    let (_, flag) = DAMAGE.iter().find(|(bit, _)| tainted >> bit & 1 == 1)?;
    let reason = format!(
        "The kernel was already damaged before the run (tainted {tainted}, flag {flag}); reset the \
         board and run again."
    );
    Some((Crash::Tainted, reason))
}

fn failure(run: &Run) -> Option<String> {
    let records = run.records.as_ref();
    records.and_then(failed).or_else(|| warned(run))
}

fn failed(records: &RunRecords) -> Option<String> {
    let failed: Vec<&str> = records
        .checks
        .values()
        .filter(|check| check.outcome == Outcome::Fail)
        .map(|check| check.name.as_str())
        .collect();
    let total = records.total().unwrap_or(records.checks.len());
    match failed.as_slice() {
        [] => None,
        [one] => Some(format!("1 of {total} checks failed: {one}.")),
        [first, ..] => {
            let count = failed.len();
            Some(format!("{count} of {total} checks failed, first {first}."))
        }
    }
}

/// A warning that the kernel counted, or said since the run was asked for.
fn warned(run: &Run) -> Option<String> {
    let end = run.records.as_ref().and_then(|records| records.end);
    if let Some(warned) = end.and_then(|end| end.warn).filter(|&warned| warned > 0) {
        let counted = if warned == 1 { "once" } else { "several times" };
        return Some(format!(
            "No check failed, but the kernel warned {counted} during the run ({warned} counted)."
        ));
    }
    // What a log of others has may have come before the run.
    let ours = run.source == Source::Session && run.request.is_some();
    let said = run.kernel.evidence.first()?;
    let whole = run.records.as_ref().is_some_and(RunRecords::is_complete);
    let when = match whole {
        true => "No check failed, but the kernel warned during the run",
        false => "The kernel warned before all results were here",
    };
    (ours && run.kernel.warnings > 0).then(|| format!("{when}: {said}"))
}

fn success(run: &Run) -> String {
    let records = run.records.as_ref();
    let checks = records.map_or(0, |records| records.checks.len());
    let skipped = records.map_or(0, |records| {
        let skips = |outcome: Outcome| outcome == Outcome::Skip;
        records
            .checks
            .values()
            .filter(|check| skips(check.outcome))
            .count()
    });
    let passed = checks - skipped;
    let skipped = match skipped {
        0 => String::new(),
        skipped => format!(", {skipped} skipped as this board allows"),
    };
    let subset = if is_subset(run) { " of the subset" } else { "" };
    format!("All {passed} checks{subset} passed{skipped}; every record was verified.")
}

fn notes(run: &Run, board: Option<&Board>, verdict: Verdict) -> Vec<String> {
    let mut notes = run.notes.clone();
    if verdict == Verdict::Pass {
        let of_device = run.records.as_ref().and_then(device_end::note);
        notes.extend(of_device.map(str::to_owned));
    }
    if let Some(fault) = &run.capture_fault {
        notes.push(format!("The capture is damaged: {fault}."));
    }
    if run.source == Source::ForeignLog {
        notes.push("Freshness unknown: this log holds no request of this tool.".to_owned());
    }
    if has_faults(run) {
        notes.push("The image has deliberate faults built in; it is no release.".to_owned());
    }
    let fault = run.request.as_ref().map_or(0, |request| request.fault);
    if fault != 0 {
        notes.push(format!("Asked for the deliberate fault {fault}."));
    }
    let header = run
        .records
        .as_ref()
        .and_then(|records| records.header.as_ref());
    if let (Some(header), Some(board)) = (header, board) {
        if header.machine != board.machine {
            notes.push(format!(
                "The machine is \"{}\"; the file of board {} expects \"{}\".",
                header.machine, board.name, board.machine
            ));
        }
        if header.board != board.name && header.board != "?" {
            notes.push(format!(
                "The image calls its board \"{}\", not \"{}\".",
                header.board, board.name
            ));
        }
    }
    if run.kernel.warnings > 0 {
        notes.push(format!(
            "Kernel warnings on the line: {}.",
            run.kernel.warnings
        ));
    }
    notes
}

#[cfg(test)]
mod tests;
