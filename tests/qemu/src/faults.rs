//! The deliberate faults and the checks that must find them: `faults.toml`.

use std::collections::BTreeSet;

use serde::Deserialize;

/// One deliberate fault.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// For `--fault`.
    pub number: u32,
    /// What is done wrong.
    pub what: String,
    /// The checks that must fail, and no other.
    pub fails: BTreeSet<String>,
    /// The verdict that is due; FAIL where nothing is said.
    #[serde(default = "fail")]
    pub verdict: String,
    /// True if the machine is not fit for another run afterwards.
    #[serde(default)]
    pub spoils_the_boot: bool,
}

fn fail() -> String {
    "FAIL".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    fault: Vec<Fault>,
}

/// All faults.
///
/// # Panics
/// If `faults.toml` is not of the form.
pub fn all() -> Vec<Fault> {
    let list: List = toml::from_str(include_str!("../faults.toml")).expect("faults.toml is right");
    list.fault
}

/// The kind of a check: its name without the area.
pub fn kind(check: &str) -> String {
    let (suite, rest) = check.split_once('.').unwrap_or((check, ""));
    let (_area, what) = rest.split_once('.').unwrap_or(("", rest));
    format!("{suite}.{what}")
}
