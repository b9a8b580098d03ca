//! `board-check list`: the checks of this release.

use std::io::{self, Write};

use board_check_protocol::checks;

use crate::exit::Exit;

pub(super) fn run() -> anyhow::Result<Exit> {
    let mut text = checks::NAMES.join("\n");
    text.push('\n');
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever reads has seen enough, as in `board-check list | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Pass),
        written => Ok(written.map(|()| Exit::Pass)?),
    }
}
