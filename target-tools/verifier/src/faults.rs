//! What the verifier does wrong on purpose, in images for the tests of the tests.
//!
//! A fault number has two parts: the last two digits are for the module, the rest
//! is for the verifier. `docs/testing.md` lists both.

use core::ffi::CStr;
use core::time::Duration;

use board_check_protocol::ErrorReason;
use board_check_station::{Board, Gone};

use crate::bench::NODES;
use crate::sys;

/// The node of the device is open to everybody.
const OPEN_NODE: u32 = 1;
/// Each failure is cut in two by a kernel message, behind its `not `.
const SPLICE: u32 = 2;
/// The verifier stops in the middle of the run.
const HANG: u32 = 3;
/// The verifier ends in the middle of the run; if it is init, the kernel panics.
const EXIT: u32 = 4;
/// One result is not said; it is, if somebody asks again.
const LOSE: u32 = 5;
/// The kernel's counts cannot be read.
const NO_COUNTS: u32 = 6;

/// The clock stands still.
const STILL_CLOCK: u32 = 7;
/// The second CPU is switched off while it has an area.
const CPU_GOES: u32 = 8;

/// The switch of the second CPU, on kernels that have one.
const CPU_SWITCH: &CStr = c"/sys/devices/system/cpu/cpu1/online";

/// The number of the result at which a run goes wrong.
const MIDDLE: usize = 7;

/// What a fault number is made of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Fault {
    /// The module's part; 0 is none.
    pub module: u32,
    verifier: u32,
}

impl Fault {
    /// Takes a fault number of a request apart.
    ///
    /// # Errors
    /// [`ErrorReason::NoFaults`] in an image without deliberate faults.
    pub fn new(number: u32) -> Result<Self, ErrorReason> {
        if number != 0 && !cfg!(feature = "faults") {
            return Err(ErrorReason::NoFaults);
        }
        Ok(Self {
            module: number % 100,
            verifier: number / 100,
        })
    }
}

impl Fault {
    /// The verifier's part: 0 in an image without faults, which so has no code for them.
    fn verifier(self) -> u32 {
        match cfg!(feature = "faults") {
            true => self.verifier,
            false => 0,
        }
    }

    /// Spoils the fresh device, or what is around it.
    pub fn after_load(self) {
        // A fault that cannot be done shows as a fault that is not found.
        let _ = match self.verifier() {
            OPEN_NODE => sys::set_permissions(NODES[0], 0o666),
            NO_COUNTS => sys::unmount(c"/sys"),
            _ => Ok(()),
        };
    }

    /// Does something before two CPUs hand an area over.
    pub fn before_hand_over(self) {
        self.switch(b"0");
    }

    /// Undoes that.
    pub fn after_hand_over(self) {
        self.switch(b"1");
    }

    fn switch(self, state: &[u8]) {
        if self.verifier() == CPU_GOES {
            // A fault that cannot be done shows as a fault that is not found.
            let _ = sys::append(CPU_SWITCH, state);
        }
    }

    /// The time since boot, for those who measure.
    pub fn now(self) -> Duration {
        match self.verifier() {
            STILL_CLOCK => Duration::ZERO,
            _ => sys::now(),
        }
    }

    /// Says the line of result `number`, or fails to.
    ///
    /// # Errors
    /// As [`Board::write`].
    pub fn say_result(self, board: &mut impl Board, number: usize, line: &str) -> Result<(), Gone> {
        match (self.verifier(), line.strip_prefix("not ")) {
            (SPLICE, Some(rest)) => {
                board.write(b"not ")?;
                let _ = sys::append(c"/dev/kmsg", b"<3>board-check: a message amid a record\n");
                // The kernel may print it a little later.
                sys::sleep(Duration::from_millis(100));
                board.say(rest)
            }
            (HANG, _) if number == MIDDLE => loop {
                sys::sleep(Duration::from_secs(1));
            },
            (EXIT, _) if number == MIDDLE => sys::exit(1),
            (LOSE, _) if number == MIDDLE => Ok(()),
            _ => board.say(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_faults_refuses_them() {
        assert_eq!(Fault::new(0), Ok(Fault::default()));
        let wanted = Fault::new(203).map(|fault| (fault.module, fault.verifier));
        let expected = if cfg!(feature = "faults") {
            Ok((3, 2))
        } else {
            Err(ErrorReason::NoFaults)
        };
        assert_eq!(wanted, expected);
    }
}
