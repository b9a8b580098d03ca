//! The command line: which commands there are. `cli/` has their options.

use clap::error::{Error, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{ConfigError, Places, Settings};
use crate::exit;

mod about;
mod line;
mod reports;
mod run;
mod start;
pub(crate) mod values;

pub use about::{CompletionsArgs, ManArgs, Shell};
pub use line::LineArgs;
pub use reports::{CompareArgs, LavaJobArgs, ListArgs, ListFormat, ReportArgs};
pub use run::{CaptureArgs, ChecksArgs, ConsoleArgs, OffArgs, OutputArgs, ReplayArgs, RunArgs};
pub use start::StartArgs;
pub use values::Output;

/// Runs the checks of a board over its serial console and gives a verdict
// The help is laid out by hand for 80 columns: clap would need another crate for that.
#[derive(Debug, Parser)]
#[command(
    name = "board-check",
    version,
    override_usage = "board-check --port PORT [OPTIONS]\n       board-check COMMAND",
    after_help = exit::table("board-check")
)]
pub struct Cli {
    /// What to do instead of running the checks.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The run.
    #[command(flatten)]
    pub run: RunArgs,
    /// Colour: always, never, or auto: by what terminal,
    /// NO_COLOR and CLICOLOR_FORCE say
    #[arg(
        long,
        verbatim_doc_comment,
        value_name = "WHEN",
        global = true,
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "The output"
    )]
    pub color: ColorChoice,
}

/// What to do instead of running the checks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a capture again
    #[command(after_help = exit::table("replay"))]
    Replay(ReplayArgs),
    /// Say what got worse between two runs of a board
    #[command(after_help = exit::table("compare"))]
    Compare(CompareArgs),
    /// Make a page of one run or several, for a browser
    Report(ReportArgs),
    /// Be the board's console, with a verified run
    #[command(after_help = exit::table("console"))]
    Console(ConsoleArgs),
    /// Name the checks of this release
    List(ListArgs),
    /// Write a job for LAVA that misses what a board does not say
    LavaJob(LavaJobArgs),
    /// List the serial ports of this PC
    Ports,
    /// Power the board off
    #[command(after_help = exit::table("off"))]
    Off(OffArgs),
    /// Show the settings and where each comes from
    Config,
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Print the man page, or write all of them
    Man(ManArgs),
}

impl Cli {
    /// The options of a command that reaches a board.
    fn line(&mut self) -> Option<&mut LineArgs> {
        match &mut self.command {
            None => Some(&mut self.run.line),
            Some(Command::Console(console)) => Some(&mut console.line),
            Some(Command::Off(off)) => Some(&mut off.line),
            Some(_) => None,
        }
    }
}

/// Reads the command line, and the settings if the command reaches a board; ends the
/// process on a wrong command line, and after `--help`.
///
/// # Errors
/// When the settings cannot be used.
pub fn parse() -> Result<Cli, ConfigError> {
    let mut cli = read(&Cli::command().get_matches()).unwrap_or_else(|error| error.exit());
    if cli.line().is_none() {
        return Ok(cli);
    }
    let settings = Settings::load(&Places::of_process())?;
    let matches = settings.apply(Cli::command()).get_matches();
    let mut cli = read(&matches).unwrap_or_else(|error| error.exit());
    if let Some(line) = cli.line() {
        line.use_names(&settings);
        if line.port.is_none() {
            let text = "--port PORT is needed; `board-check ports` lists those that are there";
            Cli::command()
                .error(ErrorKind::MissingRequiredArgument, text)
                .exit();
        }
    }
    Ok(cli)
}

/// Options of the run before another command would be without effect, so they are refused.
/// (clap's own `args_conflicts_with_subcommands` refuses `--color` there, too.)
fn read(matches: &ArgMatches) -> Result<Cli, Error> {
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    if let Some(name) = matches.subcommand_name()
        && matches.ids().any(|id| given(id.as_str()))
    {
        let mut command = Cli::command();
        command.build();
        let mut arguments = command.get_arguments();
        let lost = arguments
            .find(|argument| given(argument.get_id().as_str()) && !argument.is_global_set());
        if let Some(lost) = lost {
            let text = format!("'{lost}' is no option of '{name}', or has to follow it");
            return Err(Cli::command().error(ErrorKind::ArgumentConflict, text));
        }
    }
    Cli::from_arg_matches(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_before_a_command_are_those_of_all_commands() {
        let parse = |words: &str| {
            let words = words.split(' ');
            read(&Cli::command().try_get_matches_from(words).unwrap())
        };
        let cli = parse("board-check --color never replay x").unwrap();
        assert_eq!(cli.color, ColorChoice::Never);
        for words in ["--port x replay y", "--until-fail ports", "--repeat 2 list"] {
            let error = parse(&format!("board-check {words}")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
            let option = words.split(' ').next().unwrap();
            assert!(error.to_string().contains(option), "{error}");
        }
    }

    #[test]
    fn the_default_of_the_timeout_is_that_of_the_list() {
        let cli = Cli::parse_from(["board-check", "--port", "x"]);
        assert_eq!(cli.run.line.patience, crate::timeouts::PATIENCE);
    }
}
