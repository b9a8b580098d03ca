//! `board-check list`: the checks of this release.

use std::io;

use board_check_protocol::checks;

use super::outputs::write_or_closed;
use crate::exit::Exit;

pub(super) fn run() -> anyhow::Result<Exit> {
    let mut text = checks::NAMES.join("\n");
    text.push('\n');
    write_or_closed(&mut io::stdout(), &text)?;
    Ok(Exit::Pass)
}
