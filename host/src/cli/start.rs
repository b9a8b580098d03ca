//! Options that say what is done before the board is waited for.

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::reset::Reset;
use crate::session::Start;

/// What is done before the board is waited for.
#[derive(Args, Debug)]
#[command(next_help_heading = "The line")]
pub struct StartArgs {
    /// Reset the board first, by a control line of the
    /// port (dtr, rts) or by cmd:COMMAND
    #[arg(long, verbatim_doc_comment, value_name = "HOW", value_parser = reset())]
    pub reset: Option<Reset>,
}

impl StartArgs {
    /// As the session takes it.
    pub fn start(&self) -> Start {
        Start {
            reset: self.reset.clone(),
        }
    }
}

fn reset() -> impl TypedValueParser<Value = Reset> {
    OsStringValueParser::new().try_map(|text| Reset::parse(&text))
}
