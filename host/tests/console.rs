//! The console: what comes out of it for what a board says. Time is made up, but for
//! the real binary at the end.

use std::io;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use board_check::console::{Console, Keyboard};
use board_check::judge::{Judgement, Verdict};
use board_check::link::Link;
use board_check::request::RunRequest;
use board_check::session::{Session, Setup, Start};
use board_check_protocol::Filter;
use board_check_protocol::checks::NAMES;
use regex::Regex;

use crate::common::sim::{SimLink, judge_run};
use crate::common::{Board, FAILING, MESSAGE, cut_by_messages, failing, line, mangle, noisy};

/// What a console showed of a run, and the verdict.
struct Shown {
    text: String,
    judgement: Judgement,
}

/// A console on a board, for one run.
fn console(link: impl Link) -> Shown {
    let mut out = Vec::new();
    let mut console = Console::new(&mut out, Keyboard::new(io::empty(), false));
    let mut nonce = 0x5eed;
    let setup = Setup {
        patience: Duration::from_secs(30),
        nonce: Box::new(move || {
            nonce += 1;
            nonce
        }),
        capture: None,
        start: Start::default(),
        watch: &mut console,
        stop: &AtomicBool::new(false),
    };
    let run = Session::new(link, setup).run(&RunRequest::default());
    let judgement = judge_run(&run, None);
    console.finish(&run, &judgement, &[]);
    let text = String::from_utf8_lossy(&out).into_owned();
    assert_well_formed(&text, &judgement);
    Shown { text, judgement }
}

fn console_of(board: Board) -> Shown {
    console(SimLink::new(board))
}

/// What holds of everything that a console shows of one run.
#[track_caller]
fn assert_well_formed(text: &str, judgement: &Judgement) {
    let passed = judgement.verdict == Verdict::Pass;
    let results: Vec<&str> = text.lines().filter(|line| is_result(line)).collect();
    let all_ok = !results.is_empty() && results.iter().all(|line| line.starts_with("ok "));
    assert_eq!(all_ok, passed, "a TAP reader's verdict: {text}");
    for (at, line) in results.iter().enumerate() {
        let number = line.trim_start_matches("not ").split(' ').nth(1).unwrap();
        assert_eq!(number, (at + 1).to_string(), "{text}");
    }
    if !results.is_empty() {
        assert_eq!(text.matches("KTAP version 1").count(), 1, "{text}");
        assert!(
            text.contains(&format!("\r\n1..{}\r\n", results.len())),
            "{text}"
        );
    }
    assert_eq!(text.matches("# board-check verdict").count(), 1, "{text}");
    assert!(text.matches("# board-check end").count() <= 1, "{text}");
    for line in text.split_inclusive('\n').filter(|line| is_result(line)) {
        assert!(line.ends_with("\r\n"), "{line:?}");
    }
}

fn is_result(line: &str) -> bool {
    line.starts_with("ok ") || line.starts_with("not ok ")
}

/// Results as LAVA's `monitors` see them, with the pattern of `host/templates/lava-job.yaml`.
fn lava(text: &str) -> Vec<(String, String)> {
    let job = include_str!("../templates/lava-job.yaml");
    let mut lines = job.lines().map(str::trim_start);
    let pattern = lines.find_map(|line| line.strip_prefix("pattern: '"));
    let pattern = Regex::new(pattern.unwrap().strip_suffix('\'').unwrap()).unwrap();
    let found = pattern.captures_iter(text);
    found
        .map(|found| (found["test_case_id"].to_owned(), found["result"].to_owned()))
        .collect()
}

/// The lines of the text without those of the run.
fn other_lines(text: &str) -> Vec<&str> {
    let ours = |line: &&str| {
        is_result(line)
            || line.starts_with("# board-check ")
            || line.starts_with("KTAP")
            || line.starts_with("1..")
    };
    text.lines().filter(|line| !ours(line)).collect()
}

