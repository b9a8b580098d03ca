//! The sums of all runs of a channel, as a table.

use std::fmt;

use board_check::judge::Verdict;

use crate::run::Ending;

/// Sums over runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) runs: u64,
    pub(crate) pass: u64,
    pub(crate) fail: u64,
    pub(crate) incomplete: u64,
    pub(crate) crashed: u64,
    pub(crate) wrong: u64,
    pub(crate) replays_differ: u64,
    pub(crate) corrupt: u64,
    pub(crate) rounds: u64,
    pub(crate) most_rounds: u64,
    pub(crate) sent: u64,
    /// The first wrong verdict: its seed and reason.
    pub(crate) first_wrong: Option<(u64, String)>,
}

impl Sums {
    pub(crate) fn add(&mut self, seed: u64, ending: &Ending) {
        self.runs += 1;
        *match ending.verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Incomplete => &mut self.incomplete,
            Verdict::Crashed => &mut self.crashed,
        } += 1;
        self.wrong += u64::from(ending.wrong);
        self.replays_differ += u64::from(ending.replay_differs);
        self.corrupt += ending.corrupt;
        self.rounds += ending.rounds;
        self.most_rounds = self.most_rounds.max(ending.rounds);
        self.sent += ending.sent;
        if ending.wrong || ending.replay_differs {
            let verdict = ending.verdict;
            self.first_wrong
                .get_or_insert_with(|| (seed, format!("{verdict}: {}", ending.reason)));
        }
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.runs += other.runs;
        self.pass += other.pass;
        self.fail += other.fail;
        self.incomplete += other.incomplete;
        self.crashed += other.crashed;
        self.wrong += other.wrong;
        self.replays_differ += other.replays_differ;
        self.corrupt += other.corrupt;
        self.rounds += other.rounds;
        self.most_rounds = self.most_rounds.max(other.most_rounds);
        self.sent += other.sent;
        self.first_wrong = self.first_wrong.take().or(other.first_wrong);
    }

    pub(crate) fn mean_sent(&self) -> f64 {
        self.sent as f64 / self.runs.max(1) as f64
    }
}

/// A line of the table.
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    pub(crate) passes: bool,
    pub(crate) sums: &'a Sums,
    /// Mean bytes of a run of the same checks on a clean line.
    pub(crate) clean: f64,
}

pub(crate) const HEAD: &str = "\
line                        fails     runs     PASS     FAIL INCOMPL. CRASHED  wrong corrupt rounds  most bytes";

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sums {
            runs,
            pass,
            fail,
            incomplete,
            crashed,
            wrong,
            corrupt,
            most_rounds,
            ..
        } = self.sums;
        write!(
            f,
            "{:28} {:>4} {runs:8} {pass:8} {fail:8} {incomplete:8} {crashed:7} {wrong:6} \
             {corrupt:7} {:6.1} {most_rounds:5} {:4.2}x",
            self.name,
            if self.passes { "none" } else { "1" },
            self.sums.rounds as f64 / (*runs).max(1) as f64,
            self.sums.mean_sent() / self.clean,
        )
    }
}
