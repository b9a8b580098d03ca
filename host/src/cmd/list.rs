//! `board-check list`: the checks of this release.

use std::fmt::Write;
use std::io;

use serde::Serialize;

use super::outputs::write_or_closed;
use super::say;
use crate::board::{self, Board};
use crate::cli::{ListArgs, ListFormat};
use crate::exit::Exit;
use crate::request::RunRequest;

/// A check, as the JSON has it.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    /// Reasons with which the board may skip it.
    allowed_skips: Vec<&'a str>,
}

pub(super) fn run(args: &ListArgs) -> anyhow::Result<Exit> {
    let given = args.board.as_deref().map(board::given).transpose()?;
    let board = given.as_ref().map(|given| &given.board);
    let request = RunRequest {
        only: args.only.clone(),
        skip: args.skip.clone(),
        fault: 0,
    };
    let names = request.selected();
    if names.is_empty() {
        say("The patterns select no check.");
        return Ok(Exit::NoTests);
    }
    let checks: Vec<Listed<'_>> = names.iter().map(|name| listed(name, board)).collect();
    write_or_closed(&mut io::stdout(), &text(args.format, &checks))?;
    Ok(Exit::Pass)
}

fn listed<'a>(name: &'a str, board: Option<&'a Board>) -> Listed<'a> {
    Listed {
        name,
        allowed_skips: board.map_or_else(Vec::new, |board| board.reasons_to_skip(name)),
    }
}

fn text(format: ListFormat, checks: &[Listed<'_>]) -> String {
    let mut text = match format {
        ListFormat::Names => String::new(),
        ListFormat::Json => {
            let json = serde_json::to_string_pretty(checks);
            return json.expect("its keys are strings") + "\n";
        }
    };
    for check in checks {
        let note = match check.allowed_skips.as_slice() {
            [] => String::new(),
            reasons => format!("  # may be skipped: {}", reasons.join(", ")),
        };
        let _ = writeln!(text, "{}{note}", check.name);
    }
    text
}
