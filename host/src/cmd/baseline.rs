//! `--baseline`: the run is compared with an earlier one.

use super::load;
use crate::cli::OutputArgs;
use crate::compare::compare;
use crate::exit::Exit;
use crate::report::Report;

/// An earlier run.
pub(super) struct Baseline {
    report: Report,
    /// By how much a speed may be worse.
    tolerance_percent: f64,
}

impl Baseline {
    /// Reads the run that the options name: before the new one, which a wrong path
    /// would make useless.
    pub(super) fn load(args: &OutputArgs) -> anyhow::Result<Option<Self>> {
        let report = args.baseline.as_deref().map(load::report).transpose()?;
        Ok(report.map(|report| Self {
            report,
            tolerance_percent: args.tolerance_percent,
        }))
    }

    /// Adds the comparison to the report; gives the exit code, which is `exit` unless
    /// that is a PASS.
    pub(super) fn apply(&self, report: &mut Report, exit: Exit) -> Exit {
        let compared = match compare(&self.report, report, self.tolerance_percent) {
            Ok(comparison) => {
                let exit = comparison.exit();
                report.comparison = Some(comparison);
                exit
            }
            Err(error) => {
                report.notes.push(format!("The baseline: {error}"));
                Exit::Usage
            }
        };
        if exit != Exit::Pass {
            return exit;
        }
        report.exit_code = compared.code();
        compared
    }
}
