//! What the checks of the suite `speed` measured, a line for each area.

use std::fmt::Write;

use super::CheckReport;

/// What is measured: the check, its figure, the head of the column.
const COLUMNS: [(&str, &str, &str); 5] = [
    ("read", "mean_mib_s", "read"),
    ("write", "mean_mib_s", "write"),
    ("copy", "mean_mib_s", "copy MiB/s"),
    ("latency", "mean_ns", "latency ns"),
    ("map", "mean_ns", "map ns/page"),
];

/// One figure.
struct Mean<'a> {
    area: &'a str,
    column: usize,
    mean: f64,
}

/// Appends the table, if something was measured.
pub(super) fn write(text: &mut String, checks: &[CheckReport]) {
    let means: Vec<Mean<'_>> = checks.iter().filter_map(mean).collect();
    let mut areas: Vec<&str> = Vec::new();
    for mean in &means {
        if !areas.contains(&mean.area) {
            areas.push(mean.area);
        }
    }
    if areas.is_empty() {
        return;
    }
    let mut line = |first: &str, figure: &dyn Fn(usize) -> String| {
        let figures: String = (0..COLUMNS.len()).map(figure).collect();
        let _ = writeln!(text, "    {first:14}{figures}");
    };
    line("speed", &|column| format!("{:>12}", COLUMNS[column].2));
    for area in areas {
        line(area, &|column| {
            let fits = |mean: &&Mean<'_>| mean.area == area && mean.column == column;
            match means.iter().find(fits) {
                Some(Mean { mean, .. }) => format!("{mean:>12.1}"),
                None => format!("{:>12}", "-"),
            }
        });
    }
    text.push('\n');
}

fn mean(check: &CheckReport) -> Option<Mean<'_>> {
    let (area, what) = check.name.strip_prefix("speed.")?.split_once('.')?;
    let column = COLUMNS.iter().position(|column| column.0 == what)?;
    Some(Mean {
        area,
        column,
        mean: check.figures.get(COLUMNS[column].1)?.as_f64()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::figures::figures;
    use super::super::{CheckReport, Ending};
    use super::*;

    #[test]
    fn what_was_measured_is_a_line_for_each_area() {
        let check = |name: &str, detail: &str| CheckReport {
            number: 1,
            name: name.to_owned(),
            outcome: Ending::Pass,
            milliseconds: Some(20),
            arrived_ms: Some(20),
            detail: Some(detail.to_owned()),
            figures: figures(detail),
        };
        let rows = [
            check("perm.vmalloc.mode", "mean_ns=1.0"),
            check("speed.vmalloc.read", "mean_mib_s=2492.8 stddev_mib_s=665.0"),
            check("speed.wc-nc.read", "mean_mib_s=12.0 stddev_mib_s=0.1"),
            check("speed.vmalloc.map", "mean_ns=10728.6 stddev_ns=7.5"),
            check("speed.wc-nc.map", "coarse-clock"),
        ];
        let mut text = String::new();
        write(&mut text, &rows);
        let words: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(words[1], ["vmalloc", "2492.8", "-", "-", "-", "10728.6"]);
        assert_eq!(words[2], ["wc-nc", "12.0", "-", "-", "-", "-"]);
        assert!(text.lines().all(|line| line.len() <= 80));

        text.clear();
        write(&mut text, &rows[..1]);
        assert_eq!(text, "");
    }
}
