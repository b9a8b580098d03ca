//! The formats for other tools, held against the rules of those tools.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Output};

use board_check::capture::About;
use board_check::report::{Format, Lab, Report, Unread, junit};
use board_check_protocol::{Outcome, checks};
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use crate::common::place::{Place, assert_exit};
use crate::common::pty::Pty;
use crate::common::sim::{judge_run, replay_bytes, run_all};
use crate::common::{Board, FAILING, failing, mangle};

fn report(board: Board) -> Report {
    let ending = run_all(board);
    Report::new(&ending.run, &ending.judgement, &About::default(), None)
}

const OOPS: &str = "[   12.000000] Internal error: Oops: # SKIP [#1]  SMP\r\n\
                    [   12.000100] Call trace:\r\n\
                    [   12.000200] ---[ end trace 0000000000000000 ]---\r\n";

/// A board that oopses at its ninth check and then says nothing more.
fn oopsing() -> Board {
    Board {
        mangle: mangle("ok 9 ", 1, |_| OOPS.into()),
        dies_at: Some(10),
        ..Board::default()
    }
}

/// A board whose words are the markup of others.
fn hostile() -> Board {
    Board {
        results: vec![
            ("seed.vmalloc.pattern", Outcome::Fail, "x <b>&\"'"),
            ("seed.kmalloc.pattern", Outcome::Skip, "no-carveout ]]>"),
        ],
        ..Board::default()
    }
}

/// A PASS in every record, of a log that nobody asked for.
fn stale() -> Report {
    let mut board = Board::default();
    let mut log = Vec::new();
    let filter = board_check_protocol::Filter::default();
    board.start(std::time::Duration::ZERO, 0, &filter);
    for second in 0..10 {
        log.extend(board.poll(std::time::Duration::from_secs(second)));
    }
    let run = replay_bytes(&log);
    Report::new(&run, &judge_run(&run, None), &About::default(), None)
}

fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("pass", report(Board::default())),
        ("fail", report(failing())),
        ("crash", report(oopsing())),
        ("hostile", report(hostile())),
        ("stale", stale()),
    ]
}

/// An element with its attributes.
struct Element {
    path: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

fn elements(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    let mut path: Vec<String> = Vec::new();
    let mut elements: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.name().0.to_owned();
                path.push(name);
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.0.to_owned();
                    (
                        key,
                        attribute
                            .normalized_value(XmlVersion::Explicit1_0)
                            .unwrap()
                            .into_owned(),
                    )
                });
                elements.push(Element {
                    path: path.join("/"),
                    attributes: attributes.collect(),
                    text: String::new(),
                });
            }
            Event::Text(text) => {
                if let Some(element) = elements.last_mut() {
                    element.text += text;
                }
            }
            Event::Eof => break,
            _ => {}
        }
        if matches!(event, Event::End(_) | Event::Empty(_)) {
            path.pop();
        }
    }
    assert!(path.is_empty());
    elements
}

/// Where each element may stand, the attributes that it must and those that it may
/// have: what `junit-10.xsd` of Jenkins' xUnit plugin allows, of which we use a part.
const RULES: &[(&str, &[&str], &[&str])] = &[
    (
        "testsuites",
        &[],
        &["name", "time", "tests", "failures", "errors"],
    ),
    (
        "testsuites/testsuite",
        &["name", "tests", "failures", "errors"],
        &["time", "skipped", "timestamp", "hostname", "id", "package"],
    ),
    ("testsuites/testsuite/properties", &[], &[]),
    (
        "testsuites/testsuite/properties/property",
        &["name", "value"],
        &[],
    ),
    (
        "testsuites/testsuite/testcase",
        &["name"],
        &["time", "classname", "group"],
    ),
    (
        "testsuites/testsuite/testcase/skipped",
        &[],
        &["type", "message"],
    ),
    (
        "testsuites/testsuite/testcase/error",
        &[],
        &["type", "message"],
    ),
    (
        "testsuites/testsuite/testcase/failure",
        &[],
        &["type", "message"],
    ),
    ("testsuites/testsuite/testcase/system-out", &[], &[]),
];

const CASE: &str = "testsuites/testsuite/testcase";

/// Looks at each element; gives all of them.
fn by_the_rules(name: &str, xml: &str) -> Vec<Element> {
    let elements = elements(xml);
    for element in &elements {
        let rule = RULES.iter().find(|(path, ..)| *path == element.path);
        let (_, must, may) = rule.unwrap_or_else(|| panic!("{name}: {}", element.path));
        for key in element.attributes.keys() {
            assert!(
                must.contains(&&**key) || may.contains(&&**key),
                "{name}: {key}"
            );
        }
        for key in *must {
            assert!(element.attributes.contains_key(*key), "{name}: no {key}");
        }
    }
    // Servers tell cases apart by these two.
    let mut cases: Vec<_> = elements
        .iter()
        .filter(|element| element.path == CASE)
        .map(|case| (&case.attributes["classname"], &case.attributes["name"]))
        .collect();
    let count = cases.len();
    cases.sort();
    cases.dedup();
    assert_eq!(cases.len(), count, "{name}");
    elements
}

