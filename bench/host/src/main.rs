//! Measures what judging costs on this machine, beside kunit.py in the same run, and
//! compares it with the budgets; `bench/run-host.sh` builds what it needs.
//!
//! Other programs take time from all that is measured. So each time is the best of
//! several, those of board-check and of the peer are taken in turn, and the budgets are
//! multiples of the peer's time, or leave room.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

mod capture;
mod figures;
mod paced;
mod programs;
mod table;

use programs::Programs;

fn main() -> anyhow::Result<ExitCode> {
    let paths: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    ensure!(paths.len() == 2, "Usage: bench-host BOARD-CHECK KUNIT.PY");
    let folder = tempfile::tempdir().context("There is no folder for the captures")?;
    let programs = Programs {
        board_check: paths[0].clone(),
        kunit: paths[1].clone(),
        folder: folder.path().to_owned(),
    };
    let figures = figures::measure(&programs)?;
    print!("{}", table::write(&figures));
    let missed = figures.iter().filter(|figure| !figure.met).count();
    if missed > 0 {
        eprintln!(
            "bench-host: {missed} of {} budgets are missed.",
            figures.len()
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
