//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, error::ErrorKind};

use crate::exit::TABLE;
use crate::request::RunRequest;

/// Runs the checks of a board over its serial console and gives a verdict
// The help is laid out by hand for 80 columns: clap would need another crate for that.
#[derive(Debug, Parser)]
#[command(
    name = "board-check",
    version,
    override_usage = "board-check --port PATH [OPTIONS]\n       board-check COMMAND",
    after_help = TABLE,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to do instead of running the checks.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What to do instead of running the checks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a capture again
    #[command(after_help = TABLE)]
    Replay(ReplayArgs),
    /// Name the checks of this release, one per line
    List,
    /// Power the board off
    #[command(after_help = TABLE)]
    Off(OffArgs),
}

/// How to reach the board.
#[derive(Args, Debug)]
pub struct LineArgs {
    /// Speed of the port, in bit/s
    #[arg(long = "baud", value_name = "N", default_value_t = 115_200, value_parser = clap::value_parser!(u32).range(50..))]
    pub baud_bits_per_second: u32,
    /// Longest wait for the board to be ready, and then
    /// for each new result, in seconds
    #[arg(verbatim_doc_comment, long = "timeout", value_name = "S", value_parser = seconds, default_value = "30")]
    pub patience: Duration,
}

/// Options of a run.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Serial port of the board's console (/dev/ttyUSB0)
    #[arg(long, value_name = "PATH")]
    pub port: Option<PathBuf>,
    /// How to reach the board.
    #[command(flatten)]
    pub line: LineArgs,
    /// Rules of the board: its name, or the path of a
    /// board.toml [default: the name that the image gives]
    #[arg(long, verbatim_doc_comment, value_name = "NAME|FILE")]
    pub board: Option<String>,
    /// Run only the checks that fit one of these patterns,
    /// such as data.*,seed.vmalloc.*
    #[arg(long, verbatim_doc_comment, value_name = "PATTERNS", value_parser = patterns)]
    pub only: Option<String>,
    /// Leave out the checks that fit one of these patterns
    #[arg(long, value_name = "PATTERNS", value_parser = patterns)]
    pub skip: Option<String>,
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
    /// Write the report as JSON, too; the file - is the
    /// standard output
    #[arg(long, verbatim_doc_comment, value_name = "json=FILE", value_parser = output)]
    pub out: Option<PathBuf>,
    /// Where to keep what went over the line; a file that
    /// is there is replaced [default: a new file in
    /// ~/.local/state/board-check/captures]
    #[arg(long, verbatim_doc_comment, value_name = "FILE")]
    pub capture: Option<PathBuf>,
}

/// Options of `replay`.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// A capture, or a log of another tool (which is never a PASS)
    pub capture: PathBuf,
    /// Write the report as JSON, too; the file - is the
    /// standard output
    #[arg(long, verbatim_doc_comment, value_name = "json=FILE", value_parser = output)]
    pub out: Option<PathBuf>,
}

/// Options of `off`.
#[derive(Args, Debug)]
pub struct OffArgs {
    /// Serial port of the board's console
    #[arg(long, value_name = "PATH")]
    pub port: PathBuf,
    /// How to reach the board.
    #[command(flatten)]
    pub line: LineArgs,
}

/// Reads the command line; ends the process on a wrong one, and after `--help`.
pub fn parse() -> Cli {
    let cli = Cli::parse();
    if cli.command.is_none() && cli.run.port.is_none() {
        let text = "--port PATH is needed; `ls /dev/serial/by-id` shows the ports that are there";
        Cli::command()
            .error(ErrorKind::MissingRequiredArgument, text)
            .exit();
    }
    cli
}

impl RunArgs {
    /// What the options ask for.
    pub fn request(&self) -> RunRequest {
        RunRequest {
            only: self.only.clone(),
            skip: self.skip.clone(),
            fault: self.fault,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    let most = Duration::from_secs(24 * 60 * 60);
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|&duration| duration > Duration::ZERO && duration <= most)
        .ok_or_else(|| "must be more than 0 and at most a day".to_owned())
}

fn patterns(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_graphic();
    match !text.is_empty() && text.bytes().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("patterns are separated by commas, without spaces".to_owned()),
    }
}

fn output(text: &str) -> Result<PathBuf, String> {
    match text.split_once('=') {
        Some(("json", file)) if !file.is_empty() => Ok(file.into()),
        Some(("json", _)) => Err("the file is missing, as in json=report.json".to_owned()),
        Some((format, _)) => Err(format!("no format \"{format}\"; there is json")),
        None => Err("is FORMAT=FILE, as in json=report.json".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_default_of_the_timeout_is_that_of_the_list() {
        let cli = Cli::parse_from(["board-check", "--port", "x"]);
        assert_eq!(cli.run.line.patience, crate::timeouts::PATIENCE);
    }

    #[test]
    fn values_that_cannot_be_meant_are_refused() {
        for text in ["0", "-1", "x", "inf", "1e30"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(patterns("seed.* data.*").is_err());
        assert!(output("xml=x").is_err());
        assert!(output("x.json").is_err());
        assert_eq!(output("json=-"), Ok("-".into()));
    }
}
