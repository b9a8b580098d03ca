//! Tells the host that a check that takes long goes on.

use core::cell::Cell;
use core::time::Duration;

use board_check_protocol::Text;

use crate::sys::{self, Console};

/// Time between two lines.
const INTERVAL: Duration = Duration::from_secs(1);

/// The line of a run, and when it is next to be said. The default says nothing.
#[derive(Clone, Debug, Default)]
pub struct Busy {
    line: Text,
    next: Cell<Duration>,
}

impl Busy {
    /// For a check that begins now.
    pub fn new(line: &Text) -> Self {
        let mut line = line.clone();
        // A record is shorter than a text may be.
        let _ = line.push('\n');
        Self {
            line,
            next: Cell::new(sys::now().saturating_add(INTERVAL)),
        }
    }

    /// Says the line, if it is time to.
    pub fn say(&self) {
        let now = sys::now();
        if self.line.is_empty() || now < self.next.get() {
            return;
        }
        self.next.set(now + INTERVAL);
        // A console that is gone shows at the next record.
        let _ = Console::take().write(self.line.as_bytes());
    }
}
