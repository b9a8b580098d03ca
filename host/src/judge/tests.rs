//! A run that passes, and what becomes of it when one thing changes.

use board_check_protocol::{CheckResult, Context, Digest, End, Header, Record, checks};

use super::*;
use crate::kernel_messages::Alarm;
use crate::records::RunRecords;
use crate::request::RunRequest;

const BOARD: &str = "
    name = 'bench'
    machine = 'acme,bench'
    console = { device = 'ttyS0', baud = 9600, wiring = 'none' }
    allow_skip = [{ check = 'seed.*', reason = 'not-here' }]
";

fn board() -> Board {
    crate::board::from_text("bench", BOARD.to_owned())
        .unwrap()
        .board
}

/// A run of these outcomes, requested and whole.
fn run_of(outcomes: &[(Outcome, &str)]) -> Run {
    let context = Context {
        nonce: 1,
        boot: 2,
        count: 3,
    };
    let mut records = RunRecords::new(context, Some(RunRequest::default()));
    let mut digest = Digest::new(&context);
    let mut add = |record: Record<'_>| {
        let line = record.encode(&context).unwrap();
        digest.add(&line);
        records.add(&record, &line);
    };
    add(Record::Header(Header {
        context,
        checks: outcomes.len(),
        list: checks::DIGEST,
        image: "0.1.0",
        board: "bench",
        machine: "acme,bench",
    }));
    for (index, &(outcome, detail)) in outcomes.iter().enumerate() {
        add(Record::Check(CheckResult {
            number: index + 1,
            name: checks::NAMES[index],
            outcome,
            milliseconds: 1,
            detail,
        }));
    }
    let count = |wanted| {
        outcomes
            .iter()
            .filter(|(outcome, _)| *outcome == wanted)
            .count()
    };
    let end = End {
        checks: outcomes.len(),
        pass: count(Outcome::Pass),
        fail: count(Outcome::Fail),
        skip: count(Outcome::Skip),
        tainted: Some(0x1000),
        oops: Some(0),
        warn: Some(0),
        digest: digest.value(),
    };
    let line = Record::End(end).encode(&context).unwrap();
    records.add(&Record::End(end), &line);
    let mut run = Run::new(Source::Session);
    run.ended = Ended::Complete;
    run.request = Some(RunRequest::default());
    run.requests = 1;
    run.records = Some(records);
    run
}

fn passing() -> Run {
    run_of(&vec![(Outcome::Pass, ""); checks::NAMES.len()])
}

fn with(change: impl FnOnce(&mut Run, &mut RunRecords)) -> Judgement {
    let mut run = passing();
    let mut records = run.records.take().unwrap();
    change(&mut run, &mut records);
    run.records = Some(records);
    judge(&run, Some(&board()))
}

#[track_caller]
fn assert_judged(judgement: &Judgement, verdict: Verdict, words: &str) {
    assert_eq!(judgement.verdict, verdict, "{}", judgement.reason);
    assert!(judgement.reason.contains(words), "{}", judgement.reason);
}

#[test]
fn everything_verified_passes() {
    let judgement = with(|_, _| {});
    let words = format!("All {} checks passed", checks::NAMES.len());
    assert_judged(&judgement, Verdict::Pass, &words);
    assert_eq!(judgement.exit, Exit::Pass);
    let note = "Attributes and bounce buffers only: no bus master moved data here.";
    assert_eq!(judgement.notes, [note]);
}

#[test]
fn a_board_with_a_bus_master_must_use_it() {
    let mut board = board();
    board.bus_master = true;
    let handed_over = |name: &str| name.ends_with("-device") && name.starts_with("coherency");
    let with = |detail| {
        let outcomes: Vec<_> = checks::NAMES
            .iter()
            .map(|name| (Outcome::Pass, if handed_over(name) { detail } else { "" }))
            .collect();
        judge(&run_of(&outcomes), Some(&board))
    };
    assert_judged(&with("device=bus-master"), Verdict::Pass, "passed");
    assert_judged(
        &with("device=bounce"),
        Verdict::Incomplete,
        "The file of board bench says that it has a bus master, but none moved the data of \
         coherency.streaming.from-device.",
    );
}

#[test]
fn the_verdicts_are_ordered_by_strength() {
    use Verdict::{Crashed, Fail, Incomplete, Pass};
    assert!(Crashed > Fail && Fail > Incomplete && Incomplete > Pass);
}

