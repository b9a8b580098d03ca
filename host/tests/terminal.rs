//! What is shown on a terminal, in a pipe, and to whom colour is a nuisance. Each command
//! gets its whole environment from here: none from who runs the tests.

use board_check_protocol::checks;

use crate::common::failing;
use crate::common::place::Place;
use crate::common::pty::{Pty, on_terminal};

/// How FAIL is coloured.
const RED_FAIL: &str = "\x1b[1m\x1b[31mFAIL";

/// Takes the status line away.
const ERASE: &str = "\r\x1b[2K";

type Environment = &'static [(&'static str, &'static str)];

/// What a failing run shows on a terminal.
fn shown(environment: Environment, options: &[&str]) -> String {
    let place = Place::new();
    let pty = Pty::start(failing());
    let mut command = place.command(&[&["--port", pty.path.as_str()], options].concat());
    command.envs(environment.iter().copied());
    on_terminal(command)
}

/// What it writes into pipes.
fn piped(environment: Environment, options: &[&str]) -> (String, String) {
    let place = Place::new();
    let pty = Pty::start(failing());
    let mut command = place.command(&[&["--port", pty.path.as_str()], options].concat());
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn on_a_terminal_there_is_a_status_line_that_goes_away_and_colour_unless_refused() {
    let coloured = shown(&[("TERM", "xterm")], &[]);
    let n = checks::NAMES.len();
    let first = format!("1/{n} {}", checks::NAMES[0]);
    assert!(coloured.contains(&first), "{coloured}");
    assert!(coloured.contains(RED_FAIL), "{coloured:?}");
    let plain = shown(&[("TERM", "xterm"), ("NO_COLOR", "1")], &[]);
    assert!(plain.contains(&first), "{plain}");
    let (before, after) = plain.rsplit_once(ERASE).unwrap();
    assert!(after.contains(&format!("FAIL  1 of {n}")), "{after:?}");
    assert!(
        !before.contains("\x1b[1m") && !after.contains('\x1b'),
        "{plain:?}"
    );
}

#[test]
fn what_cannot_take_a_line_back_or_keeps_it_gets_no_status_line() {
    for environment in [
        &[("TERM", "dumb")][..],
        &[("TERM", "xterm"), ("CI", "true")],
    ] {
        let shown = shown(environment, &[]);
        assert!(!shown.contains(ERASE), "{environment:?}: {shown:?}");
        assert!(!shown.contains("waiting for the board"), "{shown:?}");
        assert!(shown.contains("FAIL"), "{shown:?}");
    }
}

#[test]
fn colour_is_as_asked_for() {
    let plain = shown(&[("TERM", "xterm")], &["--color", "never"]);
    assert!(!plain.contains("\x1b[1m"), "{plain:?}");
    let asked = shown(&[("TERM", "xterm"), ("NO_COLOR", "1")], &["--color=always"]);
    assert!(asked.contains(RED_FAIL), "{asked:?}");
    let coloured: [(Environment, &[&str]); 2] = [
        (&[], &["--color", "always"]),
        (&[("CLICOLOR_FORCE", "1")], &[]),
    ];
    for (environment, options) in coloured {
        let (stdout, stderr) = piped(environment, options);
        assert!(stdout.contains(RED_FAIL), "{environment:?}: {stdout:?}");
        assert!(!stderr.contains(ERASE), "{environment:?}: {stderr:?}");
    }
    let environments: [Environment; 2] = [&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]];
    for environment in environments {
        let (stdout, stderr) = piped(environment, &[]);
        assert!(!(stdout + &stderr).contains('\x1b'), "{environment:?}");
    }
}

#[test]
fn everything_fits_80_columns() {
    let shown = shown(&[("TERM", "xterm")], &["--color", "never"]);
    // What comes after each taking away of the status line is a line of its own.
    for line in shown.split(['\n', '\r']) {
        let line = line.trim_start_matches("\x1b[2K");
        if !line.contains("capture: ") {
            assert!(line.chars().count() <= 80, "{line:?}");
        }
    }
    assert!(shown.contains(&format!("1/{}", checks::NAMES.len())));
}
