//! Options that say how to reach the board.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::seconds;

/// How to reach the board.
#[derive(Args, Debug)]
#[command(next_help_heading = "The line")]
pub struct LineArgs {
    /// Serial port of the board's console (/dev/ttyUSB0)
    #[arg(long, value_name = "PATH")]
    pub port: Option<PathBuf>,
    /// Speed of the port, in bit/s
    #[arg(long = "baud", value_name = "N", default_value_t = 115_200, value_parser = clap::value_parser!(u32).range(50..))]
    pub baud_bits_per_second: u32,
    /// Longest wait for the board to be ready, and then
    /// for each new result, in seconds
    #[arg(verbatim_doc_comment, long = "timeout", value_name = "S", value_parser = seconds, default_value = "30")]
    pub patience: Duration,
}
