//! The console while no run goes on: `ready` each second, and requests.

use core::time::Duration;

use board_check_protocol::{
    Context, ErrorReason, Filter, LINE_MAX, LineReader, Numbers, Ready, Record, Request,
    RequestError, Text,
};

use crate::bench::{Bench, KMALLOC, VMALLOC};
use crate::checks::CHECKS;
use crate::environment::Environment;
use crate::faults::Fault;
use crate::run::{Records, Totals, run, say};
use crate::sys::{self, Access, Console, Device, Errno};
use crate::trouble::Name;
use crate::uapi::PATTERN_SEED;

/// Time between two `ready` lines.
const READY_INTERVAL: Duration = Duration::from_secs(1);

/// Time without a request after which a board runs its checks by itself, once, for
/// the person at the console.
const SELF_RUN_AFTER: Duration = Duration::from_secs(5);

/// Who talks to the host.
#[derive(Debug)]
pub struct Station {
    console: Console,
    environment: Environment,
    owns_module: bool,
    reader: LineReader<LINE_MAX>,
    records: Records,
    runs: u32,
}

impl Station {
    /// A station on `console`. `owns_module`: it may unload and load the module.
    pub fn new(console: Console, environment: Environment, owns_module: bool) -> Self {
        Self {
            console,
            environment,
            owns_module,
            reader: LineReader::default(),
            records: Records::default(),
            runs: 0,
        }
    }

    /// Says `ready` and answers requests, until the console is gone. With
    /// `self_run` and without a host, it runs the checks once by itself.
    ///
    /// # Errors
    /// As `read(2)` and `write(2)` of the console.
    pub fn serve(&mut self, self_run: bool) -> Result<(), Errno> {
        let mut next_ready = sys::now();
        let mut self_run_at = self_run.then(|| sys::now() + SELF_RUN_AFTER);
        loop {
            let now = sys::now();
            if now >= next_ready {
                self.say_ready()?;
                next_ready = now + READY_INTERVAL;
            }
            if self_run_at.is_some_and(|at| now >= at) {
                self_run_at = None;
                self.run_unasked()?;
                next_ready = sys::now();
            }
            let mut buffer = [0; 64];
            let wait = next_ready.saturating_sub(sys::now());
            let mut chunk = self.console.read(&mut buffer, wait)?;
            while !chunk.is_empty() {
                let (line, rest) = self.next_line(chunk);
                chunk = rest;
                if let Some(line) = line
                    && self.answer(&line)?
                {
                    self_run_at = None;
                    next_ready = sys::now();
                }
            }
        }
    }

    /// Runs all checks with nonce 0, which no host takes for its own run.
    ///
    /// # Errors
    /// As `write(2)` of the console.
    pub fn run_unasked(&mut self) -> Result<Option<Totals>, Errno> {
        self.start_run(0, Filter::default(), 0)
    }

