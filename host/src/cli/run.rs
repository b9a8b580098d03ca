//! Options of a run, and of the commands that do a part of what it does.

use std::path::PathBuf;

use clap::Args;

use super::values::{Output, patterns, percent, place};
use super::{LineArgs, StartArgs};
use crate::compare::TOLERANCE_PERCENT;
use crate::request::RunRequest;

/// Options of a run.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// How to reach the board.
    #[command(flatten)]
    pub line: LineArgs,
    /// What is done first.
    #[command(flatten)]
    pub start: StartArgs,
    /// What to run.
    #[command(flatten)]
    pub checks: ChecksArgs,
    /// Run this often, one run after the other
    #[arg(long, value_name = "N", help_heading = "The run", conflicts_with = "baseline", value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: Option<u32>,
    /// Run until a run is no PASS
    #[arg(long, help_heading = "The run", conflicts_with = "baseline")]
    pub until_fail: bool,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Where the capture goes.
    #[command(flatten)]
    pub capture: CaptureArgs,
}

/// What to run, and by which rules to judge it.
#[derive(Args, Debug)]
#[command(next_help_heading = "The run")]
pub struct ChecksArgs {
    /// Run only the checks that fit one of these patterns,
    /// such as data.*,seed.vmalloc.*
    #[arg(long, verbatim_doc_comment, value_name = "PATTERNS", value_parser = patterns)]
    pub only: Option<String>,
    /// Leave out the checks that fit one of these patterns
    #[arg(long, value_name = "PATTERNS", value_parser = patterns)]
    pub skip: Option<String>,
    /// Rules of the board: its name, or the path of a
    /// board.toml [default: the name that the image gives]
    #[arg(long, verbatim_doc_comment, value_name = "NAME|FILE")]
    pub board: Option<String>,
    /// What the lab calls this board, for reports of many
    #[arg(long, value_name = "NAME", value_parser = place)]
    pub place: Option<String>,
    /// Ask for this deliberate fault; needs an image that
    /// was built for it
    #[arg(
        long,
        verbatim_doc_comment,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub fault: u32,
}

/// Where the report goes.
#[derive(Args, Debug)]
#[command(next_help_heading = "The output")]
pub struct OutputArgs {
    /// Write the report in this format, too: human, json,
    /// junit, ktap or html; several times if need be. The
    /// file - is the standard output
    #[arg(verbatim_doc_comment, long = "out", value_name = "FORMAT=FILE")]
    pub outputs: Vec<Output>,
    /// Compare with an earlier run: its capture or JSON
    /// report; a PASS that is worse ends with 1
    #[arg(long, verbatim_doc_comment, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// By how much a speed may be worse than in the
    /// baseline
    #[arg(verbatim_doc_comment, long = "tolerance", value_name = "PERCENT", requires = "baseline", value_parser = percent, default_value_t = TOLERANCE_PERCENT)]
    pub tolerance_percent: f64,
}

/// Where the capture goes.
#[derive(Args, Debug)]
#[command(next_help_heading = "The output")]
pub struct CaptureArgs {
    /// Where to keep what went over the line; a file that
    /// is there is replaced [default: a new file in
    /// ~/.local/state/board-check/captures]. With several
    /// runs {run} in a name is the number of the run
    #[arg(verbatim_doc_comment, long = "capture", value_name = "FILE")]
    pub path: Option<PathBuf>,
}

/// Options of `console`.
#[derive(Args, Debug)]
pub struct ConsoleArgs {
    /// How to reach the board.
    #[command(flatten)]
    pub line: LineArgs,
    /// What is done first.
    #[command(flatten)]
    pub start: StartArgs,
    /// What to run.
    #[command(flatten)]
    pub checks: ChecksArgs,
    /// Where the capture goes.
    #[command(flatten)]
    pub capture: CaptureArgs,
}

/// Options of `replay`.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// A capture, or a log of another tool (which is never a PASS)
    pub capture: PathBuf,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Options of `off`.
#[derive(Args, Debug)]
pub struct OffArgs {
    /// How to reach the board.
    #[command(flatten)]
    pub line: LineArgs,
}

impl ChecksArgs {
    /// What the options ask for.
    pub fn request(&self) -> RunRequest {
        RunRequest {
            only: self.only.clone(),
            skip: self.skip.clone(),
            fault: self.fault,
        }
    }
}
