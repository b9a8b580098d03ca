//! One file for each command.

use std::io::Write as _;

use clap::ColorChoice;

use crate::cli::{Cli, Command};
use crate::escape::printable;
use crate::exit::Exit;

mod baseline;
mod compare;
mod completions;
mod config;
mod console;
mod folder;
mod judged;
mod lava_job;
mod list;
mod load;
mod man;
mod off;
mod outputs;
mod ports;
mod repeat;
mod replay;
mod report;
mod run;
mod stop;
mod task;

/// Carries out a command line.
///
/// # Errors
/// When the command cannot be carried out; [`Exit::of`] has the exit code.
pub fn run(cli: Cli) -> anyhow::Result<Exit> {
    let color = match cli.color {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    color.write_global();
    match cli.command {
        None => run::run(&cli.run),
        Some(Command::Replay(args)) => replay::run(&args),
        Some(Command::Compare(args)) => compare::run(&args),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Console(args)) => console::run(&args),
        Some(Command::List(args)) => list::run(&args),
        Some(Command::LavaJob(args)) => lava_job::run(&args),
        Some(Command::Ports) => ports::run(),
        Some(Command::Off(args)) => off::run(&args),
        Some(Command::Config) => config::run(),
        Some(Command::Completions(args)) => completions::run(&args),
        Some(Command::Man(args)) => man::run(&args),
    }
}

/// Says a sentence to people, on the standard error output. Whether anybody is left to
/// read it has no say in the exit code.
pub fn say(sentence: &str) {
    let _ = writeln!(anstream::stderr(), "board-check: {}", printable(sentence));
}

/// A random number that is not 0.
fn nonce() -> u64 {
    loop {
        // Only a kernel without getrandom, older than 3.17, lacks random numbers.
        let nonce = getrandom::u64().expect("the system has random numbers");
        if nonce != 0 {
            return nonce;
        }
    }
}
