//! The formats of a report.

use std::fmt;
use std::str::FromStr;

use super::{Lab, Report, human, json, junit, ktap, page};

/// A format that a report can be written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// The tables for people, without colour.
    Human,
    /// All of it, for programs: `docs/json.md`.
    Json,
    /// For CI servers.
    Junit,
    /// For tools that read the kernel's test results.
    Ktap,
    /// A page for a browser.
    Html,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Human, Self::Json, Self::Junit, Self::Ktap, Self::Html];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Ktap => "ktap",
            Self::Html => "html",
        }
    }

    /// The report in this format.
    pub fn write(self, report: &Report) -> String {
        match self {
            Self::Human => anstream::adapter::strip_str(&human::write(report)).to_string(),
            Self::Json => json::write(report),
            Self::Junit => junit::write(&Lab::new(&[report], Vec::new())),
            Self::Ktap => ktap::write(report),
            Self::Html => page::write(&Lab::new(&[report], Vec::new())),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("no format \"{name}\"; there are {names}")
        })
    }
}
