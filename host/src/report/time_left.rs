//! How long a run still takes.

use std::time::Duration;

/// What checks take that take much longer than others, as parts of the rest: measured
/// on qemu-aarch64, in milliseconds. By the last word of the name, or the last two.
const SLOW: [(&str, f64); 7] = [
    ("device.reload", 5700.0),
    ("device.blocks", 600.0),
    ("device.npages", 300.0),
    (".cpus", 60.0),
    (".unbind", 20.0),
    ("speed.", 20.0),
    ("lifetime.", 4.0),
];

/// What any other check takes, its record on the line included.
const OTHER: f64 = 3.0;

/// Shares of checks in a run.
#[derive(Debug, Default)]
pub(super) struct TimeLeft {
    all: f64,
    done: f64,
}

impl TimeLeft {
    /// Of a run with these checks.
    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let all = names.into_iter().map(weight).sum();
        Self { all, done: 0.0 }
    }

    /// A check has ended.
    pub(super) fn done(&mut self, name: &str) {
        self.done += weight(name);
    }

    /// How long the rest takes, if all that is done took `elapsed`; `None` while too
    /// little is done to say.
    pub(super) fn after(&self, elapsed: Duration) -> Option<Duration> {
        let known = self.done >= 0.02 * self.all && self.done > 0.0;
        let rest = (self.all - self.done).max(0.0);
        known.then(|| elapsed.mul_f64(rest / self.done))
    }
}

fn weight(name: &str) -> f64 {
    let slow = SLOW.iter().find(|(part, _)| name.contains(part));
    slow.map_or(OTHER, |(_, weight)| *weight)
}

#[cfg(test)]
mod tests {
    use board_check_protocol::checks;

    use super::*;

    #[test]
    fn the_time_left_goes_by_what_is_done_and_ends_at_nothing() {
        let mut left = TimeLeft::of(checks::NAMES.iter().copied());
        let second = Duration::from_secs(1);
        assert_eq!(left.after(second), None);
        let mut before = f64::INFINITY;
        for name in checks::NAMES {
            left.done(name);
            if let Some(rest) = left.after(second) {
                assert!(rest.as_secs_f64() <= before, "{name}");
                before = rest.as_secs_f64();
            }
        }
        assert_eq!(left.after(second), Some(Duration::ZERO));
        assert_eq!(TimeLeft::of([]).after(second), None);
    }
}