/// How many elements there are at `path`, as attributes have it.
fn count(elements: &[Element], path: &str) -> String {
    let there = elements.iter().filter(|element| element.path == path);
    there.count().to_string()
}

#[test]
fn junit_keeps_the_rules_of_xunit2() {
    for (name, report) in all() {
        let elements = by_the_rules(name, &Format::Junit.write(&report));
        let suite = &elements[1].attributes;
        for (key, path) in [
            ("tests", CASE.to_owned()),
            ("failures", format!("{CASE}/failure")),
            ("errors", format!("{CASE}/error")),
            ("skipped", format!("{CASE}/skipped")),
        ] {
            assert_eq!(suite[key], count(&elements, &path), "{name}: {key}");
        }
    }
}

#[test]
fn junit_of_a_lab_has_the_latest_run_of_each_board_and_what_is_none() {
    let mut reports: Vec<Report> = all()
        .into_iter()
        .map(|(name, report)| Report {
            place: Some(name.to_owned()),
            started: Some("2026-11-28T10:00:00Z".to_owned()),
            ..report
        })
        .collect();
    // A pass before, which must hide nothing.
    reports.push(Report {
        place: Some("fail".to_owned()),
        started: Some("2026-11-27T10:00:00Z".to_owned()),
        ..reports[0].clone()
    });
    let unread = Unread {
        file: "old.json".to_owned(),
        reason: "old.json has schema version 9".to_owned(),
    };
    let reports: Vec<&Report> = reports.iter().collect();
    let lab = Lab::new(&reports, vec![unread]);
    let elements = by_the_rules("lab", &junit::write(&lab));
    let suites = elements
        .iter()
        .filter(|element| element.path == "testsuites/testsuite");
    let names: Vec<&str> = suites.map(|suite| &*suite.attributes["name"]).collect();
    assert_eq!(
        names,
        ["crash", "fail", "hostile", "pass", "stale", "unread"]
    );
    for (key, path) in [
        ("tests", CASE.to_owned()),
        ("failures", format!("{CASE}/failure")),
        ("errors", format!("{CASE}/error")),
    ] {
        let sum = &elements[0].attributes[key];
        assert_eq!(*sum, count(&elements, &path), "{key}");
    }
    assert_eq!(below(&elements, "old.json")[0].attributes["type"], "unread");
    let fail = elements.iter().find(|element| {
        element
            .attributes
            .get("name")
            .is_some_and(|name| name == "fail")
    });
    // The check and the verdict.
    assert_eq!(fail.unwrap().attributes["failures"], "2");
}

/// The element below the case `name`.
fn below<'a>(elements: &'a [Element], name: &str) -> Vec<&'a Element> {
    let at = elements
        .iter()
        .position(|element| element.path == CASE && element.attributes["name"] == name);
    let rest = elements[at.unwrap() + 1..].iter();
    rest.take_while(|element| element.path.starts_with("testsuites/testsuite/testcase/"))
        .collect()
}

#[test]
fn junit_says_how_each_case_ended() {
    let failed = elements(&Format::Junit.write(&report(failing())));
    // Servers add the times up.
    let seconds = |path: &str| -> f64 {
        let elements = failed.iter().filter(|element| element.path == path);
        elements
            .map(|element| element.attributes["time"].parse::<f64>().unwrap())
            .sum()
    };
    assert!((seconds(CASE) - seconds("testsuites/testsuite")).abs() < 0.01);
    let case = failed.iter().find(|element| element.path == CASE).unwrap();
    assert_eq!(case.attributes["classname"], "qemu-aarch64.seed");
    let failure = &below(&failed, FAILING)[0];
    assert!(failure.path.ends_with("/failure"));
    assert_eq!(failure.attributes["message"], "offset=64 got=0xdead");
    assert!(below(&failed, "run.verdict")[0].path.ends_with("/failure"));

    let crashed = elements(&Format::Junit.write(&report(oopsing())));
    let [error, output] = below(&crashed, "run.verdict")[..] else {
        panic!("no error with its trace");
    };
    assert_eq!(error.attributes["type"], "oops");
    assert_eq!(output.text.trim().lines().count(), 3);
    let missing = below(&crashed, checks::NAMES[8])[0];
    assert!(missing.path.ends_with("/error"));
    assert_eq!(missing.attributes["type"], "unverified");

    let hostile = elements(&Format::Junit.write(&report(hostile())));
    let failure = below(&hostile, "seed.vmalloc.pattern")[0];
    assert_eq!(failure.attributes["message"], "x <b>&\"'");
    let skipped = below(&hostile, "seed.kmalloc.pattern")[0];
    assert!(skipped.path.ends_with("/skipped"));
    assert_eq!(skipped.attributes["message"], "no-carveout ]]>");
}

