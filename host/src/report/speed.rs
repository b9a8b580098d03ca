//! What the checks of the suite `speed` measured.

use std::fmt::Write;

use super::{CheckReport, Ending};

/// What is measured of each area.
#[derive(Debug, Eq, PartialEq)]
pub struct Quantity {
    /// The last word of the check's name.
    pub what: &'static str,
    /// The unit.
    pub unit: &'static str,
    /// The unit in the keys of the figures: `mean_…`, `stddev_…`.
    key: &'static str,
    /// Head of its column in the table for people.
    head: &'static str,
    /// True if more is better.
    pub more_is_better: bool,
}

/// In the order of the table.
pub const QUANTITIES: [Quantity; 5] = [
    Quantity {
        what: "read",
        unit: "MiB/s",
        key: "mib_s",
        head: "read",
        more_is_better: true,
    },
    Quantity {
        what: "write",
        unit: "MiB/s",
        key: "mib_s",
        head: "write",
        more_is_better: true,
    },
    Quantity {
        what: "copy",
        unit: "MiB/s",
        key: "mib_s",
        head: "copy MiB/s",
        more_is_better: true,
    },
    Quantity {
        what: "latency",
        unit: "ns",
        key: "ns",
        head: "latency ns",
        more_is_better: false,
    },
    Quantity {
        what: "map",
        unit: "ns",
        key: "ns",
        head: "map ns/page",
        more_is_better: false,
    },
];

/// What one check measured.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'a> {
    /// The check.
    pub check: &'a str,
    /// Its area.
    pub area: &'a str,
    /// Of what.
    pub quantity: &'static Quantity,
    /// The mean of all rounds.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
}

/// What `check` measured, if it did.
pub fn measure(check: &CheckReport) -> Option<Measure<'_>> {
    let (area, what) = check.name.strip_prefix("speed.")?.split_once('.')?;
    let quantity = QUANTITIES.iter().find(|quantity| quantity.what == what)?;
    let figure = |kind: &str| {
        let figure = check.figures.get(&format!("{kind}_{}", quantity.key))?;
        figure
            .as_f64()
            .filter(|figure| figure.is_finite() && *figure >= 0.0)
    };
    // A check that fails may have measured something else.
    (check.outcome == Ending::Pass).then_some(())?;
    Some(Measure {
        check: &check.name,
        area,
        quantity,
        mean: figure("mean")?,
        deviation: figure("stddev").unwrap_or(0.0),
    })
}

/// The areas of `measures`, each once, in order.
pub(super) fn areas<'a>(measures: &[Measure<'a>]) -> Vec<&'a str> {
    let mut areas: Vec<&str> = Vec::new();
    for measure in measures {
        if !areas.contains(&measure.area) {
            areas.push(measure.area);
        }
    }
    areas
}

/// Appends a line for each area, if something was measured.
pub(super) fn write(text: &mut String, checks: &[CheckReport]) {
    let measures: Vec<Measure<'_>> = checks.iter().filter_map(measure).collect();
    if measures.is_empty() {
        return;
    }
    let mut line = |first: &str, cell: &dyn Fn(&'static Quantity) -> String| {
        let cells: String = QUANTITIES.iter().map(cell).collect();
        let _ = writeln!(text, "    {first:14}{cells}");
    };
    line("speed", &|quantity| format!("{:>12}", quantity.head));
    for area in areas(&measures) {
        line(area, &|quantity| {
            let fits =
                |measure: &&Measure<'_>| measure.area == area && measure.quantity == quantity;
            match measures.iter().find(fits) {
                Some(Measure { mean, .. }) => format!("{mean:>12.1}"),
                None => format!("{:>12}", "-"),
            }
        });
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::figures::figures;
    use super::*;

    #[test]
    fn what_was_measured_is_a_line_for_each_area() {
        let check = |name: &str, outcome, detail: &str| CheckReport {
            number: 1,
            name: name.to_owned(),
            outcome,
            milliseconds: Some(20),
            arrived_ms: Some(20),
            detail: Some(detail.to_owned()),
            figures: figures(detail),
        };
        let checks = [
            check("perm.vmalloc.mode", Ending::Pass, "mean_ns=1.0"),
            check(
                "speed.vmalloc.read",
                Ending::Pass,
                "mean_mib_s=2492.8 stddev_mib_s=665.0",
            ),
            check(
                "speed.wc-nc.read",
                Ending::Pass,
                "mean_mib_s=12.0 stddev_mib_s=0.1",
            ),
            check(
                "speed.vmalloc.map",
                Ending::Pass,
                "mean_ns=10728.6 stddev_ns=7.5",
            ),
            check("speed.wc-nc.copy", Ending::Fail, "mean_mib_s=3.0"),
            check("speed.wc-nc.map", Ending::Skip, "coarse-clock"),
        ];
        let mut text = String::new();
        write(&mut text, &checks);
        let words: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(words[1], ["vmalloc", "2492.8", "-", "-", "-", "10728.6"]);
        assert_eq!(words[2], ["wc-nc", "12.0", "-", "-", "-", "-"]);
        assert!(text.lines().all(|line| line.len() <= 80));

        text.clear();
        write(&mut text, &checks[..1]);
        assert_eq!(text, "");
    }
}
