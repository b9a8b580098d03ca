//! `board-check report`: a page of one run or several.

use std::fs;
use std::io;

use anyhow::Context as _;

use super::load;
use super::outputs::write_or_closed;
use crate::cli::ReportArgs;
use crate::exit::Exit;
use crate::report::{Report, page};

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    let reports: Vec<Report> = args
        .inputs
        .iter()
        .map(|input| load::report(input))
        .collect::<anyhow::Result<_>>()?;
    let page = page::write(&reports.iter().collect::<Vec<_>>());
    if args.output.as_os_str() == "-" {
        write_or_closed(&mut io::stdout(), &page)?;
    } else {
        let name = args.output.display();
        fs::write(&args.output, page).with_context(|| format!("Cannot write the page {name}"))?;
    }
    Ok(Exit::Pass)
}
