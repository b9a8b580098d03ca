//! The made-up board on the terminal, with the clock of this machine.

use std::io::{ErrorKind, Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use board_check_protocol::{Outcome, Text};
use board_check_station::{Board, Gone, Identity, KernelCounts, Refusal};
use line_simulator::{MadeUp, Pace};
use serialport::{SerialPort as _, TTYPort};

/// From a reset to the first program.
const BOOT_TIME: Duration = Duration::from_millis(300);

/// How often it looks whether somebody has opened the terminal.
const POLL: Duration = Duration::from_millis(20);

pub(crate) struct OnTerminal {
    pub(crate) made_up: MadeUp,
    pub(crate) terminal: TTYPort,
    /// How long each check takes.
    pub(crate) check_takes: Duration,
    /// The line that it says everything on, if that is not as fast as the terminal.
    pub(crate) line: Option<Pace>,
    /// The result from which on it says nothing any more.
    pub(crate) hangs_at: Option<usize>,
    begun: Instant,
}

impl OnTerminal {
    pub(crate) fn new(made_up: MadeUp, terminal: TTYPort, check_takes: Duration) -> Self {
        Self {
            made_up,
            terminal,
            check_takes,
            line: None,
            hangs_at: None,
            begun: Instant::now(),
        }
    }

    /// What a board says when it starts.
    pub(crate) fn boot(&mut self) {
        thread::sleep(BOOT_TIME);
        self.made_up.boot();
        self.flush();
    }

    /// Says what the made-up board has written. What nobody listens to is lost.
    fn flush(&mut self) {
        for (_, line) in std::mem::take(&mut self.made_up.outbox) {
            let Some(pace) = &mut self.line else {
                let _ = self.terminal.write_all(&line);
                continue;
            };
            for piece in line.chunks(Pace::PIECE_BYTES) {
                pace.pass(piece.len());
                let _ = self.terminal.write_all(piece);
            }
        }
    }
}

/// Keeps the terminal and says nothing, as a board whose kernel has stopped.
pub(crate) fn be_silent(terminal: TTYPort) -> ! {
    let _kept = terminal;
    loop {
        thread::park();
    }
}

impl Board for OnTerminal {
    fn now(&mut self) -> Duration {
        self.begun.elapsed()
    }

    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Gone> {
        let wait = timeout.min(POLL);
        self.terminal.set_timeout(wait).map_err(|_| Gone)?;
        match self.terminal.read(buffer) {
            Ok(count) => return Ok(count),
            Err(error) if error.kind() == ErrorKind::TimedOut => {}
            // Nobody has the terminal open.
            Err(_) => thread::sleep(wait),
        }
        Ok(0)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.made_up.write(bytes)?;
        self.flush();
        Ok(())
    }

    fn identity(&self) -> Identity<'_> {
        self.made_up.identity()
    }

    fn counts(&mut self) -> KernelCounts {
        self.made_up.counts()
    }

    fn checks(&self) -> usize {
        self.made_up.checks()
    }

    fn list(&self) -> u32 {
        self.made_up.list()
    }

    fn name(&self, index: usize) -> Text {
        self.made_up.name(index)
    }

    fn prepare(&mut self, fault: u32) -> Result<(), Refusal> {
        self.made_up.prepare(fault)
    }

    fn check(&mut self, index: usize, busy: &Text, detail: &mut Text) -> Outcome {
        thread::sleep(self.check_takes);
        self.made_up.check(index, busy, detail)
    }

    fn say_result(&mut self, number: usize, line: &str) -> Result<(), Gone> {
        if self.hangs_at == Some(number) {
            return Err(Gone);
        }
        let said = self.made_up.say_result(number, line);
        self.flush();
        said
    }

    fn power_off(&mut self) -> Text {
        self.made_up.power_off()
    }
}
