//! Asks for records that did not arrive.

use board_check_protocol::{ErrorReason, Numbers, Request};

use super::Session;
use super::chunks::{damage, worth_asking};
use super::follow::Followed;
use crate::collector::Event;
use crate::link::Link;
use crate::records::RunRecords;
use crate::run::Ended;
use crate::timeouts::{READY_CROSSES, RESEND_ROUNDS, RESEND_SILENCE, RESENDS_MAX};

/// What a round of resends brought.
enum Resends {
    /// A record that was missing.
    New,
    /// Nothing.
    None,
    /// The board does not hold the records of that run.
    Unknown,
}

impl<L: Link> Session<'_, L> {
    /// Asks an idle board for what is missing, as much as one request is good for at a
    /// time, until all is here.
    pub(super) fn chase(&mut self) -> Result<Followed, Ended> {
        let mut vain = 0;
        for _ in 0..RESENDS_MAX {
            if self.is_complete() {
                return Ok(Followed::Complete);
            }
            if vain == RESEND_ROUNDS {
                break;
            }
            if vain >= 2 && !self.has_records() {
                return Ok(Followed::Unheard);
            }
            let wanted = self.ask_missing()?;
            match self.await_resends(&wanted)? {
                Resends::Unknown if self.has_records() => return Err(Ended::GaveUp),
                Resends::Unknown => return Ok(Followed::Unheard),
                Resends::New => vain = 0,
                Resends::None => vain += 1,
            }
        }
        match self.is_complete() {
            true => Ok(Followed::Complete),
            false => Err(Ended::GaveUp),
        }
    }

    /// Waits for the records `wanted`, which were asked for.
    fn await_resends(&mut self, wanted: &Numbers) -> Result<Resends, Ended> {
        let asked_at = self.now();
        let mut result = Resends::None;
        // A `ready` behind an answer was said after it: the board has no more to say.
        let mut answered = false;
        let mut busy = false;
        let mut last_new = asked_at;
        loop {
            let silence = if busy {
                self.setup.patience
            } else {
                RESEND_SILENCE
            };
            let events = self.pump(last_new + silence)?;
            let now = self.now();
            for event in &events.all {
                match event {
                    Event::Header { .. } | Event::Check(_) | Event::End => {
                        result = Resends::New;
                        answered = true;
                        last_new = now;
                    }
                    Event::Repeat => answered = true,
                    Event::Ready(_) if busy || answered || now >= asked_at + READY_CROSSES => {
                        return Ok(result);
                    }
                    Event::Busy | Event::GoesOn => busy = true,
                    Event::Refused(ErrorReason::Crc) => return Ok(result),
                    Event::Refused(ErrorReason::Run) => return Ok(Resends::Unknown),
                    _ => {}
                }
            }
            let missing = self.missing();
            let waiting = wanted.iter().any(|number| missing.contains(number));
            if !waiting || now >= last_new + silence {
                return Ok(result);
            }
        }
    }

    /// Asks for the first of what is missing, in one request; returns what that is.
    pub(super) fn ask_missing(&mut self) -> Result<Numbers, Ended> {
        let records = self.collector.records().filter(|held| held.count() > 0);
        let run = records.map_or(self.run, |records| records.context);
        let (damaged, lines) = self.collector.damage();
        let wanted = worth_asking(&self.missing(), damage(damaged, lines));
        self.send(run.nonce, run.boot, &Request::Resend(wanted.clone()))?;
        Ok(wanted)
    }

    fn missing(&self) -> Numbers {
        let records = self.collector.records();
        records.map_or_else(Numbers::default, RunRecords::missing)
    }

    pub(super) fn has_records(&self) -> bool {
        let records = self.collector.records();
        records.is_some_and(|records| records.count() > 0)
    }

    pub(super) fn is_complete(&self) -> bool {
        let records = self.collector.records();
        records.is_some_and(RunRecords::is_complete)
    }
}
