//! Two runs of a board, compared.

use std::fs;
use std::process::{Command, Stdio};

use board_check::capture::About;
use board_check::compare::{Comparison, Conclusion, Direction, NotComparable, compare};
use board_check::report::{Report, json};
use board_check::request::RunRequest;
use board_check_protocol::Outcome::{self, Fail, Pass, Skip};
use board_check_protocol::checks;

use crate::common::place::{Place, assert_exit};
use crate::common::pty::Pty;
use crate::common::sim::{SimLink, run_all, session};
use crate::common::{Board, FAILING, failing, mangle};

type Results = &'static [(&'static str, Outcome, &'static str)];

fn report(board: Board) -> Report {
    let ending = run_all(board);
    Report::new(&ending.run, &ending.judgement, &About::default(), None)
}

fn with(results: Results) -> Report {
    report(Board {
        results: results.to_vec(),
        ..Board::default()
    })
}

fn subset(only: &str) -> Report {
    let request = RunRequest {
        only: Some(only.to_owned()),
        ..RunRequest::default()
    };
    let ending = session(SimLink::new(Board::default()), &request, None);
    Report::new(&ending.run, &ending.judgement, &About::default(), None)
}

#[track_caller]
fn compared(before: &Report, after: &Report) -> Comparison {
    compare(before, after, 10.0).unwrap()
}

/// Name, what it was and is, and what that means, of each change.
fn changes(comparison: &Comparison) -> Vec<(&str, &str, &str, Direction)> {
    let changes = comparison.changes.iter();
    changes
        .map(|change| {
            (
                &*change.name,
                &*change.before,
                &*change.after,
                change.direction,
            )
        })
        .collect()
}

#[test]
fn a_run_compared_with_itself_has_no_regression() {
    let run = with(&[
        ("attr.wc-nc.user", Pass, "pte=nc hw=nc linear=wb"),
        ("speed.wc.read", Pass, "mean_mib_s=100.0 stddev_mib_s=1.0"),
        (FAILING, Fail, "offset=64"),
    ]);
    let comparison = compared(&run, &run);
    assert_eq!(comparison.conclusion, Conclusion::NoRegression);
    assert_eq!(changes(&comparison), []);
    assert_eq!(comparison.notes, [""; 0]);
    assert_eq!(comparison.compared.checks, checks::NAMES.len());
    assert_eq!(comparison.compared.speeds, 1);
    assert!(comparison.compared.attributes >= 16);
}

#[test]
fn an_outcome_is_worse_if_it_proves_less() {
    let first = "seed.vmalloc.pattern";
    for (before, after, direction) in [
        (Pass, Fail, Direction::Worse),
        (Pass, Skip, Direction::Worse),
        (Skip, Fail, Direction::Worse),
        (Fail, Skip, Direction::Other),
        (Skip, Pass, Direction::Better),
        (Fail, Pass, Direction::Better),
    ] {
        let run = |outcome| {
            let results: Vec<(&'static str, Outcome, &'static str)> = vec![(first, outcome, "x")];
            report(Board {
                results,
                ..Board::default()
            })
        };
        let comparison = compared(&run(before), &run(after));
        let of_check = comparison
            .changes
            .iter()
            .find(|change| change.name == first);
        assert_eq!(
            of_check.unwrap().direction,
            direction,
            "{before:?} {after:?}"
        );
        let is_worse = comparison.conclusion == Conclusion::Regression;
        assert_eq!(
            is_worse,
            direction == Direction::Worse,
            "{before:?} {after:?}"
        );
    }
}

#[test]
fn another_memory_type_is_a_regression_and_one_that_became_known_is_none() {
    let run = |detail: &'static str| with(Vec::leak(vec![("attr.wc-nc.user", Pass, detail)]));
    let good = run("pte=nc hw=nc linear=wb");
    let comparison = compared(&good, &run("pte=wb hw=wb linear=nc"));
    assert_eq!(comparison.conclusion, Conclusion::Regression);
    let worse: Vec<&str> = comparison
        .regressions()
        .map(|change| &*change.name)
        .collect();
    assert_eq!(worse, ["wc-nc, must be", "wc-nc, page table", "wc-nc, MMU"]);
    let comparison = compared(&run("pte=nc hw=unknown linear=wb"), &good);
    assert_eq!(
        changes(&comparison),
        [("wc-nc, MMU", "unknown", "nc", Direction::Better)]
    );
    assert_eq!(comparison.conclusion, Conclusion::NoRegression);
    let skipped = with(&[("attr.wc-nc.user", Skip, "not-honoured pte=wb hw=unknown")]);
    let comparison = compared(&good, &skipped);
    let honoured = ("wc-nc, honoured", "yes", "no", Direction::Worse);
    assert!(changes(&comparison).contains(&honoured));
}

