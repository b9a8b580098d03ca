//! A port that goes away, and comes back.

use std::io;
use std::time::Duration;

use super::Session;
use crate::link::Link;
use crate::mark::Mark;
use crate::run::Ended;
use crate::timeouts::{LAST_WORDS, POLL};

/// A port that is away.
#[derive(Debug)]
pub(super) struct Away {
    /// Since when, on the session's clock.
    since: Duration,
    /// Time that the port was away before.
    before: Duration,
    error: String,
}

impl<L: Link> Session<'_, L> {
    /// The port has gone away. The time until it is back counts for no other limit,
    /// and has one of its own for the whole session.
    pub(super) fn lose(&mut self, error: &io::Error) {
        let error = error.to_string();
        self.mark(&Mark::Lost {
            error: error.clone(),
        });
        self.lost = Some(Away {
            since: self.at(),
            before: self.away,
            error,
        });
    }

    /// As [`Session::lose`], of a port that takes no more bytes: it may still have some
    /// to give, and its own word for what happened.
    pub(super) fn lose_at_write(&mut self, error: io::Error) {
        let give_up_at = self.at() + LAST_WORDS;
        let mut error = error;
        while self.at() < give_up_at {
            if let Err(told) = self.take(POLL) {
                error = told;
                break;
            }
        }
        self.lose(&error);
    }

    /// Tries once to get a lost port back.
    pub(super) fn try_to_return(&mut self) -> Result<(), Ended> {
        let Some(lost) = self.lost.take() else {
            return Ok(());
        };
        let may_return = self.reconnects && self.away < self.setup.patience;
        let back = match may_return {
            true => self.link.reopen(self.setup.stop),
            false => Err(io::ErrorKind::Unsupported.into()),
        };
        let away = self.at() - lost.since;
        self.away = lost.before + away;
        match back {
            Ok(true) => self.mark(&Mark::Back),
            Ok(false) => self.lost = Some(lost),
            Err(_) => {
                let error = match self.reconnects && self.away > Duration::ZERO {
                    true => format!("{}, and not back within {} s", lost.error, away.as_secs()),
                    false => lost.error,
                };
                return Err(Ended::PortLost { error });
            }
        }
        Ok(())
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
