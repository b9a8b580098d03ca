//! What is measured, and the budgets.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use board_check_protocol::{CheckResult, Context, Outcome, Record, checks};
use line_simulator::bytes_over_clean;
use serde_json::Value;

use crate::capture::{self, Capture, Size};
use crate::paced;
use crate::programs::{Programs, best, memory, time};
use crate::table::Figure;

/// A hundred checks.
const HUNDRED: &str = "*.vmalloc.*,*.kmalloc.*,*.wc.*,*.wc-nc.*,seed.*";

/// How many times as fast as kunit.py a capture is to be read.
const TIMES_KUNIT: f64 = 50.0;

/// Longest time for a small capture, the start of the process included.
const SMALL: Duration = Duration::from_millis(10);

/// Bytes that a record may have more than the same result in plain KTAP.
const OVERHEAD: usize = 24;

/// What a verdict may take besides the time that the line needs: a share of that, and a
/// fixed time.
const LINE_SHARE: f64 = 0.05;
const LINE_FIXED: Duration = Duration::from_millis(50);

/// Bytes on a line on which one in a hundred is damaged, as a multiple of those on a clean
/// one.
const FLIPS: f64 = 1.8;

/// Memory that a hundred times larger capture may take more, in KiB.
const GROWTH_KIB: u64 = 1024;

/// Measures everything.
pub(crate) fn measure(programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let folder = &programs.folder;
    let many = capture::write(folder, "many", Size::Results(20_000))?;
    let mut figures = vec![many_results(programs, &many)?];
    let small = capture::write(folder, "two", Size::Bytes(2_000_000))?;
    let large = capture::write(folder, "large", Size::Bytes(200_000_000))?;
    figures.push(large_capture(programs, &large, &many)?);
    figures.push(flat_memory(programs, &small, &large)?);
    fs::remove_file(&large.path)?;
    let hundred = capture::write(folder, "hundred", Size::Run(HUNDRED))?;
    figures.push(small_file(programs, &hundred)?);
    figures.push(bytes_of_a_record()?);
    figures.push(over_the_line(programs)?);
    figures.push(flipped_bytes()?);
    Ok(figures)
}

fn many_results(programs: &Programs, capture: &Capture) -> anyhow::Result<Figure> {
    whole(&memory(programs.replay(&capture.path))?.1, capture)?;
    let [ours, kunit] = best(20, || {
        [
            time(programs.replay(&capture.path)),
            time(programs.kunit(&capture.ktap)),
        ]
    })?;
    let times = kunit.div_duration_f64(ours);
    Ok(Figure {
        what: format!("{} results, parsed and verified", capture.results),
        measured: format!("{}, {times:.0} × kunit.py ({})", ms(ours), ms(kunit)),
        budget: format!("≥ {TIMES_KUNIT} × kunit.py"),
        met: times >= TIMES_KUNIT,
    })
}

/// kunit.py reads only `few` of the results: of all it would take minutes.
fn large_capture(programs: &Programs, capture: &Capture, few: &Capture) -> anyhow::Result<Figure> {
    let [ours, kunit] = best(5, || {
        [
            time(programs.replay(&capture.path)),
            time(programs.kunit(&few.ktap)),
        ]
    })?;
    let each = kunit.div_f64(few.results as f64);
    let per_result = ours.div_f64(capture.results as f64);
    let times = each.div_duration_f64(per_result);
    let rate = capture.bytes as f64 / 1e6 / ours.as_secs_f64();
    Ok(Figure {
        what: format!(
            "{} MB, {} results",
            capture.bytes / 1_000_000,
            capture.results
        ),
        measured: format!(
            "{}, {rate:.0} MB/s, {times:.0} × kunit.py a result",
            ms(ours)
        ),
        budget: format!("≥ {TIMES_KUNIT} × kunit.py"),
        met: times >= TIMES_KUNIT,
    })
}

