//! What all that has a run does alike: judge it, and report.

use std::path::PathBuf;

use super::baseline::Baseline;
use super::outputs::Outputs;
use crate::board::{self, GivenBoard};
use crate::capture::About;
use crate::exit::Exit;
use crate::judge::{self, Judgement, board_name};
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
    /// Judges, compares and reports.
    pub(super) fn report(
        self,
        baseline: Option<&Baseline>,
        outputs: Outputs,
    ) -> anyhow::Result<Exit> {
        let (judgement, mut report) = self.judge();
        let mut exit = judgement.exit;
        if let Some(baseline) = baseline {
            exit = baseline.apply(&mut report, exit);
        }
        outputs.write(&report)?;
        Ok(exit)
    }

    /// Judges.
    pub(super) fn judge(&self) -> (Judgement, Report) {
        let judgement = judge(&self.run, self.given.as_ref());
        let capture = self.capture.as_deref();
        let report = Report::new(&self.run, &judgement, &self.about, capture);
        (judgement, report)
    }
}

/// Judges by the rules of the board that was given, else of the one that the image names.
pub(super) fn judge(run: &Run, given: Option<&GivenBoard>) -> Judgement {
    let given = given.map(|given| given.board.clone());
    let board = given.or_else(|| board::released(board_name(run)?));
    judge::judge(run, board.as_ref())
}
