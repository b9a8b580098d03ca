//! Options of the commands that read the reports of earlier runs.

use std::path::PathBuf;

use clap::Args;

use super::values::{Output, percent};
use crate::compare::TOLERANCE_PERCENT;

/// Options of `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Captures or JSON reports, one for each run
    #[arg(value_name = "CAPTURE|JSON", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Where to write the page; - is the standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
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
