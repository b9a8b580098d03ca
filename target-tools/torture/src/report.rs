//! What is told on the console: KTAP lines, and a last line that says how many there were.
//!
//! ```text
//! ok 1 cycles.reload # cycles=1000
//! not ok 2 cycles.rebind # cycle 17: touch want=EFAULT got=allowed
//! # what is worth knowing besides
//! # board-torture end: 1 passed, 1 failed
//! ```

use core::fmt::{self, Display, Write};
use core::time::Duration;

use board_verify::sys::{self, Console};

/// A line; what does not fit is left out.
pub type Line = heapless::String<240>;

/// Words as a line.
pub fn line(text: impl Display) -> Line {
    let mut line = Line::new();
    // What does not fit is left out.
    let _ = write!(line, "{text}");
    line
}

/// Time between two lines that say that it goes on.
const INTERVAL: Duration = Duration::from_secs(5);

/// The results so far.
#[derive(Debug)]
pub struct Report {
    console: Console,
    passed: u32,
    failed: u32,
    next: Duration,
}

impl Report {
    /// Begins to tell.
    pub fn new(console: Console) -> Self {
        let mut report = Self {
            console,
            passed: 0,
            failed: 0,
            next: Duration::ZERO,
        };
        // With a line feed before: the kernel may have left a line open.
        report.say(format_args!("\nKTAP version 1"));
        report
    }

    /// Tells how `name` went, with what is worth saying of it.
    pub fn result<T: Display, E: Display>(&mut self, name: &str, result: Result<T, E>) {
        let number = self.passed + self.failed + 1;
        match result {
            Ok(detail) => {
                self.passed += 1;
                self.say(format_args!("ok {number} {name} # {detail}"));
            }
            Err(trouble) => {
                self.failed += 1;
                self.say(format_args!("not ok {number} {name} # {trouble}"));
            }
        }
    }

    /// Tells that `name` went wrong.
    pub fn failed(&mut self, name: &str, trouble: impl Display) {
        self.result::<Line, _>(name, Err(trouble));
    }

    /// Tells something besides.
    pub fn note(&mut self, what: impl Display) {
        self.say(format_args!("# {what}"));
    }

    /// Tells that it goes on, if nothing was told for a while.
    pub fn busy(&mut self, what: impl Display) {
        if sys::now() >= self.next {
            self.note(what);
        }
    }

    /// Tells how it ended.
    pub fn end(&mut self) {
        let (passed, failed) = (self.passed, self.failed);
        self.say(format_args!("1..{}", passed + failed));
        self.note(format_args!(
            "board-torture end: {passed} passed, {failed} failed"
        ));
    }

    fn say(&mut self, text: fmt::Arguments<'_>) {
        self.next = sys::now() + INTERVAL;
        let mut line = Line::new();
        // A detail that is cut is no harm: verdicts stand in front.
        let _ = line.write_fmt(text);
        if line.push('\n').is_err() {
            line.pop();
            let _ = line.push('\n');
        }
        // Whoever listens misses what is not said.
        let _ = self.console.write(line.as_bytes());
    }
}
