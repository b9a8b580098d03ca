//! A board on a pseudo terminal that takes no more bytes than a serial line at 115200
//! bit/s.

use std::io::{ErrorKind, Read as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use board_check_protocol::{Outcome, Text};
use board_check_station::{Board, Gone, Identity, KernelCounts, Refusal, Station};
use line_simulator::{MadeUp, Pace, wire_time};
use serialport::{SerialPort as _, TTYPort};

use crate::programs::{Programs, time};

/// Reads end this soon when the board is to stop.
const POLL: Duration = Duration::from_millis(20);

/// One run over the line.
pub(crate) struct Verdict {
    /// From the last byte of the `ready` that was answered to the end of the process.
    pub(crate) took: Duration,
    /// What the bytes of request and run need on the line.
    pub(crate) floor: Duration,
}

impl Verdict {
    /// What it took besides.
    pub(crate) fn over(&self) -> Duration {
        self.took.saturating_sub(self.floor)
    }
}

/// Runs all checks of a board on such a line.
pub(crate) fn run(programs: &Programs) -> anyhow::Result<Verdict> {
    let (master, slave) = TTYPort::pair().context("There is no pseudo terminal")?;
    let port = slave.name().context("The pseudo terminal has no name")?;
    let capture = programs.folder.join("paced.capture");
    let mut command = programs.board_check();
    command.args(["--port", &port, "--capture"]).arg(&capture);
    command.stderr(std::process::Stdio::null());
    let stop = AtomicBool::new(false);
    let (ended, line) = thread::scope(|scope| {
        let board = scope.spawn(|| {
            let mut station = Station::new(Paced::new(master));
            while !stop.load(Ordering::Relaxed) {
                if station.step().is_err() {
                    break;
                }
            }
            let board = station.board();
            (board.asked_at, board.bytes)
        });
        let ended = time(command).map(|_| Instant::now());
        stop.store(true, Ordering::Relaxed);
        (ended, board.join().expect("the board does not panic"))
    });
    let (asked_at, bytes) = line;
    Ok(Verdict {
        took: ended? - asked_at.context("No request came")?,
        floor: wire_time(bytes),
    })
}

/// The made-up board on a real terminal, with the clock of this machine.
struct Paced {
    board: MadeUp,
    terminal: TTYPort,
    begun: Instant,
    line: Pace,
    /// When the last byte that was said had left.
    said_at: Instant,
    /// The same at the first request.
    asked_at: Option<Instant>,
    /// Bytes of the request and of all that followed, up to the end of the run.
    bytes: usize,
    over: bool,
}

impl Paced {
    fn new(terminal: TTYPort) -> Self {
        let now = Instant::now();
        let mut random = fastrand::Rng::with_seed(1);
        Self {
            board: MadeUp::new(random.u64(1..), random.fork()),
            terminal,
            begun: now,
            line: Pace::begin(),
            said_at: now,
            asked_at: None,
            bytes: 0,
            over: false,
        }
    }

    /// Waits until `bytes` have been on the line; gives when they had.
    fn pass(&mut self, bytes: usize) -> Instant {
        if self.asked_at.is_some() && !self.over {
            self.bytes += bytes;
        }
        self.line.pass(bytes)
    }
}

impl Board for Paced {
    fn now(&mut self) -> Duration {
        self.begun.elapsed()
    }

    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Gone> {
        let wait = self.terminal.set_timeout(timeout.min(POLL));
        wait.map_err(|_| Gone)?;
        let read = self.terminal.read(buffer);
        if !timeout.is_zero() {
            self.line.rest();
        }
        match read {
            Ok(count) => {
                self.asked_at.get_or_insert(self.said_at);
                self.pass(count);
                Ok(count)
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(0),
            Err(_) => Err(Gone),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.board.write(bytes)?;
        for (_, line) in std::mem::take(&mut self.board.outbox) {
            for piece in line.chunks(Pace::PIECE_BYTES) {
                self.said_at = self.pass(piece.len());
                self.terminal.write_all(piece).map_err(|_| Gone)?;
            }
        }
        self.over |= bytes.starts_with(b"# board-check end ");
        Ok(())
    }

    fn identity(&self) -> Identity<'_> {
        self.board.identity()
    }

    fn counts(&mut self) -> KernelCounts {
        self.board.counts()
    }

    fn checks(&self) -> usize {
        self.board.checks()
    }

    fn list(&self) -> u32 {
        self.board.list()
    }

    fn name(&self, index: usize) -> Text {
        self.board.name(index)
    }

    fn prepare(&mut self, fault: u32) -> Result<(), Refusal> {
        self.board.prepare(fault)
    }

    fn check(&mut self, index: usize, busy: &Text, detail: &mut Text) -> Outcome {
        self.board.check(index, busy, detail)
    }

    fn power_off(&mut self) -> Text {
        self.board.power_off()
    }
}
