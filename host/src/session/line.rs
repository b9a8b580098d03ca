//! Bytes in both directions, and the wait for `ready`.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use board_check_protocol::{Ready, Request};

use super::{Heard, Presence, Session};
use crate::collector::Event;
use crate::link::Link;
use crate::run::Ended;
use crate::timeouts::{OTHER_RUNS_AT_MOST, POLL, SETTLE, SETTLE_AT_MOST};

/// What one read brought.
#[derive(Default)]
pub(super) struct Pumped {
    pub(super) any_bytes: bool,
    pub(super) all: Vec<Event>,
}

impl Pumped {
    pub(super) fn contains(&self, event: &Event) -> bool {
        self.all.contains(event)
    }
}

impl<L: Link> Session<'_, L> {
    /// Waits until the board is idle and the line quiet.
    pub(super) fn await_ready(&mut self) -> Result<(), Ended> {
        let mut begun = self.now();
        // The last record of a run that somebody else asked for.
        let mut last_other = begun;
        // Behind an earlier run of this boot everything is of now.
        if !self.asked {
            self.empty_buffers()?;
        }
        let mut fresh = false;
        let mut settled_at = None;
        let mut settle_at_most = None;
        loop {
            let now = self.now();
            if self.setup.watch.presence() == Presence::Somebody {
                (begun, last_other) = (now, now);
            }
            if !fresh || self.ready().is_none() {
                (settled_at, settle_at_most) = (None, None);
            } else if settled_at.is_some_and(|at| now >= at) {
                return Ok(());
            }
            let at_most = self.setup.patience.max(OTHER_RUNS_AT_MOST);
            let deadline = (last_other + self.setup.patience).min(begun + at_most);
            if now >= deadline && settled_at.is_none() {
                return Err(Ended::NotReady {
                    waited: deadline.saturating_sub(begun),
                });
            }
            let others = self.collector.other_runs();
            let heard = self.pump(settled_at.unwrap_or(deadline))?;
            if self.collector.other_runs() > others {
                last_other = self.now();
            }
            fresh |= heard
                .all
                .iter()
                .any(|event| matches!(event, Event::Ready(_)));
            if fresh && self.ready().is_some() && (settled_at.is_none() || heard.any_bytes) {
                let now = self.now();
                let at_most = *settle_at_most.get_or_insert(now + SETTLE_AT_MOST);
                settled_at = Some((now + SETTLE).min(at_most));
            }
        }
    }

    /// The last `ready` of a boot that has not had its run.
    fn ready(&self) -> Option<Ready> {
        let ready = self.collector.ready();
        ready.filter(|ready| Some(ready.boot) != self.done)
    }

    /// Reads what may have lain in a buffer since an earlier boot. A `ready` in it says
    /// nothing of now: to ask it for a run could stop a boot loader.
    fn empty_buffers(&mut self) -> Result<(), Ended> {
        let deadline = self.now() + SETTLE_AT_MOST;
        while self.now() < deadline && self.pump(self.now() + SETTLE)?.any_bytes {}
        Ok(())
    }

    pub(super) fn send(
        &mut self,
        nonce: u64,
        boot: u64,
        request: &Request<'_>,
    ) -> Result<(), Ended> {
        let line = request.encode(nonce, boot).map_err(|_| Ended::Refused)?;
        self.setup.watch.sending(request);
        // The line feed in front ends whatever noise the board has collected.
        let bytes = format!("\n{line}\n");
        let at = self.at();
        self.collector.sent(at, line.as_bytes());
        self.send_bytes(at, bytes.as_bytes());
        Ok(())
    }

    /// Sends bytes at the time `at`, that of now. What is lost with the port is asked for
    /// again when it is back.
    pub(super) fn send_bytes(&mut self, at: Duration, bytes: &[u8]) {
        if let Some(capture) = &mut self.setup.capture {
            capture.sent(at, bytes);
        }
        self.send_unseen(bytes);
    }

    /// The same for what must not be in the capture.
    pub(super) fn send_unseen(&mut self, bytes: &[u8]) {
        if self.lost.is_none()
            && let Err(error) = self.link.write(bytes)
        {
            self.lose_at_write(error);
        }
    }

    /// Waits for bytes until `deadline`, at most a moment, and takes them in.
    pub(super) fn pump(&mut self, deadline: Duration) -> Result<Pumped, Ended> {
        let gone = self.setup.watch.presence() == Presence::Gone;
        if gone || self.setup.stop.load(Ordering::Relaxed) {
            return Err(Ended::Interrupted);
        }
        if self.lost.is_some() {
            self.try_to_return()?;
            return Ok(Pumped::default());
        }
        let mut wait = deadline.saturating_sub(self.now());
        if let Some(over_at) = self.crash_over_at() {
            wait = wait.min(over_at.saturating_sub(self.at()));
        }
        // A millisecond more, for the clock is read in whole ones.
        let wait = wait + Duration::from_millis(1);
        let heard = match self.take(wait.min(POLL)) {
            Ok(heard) => heard,
            Err(error) => {
                self.lose(&error);
                Pumped::default()
            }
        };
        if self.collector.speaks_other_protocol() {
            return Err(Ended::OtherProtocol);
        }
        if self.crash_over_at().is_some_and(|at| self.at() >= at) {
            return Err(Ended::Crashed);
        }
        Ok(heard)
    }

    /// Reads what is there, and has everybody see it.
    pub(super) fn take(&mut self, wait: Duration) -> io::Result<Pumped> {
        let mut buffer = [0; 4096];
        let count = self.read(&mut buffer, wait)?;
        let at = self.at();
        let bytes = &buffer[..count];
        if let Some(capture) = &mut self.setup.capture {
            match count {
                0 => capture.idle(),
                _ => capture.received(at, bytes),
            }
        }
        self.screen.show(bytes);
        let mut all = Vec::new();
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            let events = self.collector.received(at, part);
            events
                .iter()
                .for_each(|event| self.setup.watch.event(event));
            self.setup.watch.heard(&Heard {
                at,
                bytes: part,
                events: &events,
                records: self.collector.records(),
            });
            all.extend(events);
        }
        Ok(Pumped {
            any_bytes: count > 0,
            all,
        })
    }

    /// Waits for bytes; meanwhile those of the user go to the board.
    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize> {
        let until = self.link.elapsed() + wait;
        loop {
            if let Some(bytes) = self.setup.watch.input() {
                let at = self.at();
                if let Some(capture) = &mut self.setup.capture {
                    capture.sent(at, &bytes);
                }
                self.link.write(&bytes)?;
            }
            let left = until.saturating_sub(self.link.elapsed());
            let step = left.min(self.setup.watch.pace());
            let count = self.link.read(buffer, step)?;
            if count > 0 {
                return Ok(count);
            }
            self.setup.watch.quiet(self.at());
            if step == left {
                return Ok(0);
            }
        }
    }

    fn crash_over_at(&self) -> Option<Duration> {
        self.collector.crash_over_at().filter(|_| self.asked)
    }

    /// Time of the session, from its start. Whole milliseconds, as the capture has them:
    /// a replay sees the same times.
    pub(super) fn at(&self) -> Duration {
        let at = self.link.elapsed().saturating_sub(self.begun).as_millis();
        Duration::from_millis(at.try_into().unwrap_or(u64::MAX))
    }

    /// The same without the time in which the port was away: what limits are
    /// reckoned in.
    pub(super) fn now(&self) -> Duration {
        self.at().saturating_sub(self.away)
    }
}
