//! A run that must pass: what is true of each, on every machine.

use std::fs;

use board_check_protocol::checks::NAMES;
use board_check_protocol::matches;

use crate::attributes::Expected;
use crate::{Machine, Report, judge, log, qemu_boards, root};

/// `--timeout`, in seconds: a boot loader looks for disks and waits for a key, and other
/// tests may run beside.
const PATIENCE: &str = "240";

/// Runs all checks on `machine`, which is `board`; gives the report, and what is wrong with
/// it, a sentence each.
///
/// # Panics
/// If there is no report, or no capture.
pub fn run(board: &str, machine: &Machine) -> (Report, Vec<String>) {
    let report = judge(machine, &["--timeout", PATIENCE]);
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
    if qemu_boards().iter().any(|name| name == board) {
        // Of what may be skipped the table says where it must be.
        wrong.extend(Expected::read().differences(board, &report));
        let skipped = report.with_outcome("skip");
        let others = skipped.iter().filter(|check| !check.starts_with("attr."));
        wrong.extend(others.map(|check| format!("{board}: {check} was skipped.")));
    } else {
        wrong.extend(useless_allowances(board, &report));
    }
    let lines = log::kernel_lines(report.capture.as_ref().expect("the capture is kept"));
    wrong.extend(
        log::noise(&lines)
            .iter()
            .map(|line| format!("{board}: the kernel said: {line}")),
    );
    (report, wrong)
}

/// The SKIPs that `board.toml` allows and that did not come, a sentence each: what is
/// allowed without need would hide what is lost later.
fn useless_allowances(board: &str, report: &Report) -> Vec<String> {
    let path = root().join("board").join(board).join("board.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let skipped = report.with_outcome("skip");
    text.lines()
        .filter_map(|line| line.strip_prefix("check = \"")?.strip_suffix('"'))
        .filter(|pattern| !skipped.iter().any(|name| matches(pattern, name)))
        .map(|pattern| {
            format!("{board}: board.toml allows a SKIP of {pattern}, and there is none.")
        })
        .collect()
}