#[test]
fn a_run_that_proves_nothing_is_green_in_no_format() {
    let report = stale();
    let all_pass = |check: &board_check::report::CheckReport| {
        check.outcome == board_check::report::Ending::Pass
    };
    assert!(report.checks.iter().all(all_pass), "the trap is set");
    let junit = elements(&Format::Junit.write(&report));
    let error = below(&junit, "run.verdict")[0];
    assert_eq!(error.attributes["type"], "incomplete");
    let ktap = Format::Ktap.write(&report);
    let last = ktap.lines().last().unwrap();
    let n = checks::NAMES.len() + 1;
    assert!(
        last.starts_with(&format!("not ok {n} run.verdict # INCOMPLETE")),
        "{last}"
    );
}

/// What kunit.py makes of a result line: number, name, outcome. It looks for the
/// directive anywhere, and the last one counts.
fn kunit_result(line: &str) -> Option<(usize, &str, &str)> {
    let (ok, rest) = match line.strip_prefix("not ok ") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok ")?),
    };
    let (number, rest) = rest.split_once(' ')?;
    let name = rest.split(" # ").next()?;
    let outcome = match (rest.contains("# SKIP"), ok) {
        (true, _) => "skip",
        (false, true) => "pass",
        (false, false) => "fail",
    };
    Some((number.parse().ok()?, name, outcome))
}

#[test]
fn ktap_says_to_others_what_was_verified() {
    for (name, report) in all() {
        let text = Format::Ktap.write(&report);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("KTAP version 1"));
        let n = report.checks.len() + 1;
        assert_eq!(lines.next(), Some(format!("1..{n}").as_str()));
        let rest: Vec<&str> = lines.filter(|line| !line.starts_with("# ")).collect();
        assert_eq!(rest.len(), n, "{name}");
        for (index, line) in rest.iter().enumerate() {
            let (number, found, outcome) = kunit_result(line).unwrap();
            assert_eq!(number, index + 1, "{name}: {line}");
            let Some(check) = report.checks.get(index) else {
                assert_eq!(found, "run.verdict");
                let passed = report.verdict == board_check::judge::Verdict::Pass;
                assert_eq!(outcome, if passed { "pass" } else { "fail" }, "{name}");
                continue;
            };
            assert_eq!(found, check.name);
            use board_check::report::Ending;
            let expected = match check.outcome {
                Ending::Pass => "pass",
                Ending::Skip => "skip",
                Ending::Fail | Ending::Missing => "fail",
            };
            assert_eq!(outcome, expected, "{name}: {line}");
        }
    }
}

fn prove(place: &Place, report: &Report) -> Output {
    let file = place.path("result.ktap");
    fs::write(&file, Format::Ktap.write(report)).unwrap();
    Command::new("prove")
        .args(["--norc", "--exec", "cat"])
        .arg(&file)
        .env_remove("PERL5OPT")
        .output()
        .expect("prove, of the package perl, is there after `make setup`")
}

#[test]
fn prove_passes_a_proven_pass_and_nothing_else() {
    let place = Place::new();
    for (name, report) in all() {
        let output = prove(&place, &report);
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.success(), name == "pass", "{name}: {shown}");
        let tests = format!("Tests={}", report.checks.len() + 1);
        assert!(shown.contains(&tests), "{name}: {shown}");
    }
}

#[test]
fn several_formats_at_once_and_one_of_them_on_the_standard_output() {
    let place = Place::new();
    let pty = Pty::start(failing());
    let file = |name: &str| place.path(name).display().to_string();
    let run = place.run(&[
        "--port",
        &pty.path,
        "--capture",
        &file("capture"),
        "--out",
        &format!("json={}", file("json")),
        "--out=ktap=-",
        "--out",
        &format!("junit={}", file("junit")),
        "--out",
        &format!("human={}", file("human")),
    ]);
    assert_exit(&run, 1, FAILING);
    let ktap = String::from_utf8(run.stdout).unwrap();
    assert!(ktap.starts_with("KTAP version 1\n1.."), "{ktap}");
    let human = fs::read_to_string(file("human")).unwrap();
    assert!(human.contains("FAIL  1 of"), "{human}");
    assert!(!human.contains('\x1b'), "{human:?}");
    let stderr = String::from_utf8(run.stderr).unwrap();
    assert!(stderr.ends_with(&human), "{stderr}");
    elements(&fs::read_to_string(file("junit")).unwrap());
    let json = fs::read_to_string(file("json")).unwrap();
    let report: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(Format::Ktap.write(&report), ktap);

    let replay = place.run(&["replay", &file("capture"), "--out", "ktap=-"]);
    assert_eq!(String::from_utf8(replay.stdout).unwrap(), ktap);
}

#[test]
fn two_reports_cannot_go_to_one_place() {
    let place = Place::new();
    let capture = place.path("log");
    fs::File::create(&capture).unwrap().write_all(b"x").unwrap();
    let capture = capture.to_str().unwrap();
    for path in ["-", "/nowhere/x"] {
        let outputs = [format!("json={path}"), format!("junit={path}")];
        let output = place.run(&[
            "replay",
            capture,
            "--out",
            &outputs[0],
            "--out",
            &outputs[1],
        ]);
        assert_exit(&output, 2, &format!("cannot both go to {path}"));
    }
}
