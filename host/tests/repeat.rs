//! `--repeat` and `--until-fail`: several runs on one link.

use std::fs;
use std::process::{Output, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use board_check::judge::Verdict;
use board_check::request::RunRequest;
use board_check::run::Ended;
use board_check::session::{Session, Setup, Start};
use serde_json::Value;

use crate::common::place::{Place, assert_exit, text};
use crate::common::pty::Pty;
use crate::common::sim::{SimLink, judge_run};
use crate::common::{Board, FAILING, failing};

/// A board on which one check fails in the second run only.
fn flaky() -> Board {
    Board {
        results_in: Some(2),
        ..failing()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The lines of the runs: number and verdict.
fn runs(output: &Output) -> Vec<String> {
    let text = stdout(output);
    let lines = text.lines().filter(|line| line.starts_with("run "));
    lines
        .map(|line| {
            line.split_whitespace()
                .take(3)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
fn each_run_has_a_line_and_a_capture_and_what_is_flaky_is_named() {
    let place = Place::new();
    let mut pty = Pty::start(flaky());
    let captures = place.path("run-{run}.capture");
    let reports = format!("json={}", place.path("run-{run}.json").display());
    let arguments = [
        "--port",
        &pty.path,
        "--repeat",
        "3",
        "--out",
        &reports,
        "--capture",
    ];
    let output = place.run(&[&arguments[..], &[captures.to_str().unwrap()]].concat());
    assert_exit(
        &output,
        1,
        "FAIL  3 runs: 2 PASS, 1 FAIL, the first that is no PASS is run 2.",
    );
    assert_eq!(runs(&output), ["run 1 PASS", "run 2 FAIL", "run 3 PASS"]);
    let shown = stdout(&output);
    let words = format!("flaky:   {FAILING} passed in 2 of 3 runs and failed in 1 (run 2)");
    assert!(
        shown
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains(&words.replace("   ", " ")),
        "{shown}"
    );
    let mut nonces = Vec::new();
    for (number, verdict, code) in [(1, "PASS", 0), (2, "FAIL", 1), (3, "PASS", 0)] {
        let report = fs::read(place.path(&format!("run-{number}.json"))).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["verdict"], verdict);
        nonces.push(report["run"]["nonce"].clone());
        let capture = place.path(&format!("run-{number}.capture"));
        assert_eq!(report["capture"], capture.to_str().unwrap());
        let replay = place.run(&["replay", capture.to_str().unwrap()]);
        assert_exit(&replay, code, verdict);
    }
    nonces.dedup();
    assert_eq!(nonces.len(), 3, "a fresh nonce for each run");
    assert_eq!(pty.stop().runs, 3);
}

#[test]
fn until_fail_stops_at_the_first_run_that_is_no_pass() {
    let place = Place::new();
    let pty = Pty::start(flaky());
    let output = place.run(&["--port", &pty.path, "--until-fail"]);
    assert_exit(&output, 1, "FAIL  2 runs: 1 PASS, 1 FAIL");
    assert_eq!(runs(&output), ["run 1 PASS", "run 2 FAIL"]);
    let capture = stdout(&output);
    let capture = capture
        .split("capture: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    assert_exit(&place.run(&["replay", capture]), 1, FAILING);

    let pty = Pty::start(Board::default());
    let output = place.run(&["--port", &pty.path, "--until-fail", "--repeat", "2"]);
    assert_exit(&output, 0, "PASS  2 runs: 2 PASS.");
}

#[test]
fn the_worst_verdict_counts_and_a_board_that_is_gone_ends_it() {
    let place = Place::new();
    let pty = Pty::start(Board {
        results_in: Some(1),
        ..failing()
    });
    let board = ["--port", &pty.path, "--repeat", "2"];
    assert_exit(&place.run(&board), 1, "FAIL  2 runs: 1 PASS, 1 FAIL");

    let pty = Pty::start(Board {
        dies_at: Some(10),
        ..Board::default()
    });
    let output = place.run(&["--port", &pty.path, "--repeat", "9", "--timeout", "0.4"]);
    assert_exit(&output, 3, "INCOMPLETE  2 runs: 2 INCOMPLETE");

    let nobody = ["--port", "exec:sleep 60", "--timeout", "0.4"];
    let output = place.run(&[&nobody[..], &["--repeat", "9", "--shell", "root"]].concat());
    assert_exit(&output, 3, "INCOMPLETE  1 run: 1 INCOMPLETE");
}

/// The run that cannot be kept ends it, and what the others came to is said all the same.
#[test]
fn a_file_that_cannot_be_written_ends_it_with_what_there_is() {
    for (in_run, code, words) in [
        (1, 1, "FAIL  2 runs: 1 PASS, 1 FAIL"),
        (9, 2, "PASS  2 runs: 2 PASS."),
    ] {
        let place = Place::new();
        std::os::unix::fs::symlink("/dev/full", place.path("run-2.json")).unwrap();
        let reports = format!("json={}", place.path("run-{run}.json").display());
        let pty = Pty::start(Board {
            results_in: Some(in_run),
            ..failing()
        });
        let output = place.run(&["--port", &pty.path, "--repeat", "9", "--out", &reports]);
        assert_exit(&output, code, words);
        assert_exit(&output, code, "Cannot write the report");

        // The capture of the third run.
        let captures = place.path("{run}.capture");
        fs::create_dir(place.path("3.capture")).unwrap();
        let board = ["--port", &pty.path, "--repeat", "9"];
        let output = place.run(&[&board[..], &["--capture", captures.to_str().unwrap()]].concat());
        assert_exit(&output, 2, "PASS  2 runs: 2 PASS.");
        assert_exit(&output, 2, "Cannot write the capture");
    }
    // Nothing to tell of: no run.
    let place = Place::new();
    let reports = format!("json={}", place.path("none/{run}.json").display());
    let pty = Pty::start(Board::default());
    let output = place.run(&["--port", &pty.path, "--repeat", "9", "--out", &reports]);
    assert_exit(&output, 2, "Cannot write the report");
    assert!(!text(&output).contains("runs"), "{}", text(&output));
}

#[test]
fn an_interrupt_ends_it_with_what_there_is() {
    let place = Place::new();
    let pty = Pty::start(Board::default());
    let mut child = place
        .command(&["--port", &pty.path, "--until-fail"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("run   1") {
        assert_ne!(
            std::io::BufRead::read_line(&mut output, &mut seen).unwrap(),
            0
        );
    }
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .arg(&id)
            .status()
            .unwrap()
            .success()
    );
    std::io::Read::read_to_string(&mut output, &mut seen).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{seen}");
    assert!(
        seen.contains(" runs: ") && seen.contains("Interrupted"),
        "{seen}"
    );
}

#[test]
fn a_file_that_all_runs_would_share_is_refused() {
    let place = Place::new();
    for file in [
        ["--capture", "one"],
        ["--out", "json=one"],
        ["--out", "json=-"],
    ] {
        let output = place.run(&[&["--port", "x", "--repeat", "2"], &file[..]].concat());
        assert_exit(&output, 2, "needs a {run}");
    }
    assert_exit(
        &place.run(&["--port", "x", "--repeat", "0"]),
        2,
        "0 is not in 1..",
    );
    let output = place.run(&["--port", "/dev/nosuch", "--repeat", "2"]);
    assert_exit(&output, 69, "No port");
    assert!(!text(&output).contains("runs"), "{}", text(&output));
}

/// One run in a session that follows another.
fn session(
    link: &mut SimLink,
    before: Option<u64>,
    other_than: Option<u64>,
) -> board_check::run::Run {
    let mut nonce = link.now.as_millis() as u64;
    let setup = Setup {
        patience: Duration::from_secs(5),
        nonce: Box::new(move || {
            nonce += 1;
            nonce
        }),
        capture: None,
        start: Start::default(),
        watch: &mut (),
        stop: &AtomicBool::new(false),
    };
    let session = Session::new(&mut *link, setup);
    let session = session.within_boot(before).after_boot(other_than);
    session.run(&RunRequest::default())
}

#[test]
fn a_board_that_crashes_or_restarts_between_two_runs_is_no_pass() {
    let mut link = SimLink::new(Board::default());
    let first = session(&mut link, None, None);
    assert_eq!(judge_run(&first, None).verdict, Verdict::Pass);
    let boot = first.ready.map(|ready| ready.boot);
    let again = session(&mut link, boot, None);
    assert_eq!(judge_run(&again, None).verdict, Verdict::Pass);

    link.board.boot_text = "[   99.000000] Unable to handle kernel paging request at 0\r\n";
    let crashed = judge_run(&session(&mut link, boot, None), None);
    assert_eq!(crashed.verdict, Verdict::Crashed, "{}", crashed.reason);

    link.board.boot_text = "";
    link.board.boot += 1;
    let reset = judge_run(&session(&mut link, boot, None), None);
    assert_eq!(reset.verdict, Verdict::Crashed);
    assert!(
        reset.reason.contains("reset after the run before"),
        "{}",
        reset.reason
    );
    // Without a run before it, the same boot is as good as any.
    assert_eq!(
        judge_run(&session(&mut link, None, None), None).verdict,
        Verdict::Pass
    );
}

#[test]
fn a_console_runs_once_in_each_boot() {
    let mut link = SimLink::new(Board::default());
    let boot = Some(link.board.boot);
    let waits = session(&mut link, None, boot);
    assert!(
        matches!(waits.ended, Ended::NotReady { .. }),
        "{:?}",
        waits.ended
    );
    assert_eq!(waits.request, None);
    link.board.boot += 1;
    let runs = session(&mut link, None, boot);
    assert_eq!(judge_run(&runs, None).verdict, Verdict::Pass);
}
