//! The bare command: runs the checks and judges them.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;

use super::judged::Judged;
use super::outputs::Outputs;
use super::{nonce, stop};
use crate::board::{self, GivenBoard};
use crate::capture::{About, Writer, default_path};
use crate::cli::RunArgs;
use crate::exit::Exit;
use crate::judge::{Judgement, Verdict};
use crate::link::{Endpoint, Port, PortError};
use crate::report::{Live, Report};
use crate::request::RunRequest;
use crate::reset::Reset;
use crate::run::{Run, Source};
use crate::session::{Session, Setup};

pub(super) fn run(args: &RunArgs) -> anyhow::Result<Exit> {
    let request = args.checks.request();
    request
        .as_request()
        .encode(u64::MAX, u64::MAX)
        .map_err(|_| anyhow::anyhow!("The patterns are too long for one request; use `*`."))?;
    let board = args.checks.board.as_deref().map(board::given).transpose()?;
    let outputs = Outputs::create(&args.output)?;
    let stop = stop::flag()?;
    let about = about(args, &request, board.as_ref());
    if request.selected().is_empty() {
        let reason = "The filter selects no check; `board-check list` names them all.".to_owned();
        return without_run(outputs, &about, &request, reason, Exit::NoTests);
    }
    let port = args.line.port.as_ref().context("--port PORT is needed")?;
    let reset = args.start.reset.as_ref();
    if let Some(reset) = reset.filter(|reset| !reset.fits(port)) {
        anyhow::bail!("{port} has no line {reset}; use --reset cmd:COMMAND.");
    }
    match Port::open(port, args.line.baud_bits_per_second, &stop) {
        // It may get its power from the board.
        Err(PortError::Absent { .. } | PortError::Unreachable { .. })
            if matches!(reset, Some(Reset::Command(_))) =>
        {
            let link = Port::absent(port, args.line.baud_bits_per_second);
            with_port(args, &request, about, board, outputs, link, &stop)
        }
        Err(error) => without_run(outputs, &about, &request, error.to_string(), error.exit()),
        Ok(link) => with_port(args, &request, about, board, outputs, link, &stop),
    }
}

fn with_port(
    args: &RunArgs,
    request: &RunRequest,
    mut about: About,
    board: Option<GivenBoard>,
    outputs: Outputs,
    link: Port,
    stop: &AtomicBool,
) -> anyhow::Result<Exit> {
    if let Some(holder) = link.shared_with() {
        about.notes.push(format!(
            "{holder} has the port open as well and may take bytes away."
        ));
    }
    let path = capture_path(args, &about)?;
    let capture = Writer::create(&path, &about)
        .with_context(|| format!("Cannot write the capture {}", path.display()))?;
    let mut live = Live::new();
    let setup = Setup {
        patience: args.line.patience,
        nonce: Box::new(nonce),
        capture: Some(capture),
        start: args.start.start(),
        watch: &mut live,
        stop,
    };
    let mut run = Session::new(link, setup).run(request);
    live.clear();
    run.notes.extend(about.notes.iter().cloned());
    let judged = Judged {
        run,
        given: board,
        about,
        capture: Some(path),
    };
    judged.report(outputs)
}

/// Reports that there was no run, for a reason that is no matter of the judge.
fn without_run(
    outputs: Outputs,
    about: &About,
    request: &RunRequest,
    reason: String,
    exit: Exit,
) -> anyhow::Result<Exit> {
    anstream::eprintln!("board-check: {reason}");
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
    outputs.write_files(&Report::new(&run, &judgement, about, None))?;
    Ok(exit)
}

fn about(args: &RunArgs, request: &RunRequest, board: Option<&GivenBoard>) -> About {
    let started = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        port: args
            .line
            .port
            .as_ref()
            .map_or_else(String::new, Endpoint::to_string),
        baud_bits_per_second: args.line.baud_bits_per_second,
        board: board.map(|board| board.given.clone()),
        board_file: board.and_then(|board| board.text.clone()),
        only: request.only.clone(),
        skip: request.skip.clone(),
        fault: request.fault,
        notes: Vec::new(),
    }
}

fn capture_path(args: &RunArgs, about: &About) -> anyhow::Result<PathBuf> {
    match &args.capture {
        Some(path) => Ok(path.clone()),
        None => default_path(&about.started)
            .context("There is no place for the capture; name one with --capture FILE"),
    }
}
