//! `board-check completions`: what a shell completes.

use std::io;

use clap::CommandFactory as _;
use clap_complete::{generate, shells};

use super::outputs::write_or_closed;
use crate::cli::{Cli, CompletionsArgs, Shell};
use crate::exit::Exit;

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    match args.shell {
        Shell::Bash => generate(shells::Bash, &mut command, name, &mut text),
        Shell::Zsh => generate(shells::Zsh, &mut command, name, &mut text),
        Shell::Fish => generate(shells::Fish, &mut command, name, &mut text),
    }
    write_or_closed(&mut io::stdout(), &String::from_utf8(text)?)?;
    Ok(Exit::Pass)
}
