//! sanitize: boots every machine with the kernel that has sanitizers and runs all checks: a
//! run that must pass, without a word of a sanitizer. Then, on one machine of each
//! architecture, the deliberate faults that only such a kernel notices, and a run in which a
//! CPU is switched off.
//!
//! `MACHINES="qemu-arm …"` and `FAULTS="70 71 …"` choose a part, the latter of the faults only.

use std::collections::BTreeSet;
use std::env;
use std::process::ExitCode;
use std::time::Instant;

use qemu_tests::faults::{self, Fault};
use qemu_tests::{Machine, architecture_of, clean, judge, selection};

/// `--timeout`, in seconds: everything is slower there.
const PATIENCE: &str = "300";

/// What makes the module go wrong: areas are filled, and the device is unbound.
const FILLS_AND_UNBINDS: &str = "data.vmalloc.kernel-to-user,lifetime.streaming.unbind";

fn main() -> ExitCode {
    let chosen = selection::faults();
    let only_sanitizers = |fault: &Fault| chosen(fault) && fault.sanitizer.is_some();
    let faults: Vec<Fault> = faults::all().into_iter().filter(only_sanitizers).collect();
    let start = Instant::now();
    let (mut right, mut wrong) = (0, 0);
    let mut architectures = BTreeSet::new();
    let mut tell = |board: &str, what: &str, start: Instant, differences: &[String]| {
        let (word, count) = match differences.is_empty() {
            true => ("as it must be", &mut right),
            false => ("WRONG", &mut wrong),
        };
        *count += 1;
        let seconds = start.elapsed().as_secs_f64();
        println!("{board:24}{what:12}{word:16}{seconds:6.1} s");
        differences
            .iter()
            .for_each(|difference| println!("  {difference}"));
    };
    for board in selection::machines() {
        let architecture = architecture_of(&board);
        let start = Instant::now();
        let machine = Machine::boot(&board, &format!("{architecture}-debug"));
        let (_, wrong) = clean::run(&board, &machine);
        drop(machine);
        tell(&board, "no fault", start, &wrong);
        if !architectures.insert(architecture.clone()) {
            continue;
        }
        if env::var("FAULTS").unwrap_or_default().is_empty() {
            let start = Instant::now();
            let machine = Machine::boot(&board, &format!("{architecture}-debug-faults"));
            tell(&board, "a CPU goes", start, &without_cpu(&machine));
        }
        for fault in &faults {
            let Some(words) = fault.sanitizer_says(&board) else {
                continue;
            };
            let start = Instant::now();
            let machine = Machine::boot(&board, &format!("{architecture}-debug-faults"));
            let differences = differences(&machine, &board, fault, words);
            tell(
                &board,
                &format!("fault {}", fault.number),
                start,
                &differences,
            );
        }
    }
    let word = if wrong == 0 { "ok" } else { "FAILED" };
    let seconds = start.elapsed().as_secs_f64();
    // In cargo's form, as mk/scripts/tally.sh counts.
    println!("test result: {word}. {right} passed; {wrong} failed; {seconds:.0} s");
    ExitCode::from(u8::from(wrong != 0))
}

/// What is wrong with a run with `fault`, of which the kernel must say `words`.
fn differences(machine: &Machine, board: &str, fault: &Fault, words: &str) -> Vec<String> {
    let number = fault.number.to_string();
    let report = judge(
        machine,
        &[
            "--timeout",
            PATIENCE,
            "--fault",
            &number,
            "--only",
            FILLS_AND_UNBINDS,
        ],
    );
    let due = fault.due(board);
    let mut wrong = Vec::new();
    if report.verdict != due.verdict {
        wrong.push(format!("{}: {}", report.verdict, report.reason));
    }
    if report.with_outcome("fail") != due.fails {
        wrong.push(format!("checks failed: {:?}", report.with_outcome("fail")));
    }
    if !report
        .kernel
        .evidence
        .iter()
        .any(|line| line.contains(words))
    {
        wrong.push(format!(
            "the kernel did not say \"{words}\", but {:?}",
            report.kernel.evidence.first()
        ));
    }
    wrong
}

/// What is wrong with a run in which the second CPU is switched off whenever two hand over an
/// area: nothing is known of two CPUs then, and all else is as ever.
fn without_cpu(machine: &Machine) -> Vec<String> {
    let report = judge(machine, &["--timeout", PATIENCE, "--fault", "800"]);
    let mut wrong = Vec::new();
    if report.verdict != "INCOMPLETE" {
        wrong.push(format!("{}: {}", report.verdict, report.reason));
    }
    let hands_over = |name: &str| name.starts_with("coherency.") && name.ends_with(".cpus");
    for check in &report.checks {
        let said = (check.outcome.as_str(), check.detail.as_deref());
        let right = match hands_over(&check.name) {
            true => said == ("skip", Some("cpu-offline")),
            false => check.outcome == "pass",
        };
        if !right {
            wrong.push(format!("{}: {said:?}", check.name));
        }
    }
    if !report.checks.iter().any(|check| hands_over(&check.name)) {
        wrong.push("no area was handed over".into());
    }
    wrong
}