    fn next_line<'c>(
        &mut self,
        chunk: &'c [u8],
    ) -> (Option<heapless::Vec<u8, LINE_MAX>>, &'c [u8]) {
        let (line, rest) = self.reader.feed(chunk);
        let line = line.filter(|line| !line.cut);
        (
            line.and_then(|line| heapless::Vec::from_slice(line.bytes).ok()),
            rest,
        )
    }

    fn say_ready(&mut self) -> Result<(), Errno> {
        let ready = Ready {
            boot: self.environment.boot,
            runs: self.runs,
        };
        self.say(0, Record::Ready(ready))
    }

    fn say(&mut self, nonce: u64, record: Record<'_>) -> Result<(), Errno> {
        let line = outside_a_run(nonce, self.environment.boot, record)?;
        say(&mut self.console, &line)
    }

    fn say_error(&mut self, nonce: u64, reason: ErrorReason, detail: &str) -> Result<(), Errno> {
        self.say(nonce, Record::Error { reason, detail })
    }

    /// Carries out the request in `line`; false if it is none.
    fn answer(&mut self, line: &[u8]) -> Result<bool, Errno> {
        let (nonce, request) = match Request::decode(line, self.environment.boot) {
            Ok(None) => return Ok(false),
            Ok(Some(request)) => request,
            Err(RequestError {
                reason,
                detail,
                nonce,
            }) => {
                self.say_error(nonce, reason, detail)?;
                return Ok(true);
            }
        };
        match request {
            Request::Run { filter, fault } => {
                self.start_run(nonce, filter, fault)?;
            }
            Request::Resend(numbers) => self.resend(nonce, &numbers)?,
            Request::List => self.list(nonce)?,
            Request::Off => {
                self.say(nonce, Record::Off)?;
                let errno = sys::power_off();
                self.say_error(nonce, ErrorReason::Verb, &detail(errno))?;
            }
        }
        Ok(true)
    }

    fn start_run(
        &mut self,
        nonce: u64,
        filter: Filter<'_>,
        fault: u32,
    ) -> Result<Option<Totals>, Errno> {
        let fault = match Fault::new(fault) {
            Ok(fault) => fault,
            Err(reason) => return self.say_error(nonce, reason, "?").map(|()| None),
        };
        if !CHECKS.iter().any(|check| filter.selects(&check.name())) {
            return self
                .say_error(nonce, ErrorReason::NoChecks, "?")
                .map(|()| None);
        }
        let mut bench = Bench::new(&self.environment, self.owns_module, fault);
        if let Err(errno) = self.prepare(&bench) {
            return self
                .say_error(nonce, ErrorReason::Module, &detail(errno))
                .map(|()| None);
        }
        self.runs = self.runs.wrapping_add(1);
        let boot = self.environment.boot;
        let context = Context {
            nonce,
            boot,
            count: self.runs,
        };
        let reader = &mut self.reader;
        let mut refuse_others = |console: &mut Console| refuse_requests(console, reader, boot);
        run(
            &mut self.console,
            &mut self.records,
            &self.environment,
            &mut bench,
            context,
            filter,
            &mut refuse_others,
        )
        .map(Some)
    }

    /// Brings the areas to the state of a fresh module.
    fn prepare(&mut self, bench: &Bench) -> Result<(), Errno> {
        if self.owns_module {
            return bench.reload();
        }
        let device = Device::open(bench.path(), Access::ReadWrite)?;
        for area in [VMALLOC, KMALLOC] {
            device.fill(bench.whole_fill(area, PATTERN_SEED, 0))?;
        }
        Ok(())
    }

    fn resend(&mut self, nonce: u64, numbers: &Numbers) -> Result<(), Errno> {
        if !self.records.are_of(nonce) {
            return self.say_error(nonce, ErrorReason::Run, "?");
        }
        self.records.say_again(&mut self.console, numbers)
    }

    fn list(&mut self, nonce: u64) -> Result<(), Errno> {
        self.say(
            nonce,
            Record::List {
                checks: CHECKS.len(),
            },
        )?;
        for (index, check) in CHECKS.iter().enumerate() {
            self.say(
                nonce,
                Record::Listed {
                    number: index + 1,
                    name: &check.name(),
                },
            )?;
        }
        Ok(())
    }
}

fn outside_a_run(nonce: u64, boot: u64, record: Record<'_>) -> Result<Text, Errno> {
    let context = Context {
        nonce,
        boot,
        count: 0,
    };
    record.encode(&context).map_err(|_long| Errno::MSGSIZE)
}

/// Answers what came during a run: nothing but the run is carried out.
fn refuse_requests(console: &mut Console, reader: &mut LineReader<LINE_MAX>, boot: u64) {
    let mut buffer = [0; 64];
    while let Ok(mut chunk) = console.read(&mut buffer, Duration::ZERO) {
        if chunk.is_empty() {
            return;
        }
        while !chunk.is_empty() {
            let (line, rest) = reader.feed(chunk);
            chunk = rest;
            let line = line.filter(|line| !line.cut);
            let request = line.map(|line| Request::decode(line.bytes, boot));
            if let Some(Ok(Some((nonce, _request)))) = request
                && let Ok(busy) = outside_a_run(nonce, boot, Record::Busy)
            {
                // A host that does not hear it asks again.
                let _ = say(console, &busy);
            }
        }
    }
}

fn detail(errno: Errno) -> Text {
    let mut detail = Text::new();
    let _ = core::fmt::write(&mut detail, format_args!("{}", Name(errno)));
    detail
}
