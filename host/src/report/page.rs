//! The report as one HTML page, of one run or of a lab: `templates/page.html`.
//!
//! The template escapes all text, and the page forbids itself every script and every
//! request: a board can say what it likes. What is drawn is worked out here, in
//! percent of a width that only the browser knows.

use std::time::Duration;

use askama::Template;

use super::{Attribute, CheckReport, Ending, Lab, LogLine, Report};
use crate::judge::Verdict;
use crate::kernel_messages;
use crate::run::Speaker;

mod chart;
mod lab;
mod timeline;

use chart::Chart;
use lab::Overview;
use timeline::Timeline;

/// The page as text: of each board the latest run in full.
pub fn write(lab: &Lab<'_>) -> String {
    let runs: Vec<Run<'_>> = (1..)
        .zip(&lab.places)
        .map(|(id, place)| Run::new(id, place.latest()))
        .collect();
    let (title, overview) = match (runs.as_slice(), lab.places.as_slice()) {
        ([run], [place]) if place.runs.len() == 1 && lab.unread.is_empty() => {
            (format!("{} {}", run.board, run.report.verdict), None)
        }
        _ => {
            let overview = Overview::new(lab);
            (overview.title.clone(), Some(overview))
        }
    };
    let page = Page {
        title,
        overview,
        runs,
        version: env!("CARGO_PKG_VERSION"),
    };
    page.render().expect("what it is made of can be displayed")
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    title: String,
    /// Of several runs.
    overview: Option<Overview<'a>>,
    runs: Vec<Run<'a>>,
    version: &'a str,
}

/// A run, in the words of the page.
struct Run<'a> {
    id: usize,
    report: &'a Report,
    board: &'a str,
    started: String,
    /// The verdict as a class.
    class: &'static str,
    sign: &'static str,
    counts: Counts,
    facts: Vec<(&'static str, String)>,
    attributes: Vec<AttributeRow<'a>>,
    charts: Vec<Chart<'a>>,
    timeline: Option<Timeline>,
    filters: Vec<Filter>,
    checks: Vec<CheckRow<'a>>,
    log: Vec<LogRow>,
}

struct Counts {
    pass: usize,
    fail: usize,
    skip: usize,
    missing: usize,
}

struct AttributeRow<'a> {
    class: &'static str,
    area: String,
    device: &'static str,
    expected: &'a str,
    /// By page table, MMU and kernel.
    seen: [Cell<'a>; 3],
    linear: &'a str,
    honoured: &'static str,
}

/// A type that was seen.
struct Cell<'a> {
    /// The head of its column.
    of: &'static str,
    word: &'a str,
    wrong: bool,
}

struct Filter {
    class: &'static str,
    label: &'static str,
    count: usize,
}

struct CheckRow<'a> {
    number: usize,
    name: &'a str,
    detail: &'a str,
    class: &'static str,
    sign: &'static str,
    milliseconds: String,
}

struct LogRow {
    class: &'static str,
    seconds: String,
    text: String,
}

/// What stands where nothing is known.
const NOTHING: &str = "–";

impl<'a> Run<'a> {
    fn new(id: usize, report: &'a Report) -> Self {
        let counts = Counts::of(&report.checks);
        let (class, sign) = sign(report.verdict);
        Self {
            id,
            report,
            board: report.board_in_lab(),
            started: started(report),
            class,
            sign,
            facts: facts(report),
            attributes: report.attributes.iter().map(attribute).collect(),
            charts: chart::charts(&report.checks),
            timeline: timeline::timeline(report),
            filters: filters(&counts),
            checks: checks(&report.checks),
            log: log(report),
            counts,
        }
    }
}

impl Counts {
    fn of(checks: &[CheckReport]) -> Self {
        let count = |ending| {
            checks
                .iter()
                .filter(|check| check.outcome == ending)
                .count()
        };
        Self {
            pass: count(Ending::Pass),
            fail: count(Ending::Fail),
            skip: count(Ending::Skip),
            missing: count(Ending::Missing),
        }
    }
}

/// Class and sign of a verdict: never told by its colour alone.
fn sign(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass => ("pass", "✓"),
        Verdict::Incomplete => ("incomplete", "?"),
        Verdict::Fail => ("fail", "✗"),
        Verdict::Crashed => ("crashed", "✗"),
    }
}

