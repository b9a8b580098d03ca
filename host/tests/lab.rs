//! `board-check report` of a folder: the page in a real browser, and what it is made of.

use std::fs;
use std::path::{Path, PathBuf};

use board_check_protocol::{Outcome, checks};
use serde_json::{Value, json};

use crate::common::Board;
use crate::common::browser::{Browser, FAINT, WIDER_THAN_THE_WINDOW};
use crate::common::place::{Place, assert_exit, text};

/// A lab of two boards: two nights of the one, and two of the other, which got worse.
struct Nights {
    place: Place,
    pass: Value,
    /// Of `shelf`: another check fails.
    fail: Value,
}

impl Nights {
    fn new() -> Self {
        let place = Place::new();
        let run = |name: &str, results| {
            let board = Board {
                results,
                ..Board::default()
            };
            let capture = format!("{name}.capture");
            let (_, json) = place.judge_board(board, &["--place", name, "--capture", &capture]);
            assert_eq!(json["place"], name);
            json
        };
        let pass = run("desk", Vec::new());
        let fail = run(
            "shelf",
            vec![
                ("data.vmalloc.two-mappings", Outcome::Fail, "offset=64"),
                ("attr.carveout.device", Outcome::Skip, "no-carveout"),
            ],
        );
        let nights = Self { place, pass, fail };
        nights.write("1/desk.json", &nights.at(&nights.pass, "desk", 27));
        nights.write("1/shelf.json", &nights.at(&nights.pass, "shelf", 27));
        nights.write("2/desk.json", &nights.at(&nights.pass, "desk", 28));
        nights.write("2/shelf.json", &nights.at(&nights.fail, "shelf", 28));
        nights
    }

    /// A report, as if it were of this board and that day.
    fn at(&self, report: &Value, board: &str, day: u32) -> Value {
        let mut report = report.clone();
        report["place"] = board.into();
        report["started"] = format!("2026-11-{day}T10:00:00Z").into();
        report
    }

    fn write(&self, name: &str, report: &Value) {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, report.to_string()).unwrap();
    }

    fn folder(&self) -> PathBuf {
        self.place.path("results")
    }

    fn page(&self) -> PathBuf {
        self.place.path("lab.html")
    }

    /// Makes the page of the folder; gives what was said.
    fn report(&self, code: i32) -> String {
        let output = self
            .place
            .run(&["report", "results", "--out", "html=lab.html"]);
        assert_exit(&output, code, "");
        text(&output)
    }
}

/// Of each board: its name, verdict, runs, and what changed.
const BOARDS: &str = "[...document.querySelectorAll('.boards tbody tr')].map(row => [
    row.cells[0].querySelector('a').textContent, row.cells[1].querySelector('.word').textContent,
    row.cells[2].textContent.trim(), row.cells[3].textContent])";

/// What `id` leads to.
const FOUND: &str = "[...document.querySelectorAll('.boards a')].map(link =>
    document.querySelector(link.getAttribute('href')).querySelector('.what').textContent)";

/// Of each check in which the boards differ: its name, and how it ended on each.
const DIFFERING: &str = "[...document.querySelectorAll('.differing tbody tr')].map(row =>
    [...row.cells].map(cell => cell.textContent.trim()))";

#[test]
fn a_folder_becomes_a_page_of_its_boards_with_what_changed_and_where_they_differ() {
    let nights = Nights::new();
    // What is no run of ours has no place there.
    nights.write("2/package.json", &json!({ "name": "x" }));
    nights.report(0);
    let mut browser = Browser::start();
    browser.load(&nights.page(), 1280);
    assert_eq!(
        browser.ask("document.querySelector('h1').textContent"),
        "2 boards, 4 runs"
    );
    assert_eq!(
        browser.ask(BOARDS),
        json!([
            ["desk", "✓ PASS", "✓✓", "nothing"],
            ["shelf", "✗ FAIL", "✓✗", "3 worse"]
        ])
    );
    assert_eq!(
        browser.ask(FOUND),
        json!([
            "desk · 2026-11-28 10:00:00 UTC",
            "shelf · 2026-11-28 10:00:00 UTC"
        ])
    );
    assert_eq!(
        browser.ask(DIFFERING),
        json!([
            ["data.vmalloc.two-mappings", "✓ pass", "✗ fail"],
            ["attr.carveout.device", "✓ pass", "– skip"]
        ])
    );
    // Only the latest run of each is there in full.
    let rows = browser.ask("document.querySelectorAll('.checks tbody tr').length");
    assert_eq!(rows, 2 * checks::NAMES.len());
}