#[test]
fn anything_missing_is_incomplete() {
    type Change = fn(&mut Run, &mut RunRecords);
    let changes: [(Change, &str); 20] = [
        (|_, records| records.header = None, "header"),
        (|_, records| records.end = None, "end record did not arrive"),
        (
            |_, records| drop(records.checks.remove(&1)),
            "1 of {n} results did not arrive: 1.",
        ),
        (
            |_, records| drop(records.checks.remove(&checks::NAMES.len())),
            "did not arrive: {n}.",
        ),
        (|_, records| records.checks.clear(), "{n} of {n} results"),
        (
            |_, records| records.end.as_mut().unwrap().digest ^= 1,
            "digest",
        ),
        (|_, records| records.end.as_mut().unwrap().pass -= 1, "sums"),
        (|_, records| records.end.as_mut().unwrap().skip += 1, "sums"),
        (
            |_, records| records.end.as_mut().unwrap().checks -= 1,
            "sums",
        ),
        (
            |_, records| records.end.as_mut().unwrap().tainted = None,
            "CONFIG_PROC_SYSCTL",
        ),
        (
            |_, records| records.end.as_mut().unwrap().oops = None,
            "CONFIG_SYSFS",
        ),
        (
            |_, records| records.end.as_mut().unwrap().warn = None,
            "CONFIG_SYSFS",
        ),
        (
            |_, records| records.header.as_mut().unwrap().list ^= 1,
            "another list of checks",
        ),
        (
            |_, records| records.checks.get_mut(&5).unwrap().name.push('x'),
            "Result 5",
        ),
        (
            |_, records| records.header.as_mut().unwrap().checks -= 1,
            "more results",
        ),
        (|_, records| records.request = None, "Freshness unknown"),
        (
            |run, _| run.source = Source::ForeignLog,
            "Freshness unknown",
        ),
        (
            |run, _| run.foreign_protocol = Some(2),
            "protocol version 2",
        ),
        (
            |run, _| run.capture_fault = Some("line 7 is cut off".to_owned()),
            "line 7 is cut off",
        ),
        (
            |_, records| {
                records.request = Some(RunRequest {
                    only: Some("seed.*".to_owned()),
                    ..Default::default()
                });
            },
            "Result 5",
        ),
    ];
    for (change, words) in changes {
        let judgement = with(change);
        let words = words.replace("{n}", &checks::NAMES.len().to_string());
        assert_judged(&judgement, Verdict::Incomplete, &words);
        assert_eq!(judgement.exit, Exit::Incomplete);
    }
}

#[test]
fn silence_is_never_a_pass_however_the_session_ended() {
    for ended in [
        Ended::Complete,
        Ended::NoAnswer,
        Ended::GaveUp,
        Ended::Refused,
        Ended::OtherProtocol,
        Ended::Crashed,
        Ended::Interrupted,
        Ended::CaptureEnds,
    ] {
        for request in [None, Some(RunRequest::default())] {
            let mut run = Run::new(Source::Session);
            run.ended = ended.clone();
            run.request = request;
            let judgement = judge(&run, None);
            assert_eq!(judgement.verdict, Verdict::Incomplete, "{ended:?}");
        }
    }
}

#[test]
fn a_failure_is_stronger_than_what_is_missing() {
    let mut run = run_of(&[(Outcome::Pass, ""), (Outcome::Fail, "got=1")]);
    assert_judged(&judge(&run, None), Verdict::Fail, "1 of 2 checks failed");
    let records = run.records.as_mut().unwrap();
    records.header = None;
    records.end = None;
    run.ended = Ended::GaveUp;
    assert_judged(&judge(&run, None), Verdict::Fail, checks::NAMES[1]);
}

#[test]
fn a_kernel_warning_fails() {
    let judgement = with(|_, records| records.end.as_mut().unwrap().warn = Some(1));
    assert_judged(&judgement, Verdict::Fail, "the kernel warned once");
    assert_eq!(judgement.exit, Exit::Fail);
}

#[test]
fn a_kernel_warning_that_is_not_counted_fails_if_it_is_surely_of_this_run() {
    let leak = "[    9.000000] kmemleak: 1 new suspected memory leaks";
    let warns = |run: &mut Run, source| {
        run.source = source;
        run.kernel.warnings = 1;
        run.kernel.evidence = vec![leak.to_owned()];
    };
    let judgement = with(|run, _| warns(run, Source::Session));
    assert_judged(&judgement, Verdict::Fail, leak);
    let judgement = with(|run, _| warns(run, Source::ForeignLog));
    assert_judged(&judgement, Verdict::Incomplete, "Freshness unknown");
}

