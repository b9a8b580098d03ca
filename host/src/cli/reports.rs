//! Options of the commands that need no board: lists, reports of earlier runs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{Output, patterns, percent};
use crate::compare::TOLERANCE_PERCENT;

/// Options of `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Captures and JSON reports, or folders of them
    #[arg(value_name = "CAPTURE|JSON|FOLDER", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Write a page (html) or the results for a CI server
    /// (junit); the file - is the standard output
    #[arg(
        verbatim_doc_comment,
        long = "out",
        value_name = "FORMAT=FILE",
        required = true
    )]
    pub outputs: Vec<Output>,
}

/// Options of `compare`.
#[derive(Args, Debug)]
pub struct CompareArgs {
    /// The earlier run: its capture or JSON report
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// The later run, likewise
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// By how much a speed may be worse
    #[arg(long = "tolerance", value_name = "PERCENT", value_parser = percent, default_value_t = TOLERANCE_PERCENT)]
    pub tolerance_percent: f64,
    /// Write the comparison as JSON, too; the file - is
    /// the standard output
    #[arg(verbatim_doc_comment, long = "out", value_name = "json=FILE")]
    pub outputs: Vec<Output>,
}

/// Options of `list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// names, one a line, or json
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "names",
        hide_possible_values = true
    )]
    pub format: ListFormat,
    /// Only the checks that fit one of these patterns
    #[arg(long, value_name = "PATTERNS", value_parser = patterns)]
    pub only: Option<String>,
    /// Not the checks that fit one of these patterns
    #[arg(long, value_name = "PATTERNS", value_parser = patterns)]
    pub skip: Option<String>,
    /// Say which of them may be skipped on this board: its
    /// name, or the path of a board.toml
    #[arg(long, verbatim_doc_comment, value_name = "NAME|FILE")]
    pub board: Option<String>,
}

/// Options of `lava-job`.
#[derive(Args, Debug)]
pub struct LavaJobArgs {
    /// The board: its name, or the path of a board.toml
    #[arg(value_name = "NAME|FILE")]
    pub board: String,
}

/// How `list` names the checks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ListFormat {
    /// One a line.
    #[value(help = None::<&str>)]
    Names,
    /// A list of objects.
    #[value(help = None::<&str>)]
    Json,
}
