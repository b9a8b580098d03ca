//! `--repeat` and `--until-fail`: run after run on the same link, and what came of all.

use std::sync::atomic::AtomicBool;

use super::outputs::{Outputs, write_or_closed};
use super::run::once;
use super::say;
use super::task::{Task, check_numbered, numbered};
use crate::capture::About;
use crate::cli::{Output, RunArgs};
use crate::exit::Exit;
use crate::judge::{Judgement, Verdict};
use crate::link::Link;
use crate::report::Several;
use crate::run::{Ended, Run};

/// How often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// At most; without end if `None`.
    most: Option<u32>,
    until_fail: bool,
}

impl Times {
    /// What the options say; `None` for one run.
    pub(super) fn of(args: &RunArgs) -> anyhow::Result<Option<Self>> {
        if args.repeat.is_none() && !args.until_fail {
            return Ok(None);
        }
        let outputs = args.output.outputs.iter().map(|output| &output.path);
        outputs
            .chain(&args.capture.path)
            .try_for_each(|path| check_numbered(path))?;
        Ok(Some(Self {
            most: args.repeat,
            until_fail: args.until_fail,
        }))
    }

    fn go_on(self, done: u32, run: &Run, judgement: &Judgement) -> bool {
        let failed = self.until_fail && judgement.verdict != Verdict::Pass;
        !failed && self.most.is_none_or(|most| done < most) && is_usable(run)
    }
}

/// False if another run would end as this one, or the user wants none.
fn is_usable(run: &Run) -> bool {
    !matches!(
        run.ended,
        Ended::Interrupted
            | Ended::PortLost { .. }
            | Ended::NotReady { .. }
            | Ended::NoReset { .. }
            | Ended::NoShell(_)
            | Ended::NoAnswer
            | Ended::Refused
            | Ended::OtherProtocol
    )
}

pub(super) fn run(
    args: &RunArgs,
    task: &Task<'_>,
    times: Times,
    link: &mut impl Link,
    notes: &[String],
    stop: &AtomicBool,
) -> anyhow::Result<Exit> {
    let mut several = Several::default();
    let ran = each(args, task, times, link, notes, stop, &mut several);
    write_or_closed(&mut anstream::stdout(), &several.summary())?;
    match ran {
        // A file that cannot be written takes nothing away from what the runs have shown.
        Err(error) if several.worst().is_some_and(|worst| worst != Verdict::Pass) => {
            say(&format!("{error:#}"));
            Ok(several.exit())
        }
        ran => ran.map(|()| several.exit()),
    }
}

/// Each run, into `several`.
fn each(
    args: &RunArgs,
    task: &Task<'_>,
    times: Times,
    link: &mut impl Link,
    notes: &[String],
    stop: &AtomicBool,
    several: &mut Several,
) -> anyhow::Result<()> {
    let mut boot = None;
    for number in 1.. {
        let outputs = Outputs::create(&outputs_of(args, number))?;
        let about = About {
            boot,
            ..task.about(notes)
        };
        let path = args.capture.path.as_deref();
        let path = path.map(|path| numbered(path, number));
        let judged = once(args, task, path, about, link, stop)?;
        let (judgement, report) = judged.judge();
        let run = &judged.run;
        let line = several.add(run, &judgement, judged.capture.as_deref());
        write_or_closed(&mut anstream::stdout(), &line)?;
        outputs.write_files(&report)?;
        // After a crash, or a reset, the board may be in any boot.
        let crashed = judgement.verdict == Verdict::Crashed;
        let ready = run.ready.filter(|_| !crashed && args.start.reset.is_none());
        boot = ready.map(|ready| ready.boot);
        if !times.go_on(number, run, &judgement) {
            break;
        }
    }
    Ok(())
}

fn outputs_of(args: &RunArgs, number: u32) -> Vec<Output> {
    let of_run = |output: &Output| Output {
        path: numbered(&output.path, number),
        ..output.clone()
    };
    args.output.outputs.iter().map(of_run).collect()
}
