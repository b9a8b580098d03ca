//! Sentences for runs of which nothing, or not everything, arrived.

use crate::escape::escape;
use crate::run::{Ended, LineCounts, NoShell, Run, Source};

/// Nothing of a run arrived.
pub(super) fn nothing(run: &Run) -> String {
    match (&run.ended, run.request.is_some()) {
        _ if run.source == Source::ForeignLog => {
            format!(
                "No verified record in this log ({}). A capture begins with \"board-check \
                 capture\"; a log has to have the bytes as they came.",
                heard(&run.line)
            )
        }
        (Ended::NoReset { why }, _) => format!("The board could not be reset: {why}."),
        (Ended::NoShell(why), _) => no_shell(why),
        (Ended::NotReady { .. }, _) if run.reset_in_vain => {
            "The board was not reset: it still runs the boot from before. Is the reset wired to \
             this line, or does the command reset this board?"
                .to_owned()
        }
        (Ended::PortLost { error }, true) => {
            format!("The port went away before the first record ({error}).")
        }
        (Ended::PortLost { error }, false) => format!(
            "The port went away before the board was ready ({error}); {}.",
            heard(&run.line)
        ),
        (Ended::NotReady { waited }, _) => format!(
            "The board did not say that it is ready within {} s: {}.{}",
            waited.as_secs_f64(),
            heard(&run.line),
            advice(&run.line)
        ),
        (Ended::Silent { waited }, true) => format!(
            "The board is busy with another run, which has said nothing for {} s; reset it.",
            waited.as_secs_f64()
        ),
        (_, true) => format!(
            "The board is ready but answered none of {} requests{}",
            run.requests,
            match run.line.damaged {
                0 => ". Check the wire from this PC's TX to the board's RX.".to_owned(),
                damaged => format!(" with a whole line; {damaged} damaged lines came.{NOISY}"),
            }
        ),
        (_, false) => format!("No run was asked for; {}.", heard(&run.line)),
    }
}

fn no_shell(why: &NoShell) -> String {
    match why {
        NoShell::NoPrompt => "Nobody asked for a login or a command. Is there a login on this \
                              console? Without --shell the board is waited for as it is."
            .to_owned(),
        NoShell::Bootloader => "The board is at the prompt of its bootloader: boot it first, or \
                                use --reset."
            .to_owned(),
        NoShell::PasswordNeeded => {
            "The login asks for a password: put it into the environment as BOARD_CHECK_PASSWORD."
                .to_owned()
        }
        NoShell::Refused => "The login refused the user of --shell, or the password in \
                             BOARD_CHECK_PASSWORD."
            .to_owned(),
        NoShell::Ended { said } => format!(
            "The shell did not keep board-verify running; the last it said is \"{}\". Is \
             board-verify in its PATH?",
            escape(said.as_bytes())
        ),
    }
}

/// The user ended it.
pub(super) fn interrupted(run: &Run) -> String {
    let held = run
        .records
        .as_ref()
        .map_or(0, |records| records.checks.len());
    match run.records.as_ref().and_then(|records| records.total()) {
        Some(total) => format!("Interrupted when {held} of {total} results were here."),
        None => "Interrupted before the run began.".to_owned(),
    }
}

/// How the session ended, to be put behind "did not arrive".
pub(super) fn since(run: &Run) -> String {
    match &run.ended {
        Ended::PortLost { error } => format!(" before the port went away ({error})"),
        Ended::Silent { waited } => format!(
            "; the board said nothing new for {} s",
            waited.as_secs_f64()
        ),
        Ended::GaveUp => format!(", asked for in {} requests", run.line.rounds),
        Ended::CaptureEnds => " before the end of the capture".to_owned(),
        _ => String::new(),
    }
}

const NOISY: &str = " The line is very noisy: try the cable, its ground, and a lower speed.";

fn heard(line: &LineCounts) -> String {
    if line.bytes == 0 {
        return "not a single byte came".to_owned();
    }
    let what = if line.unprintable * 4 > line.bytes {
        "mostly no text"
    } else if line.prompts > 0 {
        "with a login or shell prompt"
    } else if line.other_runs > 0 {
        "with records of a run that nobody here asked for"
    } else if line.kernel > 0 {
        "with kernel messages"
    } else if line.bootloader > 0 {
        "from a bootloader"
    } else if line.damaged > 0 {
        "with records that did not verify"
    } else {
        "nothing that is known here"
    };
    format!("{} bytes in {} lines came, {what}", line.bytes, line.lines)
}

fn advice(line: &LineCounts) -> &'static str {
    if line.bytes == 0 {
        " Is the board powered, and is this its console port? Try the cable, TX and RX swapped, and \
         `console=` on the kernel command line."
    } else if line.unprintable * 4 > line.bytes {
        " That looks like another speed: try --baud."
    } else if line.prompts > 0 {
        " Another program has the console: board-verify has to run on it."
    } else if line.other_runs > 0 {
        " The board runs its checks for somebody else: wait for the end of that run, or reset the \
         board."
    } else if line.kernel > 0 {
        " The kernel runs; is board-verify in its image, and is this port its `console=`?"
    } else if line.damaged > 0 {
        NOISY
    } else {
        " Is this the board's console port?"
    }
}
