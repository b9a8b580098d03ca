//! The part of the page that is about many runs: which board is how, what changed, and
//! where boards differ.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use super::{Counts, NOTHING, outcome, sign, started};
use crate::compare::{Change, Direction};
use crate::judge::Verdict;
use crate::report::speed::measure;
use crate::report::{Ending, Lab, Place, Report, Unread};

/// Runs of a board that are drawn, the newest ones.
const DRAWN_MAX: usize = 30;

/// Changes of a board that are listed, the worst ones.
const CHANGES_MAX: usize = 20;

/// All runs, in the words of the page: `templates/lab.html`.
#[derive(Template)]
#[template(path = "lab.html")]
pub(super) struct Overview<'a> {
    pub(super) title: String,
    verdicts: Vec<Verdicts>,
    boards: Vec<BoardRow<'a>>,
    changes: Vec<Changes<'a>>,
    names: Vec<&'a str>,
    differing: Vec<CheckCells<'a>>,
    flaky: Vec<FlakyRow<'a>>,
    speeds: Vec<SpeedRow>,
    /// The newest first.
    earlier: Vec<EarlierRow<'a>>,
    unread: &'a [Unread],
}

/// How many boards have this verdict.
struct Verdicts {
    mark: Mark,
    boards: usize,
}

/// A verdict, never told by its colour alone.
struct Mark {
    class: &'static str,
    sign: &'static str,
    word: String,
}

struct BoardRow<'a> {
    id: usize,
    name: &'a str,
    /// As the image names it, if the lab calls it something else.
    image: Option<&'a str>,
    mark: Mark,
    report: &'a Report,
    counts: Counts,
    history: Vec<Dot>,
    /// Older runs that are not drawn.
    older: usize,
    since_before: String,
    started: String,
}

/// A run in the history of a board.
struct Dot {
    mark: Mark,
    title: String,
}

struct Changes<'a> {
    name: &'a str,
    sentence: String,
    shown: Vec<Change>,
    more: usize,
}

/// How a check ended on each board.
struct CheckCells<'a> {
    name: &'a str,
    cells: Vec<Cell<'a>>,
}

struct Cell<'a> {
    of: &'a str,
    class: &'static str,
    sign: &'static str,
    word: String,
}

struct FlakyRow<'a> {
    board: &'a str,
    check: &'a str,
    passed: usize,
    runs: usize,
}

struct SpeedRow {
    what: String,
    unit: &'static str,
    means: Vec<String>,
}

struct EarlierRow<'a> {
    name: &'a str,
    mark: Mark,
    reason: &'a str,
    started: String,
    capture: &'a str,
}

impl<'a> Overview<'a> {
    pub(super) fn new(lab: &'a Lab<'a>) -> Self {
        let names: Vec<&str> = lab.places.iter().map(|place| place.name.as_str()).collect();
        let runs: usize = lab.places.iter().map(|place| place.runs.len()).sum();
        let boards = lab.places.len();
        let plural = |count| if count == 1 { "" } else { "s" };
        Self {
            title: match boards {
                1 => format!("{}, {runs} run{}", names[0], plural(runs)),
                _ => format!("{boards} boards, {runs} run{}", plural(runs)),
            },
            verdicts: verdicts(lab),
            boards: (1..)
                .zip(&lab.places)
                .map(|(id, place)| board(id, place))
                .collect(),
            changes: lab.places.iter().filter_map(changes).collect(),
            differing: differing(lab),
            flaky: lab.places.iter().flat_map(flaky).collect(),
            speeds: speeds(lab),
            earlier: earlier(lab),
            unread: &lab.unread,
            names,
        }
    }
}

impl Mark {
    fn new(report: &Report) -> Self {
        let mut word = report.verdict.to_string();
        if report.subset {
            word.push_str(" of a subset");
        }
        Self::of(report.verdict, word)
    }

    fn of(verdict: Verdict, word: String) -> Self {
        let (class, sign) = sign(verdict);
        Self { class, sign, word }
    }
}

/// The worst one first.
fn verdicts(lab: &Lab<'_>) -> Vec<Verdicts> {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for place in &lab.places {
        *counts.entry(place.latest().verdict).or_default() += 1;
    }
    let of = |(verdict, boards): (Verdict, usize)| Verdicts {
        mark: Mark::of(verdict, verdict.to_string()),
        boards,
    };
    counts.into_iter().rev().map(of).collect()
}

fn board<'a>(id: usize, place: &'a Place<'a>) -> BoardRow<'a> {
    let report = place.latest();
    let older = place.runs.len().saturating_sub(DRAWN_MAX);
    let dot = |run: &&Report| Dot {
        mark: Mark::new(run),
        title: format!("{} {} {}", started(run), run.verdict, run.reason),
    };
    BoardRow {
        id,
        name: &place.name,
        image: report.board.as_deref().filter(|board| *board != place.name),
        mark: Mark::new(report),
        report,
        counts: Counts::of(&report.checks),
        history: place.runs[older..].iter().map(dot).collect(),
        older,
        since_before: since_before(place),
        started: started(report),
    }
}

