//! A made-up board under the real station: its console, its clock, and checks of which
//! it is known how they end.

use std::collections::VecDeque;
use std::time::Duration;

use board_check_protocol::{Outcome, Text, checks};
use board_check_station::{Board, Gone, Identity, KernelCounts, Refusal};

use crate::kernel;

/// What happens to the board while it runs checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Accident {
    /// It starts anew.
    Reset,
    /// The kernel has an exception and goes on.
    Oops,
    /// The kernel stops.
    Panic,
}

/// Time that one byte takes at 115200 bit/s, with its start and stop bit.
pub fn wire_time(bytes: usize) -> Duration {
    Duration::from_nanos(86_806 * bytes as u64)
}

/// The board.
#[derive(Debug)]
pub struct MadeUp {
    pub(crate) boot: u64,
    /// Time since it started.
    pub clock: Duration,
    /// Nobody has said anything after this time yet.
    pub horizon: Duration,
    /// Bytes from the host, and when they arrive.
    pub inbox: VecDeque<(Duration, u8)>,
    /// What it has written, and when the last byte of it left.
    pub outbox: Vec<(Duration, Vec<u8>)>,
    pub(crate) names: Vec<&'static str>,
    pub(crate) list: u32,
    /// The one check that fails.
    pub(crate) fails: Option<&'static str>,
    /// An accident, and at which result of a run.
    pub(crate) accident: Option<(Accident, usize)>,
    /// Share of writes that a kernel message cuts in two.
    pub(crate) printk: f64,
    /// Kernel messages have timestamps.
    pub(crate) stamps: bool,
    pub(crate) random: fastrand::Rng,
    pub(crate) counts: KernelCounts,
    /// The kernel warns, without a word on the console, when the module is loaded.
    pub(crate) loading_warns: bool,
    pub(crate) done: usize,
    /// What happened to it, for whoever steps it.
    pub(crate) happened: Option<Accident>,
}

impl MadeUp {
    /// A board that is well, in this boot.
    pub fn new(boot: u64, random: fastrand::Rng) -> Self {
        Self {
            boot,
            clock: Duration::ZERO,
            horizon: Duration::ZERO,
            inbox: VecDeque::new(),
            outbox: Vec::new(),
            names: checks::NAMES.to_vec(),
            list: checks::DIGEST,
            fails: None,
            accident: None,
            printk: 0.0,
            stamps: true,
            random,
            counts: KernelCounts {
                tainted: Some(0x1000),
                oops: Some(0),
                warn: Some(0),
            },
            loading_warns: false,
            done: 0,
            happened: None,
        }
    }

    /// Has this check fail.
    pub fn fail(&mut self, name: &'static str) {
        self.fails = Some(name);
    }

    /// Has this happen once, before the result with this number.
    pub fn meet(&mut self, accident: Accident, at: usize) {
        self.accident = Some((accident, at));
    }

    /// What has happened to it.
    pub fn happened(&self) -> Option<Accident> {
        self.happened
    }

    /// Says what a board says from the reset to the first program.
    pub fn boot(&mut self) {
        self.emit(kernel::boot());
    }

    /// Puts bytes on the wire, as the kernel or a boot loader does.
    pub(crate) fn emit(&mut self, bytes: Vec<u8>) {
        self.clock += wire_time(bytes.len());
        self.outbox.push((self.clock, bytes));
    }

    /// How check `name` ends, and what is said of it.
    pub(crate) fn outcome(&self, name: &str) -> (Outcome, &'static str) {
        match self.fails == Some(name) {
            true => (Outcome::Fail, "offset=64 got=0xdead"),
            false => (Outcome::Pass, ""),
        }
    }

    fn has_accident(&mut self) -> bool {
        let due = |&(_, at): &(Accident, usize)| at == self.done;
        let Some((what, _)) = self.accident.take_if(|accident| due(accident)) else {
            return false;
        };
        self.happened = Some(what);
        match what {
            Accident::Reset => {}
            Accident::Oops => {
                self.counts.oops = self.counts.oops.map(|oops| oops + 1);
                self.emit(kernel::oops(self.clock));
            }
            Accident::Panic => self.emit(kernel::panic(self.clock)),
        }
        what != Accident::Oops
    }
}

impl Board for MadeUp {
    fn now(&mut self) -> Duration {
        self.clock
    }

    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Gone> {
        let arrives = self.inbox.front().map_or(Duration::MAX, |&(at, _)| at);
        let until = (self.clock + timeout).min(self.horizon).min(arrives);
        self.clock = self.clock.max(until);
        let here = |&&(at, _): &&(Duration, u8)| at <= self.clock;
        let count = self.inbox.iter().take_while(here).count().min(buffer.len());
        for (place, (_, byte)) in buffer.iter_mut().zip(self.inbox.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        // The terminal makes CR LF of a line feed.
        let mut line = Vec::with_capacity(bytes.len() + 80);
        for &byte in bytes {
            if byte == b'\n' {
                line.push(b'\r');
            }
            line.push(byte);
        }
        if self.printk > 0.0 && self.random.f64() < self.printk {
            let at = self.random.usize(..=line.len());
            let message = kernel::harmless(self.clock, self.stamps, &mut self.random);
            line.splice(at..at, message);
        }
        self.emit(line);
        Ok(())
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            boot: self.boot,
            image: "0.1.0",
            board: "qemu-aarch64",
            machine: "linux,dummy-virt",
        }
    }

    fn counts(&mut self) -> KernelCounts {
        self.counts
    }

    fn checks(&self) -> usize {
        self.names.len()
    }

    fn list(&self) -> u32 {
        self.list
    }

    fn name(&self, index: usize) -> Text {
        Text::try_from(self.names[index]).expect("names have room in a line")
    }

    fn prepare(&mut self, _fault: u32) -> Result<(), Refusal> {
        self.done = 0;
        // Loading the module.
        let warns = u64::from(self.loading_warns);
        self.counts.warn = self.counts.warn.map(|warn| warn + warns);
        self.clock += Duration::from_millis(self.random.u64(5..300));
        Ok(())
    }

    fn check(&mut self, index: usize, busy: &Text, detail: &mut Text) -> Outcome {
        self.done += 1;
        self.clock += Duration::from_micros(self.random.u64(100..5000));
        // Now and then one takes long.
        if self.random.u32(0..100) == 0 {
            self.clock += Duration::from_secs(1);
            // What does not go out shows at the result.
            let _ = self.say(busy);
        }
        let (outcome, said) = self.outcome(self.names[index]);
        detail.push_str(said).expect("it is short");
        outcome
    }

    fn say_result(&mut self, _number: usize, line: &str) -> Result<(), Gone> {
        if self.has_accident() {
            return Err(Gone);
        }
        self.say(line)
    }

    fn power_off(&mut self) -> Text {
        Text::try_from("EPERM").expect("it is short")
    }
}

#[cfg(test)]
mod tests {
    use board_check_station::Station;

    use super::*;

    #[test]
    fn what_the_kernel_counts_when_the_module_is_loaded_is_of_the_run() {
        for loading_warns in [false, true] {
            let mut board = MadeUp::new(1, fastrand::Rng::with_seed(1));
            board.loading_warns = loading_warns;
            let mut station = Station::new(board);
            for _run in 0..2 {
                station.run_unasked().unwrap();
                let (_, end) = station.board().outbox.pop().unwrap();
                let end = String::from_utf8(end).unwrap();
                let warn = u8::from(loading_warns);
                assert!(end.contains(&format!(" warn={warn} ")), "{end}");
            }
        }
    }
}