fn flat_memory(programs: &Programs, small: &Capture, large: &Capture) -> anyhow::Result<Figure> {
    let peak = |capture: &Capture| -> anyhow::Result<u64> {
        let (peak, report) = memory(programs.replay(&capture.path))?;
        whole(&report, capture)?;
        Ok(peak)
    };
    let (small_peak, large_peak) = (peak(small)?, peak(large)?);
    let megabytes = |capture: &Capture| capture.bytes / 1_000_000;
    Ok(Figure {
        what: format!(
            "most memory, {} MB and {} MB",
            megabytes(small),
            megabytes(large)
        ),
        measured: format!("{small_peak} KiB and {large_peak} KiB"),
        budget: format!("≤ {GROWTH_KIB} KiB more"),
        met: large_peak <= small_peak + GROWTH_KIB,
    })
}

fn small_file(programs: &Programs, capture: &Capture) -> anyhow::Result<Figure> {
    let [ours, kunit] = best(10, || {
        [
            time(programs.replay(&capture.path)),
            time(programs.kunit(&capture.ktap)),
        ]
    })?;
    Ok(Figure {
        what: format!("{} results, the whole process", capture.results),
        measured: format!("{} (kunit.py {})", ms(ours), ms(kunit)),
        budget: format!("< {}", ms(SMALL)),
        met: ours < SMALL,
    })
}

/// The most that a record of one of our checks has more than `ok 1 NAME`, if it takes less
/// than 10 s.
fn bytes_of_a_record() -> anyhow::Result<Figure> {
    let mut most = 0;
    for (number, name) in (1..).zip(checks::NAMES) {
        for (outcome, plain) in [
            (Outcome::Pass, format!("ok {number} {name}")),
            (Outcome::Fail, format!("not ok {number} {name}")),
            (Outcome::Skip, format!("ok {number} {name} # SKIP")),
        ] {
            let result = CheckResult {
                number,
                name,
                outcome,
                milliseconds: 9999,
                detail: "",
            };
            let record = Record::Check(result).encode(&Context::default())?;
            most = most.max(record.len() - plain.len());
        }
    }
    Ok(Figure {
        what: "bytes of a record over plain KTAP, without figures".to_owned(),
        measured: most.to_string(),
        budget: format!("≤ {OVERHEAD}"),
        met: most <= OVERHEAD,
    })
}

fn over_the_line(programs: &Programs) -> anyhow::Result<Figure> {
    let mut best: Option<paced::Verdict> = None;
    for _ in 0..5 {
        let verdict = paced::run(programs)?;
        if best
            .as_ref()
            .is_none_or(|best| verdict.over() < best.over())
        {
            best = Some(verdict);
        }
    }
    let best = best.context("Nothing was measured")?;
    let most = best.floor.mul_f64(LINE_SHARE) + LINE_FIXED;
    Ok(Figure {
        what: format!(
            "{} checks at 115200 bit/s, to the verdict",
            checks::NAMES.len()
        ),
        measured: format!("{} + {}", ms(best.floor), ms(best.over())),
        budget: format!("{} of the line + {}", ms(best.floor), ms(most)),
        met: best.over() <= most,
    })
}

/// At the real run's number of checks: each round of resends has a request, whose bytes
/// weigh more in a short run.
fn flipped_bytes() -> anyhow::Result<Figure> {
    let line = format!("flips 1e-2, {} checks", checks::NAMES.len());
    let times = bytes_over_clean(&line, 1, 500).context("The simulator has no such line")?;
    Ok(Figure {
        what: format!("bytes with {line}"),
        measured: format!("{times:.2} × clean"),
        budget: format!("≤ {FLIPS} × clean"),
        met: times <= FLIPS,
    })
}

/// All bytes were judged, each record verified, and nothing was missing.
fn whole(report: &Value, capture: &Capture) -> anyhow::Result<()> {
    let damaged = report["line"]["damaged"].as_u64();
    let lines = report["line"]["lines"].as_u64();
    let read = lines.is_some_and(|lines| lines >= capture.results);
    ensure!(
        report["verdict"] == "PASS" && damaged == Some(0) && read,
        "The verdict on {} is {}, of {lines:?} lines {damaged:?} damaged",
        capture.path.display(),
        report["verdict"]
    );
    Ok(())
}

fn ms(duration: Duration) -> String {
    match duration.as_secs_f64() * 1e3 {
        ms if ms < 100.0 => format!("{ms:.1} ms"),
        ms => format!("{ms:.0} ms"),
    }
}
