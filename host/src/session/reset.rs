//! Resets the board before anything else.

use std::ffi::OsStr;
use std::process::Stdio;

use super::Session;
use crate::command::Group;
use crate::link::{ControlLine, Link};
use crate::mark::Mark;
use crate::reset::Reset;
use crate::run::Ended;
use crate::timeouts::{POLL, READY_EACH, RESET_PULSE};

impl<L: Link> Session<'_, L> {
    /// Resets the board. What it said before is void from then on.
    pub(super) fn reset(&mut self, reset: &Reset) -> Result<(), Ended> {
        self.learn_boot()?;
        self.mark(&Mark::Reset {
            how: reset.to_string(),
        });
        match reset {
            Reset::Line(line) => self.pulse(*line),
            Reset::Command(command) => self.run_reset(command),
        }
    }

    /// A board that is idle says which boot it runs: that one is over then, and a
    /// `ready` of it that is still on its way is not taken for the next.
    fn learn_boot(&mut self) -> Result<(), Ended> {
        let deadline = self.at() + READY_EACH;
        while self.at() < deadline && self.lost.is_none() && self.collector.ready().is_none() {
            self.pump(self.now() + POLL)?;
        }
        Ok(())
    }

    fn pulse(&mut self, line: ControlLine) -> Result<(), Ended> {
        self.set_line(line, false)?;
        let until = self.at() + RESET_PULSE;
        while self.at() < until {
            self.pump(self.now() + until.saturating_sub(self.at()))?;
        }
        self.set_line(line, true)
    }

    fn set_line(&mut self, line: ControlLine, on: bool) -> Result<(), Ended> {
        let set = self.link.set_line(line, on);
        set.map_err(|error| Ended::NoReset {
            why: format!("the port does not switch {line}: {error}"),
        })
    }

    /// What the command prints goes where our own messages go.
    fn run_reset(&mut self, command: &OsStr) -> Result<(), Ended> {
        let failed = |why: String| Ended::NoReset { why };
        let out = Stdio::from(std::io::stderr());
        let started = Group::start(command, Stdio::null(), out);
        let group = started.map_err(|error| failed(format!("no shell runs: {error}")))?;
        let deadline = self.at() + self.setup.patience;
        loop {
            match group.ended() {
                Some(end) if end.is_success() => return Ok(()),
                Some(end) => return Err(failed(format!("its command {}", end.words()))),
                None if self.at() >= deadline => {
                    let seconds = self.setup.patience.as_secs_f64();
                    return Err(failed(format!(
                        "its command did not end within {seconds} s"
                    )));
                }
                None => {
                    self.pump(self.now() + POLL)?;
                }
            }
        }
    }
}
