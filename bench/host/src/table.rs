//! Figures and budgets as a table, for the terminal and for docs/performance.md.

/// Something that was measured, and how much of it there may be.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) measured: String,
    pub(crate) budget: String,
    pub(crate) met: bool,
}

pub(crate) fn write(figures: &[Figure]) -> String {
    let mut rows = vec![["figure", "measured", "budget", "met"], ["---"; 4]];
    for figure in figures {
        let met = if figure.met { "yes" } else { "NO" };
        rows.push([&figure.what, &figure.measured, &figure.budget, met]);
    }
    let line = |row: &[&str; 4]| format!("| {} |\n", row.join(" | "));
    rows.iter().map(line).collect()
}
