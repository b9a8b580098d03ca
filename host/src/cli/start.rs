//! Options that say what is done before the board is waited for.

use std::env;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::values::user;
use crate::reset::Reset;
use crate::session::{Login, Start};

/// What is done before the board is waited for.
#[derive(Args, Debug)]
#[command(next_help_heading = "The line")]
pub struct StartArgs {
    /// Reset the board first, by a control line of the
    /// port (dtr, rts) or by cmd:COMMAND
    #[arg(long, verbatim_doc_comment, value_name = "HOW", value_parser = reset())]
    pub reset: Option<Reset>,
    /// Log in as USER on the console, and start
    /// board-verify there; a password is taken from
    /// BOARD_CHECK_PASSWORD
    #[arg(long, verbatim_doc_comment, value_name = "USER", value_parser = user)]
    pub shell: Option<String>,
}

impl StartArgs {
    /// As the session takes it.
    pub fn start(&self) -> Start {
        Start {
            reset: self.reset.clone(),
            login: self.shell.clone().map(|user| Login {
                user,
                password: env::var("BOARD_CHECK_PASSWORD").ok(),
            }),
        }
    }
}

fn reset() -> impl TypedValueParser<Value = Reset> {
    OsStringValueParser::new().try_map(|text| Reset::parse(&text))
}