#[test]
fn a_speed_is_worse_beyond_the_tolerance_and_beyond_the_noise() {
    let run =
        |name: &'static str, detail: &'static str| with(Vec::leak(vec![(name, Pass, detail)]));
    let bandwidth = |detail| run("speed.wc.read", detail);
    let before = bandwidth("mean_mib_s=1000.0 stddev_mib_s=10.0");
    for (after, direction) in [
        ("mean_mib_s=901.0 stddev_mib_s=10.0", None),
        ("mean_mib_s=899.0 stddev_mib_s=10.0", Some(Direction::Worse)),
        // A deviation of 60 and 10: thrice 60.8 is more than the loss.
        ("mean_mib_s=880.0 stddev_mib_s=60.0", None),
        (
            "mean_mib_s=1200.0 stddev_mib_s=10.0",
            Some(Direction::Better),
        ),
    ] {
        let comparison = compared(&before, &bandwidth(after));
        let found = comparison.changes.first().map(|change| change.direction);
        assert_eq!(found, direction, "{after}");
    }
    let noisy = compared(&before, &bandwidth("mean_mib_s=880.0 stddev_mib_s=60.0"));
    assert_eq!(
        noisy.notes,
        ["In 1 of 1 speeds the noise would hide a loss of 10 %."]
    );
    // Of a time more is worse.
    let time = |detail| run("speed.wc.latency", detail);
    let before = time("mean_ns=10.0 stddev_ns=0.1");
    let comparison = compared(&before, &time("mean_ns=12.0 stddev_ns=0.1"));
    assert_eq!(comparison.changes[0].direction, Direction::Worse);
    assert_eq!(comparison.changes[0].percent, Some(-20.0));
    let strict = compare(&before, &time("mean_ns=10.9 stddev_ns=0.1"), 5.0).unwrap();
    assert_eq!(strict.conclusion, Conclusion::Regression);
}

#[test]
fn no_regression_is_claimed_where_a_figure_is_missing_and_it_is_said() {
    let before = with(&[("speed.wc.read", Pass, "mean_mib_s=100.0 stddev_mib_s=1.0")]);
    let after = with(&[]);
    let comparison = compared(&before, &after);
    assert_eq!(comparison.conclusion, Conclusion::NoRegression);
    assert_eq!(
        comparison.notes,
        ["1 speed was measured in one of the runs only, and not compared."]
    );
}

#[test]
fn one_memory_type_is_not_counted_as_several() {
    let before = with(&[]);
    let failed = |results| compared(&before, &with(results)).notes;
    assert_eq!(
        failed(&[("attr.wc.user", Fail, "")]),
        ["1 memory type was seen in one of the runs only, and not compared."]
    );
    assert_eq!(
        failed(&[("attr.wc.user", Fail, ""), ("attr.wc-nc.user", Fail, "")]),
        ["2 memory types were seen in one of the runs only, and not compared."]
    );
}

#[test]
fn what_is_missing_is_no_regression_and_no_all_clear() {
    let hang = || Board {
        dies_at: Some(100),
        ..Board::default()
    };
    let whole = with(&[]);
    for (before, after) in [(&whole, &report(hang())), (&report(hang()), &whole)] {
        let comparison = compared(before, after);
        assert_eq!(comparison.conclusion, Conclusion::CannotTell);
        assert!(
            comparison
                .notes
                .iter()
                .any(|note| note.contains("results are missing"))
        );
    }
    // What failed before the board hung did fail.
    let worse = Board {
        dies_at: Some(100),
        ..failing()
    };
    assert_eq!(
        compared(&whole, &report(worse)).conclusion,
        Conclusion::Regression
    );
}

#[test]
fn a_crash_is_a_regression() {
    let board = Board {
        mangle: mangle("ok 200 ", 1, |_| {
            b"[   12.000000] Kernel panic - not syncing: x\r\n".to_vec()
        }),
        dies_at: Some(201),
        ..Board::default()
    };
    let comparison = compared(&with(&[]), &report(board));
    assert_eq!(
        changes(&comparison)[0],
        ("run.verdict", "PASS", "CRASHED", Direction::Worse)
    );
}

#[test]
fn a_subset_is_compared_with_what_the_whole_run_has_of_it() {
    let comparison = compared(&with(&[]), &subset("data.*"));
    assert_eq!(comparison.conclusion, Conclusion::NoRegression);
    assert_eq!(comparison.compared.checks, subset("data.*").checks.len());
    assert!(comparison.notes[0].contains("asked for in one of the runs only"));
    let apart = compared(&subset("seed.*"), &subset("data.*"));
    assert_eq!(apart.conclusion, Conclusion::CannotTell);
}

#[test]
fn runs_of_two_boards_or_releases_are_not_compared() {
    let run = with(&[]);
    let other_board = report(Board {
        name: "qemu-arm",
        ..Board::default()
    });
    let error = compare(&run, &other_board, 10.0).unwrap_err();
    assert!(matches!(error, NotComparable::Board { .. }));
    let other_list = report(Board {
        list: 5,
        ..Board::default()
    });
    let error = compare(&run, &other_list, 10.0).unwrap_err();
    assert!(matches!(error, NotComparable::List { .. }));
}

