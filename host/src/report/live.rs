//! What the user sees while it runs, on the standard error output: the board's
//! text, and on a terminal a line that says how far the run is.

use std::ffi::OsStr;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use anstyle::Style;
use board_check_protocol::{Request, checks};

use super::time_left::TimeLeft;
use crate::collector::{Event, TextKind};
use crate::mark::Mark;
use crate::session::Watch;

const DIM: Style = Style::new().dimmed();

/// Longest status line: it must not wrap, for it is overwritten.
const STATUS_MAX: usize = 78;

/// Erases the line that the cursor is in.
const ERASE: &str = "\r\x1b[K";

/// Shows a session while it runs.
#[derive(Debug)]
pub struct Live {
    terminal: bool,
    status: String,
    checks: usize,
    done: usize,
    left: TimeLeft,
    begun: Instant,
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

impl Live {
    /// Writes to the standard error output.
    pub fn new() -> Self {
        let [term, ci] = ["TERM", "CI"].map(std::env::var_os);
        let able = has_status_line(term.as_deref(), ci.as_deref());
        let mut live = Self {
            terminal: std::io::stderr().is_terminal() && able,
            status: String::new(),
            checks: 0,
            done: 0,
            left: TimeLeft::default(),
            begun: Instant::now(),
        };
        live.status("waiting for the board to be ready");
        live
    }

    /// Takes the status line away.
    pub fn clear(&mut self) {
        if self.terminal && !self.status.is_empty() {
            self.status.clear();
            self.print("");
        }
    }

    fn status(&mut self, text: &str) {
        if self.terminal {
            self.status = text.chars().take(STATUS_MAX).collect();
            self.print("");
        }
    }

    fn text(&mut self, text: &str) {
        self.print(&format!("{DIM}{text}{DIM:#}\n"));
    }

    /// Writes `text` where the status line is, and that below it. Nobody may be left
    /// to read it, and the run goes on.
    fn print(&self, text: &str) {
        // Erasing is no colour: it must not be taken out with NO_COLOR.
        if self.terminal {
            let _ = std::io::stderr().write_all(ERASE.as_bytes());
        }
        let mut out = anstream::stderr();
        let _ = write!(out, "{text}{}", self.status).and_then(|()| out.flush());
    }
}

impl Watch for Live {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Text { text, kind } => match kind {
                TextKind::OtherRun => self.text(&format!("(another run) {text}")),
                TextKind::Kernel | TextKind::Other => self.text(text),
            },
            Event::Header { checks } => {
                self.checks = *checks;
                self.status(&format!("0/{checks}"));
            }
            Event::Check(check) => {
                self.done += 1;
                let of = match self.checks {
                    0 => "?".to_owned(),
                    checks => checks.to_string(),
                };
                self.left.done(&check.name);
                let left = self.left.after(self.begun.elapsed());
                let left = left.map_or(String::new(), |left| {
                    format!(", about {} s left", left.as_secs())
                });
                self.status(&format!("{}/{of} {}{left}", self.done, check.name));
            }
            Event::Busy => self.status("the board is busy with another run"),
            Event::GoesOn => {
                let next = self.done + 1;
                self.status(&format!("{}/{} is at work", next, self.checks));
            }
            _ => {}
        }
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Reset { how } => self.status(&format!("resetting the board ({how})")),
            Mark::Lost { error } => {
                self.text(&format!("(the port went away: {error})"));
                self.status("waiting for the port to come back");
            }
            Mark::Back => {
                self.text("(the port is back)");
                self.status("waiting for the board");
            }
            Mark::Secret => {}
        }
    }

    fn sending(&mut self, request: &Request<'_>) {
        match request {
            Request::Run { filter, .. } => {
                let selected = checks::NAMES.iter().filter(|name| filter.selects(name));
                self.left = TimeLeft::of(selected.copied());
                self.begun = Instant::now();
                self.done = 0;
                self.status("asking for a run");
            }
            Request::Resend(numbers) => self.status(&format!("asking again for {numbers}")),
            Request::List => self.status("asking for the board's list of checks"),
            Request::Off => {}
        }
    }
}

/// True if a line that is overwritten makes sense: not where the terminal cannot do
/// it, and not where a CI server keeps what it is sent.
fn has_status_line(term: Option<&OsStr>, ci: Option<&OsStr>) -> bool {
    let dumb = term.is_some_and(|term| term == "dumb");
    let ci = ci.is_some_and(|ci| !ci.is_empty() && ci != "false");
    !dumb && !ci
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_status_line_on_a_dumb_terminal_or_in_ci() {
        let shows = |term: Option<&'static str>, ci: Option<&'static str>| {
            has_status_line(term.map(OsStr::new), ci.map(OsStr::new))
        };
        assert!(shows(None, None));
        assert!(shows(Some("xterm"), Some("")));
        assert!(shows(Some("xterm"), Some("false")));
        assert!(!shows(Some("dumb"), None));
        assert!(!shows(Some("xterm"), Some("true")));
    }
}
