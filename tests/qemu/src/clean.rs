//! A run that must pass: what is true of each, on every machine.

use board_check_protocol::checks::NAMES;

use crate::attributes::Expected;
use crate::{Machine, Report, judge, log};

/// Runs all checks on `machine`, which is `board`; gives the report, and what is wrong with
/// it, a sentence each.
///
/// # Panics
/// If there is no report, or no capture.
pub fn run(board: &str, machine: &Machine) -> (Report, Vec<String>) {
    let report = judge(machine, &[]);
    let mut wrong = Vec::new();
    if report.verdict != "PASS" || report.subset || report.image_faults {
        wrong.push(format!("{board}: {}: {}", report.verdict, report.reason));
    }
    if report.board.as_deref() != Some(board) {
        wrong.push(format!("{board}: the report is one of {:?}.", report.board));
    }
    let names = report.checks.iter().map(|check| check.name.as_str());
    if !names.eq(NAMES.iter().copied()) {
        wrong.push(format!(
            "{board}: these are other checks than those of the list."
        ));
    }
    // Of what may be skipped the table says where it must be.
    wrong.extend(Expected::read().differences(board, &report));
    let skipped = report.with_outcome("skip");
    let others = skipped.iter().filter(|check| !check.starts_with("attr."));
    wrong.extend(others.map(|check| format!("{board}: {check} was skipped.")));
    let lines = log::kernel_lines(report.capture.as_ref().expect("the capture is kept"));
    wrong.extend(
        log::noise(&lines)
            .iter()
            .map(|line| format!("{board}: the kernel said: {line}")),
    );
    (report, wrong)
}
