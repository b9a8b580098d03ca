//! What goes wrong on the way: never a pass, always a reason.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use qemu_tests::sweep::RELOAD;
use qemu_tests::{
    BOARD, FAULTS_IMAGE, IMAGE, Machine, Report, board_check, folder_with, image, judge, judge_with,
};

/// Results of a run before the one at which the verifier's faults strike.
const BEFORE_THE_MIDDLE: usize = 6;

fn assert_verdict(report: &Report, verdict: &str, exit_code: i32, reason: &str) {
    assert_eq!(
        (report.verdict.as_str(), report.exit_code),
        (verdict, exit_code),
        "{report:#?}"
    );
    assert!(
        report.reason.contains(reason),
        "{reason:?} is not in {:?}",
        report.reason
    );
}

#[test]
fn a_kernel_panic_is_a_crash_with_its_trace() {
    let machine = Machine::boot(BOARD, FAULTS_IMAGE);
    let report = judge(&machine, &["--fault", "400"]);
    assert_verdict(&report, "CRASHED", 4, "Kernel panic");
    let evidence = report.kernel.evidence.join("\n");
    assert!(evidence.contains("Attempted to kill init"), "{evidence}");
    assert!(evidence.contains("Call trace"), "{evidence}");
    assert!(
        report.with_outcome("pass").len() >= BEFORE_THE_MIDDLE,
        "{report:#?}"
    );
}

#[test]
fn a_failure_that_a_kernel_message_cuts_in_two_stays_a_failure() {
    let machine = Machine::boot(BOARD, FAULTS_IMAGE);
    let whole = judge(&machine, &["--fault", "1", "--skip", RELOAD]);
    let cut = judge(&machine, &["--fault", "201", "--skip", RELOAD]);
    assert_verdict(&cut, "FAIL", 1, "");
    for outcome in ["pass", "fail", "skip"] {
        assert_eq!(cut.with_outcome(outcome), whole.with_outcome(outcome));
    }
    let again = cut.line.healed + cut.line.resent;
    let failures = u64::try_from(cut.with_outcome("fail").len()).expect("a few");
    assert!(
        again >= failures,
        "{failures} records were cut: {:?}",
        cut.line
    );
    let capture = fs::read_to_string(cut.capture.as_ref().expect("the capture")).expect("text");
    assert!(
        capture.contains("a message amid a record"),
        "the message did not reach the line"
    );
}

#[test]
fn a_lost_record_is_asked_for_again() {
    let machine = Machine::boot(BOARD, FAULTS_IMAGE);
    let report = judge(&machine, &["--fault", "500", "--skip", RELOAD]);
    assert_verdict(&report, "PASS", 0, "");
    assert!(report.line.resent >= 1, "{:?}", report.line);
}

#[test]
fn a_verifier_that_hangs_is_incomplete() {
    let machine = Machine::boot(BOARD, FAULTS_IMAGE);
    let report = judge(&machine, &["--fault", "300", "--timeout", "8"]);
    assert_verdict(&report, "INCOMPLETE", 3, "");
    assert_eq!(
        report.with_outcome("pass").len(),
        BEFORE_THE_MIDDLE,
        "{report:#?}"
    );
}

#[test]
fn a_machine_that_goes_away_is_incomplete() {
    let mut machine = Machine::boot(BOARD, IMAGE);
    let folder = tempfile::tempdir().expect("a folder for the report");
    let path = folder.path().join("report.json");
    let mut child = board_check()
        .arg("--port")
        .arg(machine.console())
        .arg("--out")
        .arg(format!("json={}", path.display()))
        .arg("--capture")
        .arg(folder.path().join("capture"))
        .args(["--timeout", "8"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("board-check runs");
    // The module is loaded at the start of the run, which takes some seconds.
    let messages = BufReader::new(child.stderr.take().expect("piped"));
    let mut messages = messages.lines().map_while(Result::ok);
    assert!(
        messages.any(|line| line.contains("mmap_areas: loading")),
        "the run starts"
    );
    machine.kill();
    messages.for_each(drop);
    let status = child.wait().expect("board-check ends");
    assert_eq!(status.code(), Some(3));
    let report = fs::read_to_string(path).expect("a report");
    let report: Report = serde_json::from_str(&report).expect("as docs/json.md says");
    assert_verdict(&report, "INCOMPLETE", 3, "");
    let replayed = judge_with(
        board_check()
            .arg("replay")
            .arg(folder.path().join("capture")),
    );
    assert_verdict(&replayed, "INCOMPLETE", 3, "");
}

#[test]
fn an_image_without_the_module_says_so() {
    let folder = folder_with(None);
    let report = judge(&Machine::boot_image(BOARD, folder.path()), &[]);
    assert_verdict(&report, "INCOMPLETE", 3, "module");
    assert!(report.reason.contains("ENOENT"), "{}", report.reason);
}

#[test]
fn a_module_for_another_kernel_says_so() {
    let module = fs::read(image(IMAGE).join("module/mmap_areas.ko")).expect("the module");
    let folder = folder_with(Some(&for_another_kernel(module)));
    let report = judge(&Machine::boot_image(BOARD, folder.path()), &[]);
    assert_verdict(&report, "INCOMPLETE", 3, "another kernel");
    assert!(report.reason.contains("ENOEXEC"), "{}", report.reason);
}

/// The same module with another release of the kernel in its `vermagic`.
fn for_another_kernel(mut module: Vec<u8>) -> Vec<u8> {
    let key = b"vermagic=";
    let at = module
        .windows(key.len())
        .position(|window| window == key)
        .expect("a vermagic");
    module[at + key.len()] = b'1';
    module
}
