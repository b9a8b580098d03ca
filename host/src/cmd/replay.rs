//! `board-check replay`: judges a capture again.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;

use super::baseline::Baseline;
use super::judged::Judged;
use super::outputs::{Outputs, check_apart};
use crate::board::{self, BoardError, GivenBoard};
use crate::capture::{About, Reader};
use crate::cli::ReplayArgs;
use crate::exit::Exit;
use crate::replay;

/// Bytes of a capture that are read at once.
pub(super) const READ: usize = 64 * 1024;

pub(super) fn run(args: &ReplayArgs) -> anyhow::Result<Exit> {
    check_apart(&args.output.outputs, &args.capture)?;
    let name = args.capture.display();
    let file =
        File::open(&args.capture).with_context(|| format!("Cannot open the capture {name}"))?;
    let judged = judged(&args.capture, BufReader::with_capacity(READ, file))?;
    let baseline = Baseline::load(&args.output)?;
    judged.report(baseline.as_ref(), Outputs::create(&args.output.outputs)?)
}

/// The run of a capture, ready to be judged by the rules that it names. `file` has what is
/// in it: it may be a pipe, which can be read only once.
pub(super) fn judged(capture: &Path, file: impl BufRead) -> anyhow::Result<Judged> {
    let name = capture.display();
    let mut reader = Reader::open(file).with_context(|| name.to_string())?;
    let about = reader.about().cloned().unwrap_or_default();
    let given = given(&about).with_context(|| name.to_string())?;
    let run = replay::replay(&mut reader, |_| {})
        .with_context(|| format!("Cannot read the capture {name}"))?;
    Ok(Judged {
        run,
        given,
        about,
        capture: Some(capture.to_owned()),
    })
}

/// The board that a capture names. Whoever made it chose the name, which is none of a file
/// here: a capture brings the file along.
fn given(about: &About) -> Result<Option<GivenBoard>, BoardError> {
    let Some(given) = &about.board else {
        return Ok(None);
    };
    let board = match &about.board_file {
        Some(text) => board::from_text(given, text.clone()),
        None => board::of_release(given),
    };
    board.map(Some)
}
