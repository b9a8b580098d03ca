//! The board behind a link whose time is made up, so that no test waits.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use board_check::board::{self, Board as Rules};
use board_check::capture::{About, Reader, Writer};
use board_check::judge::{Judgement, Verdict, board_name, judge};
use board_check::link::{ControlLine, Link};
use board_check::replay::replay;
use board_check::request::RunRequest;
use board_check::run::Run;
use board_check::session::{Session, Setup, Start};

use super::Board;

/// What was done with the control lines, and when.
pub(crate) type Switched = Rc<RefCell<Vec<(ControlLine, bool, Duration)>>>;

pub(crate) struct SimLink {
    pub(crate) board: Board,
    pub(crate) now: Duration,
    /// The link breaks at this time, and is back at the other, if it ever is.
    pub(crate) breaks_at: Option<Duration>,
    pub(crate) back_at: Option<Duration>,
    /// The board is reset while the link is broken.
    pub(crate) resets: bool,
    /// The board's reset is wired to the control lines, which were switched so.
    pub(crate) is_wired: bool,
    pub(crate) switched: Switched,
    /// What lies in a buffer on the way until a control line is switched on.
    pub(crate) buffered: String,
    /// Most bytes that one read gives.
    pub(crate) chunk: usize,
    pub(crate) inbox: Vec<u8>,
}

impl SimLink {
    pub(crate) fn new(board: Board) -> Self {
        Self {
            board,
            now: Duration::ZERO,
            breaks_at: None,
            back_at: None,
            resets: false,
            is_wired: false,
            switched: Switched::default(),
            buffered: String::new(),
            chunk: 4096,
            inbox: Vec::new(),
        }
    }

    fn broken(&self) -> bool {
        let back = self.back_at.is_some_and(|at| self.now >= at);
        self.breaks_at.is_some_and(|at| self.now >= at) && !back
    }
}

impl Link for SimLink {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let deadline = self.now + timeout;
        loop {
            if self.broken() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.inbox.extend(self.board.poll(self.now));
            if !self.inbox.is_empty() {
                let count = self.inbox.len().min(buffer.len()).min(self.chunk);
                buffer[..count].copy_from_slice(&self.inbox[..count]);
                self.inbox.drain(..count);
                return Ok(count);
            }
            if self.now >= deadline {
                return Ok(0);
            }
            let next = self.board.next_at();
            self.now = if next > self.now {
                next.min(deadline)
            } else {
                deadline
            };
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.broken() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.board.feed(self.now, bytes);
        Ok(())
    }

    fn set_line(&mut self, line: ControlLine, on: bool) -> io::Result<()> {
        self.switched.borrow_mut().push((line, on, self.now));
        if on {
            self.inbox
                .extend(std::mem::take(&mut self.buffered).bytes());
        }
        if on && self.is_wired {
            self.board.reset(self.now);
        }
        Ok(())
    }

    fn reopen(&mut self, _: &AtomicBool) -> io::Result<bool> {
        self.now += Duration::from_millis(200);
        if std::mem::take(&mut self.resets) {
            self.board.reset(self.now);
        }
        // Nobody listened meanwhile.
        let _ = self.board.poll(self.now);
        self.inbox.clear();
        Ok(!self.broken())
    }

    fn elapsed(&self) -> Duration {
        self.now
    }
}

pub(crate) struct Outcome {
    pub(crate) run: Run,
    pub(crate) judgement: Judgement,
    pub(crate) capture: Vec<u8>,
}

/// Runs a session, judges it, replays its capture and sees that all is the same.
pub(crate) fn session(link: impl Link, request: &RunRequest, rules: Option<&Rules>) -> Outcome {
    session_after(Start::default(), link, request, rules)
}

/// The same, with something to do before the board is waited for.
pub(crate) fn session_after(
    start: Start,
    link: impl Link,
    request: &RunRequest,
    rules: Option<&Rules>,
) -> Outcome {
    let mut capture = Vec::new();
    let about = About {
        version: "test".to_owned(),
        ..About::default()
    };
    let mut next = 0x5eed;
    let setup = Setup {
        patience: Duration::from_secs(30),
        nonce: Box::new(move || {
            next += 1;
            next
        }),
        start,
        capture: Some(Writer::start(Box::new(&mut capture), &about).unwrap()),
        watch: &mut (),
        stop: &AtomicBool::new(false),
    };
    let run = Session::new(link, setup).run(request);
    let judgement = judge_run(&run, rules);
    let again = replay_bytes(&capture);
    assert_eq!(judge_run(&again, rules), judgement, "replay differs");
    assert_eq!(again.line, run.line);
    assert_eq!(again.kernel, run.kernel);
    assert_eq!(again.ended, run.ended);
    Outcome {
        run,
        judgement,
        capture,
    }
}

pub(crate) fn run_all(board: Board) -> Outcome {
    session(SimLink::new(board), &RunRequest::default(), None)
}

pub(crate) fn replay_bytes(bytes: &[u8]) -> Run {
    let mut reader = Reader::open(bytes).unwrap();
    replay(&mut reader, |_| {}).unwrap()
}

pub(crate) fn judge_run(run: &Run, rules: Option<&Rules>) -> Judgement {
    let known = board_name(run).and_then(board::released);
    judge(run, rules.or(known.as_ref()))
}

#[track_caller]
pub(crate) fn assert_incomplete(ending: &Outcome, words: &str) {
    let judgement = &ending.judgement;
    assert_eq!(judgement.verdict, Verdict::Incomplete, "{judgement:?}");
    assert_eq!(judgement.exit.code(), 3);
    assert!(judgement.reason.contains(words), "{}", judgement.reason);
}
