//! Follows a run while the board says its records.

use std::time::Duration;

use board_check_protocol::ErrorReason;

use super::Session;
use crate::collector::Event;
use crate::link::Link;
use crate::run::Ended;
use crate::timeouts::{CHECK_AT_MOST, OTHER_RUNS_AT_MOST, READY_CROSSES, RECORD_SILENCE};

/// How following a run ended.
pub(super) enum Followed {
    /// Every record is here.
    Complete,
    /// The board is idle and records are missing.
    Idle,
    /// The board did not get the request.
    Unheard,
    /// The board does not say whether it got the request.
    Silence,
}

impl<L: Link> Session<'_, L> {
    /// Follows a run up to its end, or until it is clear that there is none.
    pub(super) fn follow(&mut self, first_record: Duration) -> Result<Followed, Ended> {
        let asked_at = self.now();
        let runs = self.collector.ready().map_or(0, |ready| ready.runs);
        let mut heard = self.has_records();
        let mut busy = false;
        let mut last_new = asked_at;
        let mut last_word = asked_at;
        let mut silence = RECORD_SILENCE;
        let mut ask_again_at = asked_at + silence;
        loop {
            if self.is_complete() {
                return Ok(Followed::Complete);
            }
            let at_most = self.setup.patience.max(match heard {
                true => CHECK_AT_MOST,
                false => OTHER_RUNS_AT_MOST,
            });
            let give_up_at = match heard || busy {
                true => (last_word + self.setup.patience).min(last_new + at_most),
                false => asked_at + first_record,
            };
            let wake_at = if heard {
                give_up_at.min(ask_again_at)
            } else {
                give_up_at
            };
            let others = self.collector.other_runs();
            let events = self.pump(wake_at)?;
            let now = self.now();
            if !heard && self.collector.other_runs() > others {
                // Somebody else was a moment faster.
                (busy, last_word) = (true, now);
            }
            // What a line says of the board's state holds until a record follows.
            let mut state = None;
            for event in &events.all {
                match event {
                    Event::Header { .. } | Event::Check(_) | Event::End => {
                        heard = true;
                        last_new = now;
                        last_word = now;
                        ask_again_at = now + silence;
                        state = (*event == Event::End).then_some(Followed::Idle);
                    }
                    Event::Ready(ready) if heard || ready.runs != runs => {
                        state = Some(Followed::Idle);
                    }
                    Event::Ready(_) if busy || now >= asked_at + READY_CROSSES => {
                        state = Some(Followed::Unheard);
                    }
                    // Said each second by a run of which all else was lost.
                    Event::Busy => (busy, last_word) = (true, now),
                    Event::GoesOn => {
                        last_word = now;
                        ask_again_at = now + silence;
                    }
                    Event::Refused(ErrorReason::Crc) if !heard => state = Some(Followed::Unheard),
                    Event::Refused(ErrorReason::Crc | ErrorReason::Run) => {}
                    Event::Refused(_) if !heard => return Err(Ended::Refused),
                    _ => {}
                }
            }
            if let Some(state) = state {
                return Ok(state);
            }
            if now >= give_up_at && !self.is_complete() {
                return match (heard, busy) {
                    (true, _) => Err(Ended::Silent {
                        waited: give_up_at.saturating_sub(last_new),
                    }),
                    // Another run has no end.
                    (false, true) if now >= asked_at + at_most => {
                        Err(Ended::NotReady { waited: at_most })
                    }
                    (false, true) => Err(Ended::Silent {
                        waited: self.setup.patience,
                    }),
                    (false, false) => Ok(Followed::Silence),
                };
            }
            if heard && now >= ask_again_at && !self.is_complete() {
                self.ask_missing()?;
                silence *= 2;
                ask_again_at = now + silence;
            }
        }
    }
}
