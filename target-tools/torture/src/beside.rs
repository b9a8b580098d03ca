//! What goes on beside the cycles, in a process of its own: a CPU goes and comes back, or
//! memory runs out, again and again.

use core::ffi::CStr;
use core::time::Duration;

use board_verify::sys::{self, Child, Ending, Hoard};
use board_verify::trouble::{Checked, OrFail, Trouble};

/// Which of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Beside {
    /// The second CPU is switched off and on.
    Cpu,
    /// A process takes memory until the kernel ends it; then the next one does.
    Memory,
}

/// The second CPU's switch.
const SWITCH: &CStr = c"/sys/devices/system/cpu/cpu1/online";

/// Whom the kernel ends first when there is no memory: 1000 is before everybody else.
const OOM_SCORE: &CStr = c"/proc/self/oom_score_adj";

/// Memory that is taken at a time, in bytes.
const PIECE: usize = 1 << 20;

/// Most pieces: 1 GiB.
const PIECES_MAX: usize = 1024;

/// How long a CPU stays as it is.
const CPU_PAUSE: Duration = Duration::from_millis(20);

/// The process that does it, and what was seen of it.
#[derive(Debug)]
pub struct Going {
    beside: Beside,
    child: Child,
    /// The cycles that were done with the CPU off, or the processes that were ended for memory.
    seen: u32,
}

impl Beside {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "cpu" => Some(Self::Cpu),
            "memory" => Some(Self::Memory),
            _ => None,
        }
    }

    /// Begins. Nothing may be open that is not to be open in another process, too.
    ///
    /// # Errors
    /// There is no second CPU, or none that can be switched off; as `fork(2)`.
    pub fn start(self) -> Result<Going, Trouble> {
        if self == Self::Cpu && !sys::exists(SWITCH) {
            return Err(Trouble::Finding {
                what: "second-cpu",
                found: "without-a-switch",
            });
        }
        Ok(Going {
            beside: self,
            child: self.child()?,
            seen: 0,
        })
    }

    fn child(self) -> Result<Child, Trouble> {
        let mut work = match self {
            Self::Cpu => switch,
            Self::Memory => take,
        };
        Child::start(&mut work).or_fail("fork")
    }
}

impl Going {
    /// Looks how it is, and begins again where it was ended for memory. To be asked after
    /// each cycle.
    ///
    /// # Errors
    /// It has ended otherwise; as `fork(2)`.
    pub fn look(&mut self) -> Checked {
        const SIGKILL: i32 = 9;
        match (self.beside, self.child.ending().or_fail("beside")?) {
            (Beside::Cpu, None) => self.seen += u32::from(sys::read_number(SWITCH) == Some(0)),
            (Beside::Memory, None) => {}
            (Beside::Memory, Some(Ending::Killed(SIGKILL))) => {
                self.seen += 1;
                self.child = self.beside.child()?;
            }
            (_, Some(ending)) => return Err(Trouble::Child(ending)),
        }
        Ok(())
    }

    /// Ends it; says what was seen of it.
    ///
    /// # Errors
    /// It did nothing all the time.
    pub fn stop(self) -> Result<u32, Trouble> {
        let Self {
            beside,
            child,
            seen,
        } = self;
        drop(child);
        if beside == Beside::Cpu && sys::read_number(SWITCH) == Some(0) {
            sys::append(SWITCH, b"1").or_fail("cpu-online")?;
        }
        match seen {
            0 => Err(Trouble::Finding {
                what: "beside",
                found: "nothing",
            }),
            seen => Ok(seen),
        }
    }
}

/// Ends if the CPU cannot be switched.
fn switch() -> u8 {
    loop {
        for state in [b"0", b"1"] {
            if sys::append(SWITCH, state).is_err() {
                return 1;
            }
            sys::sleep(CPU_PAUSE);
        }
    }
}

/// Ends if there is no end of memory.
fn take() -> u8 {
    let mut hoard: heapless::Vec<Hoard, PIECES_MAX> = heapless::Vec::new();
    if sys::append(OOM_SCORE, b"1000").is_err() {
        return 1;
    }
    while let Ok(piece) = Hoard::take(PIECE) {
        if hoard.push(piece).is_err() {
            break;
        }
    }
    2
}
