//! The `board-check` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use board_check::{cli, cmd, exit::Exit};

fn main() -> ExitCode {
    match cli::parse().map_err(Into::into).and_then(cmd::run) {
        Ok(exit) => exit.into(),
        Err(error) => {
            cmd::say(&format!("{error:#}"));
            Exit::of(&error).into()
        }
    }
}
