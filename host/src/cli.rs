//! The command line: which commands there are. `cli/` has their options.

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

use crate::exit;

mod line;
mod run;
mod values;

pub use line::LineArgs;
pub use run::{ChecksArgs, OffArgs, OutputArgs, ReplayArgs, RunArgs};
pub use values::Output;

/// Runs the checks of a board over its serial console and gives a verdict
// The help is laid out by hand for 80 columns: clap would need another crate for that.
#[derive(Debug, Parser)]
#[command(
    name = "board-check",
    version,
    override_usage = "board-check --port PORT [OPTIONS]\n       board-check COMMAND",
    after_help = exit::table(),
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
    #[command(after_help = exit::table())]
    Replay(ReplayArgs),
    /// Name the checks of this release, one per line
    List,
    /// Power the board off
    #[command(after_help = exit::table())]
    Off(OffArgs),
}

/// Reads the command line; ends the process on a wrong one, and after `--help`.
pub fn parse() -> Cli {
    let cli = Cli::parse();
    let line = match &cli.command {
        None => Some(&cli.run.line),
        Some(Command::Off(off)) => Some(&off.line),
        Some(Command::Replay(_) | Command::List) => None,
    };
    if line.is_some_and(|line| line.port.is_none()) {
        let text = "--port PORT is needed; `ls /dev/serial/by-id` shows the ports that are there";
        Cli::command()
            .error(ErrorKind::MissingRequiredArgument, text)
            .exit();
    }
    cli
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
}
