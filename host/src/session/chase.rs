//! Asks for records that did not arrive.

use board_check_protocol::{ErrorReason, Numbers, Request};

use super::Session;
use super::chunks::chunks;
use super::follow::Followed;
use crate::collector::Event;
use crate::link::Link;
use crate::records::RunRecords;
use crate::run::Ended;
use crate::timeouts::{READY_CROSSES, RESEND_ROUNDS, RESEND_SILENCE};

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
    /// Asks an idle board for what is missing, round after round.
    pub(super) fn chase(&mut self) -> Result<Followed, Ended> {
        let mut vain = 0;
        while !self.is_complete() {
            if vain == RESEND_ROUNDS {
                return Err(Ended::GaveUp);
            }
            if vain >= 2 && !self.has_records() {
                return Ok(Followed::Unheard);
            }
            self.ask_missing()?;
            match self.await_resends()? {
                Resends::Unknown if self.has_records() => return Err(Ended::GaveUp),
                Resends::Unknown => return Ok(Followed::Unheard),
                Resends::New => vain = 0,
                Resends::None => vain += 1,
            }
        }
        Ok(Followed::Complete)
    }

    fn await_resends(&mut self) -> Result<Resends, Ended> {
        let asked_at = self.now();
        let wanted = self.missing();
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
                    Event::Busy => busy = true,
                    Event::Refused(ErrorReason::Crc) => return Ok(result),
                    Event::Refused(ErrorReason::Run) => return Ok(Resends::Unknown),
                    _ => {}
                }
            }
            let missing = self.missing();
            if !wanted.iter().any(|number| missing.contains(number)) || now >= last_new + silence {
                return Ok(result);
            }
        }
    }

    pub(super) fn ask_missing(&mut self) -> Result<(), Ended> {
        let nonce = match self.collector.records() {
            Some(records) if records.count() > 0 => records.context.nonce,
            _ => self.run_nonce,
        };
        for numbers in chunks(&self.missing()) {
            self.send(nonce, &Request::Resend(numbers))?;
        }
        Ok(())
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
