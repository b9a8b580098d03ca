//! `ready` each second while no run goes on, and requests.

use core::time::Duration;

use board_check_protocol::{
    Context, ErrorReason, Filter, LINE_MAX, LineReader, Numbers, Ready, Record, Request,
    RequestError,
};

use crate::records::Records;
use crate::run::{Run, Totals};
use crate::{Board, Gone, Refusal};

/// Time between two `ready` lines.
const READY_INTERVAL: Duration = Duration::from_secs(1);

/// Time without a request after which a board runs its checks by itself, once, for
/// the person at the console.
const SELF_RUN_AFTER: Duration = Duration::from_secs(5);

/// Who talks to the host.
#[derive(Debug)]
pub struct Station<B> {
    board: B,
    reader: LineReader<LINE_MAX>,
    records: Records,
    /// Runs that have begun.
    runs: u32,
    run: Option<Run>,
    /// What the last run came to; `None` if it has not ended.
    totals: Option<Totals>,
    next_ready: Duration,
    /// When a host was last answered, or a run ended.
    last_asked: Duration,
    self_run_at: Option<Duration>,
}

impl<B: Board> Station<B> {
    /// A station that has said nothing yet.
    pub fn new(board: B) -> Self {
        Self {
            board,
            reader: LineReader::default(),
            records: Records::default(),
            runs: 0,
            run: None,
            totals: None,
            next_ready: Duration::ZERO,
            last_asked: Duration::ZERO,
            self_run_at: None,
        }
    }

    /// What it stands on.
    pub fn board(&mut self) -> &mut B {
        &mut self.board
    }

    /// Gives it back.
    pub fn into_board(self) -> B {
        self.board
    }

    /// Has it run the checks once by itself if no request comes.
    pub fn self_run(&mut self) {
        self.self_run_at = Some(self.board.now().saturating_add(SELF_RUN_AFTER));
    }

    /// Says `ready`, answers requests and runs checks, until the console is gone.
    pub fn serve(&mut self) -> Gone {
        loop {
            if let Err(gone) = self.step() {
                return gone;
            }
        }
    }

    /// The same, until nobody has asked anything for `patience`, too.
    ///
    /// # Errors
    /// The console is gone.
    pub fn serve_until_idle(&mut self, patience: Duration) -> Result<(), Gone> {
        self.last_asked = self.board.now();
        while self.run.is_some() || self.board.now() < self.last_asked.saturating_add(patience) {
            self.step()?;
        }
        Ok(())
    }

    /// Runs all checks with nonce 0, which no host takes for its own run. Returns what
    /// it came to, nothing if it did not begin.
    ///
    /// # Errors
    /// As [`Board::write`].
    pub fn run_unasked(&mut self) -> Result<Option<Totals>, Gone> {
        self.start_run(0, Filter::default(), 0)?;
        while self.run.is_some() {
            self.step()?;
        }
        Ok(self.totals)
    }

    /// Does what is to be done next: one check of a run, or `ready` and whatever was
    /// asked. A run that cannot be said to its end is given up.
    ///
    /// # Errors
    /// As [`Board::read`] and [`Board::write`].
    pub fn step(&mut self) -> Result<(), Gone> {
        if self.run.is_some() {
            // Nothing but the run is carried out, and it needs no input.
            while self.listen(Duration::ZERO) == Ok(true) {}
            return self.proceed();
        }
        let now = self.board.now();
        if now >= self.next_ready {
            self.say_ready()?;
            self.next_ready = now + READY_INTERVAL;
        }
        if self.self_run_at.is_some_and(|at| now >= at) {
            self.self_run_at = None;
            return self.start_run(0, Filter::default(), 0);
        }
        let wait = self.next_ready.saturating_sub(self.board.now());
        self.listen(wait).map(|_any| ())
    }

    fn proceed(&mut self) -> Result<(), Gone> {
        let Some(mut run) = self.run.take() else {
            return Ok(());
        };
        self.totals = run.proceed(&mut self.board, &mut self.records)?;
        if self.totals.is_none() {
            self.run = Some(run);
        } else {
            self.next_ready = self.board.now();
            self.last_asked = self.next_ready;
        }
        Ok(())
    }