/// What a comparison with the run before comes to, in a few words.
fn since_before(place: &Place<'_>) -> String {
    let comparison = match place.since_before() {
        None => return "the first run".to_owned(),
        Some(Err(_)) => return "cannot be compared".to_owned(),
        Some(Ok(comparison)) => comparison,
    };
    let directions = [Direction::Worse, Direction::Other, Direction::Better];
    let count = |direction| {
        let is = |change: &&Change| change.direction == direction;
        match comparison.changes.iter().filter(is).count() {
            0 => None,
            count => Some(format!("{count} {direction}")),
        }
    };
    let counts: Vec<String> = directions.into_iter().filter_map(count).collect();
    match (counts.is_empty(), comparison.notes.is_empty()) {
        (true, true) => "nothing".to_owned(),
        (true, false) => "not all can be told".to_owned(),
        (false, _) => counts.join(", "),
    }
}

fn changes<'a>(place: &'a Place<'a>) -> Option<Changes<'a>> {
    let (sentence, mut shown) = match place.since_before()? {
        Err(reason) => (reason.to_string(), Vec::new()),
        Ok(comparison) if comparison.changes.is_empty() && comparison.notes.is_empty() => {
            return None;
        }
        Ok(comparison) => {
            let notes = comparison.notes.iter().map(String::as_str);
            let sentence = comparison.sentence();
            let sentences: Vec<&str> = [sentence.as_str()].into_iter().chain(notes).collect();
            (sentences.join(" "), comparison.changes)
        }
    };
    let more = shown.len().saturating_sub(CHANGES_MAX);
    shown.truncate(CHANGES_MAX);
    Some(Changes {
        name: &place.name,
        sentence,
        shown,
        more,
    })
}

/// The checks that failed on a board, or were skipped on some and passed on others. A run
/// that was cut short says nothing of the rest: its row tells it.
fn differing<'a>(lab: &'a Lab<'a>) -> Vec<CheckCells<'a>> {
    let mut checks: Vec<&str> = Vec::new();
    let mut known = BTreeSet::new();
    let mut ends: BTreeMap<(&str, usize), Ending> = BTreeMap::new();
    for (column, place) in lab.places.iter().enumerate() {
        for check in &place.latest().checks {
            if known.insert(check.name.as_str()) {
                checks.push(&check.name);
            }
            ends.insert((&check.name, column), check.outcome);
        }
    }
    let of = |name: &str, column| ends.get(&(name, column)).copied();
    let columns = || 0..lab.places.len();
    let has = |name: &str, ending| columns().any(|column| of(name, column) == Some(ending));
    let mut differing: Vec<&str> = checks
        .into_iter()
        .filter(|name| {
            has(name, Ending::Fail) || has(name, Ending::Skip) && has(name, Ending::Pass)
        })
        .collect();
    differing.sort_by_key(|name| !has(name, Ending::Fail));
    let cells = |name: &'a str| CheckCells {
        name,
        cells: columns()
            .map(|column| {
                let ending = of(name, column);
                let (class, sign) = ending.map_or(("", NOTHING), outcome);
                Cell {
                    of: &lab.places[column].name,
                    class,
                    sign,
                    word: ending.map_or(String::new(), |ending| ending.to_string()),
                }
            })
            .collect(),
    };
    differing.into_iter().map(cells).collect()
}

fn flaky<'a>(place: &'a Place<'a>) -> impl Iterator<Item = FlakyRow<'a>> {
    place.flaky().into_iter().map(|flaky| FlakyRow {
        board: &place.name,
        check: flaky.name,
        passed: flaky.passed,
        runs: flaky.passed + flaky.failed,
    })
}

/// Of the latest runs, in the order of the checks.
fn speeds(lab: &Lab<'_>) -> Vec<SpeedRow> {
    let mut rows: Vec<(&str, SpeedRow)> = Vec::new();
    let columns = lab.places.len();
    for (column, place) in lab.places.iter().enumerate() {
        for measure in place.latest().checks.iter().filter_map(measure) {
            let at = rows.iter().position(|(check, _)| *check == measure.check);
            let at = at.unwrap_or_else(|| {
                let row = SpeedRow {
                    what: format!("{} {}", measure.area, measure.quantity.what),
                    unit: measure.quantity.unit,
                    means: vec![NOTHING.to_owned(); columns],
                };
                rows.push((measure.check, row));
                rows.len() - 1
            });
            rows[at].1.means[column] = format!("{:.1}", measure.mean);
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

fn earlier<'a>(lab: &'a Lab<'a>) -> Vec<EarlierRow<'a>> {
    let mut runs: Vec<(&str, &Report)> = Vec::new();
    for place in &lab.places {
        let before = &place.runs[..place.runs.len() - 1];
        runs.extend(before.iter().map(|run| (place.name.as_str(), *run)));
    }
    runs.sort_by_key(|(_, run)| run.started.as_deref());
    let row = |(name, report): (&'a str, &'a Report)| EarlierRow {
        name,
        mark: Mark::new(report),
        reason: &report.reason,
        started: started(report),
        capture: report.capture.as_deref().unwrap_or_default(),
    };
    runs.into_iter().rev().map(row).collect()
}
