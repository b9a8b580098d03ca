//! A port that goes away, and comes back.

use std::io;
use std::sync::atomic::Ordering;

use super::Session;
use crate::link::Link;
use crate::mark::Mark;
use crate::run::Ended;
use crate::timeouts::{LAST_WORDS, POLL};

impl<L: Link> Session<'_, L> {
    /// Waits for the lost port to come back. The time that it is away counts for no
    /// other limit, and has one of its own for the whole session.
    pub(super) fn recover(&mut self, error: &io::Error) -> Result<(), Ended> {
        let error = error.to_string();
        self.mark(&Mark::Lost {
            error: error.clone(),
        });
        let lost_at = self.at();
        let away_before = self.away;
        loop {
            if self.setup.stop.load(Ordering::Relaxed) {
                return Err(Ended::Interrupted);
            }
            let back = self.reconnects && self.away < self.setup.patience;
            let back = match back {
                true => self.link.reopen(self.setup.stop),
                false => Err(io::ErrorKind::Unsupported.into()),
            };
            self.away = away_before + (self.at() - lost_at);
            match back {
                Ok(true) => {
                    self.mark(&Mark::Back);
                    return Ok(());
                }
                Ok(false) => {}
                Err(_) if self.away > away_before => {
                    let away = (self.away - away_before).as_secs_f64();
                    let error = format!("{error}, and not back within {away:.1} s");
                    return Err(Ended::PortLost { error });
                }
                Err(_) => return Err(Ended::PortLost { error }),
            }
        }
    }

    /// A port that takes no more bytes may still have some to give, and its own word
    /// for what happened.
    pub(super) fn recover_from_write(&mut self, error: io::Error) -> Result<(), Ended> {
        let give_up_at = self.at() + LAST_WORDS;
        let mut error = error;
        while self.at() < give_up_at {
            match self.take(POLL) {
                Ok(_) => {}
                Err(told) => {
                    error = told;
                    break;
                }
            }
        }
        self.recover(&error)
    }

    /// Takes note of what happens to the line itself.
    pub(super) fn mark(&mut self, mark: &Mark) {
        let at = self.at();
        self.collector.mark(at, mark);
        self.setup.watch.mark(mark);
        if let Some(capture) = &mut self.setup.capture {
            capture.mark(at, mark);
        }
    }
}