#[test]
fn a_kernel_warning_is_stronger_than_what_is_missing() {
    let mut run = run_of(&[(Outcome::Pass, "")]);
    run.kernel.warnings = 1;
    run.kernel.evidence = vec!["[    9.000000] WARNING: x".to_owned()];
    run.ended = Ended::GaveUp;
    run.records.as_mut().unwrap().end = None;
    let words = "warned before all results were here: [    9.000000] WARNING: x";
    assert_judged(&judge(&run, None), Verdict::Fail, words);
    run.records = None;
    assert_judged(&judge(&run, None), Verdict::Fail, words);
    // A boot may warn of what it likes.
    run.request = None;
    assert_judged(&judge(&run, None), Verdict::Incomplete, "No run was asked");
}

#[test]
fn a_crash_is_stronger_than_a_failure() {
    let mut run = run_of(&[(Outcome::Fail, "")]);
    run.kernel.alarm = Some((Alarm::Oops, "[ 1.000000] Oops".to_owned()));
    assert_judged(
        &judge(&run, None),
        Verdict::Crashed,
        "kernel oops on the line: [ 1.000000] Oops",
    );
    run.kernel.alarm = None;
    run.kernel.reset = Some("U-Boot SPL 2024.01".to_owned());
    assert_judged(
        &judge(&run, None),
        Verdict::Crashed,
        "reset during the run: U-Boot SPL",
    );
    run.kernel.reset = None;
    let end = run.records.as_mut().unwrap().end.as_mut().unwrap();
    end.oops = Some(1);
    assert_judged(&judge(&run, None), Verdict::Crashed, "oopsed once");
}

#[test]
fn damage_from_before_the_run_is_a_crash_and_other_flags_are_not() {
    for bit in 0..20 {
        let tainted = Some(1 << bit);
        let judgement = with(|_, records| records.end.as_mut().unwrap().tainted = tainted);
        let expected = match bit {
            4 | 5 | 7 | 14 => Verdict::Crashed,
            _ => Verdict::Pass,
        };
        assert_eq!(
            judgement.verdict, expected,
            "bit {bit}: {}",
            judgement.reason
        );
    }
}

#[test]
fn a_skip_counts_only_with_the_board_s_leave() {
    let mut outcomes = vec![(Outcome::Pass, ""); checks::NAMES.len()];
    outcomes[0] = (Outcome::Skip, "not-here because=x");
    let run = run_of(&outcomes);
    assert_judged(&judge(&run, Some(&board())), Verdict::Pass, "1 skipped");
    assert_judged(&judge(&run, None), Verdict::Incomplete, "--board names one");
    outcomes[0].1 = "other";
    let run = run_of(&outcomes);
    assert_judged(
        &judge(&run, Some(&board())),
        Verdict::Incomplete,
        "was skipped (other)",
    );
    outcomes[0].1 = "";
    let run = run_of(&outcomes);
    assert_judged(
        &judge(&run, Some(&board())),
        Verdict::Incomplete,
        "no reason",
    );
}

#[test]
fn an_interrupted_session_exits_as_such_whatever_it_found() {
    let mut run = run_of(&[(Outcome::Fail, "")]);
    run.ended = Ended::Interrupted;
    let judgement = judge(&run, None);
    assert_eq!(
        (judgement.verdict, judgement.exit),
        (Verdict::Fail, Exit::Interrupted)
    );
    let judgement = with(|run, _| run.ended = Ended::Interrupted);
    assert_judged(&judgement, Verdict::Incomplete, "Interrupted");
}

#[test]
fn what_is_odd_and_harmless_is_a_note() {
    let note = |change: fn(&mut Run, &mut RunRecords)| {
        let judgement = with(change);
        assert_eq!(judgement.verdict, Verdict::Pass, "{}", judgement.reason);
        judgement.notes.join(" ")
    };
    let machine =
        note(|_, records| records.header.as_mut().unwrap().machine = "acme,other".to_owned());
    assert!(machine.contains("\"acme,other\""), "{machine}");
    let faults =
        note(|_, records| records.header.as_mut().unwrap().image = "0.1.0+faults".to_owned());
    assert!(faults.contains("deliberate faults"), "{faults}");
    let name = note(|_, records| records.header.as_mut().unwrap().board = "bunch".to_owned());
    assert!(name.contains("\"bunch\""), "{name}");
}
