//! What was said on the line besides the records, with its times.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Lines that are kept: those of a boot and a run, many times over.
const LINES_MAX: usize = 4000;

/// Bytes of text that are kept.
const BYTES_MAX: usize = 512 * 1024;

/// Bytes of memory that a line may have though it is shorter.
const USUAL_LINE: usize = 256;

/// Who said a line.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaker {
    /// The board's kernel.
    Kernel,
    /// Anything else on the board.
    Board,
    /// A run that this session did not ask for.
    OtherRun,
    /// This tool: a request.
    Host,
}

/// One line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Said {
    /// When it came, from the start of the session.
    pub at: Duration,
    /// Who said it.
    pub by: Speaker,
    /// The line, escaped.
    pub text: String,
}

/// The newest lines: the capture has them all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Log {
    lines: VecDeque<Said>,
    bytes: usize,
    left_out: u64,
}

impl Log {
    /// Adds a line; the oldest give way to it, and the last of them leaves it its memory.
    pub fn push(&mut self, at: Duration, by: Speaker, text: &str) {
        let mut kept = String::new();
        while self.lines.len() >= LINES_MAX || self.bytes + text.len() > BYTES_MAX {
            let Some(oldest) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= oldest.text.len();
            self.left_out += 1;
            kept = oldest.text;
        }
        kept.clear();
        kept.push_str(text);
        kept.shrink_to(USUAL_LINE);
        self.bytes += text.len();
        self.lines.push_back(Said { at, by, text: kept });
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &Said> {
        self.lines.iter()
    }

    /// How many older lines are not kept.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(log: &mut Log, text: &str) {
        log.push(Duration::ZERO, Speaker::Board, text);
    }

    #[test]
    fn the_newest_lines_are_kept_and_the_others_counted() {
        let mut log = Log::default();
        for number in 0..LINES_MAX + 3 {
            say(&mut log, &number.to_string());
        }
        assert_eq!(log.left_out(), 3);
        assert_eq!(log.lines().next().unwrap().text, "3");
        let long = "x".repeat(BYTES_MAX / 2 + 1);
        say(&mut log, &long);
        say(&mut log, &long);
        assert_eq!(log.lines().count(), 1);
    }
}