#[test]
fn a_clean_run_is_said_as_it_came_with_its_verdict_as_the_last_result() {
    let shown = console_of(Board::default());
    let text = &shown.text;
    assert_eq!(
        other_lines(text),
        ["[    0.000000] Booting Linux on physical CPU 0x0000000000"]
    );
    let results = lava(text);
    assert_eq!(results.len(), NAMES.len() + 1);
    let (case, result) = &results[NAMES.len()];
    assert_eq!((&case[..], &result[..]), ("run.verdict", "pass"));
    let order = [
        "KTAP version 1",
        "# board-check 1 run=",
        "\r\n1..",
        "\nok 1 ",
        "run.verdict # pass ",
        "# board-check verdict PASS: All ",
        "# board-check end run=",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|words| text.find(words).unwrap())
        .collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn a_clean_run_looks_the_same_in_reads_of_any_size() {
    let whole = console_of(Board::default()).text;
    for chunk in [1, 2, 3, 7, 64] {
        let link = SimLink {
            chunk,
            ..SimLink::new(Board::default())
        };
        let text = console(link).text;
        let lines = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| !line.contains("verdict"))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(lines(&text), lines(&whole), "chunks of {chunk}");
    }
}

#[test]
fn a_kernel_message_in_a_failure_is_a_line_of_its_own_and_the_failure_one() {
    for at in [1, 3, 4, 6, 20] {
        let shown = console_of(Board {
            mangle: mangle("not ok ", 99, move |text| {
                let (head, tail) = text.split_at(at);
                [
                    head.as_bytes(),
                    MESSAGE.as_bytes(),
                    tail.as_bytes(),
                    b"\r\n",
                ]
                .concat()
            }),
            ..failing()
        });
        assert_eq!(shown.judgement.verdict, Verdict::Fail);
        assert!(
            shown.text.contains(&format!("\r\n{MESSAGE}")),
            "{}",
            shown.text
        );
        assert_eq!(other_lines(&shown.text).len(), 2, "{}", shown.text);
        let failed = lava(&shown.text)
            .into_iter()
            .filter(|(_, result)| result == "fail");
        let failed: Vec<_> = failed.map(|(case, _)| case).collect();
        assert_eq!(failed, [FAILING, "run.verdict"]);
        assert!(
            shown.text.contains("# board-check end"),
            "all of it is here"
        );
    }
}