/// Class and sign of an outcome, likewise.
fn outcome(ending: Ending) -> (&'static str, &'static str) {
    match ending {
        Ending::Pass => ("pass", "✓"),
        Ending::Fail => ("fail", "✗"),
        Ending::Skip => ("skip", "–"),
        Ending::Missing => ("missing", "?"),
    }
}

fn started(report: &Report) -> String {
    let started = report.started.as_deref().unwrap_or_default();
    started.replace('T', " ").replace('Z', " UTC")
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let count = |count: Option<u64>| count.map_or("unknown".to_owned(), |count| count.to_string());
    let kernel = &report.kernel;
    let line = &report.line;
    let faults = if report.image_faults {
        ", with deliberate faults"
    } else {
        ""
    };
    let mut facts = vec![
        ("board", text(&report.board)),
        ("machine", text(&report.machine)),
        ("CPU", text(&report.cpu)),
        ("kernel", text(&kernel.release)),
        ("image", text(&report.image) + faults),
        (
            "device",
            match report.device_end.as_deref() {
                Some("bus-master") => "a bus master moved the streaming data".to_owned(),
                Some("bounce") => "the CPU, in bounce buffers; no bus master".to_owned(),
                Some(_) => "a bus master moved some of the streaming data".to_owned(),
                None => "nothing is said of it".to_owned(),
            },
        ),
        (
            "health",
            format!(
                "oopses {}, warnings {}, tainted {}",
                count(kernel.oops),
                count(kernel.warn),
                count(kernel.tainted)
            ),
        ),
    ];
    if let Some(place) = &report.place {
        facts.insert(0, ("place", place.clone()));
    }
    if let Some(link) = &report.link {
        facts.push(("port", format!("{}, {} bit/s", link.port, link.baud)));
    }
    facts.push((
        "line",
        format!(
            "{} bytes, {} lines; {} damaged, {} healed, {} resent",
            line.bytes, line.lines, line.damaged, line.healed, line.resent
        ),
    ));
    facts.push(("took", format!("{:.1} s", report.seconds)));
    let asked_for = report.asked_for();
    if !asked_for.is_empty() {
        facts.push(("asked for", asked_for));
    }
    if let Some(run) = &report.run {
        facts.push((
            "run",
            format!("{} of boot {}, nonce {}", run.count, run.boot, run.nonce),
        ));
    }
    facts.extend(report.capture.clone().map(|capture| ("capture", capture)));
    facts
}

fn attribute<'a>(row: &'a Attribute) -> AttributeRow<'a> {
    let area = row.area.strip_suffix("-nc").unwrap_or(&row.area);
    let expected = row.expected.as_deref();
    let cell = |(of, word): (&'static str, &'a Option<String>)| -> Cell<'a> {
        let word = word.as_deref().unwrap_or(NOTHING);
        let known = word != "unknown" && word != NOTHING;
        Cell {
            of,
            word,
            wrong: known && expected.is_some_and(|expected| expected != word),
        }
    };
    AttributeRow {
        class: outcome(row.outcome).0,
        area: match &row.asked_for {
            Some(asked_for) => format!("{area}, {asked_for}"),
            None => area.to_owned(),
        },
        device: match (area, row.area.ends_with("-nc")) {
            ("vmalloc" | "kmalloc", _) => "any",
            (_, true) => "not coherent",
            (_, false) => "coherent",
        },
        expected: expected.unwrap_or(NOTHING),
        seen: [
            ("page table", &row.page_table),
            ("MMU", &row.hardware),
            ("kernel", &row.kernel),
        ]
        .map(cell),
        linear: row.linear.as_deref().unwrap_or(NOTHING),
        honoured: match row.honoured {
            Some(true) => "yes",
            Some(false) => "no: the CPU cannot express it",
            None => NOTHING,
        },
    }
}

fn filters(counts: &Counts) -> Vec<Filter> {
    let all = counts.pass + counts.fail + counts.skip + counts.missing;
    let filter = |class, label, count| Filter {
        class,
        label,
        count,
    };
    vec![
        filter("all", "all", all),
        filter("fail", "failed", counts.fail),
        filter("missing", "missing", counts.missing),
        filter("skip", "skipped", counts.skip),
        filter("pass", "passed", counts.pass),
    ]
}

