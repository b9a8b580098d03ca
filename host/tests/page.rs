//! The page, in a real browser.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use board_check::capture::About;
use board_check::report::speed::measure;
use board_check::report::{Lab, Report, page};
use board_check_protocol::{Outcome, checks};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::browser::{Browser, FAINT, WIDER_THAN_THE_WINDOW};
use crate::common::place::Place;
use crate::common::sim::run_all;
use crate::common::{Board, mangle};

/// Text that would be a script, an image from elsewhere, and the end of what it is in.
const MARKUP: &str = "<script>document.title='bad'</script><img src=http://127.0.0.1:1/x onerror=alert(1)>\
                      </pre></title></style>\"'&amp;";

/// A failing board with figures of every kind, whose kernel warns.
fn board() -> Board {
    let mut results = vec![
        ("attr.vmalloc.user", Outcome::Pass, "pte=wb hw=wb linear=wb"),
        (
            "attr.wc-nc.user",
            Outcome::Fail,
            "user page=0 want=nc pte=wb hw=wb",
        ),
        (
            "attr.carveout.device",
            Outcome::Skip,
            "not-honoured pte=wb hw=unknown",
        ),
        (
            "coherency.streaming.to-device",
            Outcome::Pass,
            "device=bounce",
        ),
        ("data.vmalloc.two-mappings", Outcome::Fail, MARKUP),
    ];
    for (number, name) in (1..).zip(
        checks::NAMES
            .iter()
            .filter(|name| name.starts_with("speed.")),
    ) {
        let figures = match name.rsplit('.').next() {
            Some("latency" | "map") => format!("mean_ns={}.5 stddev_ns=1.5", number * 7),
            _ => format!("mean_mib_s={}.5 stddev_mib_s={number}.0", number * 100),
        };
        results.push((*name, Outcome::Pass, figures.leak()));
    }
    let warning = "[   12.000000] WARNING: <b>CPU 0</b> </pre>\r\n\
                   [   12.000200] ---[ end trace 0000000000000000 ]---\r\n";
    Board {
        results,
        machine: "acme,<i>board",
        boot_text: "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd034]\r\n\
                    [    0.000000] Linux version 7.3.4 (x)\r\n\
                    </pre><script src=http://127.0.0.1:1/y></script>\r\n",
        mangle: mangle("ok 9 ", 1, move |line| {
            format!("{line}\r\n{warning}").into()
        }),
        ..Board::default()
    }
}

fn report(board: Board) -> Report {
    let ending = run_all(board);
    let about = About {
        started: "2026-11-28T10:00:00Z".to_owned(),
        port: "/dev/tty<USB0>".to_owned(),
        baud_bits_per_second: 115_200,
        ..About::default()
    };
    Report::new(&ending.run, &ending.judgement, &about, None)
}

/// The page of some runs, as a file.
fn page_of(reports: &[&Report]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, page::write(&Lab::new(reports, Vec::new()))).unwrap();
    (folder, path)
}

#[test]
fn it_fetches_nothing_and_runs_nothing_whatever_the_board_says() {
    let mut browser = Browser::start();
    // First that a request and a script would be noticed.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let image = format!("http://{}/x", server.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let trap = folder.path().join("trap.html");
    let script = "<script>document.title='bad'</script>";
    fs::write(&trap, format!("{script}<img src={image}>")).unwrap();
    drop(server);
    assert_eq!(browser.load(&trap, 1280).last(), Some(&image));
    assert_eq!(browser.ask("document.title"), "bad");

    let report = report(board());
    let (_folder, path) = page_of(&[&report]);
    assert_eq!(
        browser.load(&path, 1280),
        [format!("file://{}", path.display())]
    );
    assert_eq!(
        browser.ask("document.title"),
        "qemu-aarch64 FAIL – board-check"
    );
    let foreign =
        "document.querySelectorAll('script, img, iframe, object, embed, link, i, form').length";
    assert_eq!(browser.ask(foreign), 0);
    let text = browser.ask("document.body.textContent");
    let text = text.as_str().unwrap();
    for said in [
        MARKUP,
        "acme,<i>board",
        "WARNING: <b>CPU 0</b> </pre>",
        "</pre><script src=http://127.0.0.1:1/y></script>",
        "/dev/tty<USB0>",
        "Cortex-A53 r0p4",
        "7.3.4",
    ] {
        assert!(text.contains(said), "{said}");
    }
}

/// Of a bar: its check, and from where to where bar and whisker go, in parts of the plot.
const BARS: &str = "[...document.querySelectorAll('svg[data-check]')].map(svg => {
    const plot = svg.getBoundingClientRect();
    const part = x => (x - plot.left) / plot.width;
    const bar = svg.querySelector('rect').getBoundingClientRect();
    const whisker = svg.querySelector('.whisker').getBoundingClientRect();
    return [svg.dataset.check, part(bar.left), part(bar.right), part(whisker.left),
        part(whisker.right), svg.closest('tr').querySelector('.number').textContent];
})";

