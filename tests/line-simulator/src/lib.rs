//! Runs the host's own session, collector and judge against the board's own station
//! over every kind of bad line, and counts the verdicts that are not true.
//!
//! Everything follows from `--seed`: the same numbers come out on any machine.
//! `bench/host` measures with the same board, and `tests/terminal-board` has it on a terminal.

mod board;
mod channel;
mod cli;
mod kernel;
mod line;
mod many;
mod noise;
mod pace;
mod run;
mod table;

pub use board::{Accident, MadeUp, wire_time};
pub use cli::main;
pub use many::bytes_over_clean;
pub use pace::Pace;
