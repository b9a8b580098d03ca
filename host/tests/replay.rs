//! Replays of captures that were cut or changed, and of logs of other tools.

use std::time::Duration;

use board_check::judge::Verdict::{Crashed, Fail, Incomplete, Pass};
use board_check::link::Link as _;
use board_check::request::RunRequest;
use board_check_protocol::Filter;
use board_check_protocol::checks::NAMES;

use crate::common::sim::{SimLink, judge_run, replay_bytes, run_all, session};
use crate::common::{Board, failing};

/// What a board says that runs by itself, as a terminal program logs it.
fn log(mut board: Board, nonce: u64) -> Vec<u8> {
    board.start(Duration::ZERO, nonce, &Filter::default());
    let mut link = SimLink::new(board);
    let mut log = Vec::new();
    let mut buffer = [0; 4096];
    while link.now < Duration::from_secs(3) {
        let count = link.read(&mut buffer, Duration::from_secs(1)).unwrap();
        log.extend_from_slice(&buffer[..count]);
    }
    log
}

/// The capture of a run of a few checks: the tests below judge it thousands of times.
fn short_capture(board: Board) -> Vec<u8> {
    let request = RunRequest {
        only: Some("seed.*,*.two-mappings".into()),
        ..RunRequest::default()
    };
    session(SimLink::new(board), &request, None).capture
}

#[test]
fn a_capture_passes_only_whole() {
    let capture = short_capture(Board::default());
    assert_eq!(judge_run(&replay_bytes(&capture), None).verdict, Pass);
    let begin = capture
        .windows(7)
        .position(|part| part == b"\nbegin\n")
        .unwrap()
        + 7;
    for length in begin..capture.len() {
        let judgement = judge_run(&replay_bytes(&capture[..length]), None);
        assert_eq!(
            judgement.verdict, Incomplete,
            "cut at {length}: {}",
            judgement.reason
        );
    }
}

#[test]
fn a_capture_without_its_request_does_not_pass() {
    let capture = String::from_utf8(run_all(Board::default()).capture).unwrap();
    let without: String = capture
        .lines()
        .filter(|line| !line.contains(" > "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_ne!(capture, without);
    assert_eq!(
        judge_run(&replay_bytes(without.as_bytes()), None).verdict,
        Incomplete
    );
}

#[test]
fn a_capture_with_any_byte_changed_is_never_a_better_verdict() {
    let capture = short_capture(failing());
    let begin = capture
        .windows(7)
        .position(|part| part == b"\nbegin\n")
        .unwrap()
        + 7;
    for at in begin..capture.len() {
        let mut changed = capture.clone();
        changed[at] ^= 1;
        let judgement = judge_run(&replay_bytes(&changed), None);
        assert_ne!(judgement.verdict, Pass, "byte {at}: {}", judgement.reason);
    }
}

#[test]
fn a_foreign_log_is_shown_and_never_passes() {
    for nonce in [0, 5] {
        let run = replay_bytes(&log(Board::default(), nonce));
        let judgement = judge_run(&run, None);
        assert_eq!(judgement.verdict, Incomplete);
        assert_eq!(judgement.exit.code(), 3);
        assert!(
            judgement.reason.contains("Freshness unknown"),
            "{}",
            judgement.reason
        );
        assert_eq!(run.records.unwrap().checks.len(), NAMES.len());
    }
}

#[test]
fn a_failure_in_a_foreign_log_stays_one() {
    let one = judge_run(&replay_bytes(&log(failing(), 0)), None);
    assert_eq!(one.verdict, Fail, "{}", one.reason);
    let later = Board {
        runs: 1,
        ..Board::default()
    };
    let both = [log(failing(), 0), log(later, 0)].concat();
    assert_eq!(judge_run(&replay_bytes(&both), None).verdict, Fail);
}

#[test]
fn a_crash_in_a_foreign_log_stays_one() {
    let oops = b"[   12.000000] Unable to handle kernel paging request\r\n";
    let boot = b"[    0.000000] Booting Linux on physical CPU 0x0\r\n";
    let both = [&oops[..], &boot[..], &log(Board::default(), 0)].concat();
    assert_eq!(judge_run(&replay_bytes(&both), None).verdict, Crashed);
}

#[test]
fn the_three_line_splice_that_other_tools_call_a_pass_is_none() {
    let log =
        b"KTAP version 1\r\n1..1\r\nnot [   12.345678] usb 1-1: new device\r\nok 1 eth.phy\r\n";
    let judgement = judge_run(&replay_bytes(log), None);
    assert_eq!(judgement.verdict, Incomplete);
}

/// A kernel message that cuts a failure in two, and one that takes a test away: other
/// tools read a pass in the first and success in the second (docs/testing.md).
#[test]
fn ktap_that_other_tools_call_a_pass_is_none() {
    let logs: [&[u8]; 2] = [
        include_bytes!("ktap/splice.log"),
        include_bytes!("ktap/missing.log"),
    ];
    for log in logs {
        let judgement = judge_run(&replay_bytes(log), None);
        assert_eq!(judgement.verdict, Incomplete, "{judgement:?}");
        assert_eq!(judgement.exit.code(), 3);
        assert!(judgement.reason.contains("No verified record"));
    }
}
