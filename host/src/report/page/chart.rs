//! Bars of what was measured.

use super::super::CheckReport;
use super::super::speed::{Measure, areas, measure};
use super::{Tick, percent, ticks};

/// Bars on one scale, which starts at 0.
pub(super) struct Chart<'a> {
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) better: &'static str,
    pub(super) ticks: Vec<Tick>,
    pub(super) areas: Vec<Area<'a>>,
}

/// The bars of one area.
pub(super) struct Area<'a> {
    pub(super) name: &'a str,
    pub(super) bars: Vec<Bar<'a>>,
}

/// A mean with its standard deviation; places and widths in percent.
pub(super) struct Bar<'a> {
    pub(super) check: &'a str,
    pub(super) what: &'static str,
    /// Which colour, from 1.
    pub(super) series: usize,
    pub(super) width: String,
    pub(super) low: String,
    pub(super) high: String,
    pub(super) mean: String,
    pub(super) deviation: String,
}

/// Title, unit, what is better, and what it has bars of.
type Kind = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const KINDS: [Kind; 3] = [
    (
        "Bandwidth",
        "MiB/s",
        "longer is faster",
        &["read", "write", "copy"],
    ),
    (
        "Latency of one read",
        "ns",
        "shorter is faster",
        &["latency"],
    ),
    (
        "Cost of mapping one page",
        "ns",
        "shorter is faster",
        &["map"],
    ),
];

/// The charts for which something was measured.
pub(super) fn charts(checks: &[CheckReport]) -> Vec<Chart<'_>> {
    let measures: Vec<Measure<'_>> = checks.iter().filter_map(measure).collect();
    KINDS
        .iter()
        .filter_map(|kind| chart(kind, &measures))
        .collect()
}

fn chart<'a>(&(title, unit, better, series): &Kind, measures: &[Measure<'a>]) -> Option<Chart<'a>> {
    let fits = |measure: &&Measure<'a>| series.contains(&measure.quantity.what);
    let measures: Vec<Measure<'a>> = measures.iter().filter(fits).copied().collect();
    let reach = measures
        .iter()
        .map(|measure| measure.mean + measure.deviation);
    let end = reach.fold(0.0, f64::max);
    if end <= 0.0 {
        return None;
    }
    let bar = |measure: &Measure<'a>| Bar {
        check: measure.check,
        what: measure.quantity.what,
        series: 1 + series
            .iter()
            .position(|what| *what == measure.quantity.what)
            .unwrap_or(0),
        width: percent(measure.mean, end),
        low: percent(measure.mean - measure.deviation, end),
        high: percent(measure.mean + measure.deviation, end),
        mean: format!("{:.1}", measure.mean),
        deviation: format!("{:.1}", measure.deviation),
    };
    let area = |name: &'a str| Area {
        name,
        bars: measures
            .iter()
            .filter(|measure| measure.area == name)
            .map(bar)
            .collect(),
    };
    Some(Chart {
        title,
        unit,
        better,
        ticks: ticks(end, ""),
        areas: areas(&measures).into_iter().map(area).collect(),
    })
}
