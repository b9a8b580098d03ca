//! What run and replay do alike: judge, and report.

use std::path::PathBuf;

use super::outputs::Outputs;
use crate::board::{self, GivenBoard};
use crate::capture::About;
use crate::exit::Exit;
use crate::judge::{board_name, judge};
use crate::report::Report;
use crate::run::Run;

/// A run with what is needed to judge and report it.
pub(super) struct Judged {
    pub(super) run: Run,
    /// What `--board` named.
    pub(super) given: Option<GivenBoard>,
    /// The session; empty for a log of another tool.
    pub(super) about: About,
    pub(super) capture: Option<PathBuf>,
}

impl Judged {
    /// Judges and reports.
    pub(super) fn report(self, outputs: Outputs) -> anyhow::Result<Exit> {
        let (report, exit) = self.judge();
        outputs.write(&report)?;
        Ok(exit)
    }

    /// Judges.
    pub(super) fn judge(self) -> (Report, Exit) {
        let given = self.given.map(|given| given.board);
        let board = given.or_else(|| board::released(board_name(&self.run)?));
        let judgement = judge(&self.run, board.as_ref());
        let capture = self.capture.as_deref();
        let report = Report::new(&self.run, &judgement, &self.about, capture);
        (report, judgement.exit)
    }
}
