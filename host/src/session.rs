//! A live session: waits for the board, asks for a run, follows it, asks for what
//! is missing.
//!
//! Decides what is sent and when to stop, and nothing about the verdict.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use board_check_protocol::{Context, ErrorReason, Request};

use crate::capture::Writer;
use crate::collector::{Collector, Event, is_our_list};
use crate::kernel_messages::shows_life;
use crate::link::Link;
use crate::mark::Mark;
use crate::records::RunRecords;
use crate::request::RunRequest;
use crate::reset::Reset;
use crate::run::{Ended, Run, Source};
use crate::timeouts::{ANSWER, ANSWER_TRIES, FIRST_RECORD, OFF_WATCH, POLL, RUN_TRIES};

mod chase;
mod chunks;
mod follow;
mod line;
mod login;
mod recover;
mod reset;
mod screen;

use follow::Followed;
use recover::Away;
use screen::Screen;

pub use login::Login;

/// Sees what happens while it happens. A console also takes part, by the methods
/// that are not required.
pub trait Watch {
    /// A line was understood.
    fn event(&mut self, event: &Event);
    /// A request is about to be sent.
    fn sending(&mut self, request: &Request<'_>);
    /// Something happened to the line itself.
    fn mark(&mut self, _mark: &Mark) {}

    /// Bytes came, at most up to the end of a line.
    fn heard(&mut self, _: &Heard<'_>) {}
    /// Nothing came up to the time `at`.
    fn quiet(&mut self, _at: Duration) {}
    /// How long it may take until [`Watch::quiet`] and [`Watch::input`] are called.
    fn pace(&self) -> Duration {
        POLL
    }
    /// Bytes for the board; not called again before they are sent.
    fn input(&mut self) -> Option<Vec<u8>> {
        None
    }
    /// Whether somebody is there.
    fn presence(&self) -> Presence {
        Presence::Nobody
    }
}

/// Nobody looks on.
impl Watch for () {
    fn event(&mut self, _: &Event) {}
    fn sending(&mut self, _: &Request<'_>) {}
}

/// Bytes of the board, and what they were understood as.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// When they came.
    pub at: Duration,
    /// The bytes: a part of a line, the last part with its line end.
    pub bytes: &'a [u8],
    /// What the line was understood as; empty before its end.
    pub events: &'a [Event],
    /// What is verified of the run.
    pub records: Option<&'a RunRecords>,
}

/// Whether somebody is there who can do something about a board that is not ready.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// Nobody: the board has to be ready in time.
    Nobody,
    /// Somebody with a console: the board may take as long as it likes.
    Somebody,
    /// Somebody who went away, so that the session ends.
    Gone,
}

/// What a session needs besides its link.
pub struct Setup<'a> {
    /// Longest wait for `ready`, and longest time without a new record.
    pub patience: Duration,
    /// Gives a fresh random number for each request; never 0.
    pub nonce: Box<dyn FnMut() -> u64 + 'a>,
    /// Where everything is noted.
    pub capture: Option<Writer<'a>>,
    /// What is done before the board is waited for.
    pub start: Start,
    /// Who looks on.
    pub watch: &'a mut dyn Watch,
    /// Set when the user wants to end.
    pub stop: &'a AtomicBool,
}

/// What is done before the board is waited for.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// How the board is reset.
    pub reset: Option<Reset>,
    /// Who logs in and starts the verifier, where a login owns the console.
    pub login: Option<Login>,
}

/// A session on a link.
pub struct Session<'a, L> {
    link: L,
    setup: Setup<'a>,
    collector: Collector,
    /// Nonce and boot of the last run request.
    run: Context,
    asked: bool,
    screen: Screen,
    /// The port is away.
    lost: Option<Away>,
    /// How long the port was away.
    away: Duration,
    /// A port that goes away is waited for.
    reconnects: bool,
    /// When the session began, on the clock of the link.
    begun: Duration,
    /// A boot that is not asked for a run.
    done: Option<u64>,
}

impl<'a, L: Link> Session<'a, L> {
    /// A session that has not begun.
    pub fn new(link: L, setup: Setup<'a>) -> Self {
        Self {
            begun: link.elapsed(),
            link,
            setup,
            collector: Collector::new(Source::Session),
            run: Context::default(),
            asked: false,
            screen: Screen::default(),
            lost: None,
            away: Duration::ZERO,
            reconnects: true,
            done: None,
        }
    }

    /// Waits for another boot than this one, which has had its run.
    pub fn after_boot(mut self, boot: Option<u64>) -> Self {
        self.done = boot;
        self
    }

    /// Goes on within this boot: the board may have crashed since the run before.
    pub fn within_boot(mut self, boot: Option<u64>) -> Self {
        if let Some(boot) = boot {
            self.collector.within_boot(boot);
            self.asked = true;
        }
        self
    }

    /// Runs the checks. Returns what was received, whatever happens.
    pub fn run(mut self, request: &RunRequest) -> Run {
        let ended = self.drive(request).err().unwrap_or(Ended::Complete);
        self.finish(ended)
    }

