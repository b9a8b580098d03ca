//! `board-check man`: the man pages, made from the command line itself.

use std::fs;
use std::io;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::outputs::write_or_closed;
use crate::cli::{Cli, ManArgs};
use crate::config::KEYS;
use crate::exit::{self, Exit};

pub(super) fn run(args: &ManArgs) -> anyhow::Result<Exit> {
    let pages = pages()?;
    match &args.dir {
        None => write_or_closed(&mut io::stdout(), &pages[0].1)?,
        Some(folder) => {
            for (name, text) in &pages {
                let path = folder.join(name);
                fs::write(&path, text)
                    .with_context(|| format!("Cannot write the man page {}", path.display()))?;
            }
        }
    }
    Ok(Exit::Pass)
}

/// Names and texts of all pages, that of the bare command first.
fn pages() -> anyhow::Result<Vec<(String, String)>> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let of_commands = command
        .get_subcommands()
        .map(|command| page(command, false));
    let of_commands: anyhow::Result<Vec<_>> = of_commands.collect();
    let mut pages = vec![page(&command, true)?];
    pages.extend(of_commands?);
    Ok(pages)
}

fn page(command: &Command, is_first: bool) -> anyhow::Result<(String, String)> {
    let man = Man::new(command.clone())
        .source(concat!("board-check ", env!("CARGO_PKG_VERSION")))
        .manual("board-check");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if is_first {
        man.render_subcommands_section(&mut text)?;
    }
    // The end of its help are its exit codes.
    if command.get_after_help().is_some() {
        exit_status(command.get_name()).to_writer(&mut text)?;
    }
    if is_first {
        for section in [environment(), files(), examples()] {
            section.to_writer(&mut text)?;
        }
    }
    Ok((man.get_filename(), String::from_utf8(text)?))
}

fn exit_status(name: &str) -> Roff {
    let mut roff = section("EXIT STATUS");
    for (exit, meaning) in exit::codes(name) {
        entry(&mut roff, &exit.code().to_string(), meaning);
    }
    roff
}

fn environment() -> Roff {
    let mut roff = section("ENVIRONMENT");
    for key in &KEYS {
        let about = format!("As --{}: {}.", key.name, key.about);
        entry(&mut roff, key.variable, &about);
    }
    let password = "The password of the user that --shell names.";
    entry(&mut roff, "BOARD_CHECK_PASSWORD", password);
    entry(&mut roff, "NO_COLOR", "If set, nothing is coloured.");
    roff
}

fn files() -> Roff {
    let mut roff = section("FILES");
    roff.text([roman(
        "Options that are not given come from the environment, then from the first file, then \
         from the second. They are TOML; their keys are",
    )]);
    for key in &KEYS {
        entry(&mut roff, key.name, key.about);
    }
    entry(&mut roff, "[ports]", "names for ports, for --port NAME");
    entry(
        &mut roff,
        "board-check.toml",
        "Settings of a project: in this folder or above it, up to the root of its repository or \
         to the home folder.",
    );
    entry(
        &mut roff,
        "~/.config/board-check/config.toml",
        "The user's own settings ($XDG_CONFIG_HOME).",
    );
    entry(
        &mut roff,
        "~/.local/state/board-check/captures/",
        "What went over the line, a file for each run ($XDG_STATE_HOME).",
    );
    roff
}

const EXAMPLES: [(&str, &str); 6] = [
    (
        "board-check --port /dev/ttyUSB0",
        "Run all checks and judge them.",
    ),
    (
        "board-check --port /dev/ttyUSB0 --only 'attr.*' --out json=report.json",
        "Run some of them, and keep the report.",
    ),
    (
        "board-check --port /dev/ttyUSB0 --until-fail",
        "Run after run, until one is no PASS.",
    ),
    (
        "board-check console --port /dev/ttyUSB0",
        "The board's console; Ctrl-] ends it.",
    ),
    (
        "board-check replay FILE",
        "Judge a capture again; no board is needed.",
    ),
    ("board-check config", "Where does this port come from?"),
];

fn examples() -> Roff {
    let mut roff = section("EXAMPLES");
    for (command, about) in EXAMPLES {
        entry(&mut roff, command, about);
    }
    roff
}

fn section(name: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [name]);
    roff
}

fn entry(roff: &mut Roff, name: &str, text: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(text)]);
}