/// What needs a look comes first.
fn checks<'a>(checks: &'a [CheckReport]) -> Vec<CheckRow<'a>> {
    let mut checks: Vec<&CheckReport> = checks.iter().collect();
    checks.sort_by_key(|check| match check.outcome {
        Ending::Fail => 0,
        Ending::Missing => 1,
        Ending::Skip => 2,
        Ending::Pass => 3,
    });
    let row = |check: &'a CheckReport| -> CheckRow<'a> {
        let (class, sign) = outcome(check.outcome);
        let milliseconds = check.milliseconds;
        CheckRow {
            number: check.number,
            name: &check.name,
            detail: check.detail(),
            class,
            sign,
            milliseconds: milliseconds.map_or(NOTHING.to_owned(), |took| took.to_string()),
        }
    };
    checks.into_iter().map(row).collect()
}

/// What was said, and the results where they came.
fn log(report: &Report) -> Vec<LogRow> {
    let results = report.checks.iter().filter_map(|check| {
        let ms = check.arrived_ms?;
        let (class, sign) = outcome(check.outcome);
        let text = format!("{sign} {class} {} {}", check.name, check.detail());
        Some((ms, class, text.trim_end().to_owned()))
    });
    let said = report.log.iter().map(|line| {
        let text = match line.by {
            Speaker::Host => format!("> {}", line.text),
            _ => line.text.clone(),
        };
        (line.ms, class_of(line), text)
    });
    let mut rows: Vec<_> = said.chain(results).collect();
    rows.sort_by_key(|&(ms, ..)| ms);
    let row = |(ms, class, text)| LogRow {
        class,
        seconds: format!("{:8.3}", seconds(ms)),
        text,
    };
    rows.into_iter().map(row).collect()
}

fn class_of(line: &LogLine) -> &'static str {
    match line.by {
        _ if is_alarming(line) => "alarm",
        Speaker::Kernel => "kernel",
        Speaker::Board => "board",
        Speaker::OtherRun => "other-run",
        Speaker::Host => "host",
    }
}

/// True if the kernel complains in it.
fn is_alarming(line: &LogLine) -> bool {
    let stamp = kernel_messages::stamp_length(line.text.as_bytes()).unwrap_or(0);
    let message = line.text.get(stamp..).unwrap_or_default();
    line.by == Speaker::Kernel
        && (kernel_messages::alarm(message).is_some() || kernel_messages::is_warning(message))
}

fn seconds(milliseconds: u64) -> f64 {
    Duration::from_millis(milliseconds).as_secs_f64()
}

/// A place on a scale.
struct Tick {
    percent: String,
    label: String,
    /// Which part of the label is at the place.
    anchor: &'static str,
}

/// Ticks at round numbers from 0 to at most `end`, about five, with `unit` behind the last.
fn ticks(end: f64, unit: &str) -> Vec<Tick> {
    let step = round_step(end / 5.0);
    let count = (end / step).floor();
    let decimals = if step < 1.0 {
        (-step.log10()).ceil() as usize
    } else {
        0
    };
    let mut ticks = Vec::new();
    let mut at = 0.0;
    while at <= count {
        let value = at * step;
        let anchor = match value {
            0.0 => "start",
            value if value > 0.9 * end => "end",
            _ => "middle",
        };
        let unit = if at == count { unit } else { "" };
        ticks.push(Tick {
            percent: percent(value, end),
            label: format!("{value:.decimals$}{unit}"),
            anchor,
        });
        at += 1.0;
    }
    ticks
}

/// The next of 1, 2, 5, 10, 20, … from `least` on.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

/// `value` in percent of `whole`, cut to what is drawn.
fn percent(value: f64, whole: f64) -> String {
    format!("{:.3}", (100.0 * value / whole).clamp(0.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_round_numbers() {
        let labels = |end| -> Vec<String> {
            let ticks = ticks(end, " s");
            ticks.into_iter().map(|tick| tick.label).collect()
        };
        assert_eq!(labels(0.7), ["0.0", "0.2", "0.4", "0.6 s"]);
        assert_eq!(labels(10.3), ["0", "5", "10 s"]);
        assert_eq!(
            labels(0.004),
            ["0.000", "0.001", "0.002", "0.003", "0.004 s"]
        );
        assert_eq!(labels(12_300.0), ["0", "5000", "10000 s"]);
    }
}
