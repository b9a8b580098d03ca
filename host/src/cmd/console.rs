//! `board-check console`: the standard input and output are the board's console.

use std::io;
use std::sync::atomic::AtomicBool;

use anyhow::ensure;

use super::judged::judge;
use super::run::notes;
use super::say;
use super::stop;
use super::task::{Task, capture, check_numbered, numbered};
use crate::cli::ConsoleArgs;
use crate::console::{Console, Keyboard, RawTerminal};
use crate::exit::Exit;
use crate::link::{Endpoint, Port};
use crate::run::{Ended, Run};
use crate::session::{Session, Start};

pub(super) fn run(args: &ConsoleArgs) -> anyhow::Result<Exit> {
    let task = Task::new(&args.line, &args.checks)?;
    ensure!(
        args.line.port != Some(Endpoint::Stdio),
        "The console takes the standard input and output itself; the port cannot be there, too."
    );
    if let Some(path) = &args.capture.path {
        check_numbered(path)?;
    }
    if let Some(reason) = task.nothing() {
        say(&reason);
        return Ok(Exit::NoTests);
    }
    let stop = stop::flag_of_console()?;
    task.check_reset(&args.start)?;
    let mut link = task.open(&args.start, &stop.flag)?;
    let terminal = RawTerminal::of(io::stdin())?;
    let keyboard = Keyboard::new(io::stdin(), terminal.is_some());
    stop.restores(terminal);
    let ended = serve(args, &task, &mut link, keyboard, &stop.flag);
    stop.restore();
    let (exit, reason) = ended?;
    if let Some(reason) = reason {
        say(&reason);
    }
    Ok(exit)
}

/// Runs the checks once in each boot, until the user or the port goes away. Gives the
/// exit of the last run and, if there is more to say, why it is over.
fn serve(
    args: &ConsoleArgs,
    task: &Task<'_>,
    link: &mut Port,
    keyboard: Keyboard,
    stop: &AtomicBool,
) -> anyhow::Result<(Exit, Option<String>)> {
    let notes = notes(link);
    let mut console = Console::new(io::stdout(), keyboard);
    let mut last = None;
    let mut boot = None;
    for number in 1.. {
        let about = task.about(&notes);
        let path = args.capture.path.as_deref();
        let (path, capture) = capture(path.map(|path| numbered(path, number)), &about)?;
        let start = match number {
            1 => args.start.start(),
            _ => Start::default(),
        };
        let setup = task.setup(start, capture, &mut console, stop);
        let run = Session::new(&mut *link, setup)
            .after_boot(boot)
            .run(&task.request);
        let judgement = judge(&run, task.board.as_ref());
        if run.request.is_none() {
            return Ok(match (last, &run.ended) {
                (Some(exit), Ended::Interrupted) => (exit, None),
                (None, Ended::Interrupted) => (Exit::Interrupted, None),
                (last, _) => (last.unwrap_or(judgement.exit), Some(judgement.reason)),
            });
        }
        let captured = format!("capture {}", path.display());
        console.finish(&run, &judgement, &[captured]);
        last = Some(judgement.exit);
        boot = asked_boot(&run);
        if console.is_over() || matches!(run.ended, Ended::Interrupted | Ended::PortLost { .. }) {
            break;
        }
    }
    Ok((last.unwrap_or(Exit::Incomplete), None))
}

/// The boot that has had its run.
fn asked_boot(run: &Run) -> Option<u64> {
    let of_records = run.records.as_ref().map(|records| records.context.boot);
    of_records.or(run.ready.map(|ready| ready.boot))
}
