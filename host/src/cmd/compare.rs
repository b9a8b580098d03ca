//! `board-check compare`: what got worse between two runs.

use super::load;
use super::outputs::Outputs;
use crate::cli::CompareArgs;
use crate::compare::{compare, json, text};
use crate::exit::Exit;
use crate::report::Format;

pub(super) fn run(args: &CompareArgs) -> anyhow::Result<Exit> {
    for output in &args.outputs {
        let format = output.format;
        anyhow::ensure!(
            format == Format::Json,
            "A comparison is written as json, not as {format}."
        );
    }
    let before = load::report(&args.before)?;
    let after = load::report(&args.after)?;
    let comparison = compare(&before, &after, args.tolerance_percent)?;
    let outputs = Outputs::create(&args.outputs)?;
    outputs.write_and_tell(&text::write(&comparison), |_| json(&comparison))?;
    Ok(comparison.exit())
}
