//! A line at 115200 bit/s in the time of this machine, for a board on a terminal, which
//! would take bytes as fast as they come.

use std::thread;
use std::time::{Duration, Instant};

use crate::board::wire_time;

/// The line makes up for as much of what the thread wakes up late: other work of the
/// machine makes no slower line.
const LATE_AT_MOST: Duration = Duration::from_millis(20);

/// The line.
#[derive(Debug)]
pub struct Pace {
    /// It has been taken up to here.
    free_at: Instant,
}

impl Pace {
    /// Bytes that leave at once: what the UART of a PC hands over.
    pub const PIECE_BYTES: usize = 16;

    /// A line on which nothing has been yet.
    pub fn begin() -> Self {
        Self {
            free_at: Instant::now(),
        }
    }

    /// Waits until `bytes` have been on the line. Gives when the last of them had, which may
    /// be earlier than now.
    pub fn pass(&mut self, bytes: usize) -> Instant {
        let now = Instant::now();
        let earliest = now.checked_sub(LATE_AT_MOST).unwrap_or(now);
        self.free_at = self.free_at.max(earliest) + wire_time(bytes);
        thread::sleep(self.free_at.saturating_duration_since(now));
        self.free_at
    }

    /// Nothing was on the line up to now: there is nothing to make up for.
    pub fn rest(&mut self) {
        self.free_at = self.free_at.max(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_no_less_than_their_time_on_the_line() {
        let begun = Instant::now();
        let mut line = Pace::begin();
        for _ in 0..10 {
            line.pass(Pace::PIECE_BYTES);
        }
        assert!(begun.elapsed() >= wire_time(10 * Pace::PIECE_BYTES));
    }
}
