//! The report as JSON; `docs/json.md` describes it.

use super::Report;

/// The report as text, with a line feed at its end.
pub fn write(report: &Report) -> String {
    let text = serde_json::to_string_pretty(report).expect("its keys are strings");
    text + "\n"
}
