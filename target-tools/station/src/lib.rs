//! The board's end of the serial line: says `ready`, runs the checks that a request
//! asks for, keeps their records and says them again.
//!
//! A [`Station`] knows the wire and nothing else. Console, clock and checks are those
//! of a [`Board`]: the verifier's on a board, made-up ones where the host is tried
//! against this same code.
#![no_std]
#![forbid(unsafe_code)]

use core::time::Duration;

use board_check_protocol::{ErrorReason, LINE_MAX, Outcome, Text};

mod records;
mod run;
mod station;

pub use run::Totals;
pub use station::Station;

/// The console is gone, or took no bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gone;

/// Why a request is not carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// For the error record.
    pub reason: ErrorReason,
    /// What the kernel said, one word; `?` where it said nothing.
    pub detail: Text,
}

/// Which board it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Identity<'a> {
    /// Says one boot from another.
    pub boot: u64,
    /// Release of the image.
    pub image: &'a str,
    /// Name of the board, `?` if the image does not know it.
    pub board: &'a str,
    /// First `compatible` of the device tree, `?` without one.
    pub machine: &'a str,
}

/// What the kernel counts while it runs; `None` where it does not say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KernelCounts {
    /// Flags of `/proc/sys/kernel/tainted`.
    pub tainted: Option<u64>,
    /// `/sys/kernel/oops_count`.
    pub oops: Option<u64>,
    /// `/sys/kernel/warn_count`.
    pub warn: Option<u64>,
}

impl KernelCounts {
    /// Taint flags now, and by how much the counts have grown since `start`.
    pub fn since(&self, start: &Self) -> Self {
        let growth = |now: Option<u64>, then: Option<u64>| now?.checked_sub(then?);
        Self {
            tainted: self.tainted,
            oops: growth(self.oops, start.oops),
            warn: growth(self.warn, start.warn),
        }
    }
}

/// What a station stands on.
pub trait Board {
    /// Time since boot.
    fn now(&mut self) -> Duration;

    /// Reads what is there, waiting at most `timeout` for the first byte. Returns how
    /// many bytes came; it may be none before the time is over.
    ///
    /// # Errors
    /// When nothing will come any more.
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> Result<usize, Gone>;

    /// Writes all of `bytes`, in one go if it can, and waits until they have left.
    ///
    /// # Errors
    /// When the console takes no bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Gone>;

    /// Which board it is.
    fn identity(&self) -> Identity<'_>;

    /// Called after the last check of a run: what the kernel would say of it only later, it is
    /// to say now. `busy` is the line for who takes long.
    fn settle(&mut self, _busy: &Text) {}

    /// What the kernel has counted.
    fn counts(&mut self) -> KernelCounts;

    /// Number of checks, at most [`board_check_protocol::CHECKS_MAX`].
    fn checks(&self) -> usize;

    /// Digest of the names of all checks.
    fn list(&self) -> u32;

    /// Name of a check; `index` is below [`Board::checks`].
    fn name(&self, index: usize) -> Text;

    /// Brings everything into the state in which a run starts, with the deliberate
    /// fault `fault`; 0 is none.
    ///
    /// # Errors
    /// What stands against it.
    fn prepare(&mut self, fault: u32) -> Result<(), Refusal>;

    /// Runs a check; writes into `detail` what is to be said of it. A check that takes
    /// long says the line `busy` meanwhile.
    fn check(&mut self, index: usize, busy: &Text, detail: &mut Text) -> Outcome;

    /// Powers the board off. Returns only if it cannot: what stands against it, in one
    /// word.
    fn power_off(&mut self) -> Text;

    /// Says the line of result `number`.
    ///
    /// # Errors
    /// As [`Board::write`].
    fn say_result(&mut self, number: usize, line: &str) -> Result<(), Gone> {
        let _ = number;
        self.say(line)
    }

    /// Writes a line and its line end in one go.
    ///
    /// # Errors
    /// As [`Board::write`].
    fn say(&mut self, line: &str) -> Result<(), Gone> {
        let mut bytes = heapless::Vec::<u8, { LINE_MAX + 16 }>::new();
        bytes
            .extend_from_slice(line.as_bytes())
            .map_err(|_full| Gone)?;
        bytes.push(b'\n').map_err(|_full| Gone)?;
        self.write(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_the_kernel_does_not_offer_stays_unknown() {
        let counts = |oops| KernelCounts {
            tainted: Some(0),
            oops,
            warn: Some(3),
        };
        assert_eq!(counts(Some(5)).since(&counts(Some(4))).oops, Some(1));
        assert_eq!(counts(None).since(&counts(Some(4))).oops, None);
    }
}
