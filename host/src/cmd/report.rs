//! `board-check report`: what came of many runs, as a page and for CI servers.

use anyhow::ensure;

use super::folder::{self, Found};
use super::load;
use super::outputs::Outputs;
use super::say;
use crate::cli::ReportArgs;
use crate::exit::Exit;
use crate::report::{Format, Lab, Report, junit, page};

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    for output in &args.outputs {
        let format = output.format;
        ensure!(
            matches!(format, Format::Html | Format::Junit),
            "Runs are reported together as html or junit, not as {format}."
        );
    }
    let mut found = Found::default();
    for input in &args.inputs {
        if input.is_dir() {
            folder::read(input, &mut found)?;
        } else {
            found.reports.push(load::report(input)?);
        }
    }
    let outputs = Outputs::create(&args.outputs)?;
    for unread in &found.unread {
        say(&unread.reason);
    }
    let exit = match found.unread.is_empty() {
        true => Exit::Pass,
        false => Exit::Incomplete,
    };
    let reports: Vec<&Report> = found.reports.iter().collect();
    let lab = Lab::new(&reports, found.unread);
    outputs.write_each(|format| match format {
        Format::Junit => junit::write(&lab),
        _ => page::write(&lab),
    })?;
    Ok(exit)
}