    /// Powers the board off. `Ok` when the board has said that it does, and then nothing
    /// that a board which is off does not say.
    ///
    /// # Errors
    /// Why it did not.
    pub fn off(mut self) -> Result<(), Box<Run>> {
        // It may well take its port with it.
        self.reconnects = false;
        match self.ask_off() {
            Ok(()) => Ok(()),
            Err(ended) => Err(Box::new(self.finish(ended))),
        }
    }

    fn finish(self, ended: Ended) -> Run {
        let at = self.at();
        let failed = self
            .setup
            .capture
            .and_then(|capture| capture.end(at, &ended));
        let mut run = self.collector.finish(at, ended);
        if let Some(error) = failed {
            run.notes
                .push(format!("The capture is not whole: {error}."));
        }
        run
    }

    fn drive(&mut self, request: &RunRequest) -> Result<(), Ended> {
        self.start()?;
        self.await_ready()?;
        let mut begun = self.now();
        let mut first_record = FIRST_RECORD;
        for _ in 0..RUN_TRIES {
            self.ask_run(request)?;
            let others = self.collector.other_runs();
            let followed = match self.follow(first_record)? {
                Followed::Idle => self.chase()?,
                followed => followed,
            };
            match followed {
                Followed::Complete => return self.ask_list_if_other(),
                // No word at all: the board may be at something that takes long.
                Followed::Silence => first_record *= 2,
                Followed::Idle | Followed::Unheard => {}
            }
            if self.collector.other_runs() > others {
                begun = self.now();
            }
            if self.now() >= begun + self.setup.patience && !self.has_records() {
                break;
            }
        }
        Err(Ended::NoAnswer)
    }

    fn start(&mut self) -> Result<(), Ended> {
        if let Some(reset) = self.setup.start.reset.clone() {
            self.reset(&reset)?;
        }
        match self.setup.start.login.clone() {
            Some(login) => self.log_in(&login),
            None => Ok(()),
        }
    }

    fn ask_off(&mut self) -> Result<(), Ended> {
        self.await_ready()?;
        for _ in 0..ANSWER_TRIES {
            let nonce = (self.setup.nonce)();
            self.send(nonce, self.boot(), &Request::Off)?;
            let deadline = self.now() + ANSWER;
            while self.now() < deadline {
                let heard = self.pump(deadline)?;
                if heard.contains(&Event::Refused(ErrorReason::Verb)) {
                    return Err(Ended::Refused);
                }
                let off = heard.all.iter().position(|event| *event == Event::Off);
                if let Some(at) = off {
                    return self.see_it_off(&heard.all[at + 1..]);
                }
            }
        }
        Err(Ended::NoAnswer)
    }

    /// A board that cannot power itself off shows so after it said that it does, in
    /// `behind` or later.
    fn see_it_off(&mut self, behind: &[Event]) -> Result<(), Ended> {
        refuse_life(behind)?;
        let deadline = self.now() + OFF_WATCH;
        while self.now() < deadline {
            match self.pump(deadline) {
                // Its port went with it.
                Err(Ended::PortLost { .. }) => break,
                heard => refuse_life(&heard?.all)?,
            }
        }
        Ok(())
    }

    fn ask_run(&mut self, request: &RunRequest) -> Result<(), Ended> {
        // Asked again is the same boot: another one that says `ready` now has either not
        // been there for long, or is no more.
        let asked = Some(self.run.boot).filter(|_| self.run.nonce != 0);
        self.run = Context {
            nonce: (self.setup.nonce)(),
            boot: asked.unwrap_or_else(|| self.boot()),
            count: 0,
        };
        self.asked = true;
        self.send(self.run.nonce, self.run.boot, &request.as_request())
    }

    /// The boot that the board last said it is in.
    fn boot(&self) -> u64 {
        self.collector.ready().map_or(0, |ready| ready.boot)
    }

    /// After a run with another list of checks: which are they?
    fn ask_list_if_other(&mut self) -> Result<(), Ended> {
        let header = self
            .collector
            .records()
            .and_then(|records| records.header.as_ref());
        if header.is_none_or(|header| is_our_list(header.list)) {
            return Ok(());
        }
        for _ in 0..ANSWER_TRIES {
            let nonce = (self.setup.nonce)();
            self.send(nonce, self.boot(), &Request::List)?;
            // A slow line takes longer for all names than for an answer.
            let give_up_at = self.now() + self.setup.patience;
            let mut deadline = self.now() + ANSWER;
            while self.now() < deadline.min(give_up_at) && !self.collector.has_list() {
                if self.pump(deadline)?.contains(&Event::Listed) {
                    deadline = self.now() + ANSWER;
                }
            }
            if self.collector.has_list() {
                break;
            }
        }
        Ok(())
    }
}

/// Fails if `events` are not those of a board that is off.
fn refuse_life(events: &[Event]) -> Result<(), Ended> {
    for event in events {
        let said = match event {
            Event::Refused(ErrorReason::Verb) => return Err(Ended::Refused),
            Event::Ready(_) => "it is ready again",
            Event::Text { text, .. } if shows_life(text) => text,
            _ => continue,
        };
        let said = said.to_owned();
        return Err(Ended::StaysOn { said });
    }
    Ok(())
}
