//! What the user sees while it runs, on the standard error output: the board's
//! text, and on a terminal a line that says how far the run is.

use std::ffi::OsStr;
use std::io::Write;
use std::time::Instant;

use anstyle::Style;
use board_check_protocol::{Request, checks};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::time_left::TimeLeft;
use crate::collector::{Event, TextKind};
use crate::mark::Mark;
use crate::session::Watch;

const DIM: Style = Style::new().dimmed();

/// Before the length of the run is known, and while it is.
const WAITING: &str = "{wide_msg}";
const RUNNING: &str = "[{bar:20}] {pos}/{len} {wide_msg}";

/// Shows a session while it runs.
#[derive(Debug)]
pub struct Live {
    bar: ProgressBar,
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
        let target = match is_kept(std::env::var_os("CI").as_deref()) {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let live = Self {
            bar: ProgressBar::with_draw_target(None, target),
            left: TimeLeft::default(),
            begun: Instant::now(),
        };
        live.style(WAITING);
        live.status("waiting for the board to be ready");
        live
    }

    /// Takes the status line away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn style(&self, template: &str) {
        let style = ProgressStyle::with_template(template).map(|style| style.progress_chars("=> "));
        // The templates are ours.
        self.bar
            .set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }

    fn status(&self, text: &str) {
        self.bar.set_message(text.to_owned());
        // It may be the last for long.
        self.bar.force_draw();
    }

    /// Writes a line where the status line is, and that below it. Nobody may be left to
    /// read it, and the run goes on.
    fn text(&self, text: &str) {
        self.bar.suspend(|| {
            let mut out = anstream::stderr();
            let _ = writeln!(out, "{DIM}{text}{DIM:#}").and_then(|()| out.flush());
        });
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
                self.bar.set_length(*checks as u64);
                self.style(RUNNING);
                self.status("");
            }
            Event::Check(check) => {
                self.bar.inc(1);
                self.left.done(&check.name);
                let left = self.left.after(self.begun.elapsed());
                let left = left.map_or(String::new(), |left| {
                    format!(", about {} s left", left.as_secs())
                });
                // Drawn as often as a person can read.
                self.bar.set_message(format!("{}{left}", check.name));
            }
            Event::Busy => self.status("the board is busy with another run"),
            Event::GoesOn => self.status("a check that takes long"),
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
                self.bar.set_position(0);
                self.style(WAITING);
                self.status("asking for a run");
            }
            Request::Resend(numbers) => self.status(&format!("asking again for {numbers}")),
            Request::List => self.status("asking for the board's list of checks"),
            Request::Off => {}
        }
    }
}

/// True if a CI server keeps what it is sent, so that a line that is overwritten makes no
/// sense.
fn is_kept(ci: Option<&OsStr>) -> bool {
    ci.is_some_and(|ci| !ci.is_empty() && ci != "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ci_server_says_so() {
        let kept = |ci: Option<&'static str>| is_kept(ci.map(OsStr::new));
        assert!(kept(Some("true")) && kept(Some("1")));
        assert!(!kept(None) && !kept(Some("")) && !kept(Some("false")));
    }
}
