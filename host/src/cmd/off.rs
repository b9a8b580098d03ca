//! `board-check off`: powers the board off.

use std::io;

use anyhow::Context as _;

use super::outputs::write_or_closed;
use super::{nonce, say, stop};
use crate::cli::OffArgs;
use crate::exit::Exit;
use crate::judge::judge;
use crate::link::Port;
use crate::run::{Ended, Run};
use crate::session::{Session, Setup, Start};

pub(super) fn run(args: &OffArgs) -> anyhow::Result<Exit> {
    let stop = stop::flag()?;
    let port = args.line.port.as_ref().context("--port PORT is needed")?;
    let link = Port::open(port, args.line.baud_bits_per_second, &stop)?;
    let setup = Setup {
        patience: args.line.patience,
        nonce: Box::new(nonce),
        capture: None,
        start: Start::default(),
        watch: &mut (),
        stop: &stop,
    };
    match Session::new(link, setup).off() {
        Ok(()) => {
            let text = "The board says that it powers off.\n";
            write_or_closed(&mut io::stdout(), text)?;
            Ok(Exit::Pass)
        }
        Err(run) => {
            say(&reason(&run));
            Ok(match run.ended {
                Ended::Interrupted => Exit::Interrupted,
                _ => Exit::Incomplete,
            })
        }
    }
}

fn reason(run: &Run) -> String {
    match &run.ended {
        Ended::NoAnswer => "The board is ready but did not acknowledge to power off.".to_owned(),
        Ended::StaysOn { said } => {
            format!("The board said that it powers off, but it is still on: {said}")
        }
        Ended::Refused => "The board cannot power itself off.".to_owned(),
        Ended::Interrupted => "Interrupted.".to_owned(),
        _ => judge(run, None).reason,
    }
}
