//! Options of the commands that read the reports of earlier runs.

use std::path::PathBuf;

use clap::Args;

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
