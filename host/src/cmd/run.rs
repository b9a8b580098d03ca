//! The bare command: runs the checks and judges them.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::ensure;

use super::baseline::Baseline;
use super::judged::Judged;
use super::outputs::{Outputs, check_apart};
use super::repeat::{self, Times};
use super::say;
use super::stop;
use super::task::{Task, capture};
use crate::capture::About;
use crate::cli::{Output, RunArgs};
use crate::exit::Exit;
use crate::judge::{Judgement, Verdict};
use crate::link::{Endpoint, Link, Port};
use crate::report::{Live, Report};
use crate::request::RunRequest;
use crate::run::{Run, Source};
use crate::session::Session;

pub(super) fn run(args: &RunArgs) -> anyhow::Result<Exit> {
    let task = Task::new(&args.line, &args.checks)?;
    let to_stdout = args.output.outputs.iter().any(Output::is_stdout);
    ensure!(
        args.line.port != Some(Endpoint::Stdio) || !to_stdout,
        "With --port - the board is at the standard output, so no report can go there; name a file."
    );
    if let Some(path) = &args.capture.path {
        check_apart(&args.output.outputs, path)?;
    }
    let times = Times::of(args)?;
    let baseline = Baseline::load(&args.output)?;
    let outputs = match times {
        None => Outputs::create(&args.output.outputs)?,
        Some(_) => Outputs::none(),
    };
    let stop = stop::flag()?;
    if let Some(reason) = task.nothing() {
        return without_run(outputs, &task, reason, Exit::NoTests);
    }
    task.check_reset(&args.start)?;
    let mut link = match task.open(&args.start, &stop) {
        Err(error) => return without_run(outputs, &task, error.to_string(), error.exit()),
        Ok(link) => link,
    };
    let notes = notes(&link);
    match times {
        Some(times) => repeat::run(args, &task, times, &mut link, &notes, &stop),
        None => {
            let path = args.capture.path.clone();
            let judged = once(args, &task, path, task.about(&notes), &mut link, &stop)?;
            judged.report(baseline.as_ref(), outputs)
        }
    }
}

/// What the user should know of the port.
pub(super) fn notes(link: &Port) -> Vec<String> {
    let shared = link.shared_with();
    let shared =
        shared.map(|holder| format!("{holder} has the port open as well and may take bytes away."));
    shared.into_iter().collect()
}

/// One run, with its capture at `path` or at a new place.
pub(super) fn once(
    args: &RunArgs,
    task: &Task<'_>,
    path: Option<PathBuf>,
    about: About,
    link: &mut impl Link,
    stop: &AtomicBool,
) -> anyhow::Result<Judged> {
    let (path, capture) = capture(path, &about)?;
    let mut live = Live::new();
    let setup = task.setup(args.start.start(), capture, &mut live, stop);
    let session = Session::new(link, setup).within_boot(about.boot);
    let mut run = session.run(&task.request);
    live.clear();
    run.notes.extend(about.notes.iter().cloned());
    Ok(Judged {
        run,
        given: task.board.clone(),
        about,
        capture: Some(path),
    })
}

/// Reports that there was no run, for a reason that is no matter of the judge.
fn without_run(
    outputs: Outputs,
    task: &Task<'_>,
    reason: String,
    exit: Exit,
) -> anyhow::Result<Exit> {
    say(&reason);
    let request: &RunRequest = &task.request;
    let mut run = Run::new(Source::Session);
    run.request = Some(request.clone());
    let judgement = Judgement {
        verdict: Verdict::Incomplete,
        exit,
        reason,
        crash: None,
        subset: request.filter().is_subset(),
        notes: Vec::new(),
    };
    let about: About = task.about(&[]);
    outputs.write_files(&Report::new(&run, &judgement, &about, None))?;
    Ok(exit)
}
