//! Options that say how to reach the board.

use std::time::Duration;

use clap::Args;

use super::values::{baud, endpoint, seconds};
use crate::config::Settings;
use crate::link::Endpoint;

/// How to reach the board.
#[derive(Args, Debug)]
#[command(next_help_heading = "The line")]
pub struct LineArgs {
    /// Console of the board: a serial port (/dev/ttyUSB0),
    /// rfc2217://HOST:PORT, tcp://HOST:PORT, unix:PATH,
    /// exec:COMMAND, or - (standard input and output)
    #[arg(long, verbatim_doc_comment, value_name = "PORT", value_parser = endpoint())]
    pub port: Option<Endpoint>,
    /// Speed of the port, in bit/s
    #[arg(long = "baud", value_name = "N", default_value_t = 115_200, value_parser = baud)]
    pub baud_bits_per_second: u32,
    /// Longest wait for the board to be ready, and then
    /// for each new result or for the word that a long
    /// check goes on, in seconds
    #[arg(verbatim_doc_comment, long = "timeout", value_name = "S", value_parser = seconds, default_value = "30")]
    pub patience: Duration,
}

impl LineArgs {
    /// Puts the port in the place of its name, if `[ports]` has it.
    pub(super) fn use_names(&mut self, settings: &Settings) {
        let Some(Endpoint::Serial(path)) = &self.port else {
            return;
        };
        let named = path.to_str().and_then(|name| settings.port(name));
        // The settings have been checked.
        if let Some(port) = named.and_then(|port| Endpoint::parse(port.value.as_ref()).ok()) {
            self.port = Some(port);
        }
    }
}