#[test]
fn it_can_be_read_on_narrow_windows_and_in_the_dark() {
    let nights = Nights::new();
    fs::write(nights.folder().join("broken-at-night.json"), "{").unwrap();
    nights.report(3);
    let mut browser = Browser::start();
    for scheme in ["light", "dark"] {
        browser.media("prefers-color-scheme", scheme);
        for width in [1280, 360] {
            browser.load(&nights.page(), width);
            browser.ask("document.querySelectorAll('details').forEach(it => it.open = true)");
            for trouble in [WIDER_THAN_THE_WINDOW, FAINT] {
                let found = browser.ask(trouble);
                assert_eq!(found, json!([]), "{scheme} {width}");
            }
        }
    }
}

#[test]
fn a_run_that_is_kept_as_report_and_as_capture_is_one() {
    let place = Place::new();
    fs::create_dir(place.path("results")).unwrap();
    let out = [
        "--out",
        "json=results/a.json",
        "--capture",
        "results/b.capture",
    ];
    place.judge_board(Board::default(), &out);
    let output = place.run(&["report", "results", "--out", "html=-"]);
    assert_exit(&output, 0, "<title>qemu-aarch64 PASS – board-check</title>");
    fs::remove_file(place.path("results/a.json")).unwrap();
    let output = place.run(&["report", "results", "--out", "html=-"]);
    assert_exit(&output, 0, "<title>qemu-aarch64 PASS – board-check</title>");
}

#[test]
fn a_run_of_some_checks_does_not_hide_one_of_all() {
    let nights = Nights::new();
    let mut some = nights.at(&nights.pass, "shelf", 29);
    some["request"]["only"] = "seed.*".into();
    some["subset"] = true.into();
    nights.write("3/shelf.json", &some);
    nights.report(0);
    let mut browser = Browser::start();
    browser.load(&nights.page(), 1280);
    assert_eq!(
        browser.ask(BOARDS),
        json!([
            ["desk", "✓ PASS", "✓✓", "nothing"],
            ["shelf", "✗ FAIL", "✓✗", "3 worse"],
            [
                "shelf (--only seed.*)",
                "✓ PASS of a subset",
                "✓",
                "the first run"
            ]
        ])
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_hides_no_other() {
    let nights = Nights::new();
    let write = |name: &str, text: &str| fs::write(nights.folder().join(name), text).unwrap();
    write("a.json", "{\"schema_version\": 2}");
    // Of a run that was ended while it went on.
    write("b.json", "");
    write("c.capture", "board-check capture 9\n");
    let said = nights.report(3);
    let sentences = [
        "results/a.json has schema version 2, this release reads 1; make it anew with",
        "results/b.json is empty: the run that should have filled it was ended",
        "results/c.capture",
    ];
    let page = fs::read_to_string(nights.page()).unwrap();
    assert!(page.contains("2 boards, 4 runs"));
    for sentence in sentences {
        assert!(said.contains(sentence), "{said}");
        assert!(page.contains(sentence), "{sentence}");
    }
    let output = nights.place.run(&["report", "results", "--out", "junit=-"]);
    let junit = String::from_utf8(output.stdout).unwrap();
    assert_eq!(junit.matches("type=\"unread\"").count(), 3, "{junit}");
    assert!(junit.contains("<testsuite name=\"shelf\""));
}

#[test]
fn a_folder_without_a_run_and_a_format_of_one_run_are_refused() {
    let place = Place::new();
    fs::create_dir(place.path("results")).unwrap();
    let output = place.run(&["report", "results", "--out", "html=page.html"]);
    assert_exit(&output, 2, "results has no run");
    assert!(!Path::new(&place.path("page.html")).exists());
    let output = place.run(&["report", "results", "--out", "ktap=-"]);
    assert_exit(&output, 2, "as html or junit, not as ktap");
    assert_exit(&place.run(&["report", "results"]), 2, "--out");
}
