//! The kernel's last words: alarm, warning, reset, and the lines that belong to
//! them.

use std::time::Duration;

use crate::kernel_messages;
use crate::run::KernelText;
use crate::timeouts::TRACE_QUIET;

/// Lines kept of one alarm or warning.
const TRACE_LINES: usize = 60;

/// Lines kept in all.
const EVIDENCE_LINES: usize = 180;

#[derive(Debug, Default)]
pub(super) struct Trace {
    text: KernelText,
    /// What the kernel said in the last boot that had an alarm, of those before this one.
    crashed: Option<KernelText>,
    /// Lines of the open trace, and when its last one came.
    open: Option<(usize, Duration)>,
    alarm_at: Option<Duration>,
    last_words_at: Duration,
    final_words: bool,
}

impl Trace {
    /// Forgets what was said so far: it belongs to an earlier boot, or to the time
    /// before the run.
    pub(super) fn start_over(&mut self) {
        *self = Self::default();
    }

    /// The board starts anew while it is waited for. An alarm of the boot before may be all
    /// that there will be to tell.
    pub(super) fn next_boot(&mut self) {
        let before = std::mem::take(self);
        self.crashed = match before.text.alarm {
            Some(_) => Some(before.text),
            None => before.crashed,
        };
    }

    /// Takes a message without its timestamp, and its whole line, escaped.
    pub(super) fn line(&mut self, at: Duration, message: &str, text: &str) {
        let alarm = kernel_messages::alarm(message);
        let warning = kernel_messages::is_warning(message);
        self.text.warnings += u32::from(warning);
        if let (Some(alarm), None) = (alarm, &self.text.alarm) {
            self.text.alarm = Some((alarm, text.to_owned()));
            self.text.crashes = 1 + self.crashed.as_ref().map_or(0, |before| before.crashes);
            self.alarm_at.get_or_insert(at);
        }
        let open = match self.open {
            _ if alarm.is_some() || warning => Some(self.open.map_or(0, |(lines, _)| lines)),
            Some((lines, last)) if at.saturating_sub(last) <= TRACE_QUIET => Some(lines),
            _ => None,
        };
        let Some(lines) = open else {
            self.open = None;
            return;
        };
        self.last_words_at = at;
        self.final_words |= kernel_messages::is_last_word(message);
        if lines < TRACE_LINES && self.text.evidence.len() < EVIDENCE_LINES {
            self.text.evidence.push(text.to_owned());
        }
        let ends = kernel_messages::ends_trace(message) || lines + 1 >= TRACE_LINES;
        self.open = (!ends).then_some((lines + 1, at));
    }

    /// The board was reset, as `text` shows.
    pub(super) fn reset(&mut self, at: Duration, text: String) {
        if self.text.reset.is_none() {
            self.text.reset = Some(text);
            self.last_words_at = at;
            self.final_words = true;
            self.alarm_at.get_or_insert(at);
        }
    }

    /// When there is no more to wait for after an alarm or reset: the kernel was
    /// quiet for `quiet`, or `at_most` went by.
    pub(super) fn over_at(&self, quiet: Duration, at_most: Duration) -> Option<Duration> {
        let alarm = self.alarm_at?;
        Some(match self.final_words {
            true => self.last_words_at,
            false => (self.last_words_at + quiet).min(alarm + at_most),
        })
    }

    pub(super) fn into_text(self) -> KernelText {
        match self.crashed {
            Some(before) if self.text.alarm.is_none() => before,
            _ => self.text,
        }
    }
}
