//! What the station stands on: this board's console, clock, kernel and checks.

use core::ffi::CStr;
use core::fmt::{Display, Write};
use core::time::Duration;

use board_check_protocol::checks::DIGEST;
use board_check_protocol::{ErrorReason, Outcome, Text};
use board_check_station::{Board, Gone, Identity, KernelCounts, Refusal};

use crate::bench::{Bench, KMALLOC, VMALLOC};
use crate::busy::Busy;
use crate::checks::CHECKS;
use crate::environment::{Environment, IMAGE, kernel_counts};
use crate::faults::Fault;
use crate::sys::{self, Access, Console, Device, Errno};
use crate::trouble::{Name, Trouble};
use crate::uapi::PATTERN_SEED;

/// This board.
#[derive(Debug)]
pub struct Target {
    console: Console,
    environment: Environment,
    bench: Bench,
}

impl Target {
    /// The board behind `console`. `module`: its file, if the verifier may unload and
    /// load it.
    pub fn new(console: Console, environment: Environment, module: Option<&'static CStr>) -> Self {
        Self {
            console,
            bench: Bench::new(&environment, module, Fault::default()),
            environment,
        }
    }

    /// Brings the areas to the state of a fresh module.
    fn refresh(&self) -> Result<(), Errno> {
        if self.bench.module.is_some() {
            return self.bench.reload();
        }
        let device = Device::open(self.bench.path(), Access::ReadWrite)?;
        for area in [VMALLOC, KMALLOC] {
            device.fill(self.bench.whole_fill(area, PATTERN_SEED, 0))?;
        }
        Ok(())
    }
}

impl Board for Target {
    fn now(&mut self) -> Duration {
        sys::now()
    }

    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Gone> {
        let read = self.console.read(buffer, timeout);
        read.map(<[u8]>::len).map_err(|_errno| Gone)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.console.write(bytes).map_err(|_errno| Gone)
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            boot: self.environment.boot,
            image: IMAGE,
            board: &self.environment.board,
            machine: &self.environment.machine,
        }
    }

    fn counts(&mut self) -> KernelCounts {
        kernel_counts()
    }

    fn checks(&self) -> usize {
        CHECKS.len()
    }

    fn list(&self) -> u32 {
        DIGEST
    }

    fn name(&self, index: usize) -> Text {
        CHECKS
            .get(index)
            .map_or_else(Text::new, |check| check.name())
    }

    fn prepare(&mut self, fault: u32) -> Result<(), Refusal> {
        let fault = Fault::new(fault).map_err(|reason| Refusal {
            reason,
            detail: word("?"),
        })?;
        self.bench = Bench::new(&self.environment, self.bench.module, fault);
        self.refresh().map_err(|errno| Refusal {
            reason: ErrorReason::Module,
            detail: word(Name(errno)),
        })
    }

    fn check(&mut self, index: usize, busy: &Text, detail: &mut Text) -> Outcome {
        let Some(check) = CHECKS.get(index) else {
            return Outcome::Fail;
        };
        self.bench.busy = Busy::new(busy);
        // What does not fit is left out.
        let (outcome, _) = match check.run(&mut self.bench) {
            Ok(()) => (Outcome::Pass, write!(detail, "{}", self.bench.note.get())),
            Err(trouble @ Trouble::Skip(_)) => (
                Outcome::Skip,
                write!(detail, "{trouble} {}", self.bench.note.get()),
            ),
            Err(trouble) => (Outcome::Fail, write!(detail, "{trouble}")),
        };
        outcome
    }

    #[cfg(feature = "debug-kernel")]
    fn settle(&mut self, busy: &Text) {
        crate::leaks::scan(&Busy::new(busy));
    }

    fn power_off(&mut self) -> Text {
        word(Name(sys::power_off()))
    }

    fn say_result(&mut self, number: usize, line: &str) -> Result<(), Gone> {
        self.bench.fault.say_result(self, number, line)
    }
}

fn word(what: impl Display) -> Text {
    let mut word = Text::new();
    let _ = write!(word, "{what}");
    word
}