#[test]
fn its_bars_are_as_long_as_the_figures_say() {
    let mut browser = Browser::start();
    let report = report(board());
    let (_folder, path) = page_of(&[&report]);
    for width in [1280, 360] {
        browser.load(&path, width);
        let bars = browser.ask(BARS);
        let bars = bars.as_array().unwrap();
        let measures: Vec<_> = report.checks.iter().filter_map(measure).collect();
        assert_eq!(bars.len(), measures.len());
        assert!(measures.len() >= 40);
        for measure in &measures {
            let bandwidth = |what: &str| matches!(what, "read" | "write" | "copy");
            let kind = measure.quantity.what;
            let same_chart = measures.iter().filter(|other| {
                let other = other.quantity.what;
                other == kind || bandwidth(other) && bandwidth(kind)
            });
            let end = same_chart
                .map(|other| other.mean + other.deviation)
                .fold(0.0, f64::max);
            let bar = bars.iter().find(|bar| bar[0] == measure.check).unwrap();
            let expected = [
                0.0,
                measure.mean / end,
                (measure.mean - measure.deviation).max(0.0) / end,
                (measure.mean + measure.deviation) / end,
            ];
            for (place, expected) in (1..).zip(expected) {
                let found = bar[place].as_f64().unwrap();
                assert!(
                    (found - expected).abs() < 0.01,
                    "{width}: {bar}, {place}: {expected}"
                );
            }
            let text = format!("{:.1} ± {:.1}", measure.mean, measure.deviation);
            assert_eq!(bar[5], text, "{width}");
        }
    }
}

#[test]
fn it_can_be_read_on_narrow_windows_in_the_dark_and_on_paper() {
    let mut browser = Browser::start();
    let report = report(board());
    let (_folder, path) = page_of(&[&report, &report]);
    for scheme in ["light", "dark"] {
        browser.media("prefers-color-scheme", scheme);
        for width in [1280, 360] {
            browser.load(&path, width);
            let wide = browser.ask(WIDER_THAN_THE_WINDOW);
            assert_eq!(wide, Value::Array(Vec::new()), "{scheme} {width}");
            let faint = browser.ask(FAINT);
            assert_eq!(faint, Value::Array(Vec::new()), "{scheme} {width}");
        }
    }
}

/// Numbers of the checks that are shown.
const SHOWN: &str = "[...document.querySelectorAll('.checks tbody tr')]
    .filter(row => row.offsetHeight > 0).map(row => Number(row.cells[0].textContent))";

#[test]
fn it_shows_what_failed_first_and_alone_if_asked() {
    let mut browser = Browser::start();
    let report = report(board());
    let (_folder, path) = page_of(&[&report]);
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        serde_json::json!({ "value": true }),
    );
    browser.load(&path, 1280);
    let failed: Vec<usize> = report
        .checks
        .iter()
        .filter(|check| check.outcome == board_check::report::Ending::Fail)
        .map(|check| check.number)
        .collect();
    let shown = browser.ask(SHOWN);
    let all = shown.as_array().unwrap();
    assert_eq!(all.len(), report.checks.len());
    assert_eq!(
        all[..failed.len()],
        failed
            .iter()
            .map(|&number| number.into())
            .collect::<Vec<Value>>()
    );
    browser.ask("document.querySelector('input[value=fail]').click()");
    assert_eq!(browser.ask(SHOWN), serde_json::json!(failed));
}

#[test]
fn it_is_made_of_captures_and_of_json_alike() {
    let place = Place::new();
    let (_, json) = place.judge_board(Board::default(), &[]);
    let capture = json["capture"].as_str().unwrap();
    let report = place.path("report.json");
    let pages: Vec<String> = [capture, report.to_str().unwrap()]
        .iter()
        .map(|input| {
            let output = place.run(&["report", input, "--out", "html=-"]);
            assert_eq!(output.status.code(), Some(0));
            String::from_utf8(output.stdout).unwrap()
        })
        .collect();
    assert!(pages[0].contains("PASS"));
    assert_eq!(pages[0], pages[1]);
    let output = place.run(&[
        "report",
        capture,
        report.to_str().unwrap(),
        "--out",
        "html=both.html",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let both = fs::read_to_string(place.path("both.html")).unwrap();
    assert!(both.contains("<h1>qemu-aarch64, 2 runs</h1>"));
}

#[test]
fn what_is_no_report_is_named() {
    let place = Place::new();
    let file = place.path("x.json");
    for (text, words) in [
        ("{", "is no JSON report"),
        ("{}", "has no schema_version"),
        (
            "{\"schema_version\": 2}",
            "schema version 2, this release reads 1",
        ),
        ("{\"schema_version\": 1}", "is no whole JSON report"),
        ("board-check capture 9\n", "format 9"),
    ] {
        fs::write(&file, text).unwrap();
        let output = place.run(&["report", file.to_str().unwrap(), "--out", "html=-"]);
        crate::common::place::assert_exit(&output, 2, words);
        assert!(output.stdout.is_empty());
    }
}