#[test]
fn the_command_ends_with_0_1_2_or_3_and_has_a_table_and_json() {
    let place = Place::new();
    let file = |name: &str, report: &Report| {
        let path = place.path(name);
        fs::write(&path, json::write(report)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = file("good", &with(&[]));
    let bad = file("bad", &report(failing()));
    let cut = file(
        "cut",
        &report(Board {
            dies_at: Some(9),
            ..Board::default()
        }),
    );
    let other = file(
        "other",
        &report(Board {
            name: "qemu-arm",
            ..Board::default()
        }),
    );
    assert_exit(&place.run(&["compare", &good, &good]), 0, "NO REGRESSION");
    assert_exit(&place.run(&["compare", &bad, &good]), 0, "better:");
    assert_exit(&place.run(&["compare", &good, &cut]), 3, "CANNOT TELL");
    assert_exit(&place.run(&["compare", &good, &other]), 2, "of two boards");
    assert_exit(
        &place.run(&["compare", &good, "/nowhere"]),
        2,
        "Cannot open /nowhere",
    );
    let junit = place.run(&["compare", &good, &bad, "--out", "junit=-"]);
    assert_exit(&junit, 2, "not as junit");

    let output = place.run(&["compare", &good, &bad, "--out", "json=-"]);
    assert_exit(&output, 1, "REGRESSION");
    let comparison: Comparison = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(comparison.conclusion, Conclusion::Regression);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&format!("{FAILING}: pass -> fail")), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn a_pass_that_is_worse_than_its_baseline_ends_with_1() {
    let place = Place::new();
    let fast = || Board {
        results: vec![("speed.wc.read", Pass, "mean_mib_s=100.0 stddev_mib_s=1.0")],
        ..Board::default()
    };
    let slow = || Board {
        results: vec![("speed.wc.read", Pass, "mean_mib_s=50.0 stddev_mib_s=1.0")],
        ..Board::default()
    };
    let capture = place.path("baseline.capture");
    let capture = capture.to_str().unwrap();
    let (output, json) = place.judge_board(fast(), &["--capture", capture]);
    assert_exit(&output, 0, "PASS");
    assert!(json["comparison"].is_null());

    let (output, json) = place.judge_board(slow(), &["--baseline", capture]);
    assert_exit(&output, 1, "REGRESSION");
    assert_eq!(
        (&json["verdict"], &json["exit_code"]),
        (&"PASS".into(), &1.into())
    );
    assert_eq!(json["comparison"]["conclusion"], "regression");
    let text = String::from_utf8(output.stdout).unwrap();
    let verdict = text.find("PASS  All").unwrap();
    assert!(verdict < text.find("REGRESSION").unwrap(), "{text}");

    let loose = ["--baseline", capture, "--tolerance", "60"];
    assert_exit(&place.judge_board(slow(), &loose).0, 0, "NO REGRESSION");
    // A failure stays one, whatever the baseline was.
    assert_exit(
        &place.judge_board(failing(), &["--baseline", capture]).0,
        1,
        "FAIL  1 of",
    );
    let other = Board {
        name: "qemu-arm",
        ..fast()
    };
    let (output, json) =
        place.judge_board(other, &["--board", "qemu-aarch64", "--baseline", capture]);
    assert_exit(&output, 2, "of two boards");
    assert_eq!(json["verdict"], "PASS");

    let pty = Pty::start(fast());
    let output = place.run(&["--port", &pty.path, "--baseline", "/nowhere"]);
    assert_exit(&output, 2, "Cannot open /nowhere");
}

/// As of `compare <(zcat before.capture.gz) after.json`.
#[test]
fn a_capture_may_come_through_a_pipe() {
    let place = Place::new();
    let (output, _) = place.judge_board(Board::default(), &["--capture", "capture"]);
    assert_exit(&output, 0, "PASS");
    let pipe = |arguments: &[&str]| {
        let mut cat = Command::new("cat")
            .arg(place.path("capture"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut command = place.command(arguments);
        let output = command.stdin(cat.stdout.take().unwrap()).output().unwrap();
        cat.wait().unwrap();
        output
    };
    let output = pipe(&["compare", "/dev/stdin", "report.json"]);
    assert_exit(&output, 0, "NO REGRESSION");
    assert_exit(&pipe(&["replay", "/dev/stdin"]), 0, "PASS");
}

#[test]
fn a_report_has_no_words_for_the_terminal() {
    let place = Place::new();
    let evil = "\u{1b}[2J";
    let mut before = with(&[]);
    before.kernel.release = Some(evil.to_owned());
    before.checks[0].name = evil.to_owned();
    let whole = json::write(&before);
    let wrong = whole.replace("\"PASS\"", "\"\\u001b[2J\"");
    for (text, code) in [(whole, 0), (wrong, 2)] {
        let file = place.path("report");
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let output = place.run(&["compare", file, file]);
        assert_exit(&output, code, "[2J");
        assert!(!crate::common::place::text(&output).contains('\u{1b}'));
    }
}