    /// Takes what came in; true if there was something.
    fn listen(&mut self, wait: Duration) -> Result<bool, Gone> {
        let mut buffer = [0; 64];
        let count = self.board.read(&mut buffer, wait)?;
        let mut chunk = buffer.get(..count).unwrap_or_default();
        while !chunk.is_empty() {
            let (line, rest) = self.reader.feed(chunk);
            chunk = rest;
            let line = line.filter(|line| !line.cut);
            let line = line.and_then(|line| heapless::Vec::from_slice(line.bytes).ok());
            if let Some::<heapless::Vec<u8, LINE_MAX>>(line) = line {
                self.take(&line)?;
            }
        }
        Ok(count > 0)
    }

    /// Answers a line, if it is a request.
    fn take(&mut self, line: &[u8]) -> Result<(), Gone> {
        let request = Request::decode(line, self.board.identity().boot);
        if self.run.is_some() {
            return match request {
                // A host that does not hear it asks again.
                Ok(Some((nonce, _request))) => self.say(nonce, Record::Busy),
                _ => Ok(()),
            };
        }
        match request {
            Ok(None) => return Ok(()),
            Ok(Some((nonce, request))) => self.answer(nonce, request)?,
            Err(RequestError {
                reason,
                detail,
                nonce,
            }) => self.say_error(nonce, reason, detail)?,
        }
        self.self_run_at = None;
        self.next_ready = self.board.now();
        self.last_asked = self.next_ready;
        Ok(())
    }

    fn answer(&mut self, nonce: u64, request: Request<'_>) -> Result<(), Gone> {
        match request {
            Request::Run { filter, fault } => self.start_run(nonce, filter, fault),
            Request::Resend(_) if !self.records.are_of(nonce) => {
                self.say_error(nonce, ErrorReason::Run, "?")
            }
            Request::Resend(numbers) => self.records.say_again(&mut self.board, &numbers),
            Request::List => self.list(nonce),
            Request::Off => {
                self.say(nonce, Record::Off)?;
                let detail = self.board.power_off();
                self.say_error(nonce, ErrorReason::Verb, &detail)
            }
        }
    }

    fn start_run(&mut self, nonce: u64, filter: Filter<'_>, fault: u32) -> Result<(), Gone> {
        self.totals = None;
        let mut selected = Numbers::default();
        (0..self.board.checks())
            .filter(|&index| filter.selects(&self.board.name(index)))
            .for_each(|index| selected.insert(index));
        if selected.is_empty() {
            return self.say_error(nonce, ErrorReason::NoChecks, "?");
        }
        // What the kernel says of a module that is loaded belongs to the run.
        let before = self.board.counts();
        if let Err(Refusal { reason, detail }) = self.board.prepare(fault) {
            return self.say_error(nonce, reason, &detail);
        }
        self.runs = self.runs.wrapping_add(1);
        let context = Context {
            nonce,
            boot: self.board.identity().boot,
            count: self.runs,
        };
        let run = Run::start(
            &mut self.board,
            &mut self.records,
            context,
            selected,
            before,
        )?;
        self.run = Some(run);
        Ok(())
    }

    fn list(&mut self, nonce: u64) -> Result<(), Gone> {
        let checks = self.board.checks();
        self.say(nonce, Record::List { checks })?;
        for index in 0..checks {
            let name = &self.board.name(index);
            let number = index + 1;
            self.say(nonce, Record::Listed { number, name })?;
        }
        Ok(())
    }

    fn say_ready(&mut self) -> Result<(), Gone> {
        let ready = Ready {
            boot: self.board.identity().boot,
            runs: self.runs,
        };
        self.say(0, Record::Ready(ready))
    }

    fn say_error(&mut self, nonce: u64, reason: ErrorReason, detail: &str) -> Result<(), Gone> {
        self.say(nonce, Record::Error { reason, detail })
    }

    /// Says a record that belongs to no run.
    fn say(&mut self, nonce: u64, record: Record<'_>) -> Result<(), Gone> {
        let context = Context {
            nonce,
            boot: self.board.identity().boot,
            count: 0,
        };
        self.board
            .say(&record.encode(&context).map_err(|_long| Gone)?)
    }
}