#[test]
fn kernel_messages_in_every_record_leave_no_trace_in_them() {
    let shown = console_of(Board {
        mangle: Box::new(cut_by_messages),
        ..Board::default()
    });
    assert_eq!(shown.judgement.verdict, Verdict::Pass);
    let clean = console_of(Board::default());
    assert_eq!(lava(&shown.text).len(), lava(&clean.text).len());
    let foreign: Vec<_> = other_lines(&shown.text)
        .into_iter()
        .filter(|line| !line.starts_with('['))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn a_lost_record_is_held_back_until_it_comes_and_stays_in_order() {
    let shown = console_of(Board {
        mangle: mangle("ok 3 ", 1, |_| Vec::new()),
        ..Board::default()
    });
    assert_eq!(shown.judgement.verdict, Verdict::Pass);
    assert!(!shown.text.contains("#r "), "{}", shown.text);
}

#[test]
fn a_damaged_record_is_shown_as_a_comment_until_it_comes_whole() {
    // The four bytes that make a failure a pass.
    let shown = console_of(Board {
        mangle: mangle("not ok ", 1, |text| line(&text[4..])),
        ..failing()
    });
    assert_eq!(shown.judgement.verdict, Verdict::Fail);
    assert!(
        shown.text.contains("\r\n# unverified: ok "),
        "{}",
        shown.text
    );
    assert!(
        shown.text.contains(&format!(" {FAILING} # fail ")),
        "{}",
        shown.text
    );
}

#[test]
fn a_record_that_never_verifies_comes_out_as_a_failure_and_there_is_no_end() {
    let shown = console_of(Board {
        mangle: Box::new(|text| match text.contains("ok 3 ") {
            true => line(&text.replace("ok 3 ", "ok 3  ")),
            false => line(text),
        }),
        ..Board::default()
    });
    assert_eq!(shown.judgement.verdict, Verdict::Incomplete);
    let words = format!("\r\nnot ok 3 {} # unverified\r\n", NAMES[2]);
    assert!(shown.text.contains(&words), "{}", shown.text);
    assert!(!shown.text.contains("# board-check end"), "{}", shown.text);
    assert!(
        shown
            .text
            .contains("# board-check verdict INCOMPLETE: 1 of "),
        "{}",
        shown.text
    );
    // LAVA has no result of the check, and a failed verdict.
    let results = lava(&shown.text);
    assert!(!results.iter().any(|(case, _)| case == NAMES[2]));
    assert!(results.contains(&("run.verdict".to_owned(), "fail".to_owned())));
}

#[test]
fn a_verdict_that_no_result_shows_is_the_failure_of_the_last_one() {
    for (board, verdict) in [
        (
            Board {
                warn: Some(1),
                ..Board::default()
            },
            Verdict::Fail,
        ),
        (
            Board {
                oops: Some(1),
                ..Board::default()
            },
            Verdict::Crashed,
        ),
        (
            Board {
                tainted: None,
                ..Board::default()
            },
            Verdict::Incomplete,
        ),
    ] {
        let shown = console_of(board);
        assert_eq!(shown.judgement.verdict, verdict);
        let results = lava(&shown.text);
        let failed: Vec<_> = results
            .iter()
            .filter(|(_, result)| result == "fail")
            .collect();
        assert_eq!(failed, [&("run.verdict".to_owned(), "fail".to_owned())]);
    }
}

#[test]
fn a_board_that_dies_has_no_more_results_than_it_said() {
    let shown = console_of(Board {
        dies_at: Some(6),
        ..Board::default()
    });
    assert_eq!(shown.judgement.verdict, Verdict::Incomplete);
    assert_eq!(lava(&shown.text).len(), 5 + 1);
    assert_eq!(shown.text.matches("# unverified").count(), NAMES.len() - 5);
}

#[test]
fn a_run_that_nobody_asked_for_is_a_comment() {
    let mut board = Board::default();
    board.start(Duration::ZERO, 0, &Filter::default());
    board.results = failing().results;
    let mut link = SimLink::new(board);
    // The results are fixed when the run starts; ours then has one that fails.
    let mut first = [0; 1];
    let count = link.read(&mut first, Duration::from_millis(1)).unwrap();
    link.inbox.splice(0..0, first[..count].iter().copied());
    let shown = console(link);
    assert_eq!(shown.judgement.verdict, Verdict::Fail);
    let text = &shown.text;
    assert!(
        text.contains("# another run: board-check 1 run=0000000000000000"),
        "{text}"
    );
    assert!(
        text.contains(&format!("# another run: ok 1 {} # pass", NAMES[0])),
        "{text}"
    );
    assert_eq!(lava(text).len(), NAMES.len() + 1);
}

#[test]
fn what_a_board_says_before_it_is_ready_counts_for_nothing() {
    let text = "KTAP version 1\r\n1..1\r\nok 1 eth.phy\r\n# board-check end run=0\r\n\
                not [   12.345678] usb 1-1: new device\r\nok 1 eth.phy # pass 1 ms 12345678\r\nBail out!\r\n";
    let shown = console_of(Board {
        boot_text: text,
        ..failing()
    });
    assert_eq!(shown.judgement.verdict, Verdict::Fail);
    assert_eq!(lava(&shown.text).len(), NAMES.len() + 1);
    assert_eq!(
        shown.text.matches("# unverified: ").count(),
        6,
        "{}",
        shown.text
    );
    assert!(
        shown.text.contains("not [   12.345678] usb"),
        "text before the run is as it came"
    );
}

#[test]
fn noise_shows_no_pass_of_a_failure() {
    let mut whole = 0;
    for seed in 0..12 {
        let shown = console_of(Board {
            mangle: noisy(seed, 100),
            ..failing()
        });
        assert_ne!(shown.judgement.verdict, Verdict::Pass);
        let passed = |(case, result): &(String, String)| case == FAILING && result != "fail";
        assert!(!lava(&shown.text).iter().any(passed), "{}", shown.text);
        whole += usize::from(shown.text.contains("# board-check end"));
    }
    assert!(
        whole > 8,
        "most runs are whole in the end, here {whole} of 12"
    );
}
