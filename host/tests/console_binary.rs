//! `board-check console` as a process: its input, its ends, and the terminal it runs on.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use board_check_protocol::checks::NAMES;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::common::place::{Place, assert_exit, text};
use crate::common::pty::{Pty, Terminal};
use crate::common::{Board, FAILING, failing, mangle};

/// The console on `port`, with pipes.
fn start(place: &Place, port: &str) -> Child {
    place
        .command(&["console", "--port", port, "--timeout", "2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads the output up to a line that has `words`.
fn read_until(child: &mut Child, words: &str) -> BufReader<std::process::ChildStdout> {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut seen = String::new();
    while !seen.contains(words) {
        assert_ne!(
            output.read_line(&mut seen).unwrap(),
            0,
            "no {words:?} in {seen}"
        );
    }
    output
}

fn kill(child: &Child, signal: &str) {
    let status = Command::new("kill")
        .arg(signal)
        .arg(child.id().to_string())
        .status();
    assert!(status.unwrap().success());
}

/// A board that hangs in the middle of its run.
fn hanging() -> Board {
    Board {
        dies_at: Some(10),
        ..Board::default()
    }
}

#[test]
fn without_input_it_says_one_run_and_ends_with_its_verdict() {
    let place = Place::new();
    let pty = Pty::start(Board::default());
    let output = place.run(&["console", "--port", &pty.path]);
    assert_exit(&output, 0, "\r\nKTAP version 1\r\n");
    assert_exit(&output, 0, "# board-check verdict PASS: All ");
    assert!(output.stderr.is_empty(), "{}", text(&output));
    let shown = String::from_utf8(output.stdout).unwrap();
    let capture = shown.split("# board-check capture ").nth(1).unwrap();
    let replay = place.run(&["replay", capture.trim_end()]);
    assert_exit(&replay, 0, "PASS");

    let pty = Pty::start(Board {
        mangle: mangle("not ok ", 1, |text| {
            let message = b"not [   12.345678] usb 1-1: new device\r\n";
            [message, &text.as_bytes()[4..], b"\r\n"].concat()
        }),
        ..failing()
    });
    let output = place.run(&["console", "--port", &pty.path]);
    assert_exit(&output, 1, "\r\n[   12.345678] usb 1-1: new device\r\n");
    assert_exit(&output, 1, &format!(" {FAILING} # fail "));
}

#[test]
fn input_goes_to_the_board_and_its_end_ends_the_console_after_the_run() {
    let place = Place::new();
    let mut pty = Pty::start(Board::default());
    let mut child = start(&place, &pty.path);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"echo hello\n").unwrap();
    let rest = read_until(&mut child, "# board-check end");
    // The console stays, for whatever comes; and then it goes at once.
    input.write_all(b"\x03reboot\n").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(child.try_wait().unwrap().is_none());
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(rest);
    let asked = pty.stop().asked;
    assert!(asked.iter().any(|line| line == "echo hello"), "{asked:?}");
    assert!(asked.iter().any(|line| line == "\u{3}reboot"), "{asked:?}");
    assert_eq!(
        asked
            .iter()
            .filter(|line| line.contains(" run nonce="))
            .count(),
        1
    );
}

#[test]
fn a_signal_ends_it_with_130_and_the_capture_is_kept() {
    let place = Place::new();
    for signal in ["-INT", "-TERM", "-HUP"] {
        let pty = Pty::start(hanging());
        let mut child = start(&place, &pty.path);
        let mut rest = read_until(&mut child, "\nok 3 ");
        kill(&child, signal);
        let mut shown = String::new();
        rest.read_to_string(&mut shown).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{shown}");
        assert!(
            shown.contains(&format!("not ok {} {} # unverified", 20, NAMES[19])),
            "{shown}"
        );
        assert!(
            shown.contains("# board-check verdict INCOMPLETE: Interrupted"),
            "{shown}"
        );
        assert!(!shown.contains("# board-check end"), "{shown}");
        let capture = shown.split("# board-check capture ").nth(1).unwrap();
        let capture = fs::read_to_string(capture.trim_end()).unwrap();
        assert!(capture.ends_with(" end interrupted\n"), "{capture}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it() {
    let place = Place::new();
    let pty = Pty::start(hanging());
    let mut child = start(&place, &pty.path);
    drop(read_until(&mut child, "\nok 3 "));
    // It notices when it has something to say.
    kill(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(130));

    let pty = Pty::start(Board::default());
    let mut child = start(&place, &pty.path);
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_port_that_goes_away_ends_the_run_without_a_pass() {
    let place = Place::new();
    let mut pty = Pty::start(hanging());
    let mut child = start(&place, &pty.path);
    let mut rest = read_until(&mut child, "\nok 3 ");
    pty.stop();
    let mut shown = String::new();
    rest.read_to_string(&mut shown).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{shown}");
    let verdict = format!("\nnot ok {} run.verdict # fail ", NAMES.len() + 1);
    assert!(shown.contains(&verdict), "{shown}");
    assert!(shown.contains("before the port went away"), "{shown}");
}

#[test]
fn a_board_that_is_never_ready_ends_with_3_when_there_is_no_input() {
    let place = Place::new();
    let silent = Pty::start(Board {
        mangle: Box::new(|_| b"\x1b[31mok 1\r\nlogin: ".to_vec()),
        ..Board::default()
    });
    let output = place.run(&["console", "--port", &silent.path, "--timeout", "0.3"]);
    assert_exit(&output, 3, "did not say that it is ready within 0.3 s");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains("\x1b[31mok 1\r\nlogin: "),
        "bytes are not changed: {shown:?}"
    );
    assert!(!shown.contains("KTAP"), "{shown}");
}

#[test]
fn what_cannot_work_is_refused_before_the_port_is_opened() {
    let place = Place::new();
    let console = |more: &[&str]| place.run(&[&["console"], more].concat());
    assert_exit(
        &console(&["--port", "/dev/nosuch"]),
        69,
        "No port /dev/nosuch",
    );
    assert_exit(
        &console(&["--port", "-"]),
        2,
        "takes the standard input and output itself",
    );
    assert_exit(
        &console(&["--port", "x", "--only", "nosuch"]),
        5,
        "selects no check",
    );
    assert_exit(
        &console(&["--port", "x", "--capture", "y"]),
        2,
        "y needs a {run}",
    );
    assert_exit(&console(&[]), 2, "--port PORT is needed");
}

#[test]
fn a_terminal_is_raw_meanwhile_and_as_before_in_the_end() {
    let place = Place::new();
    for end in ["escape", "signal", "second signal"] {
        let pty = Pty::start(hanging());
        let mut terminal = Terminal::open();
        let slave = File::options()
            .read(true)
            .write(true)
            .open(&terminal.path)
            .unwrap();
        let mut cooked = tcgetattr(&slave).unwrap();
        cooked.local_modes |= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        tcsetattr(&slave, OptionalActions::Now, &cooked).unwrap();
        let is_cooked = || {
            tcgetattr(&slave)
                .unwrap()
                .local_modes
                .contains(LocalModes::ICANON)
        };
        let mut child = place
            .command(&["console", "--port", &pty.path])
            .stdin(slave.try_clone().unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = read_until(&mut child, "\nok 3 ");
        assert!(!is_cooked(), "keys must pass one by one");
        match end {
            // Ctrl-C is for the board.
            "escape" => terminal.write(b"\x03abc\x1ddef"),
            _ => kill(&child, "-TERM"),
        }
        if end == "second signal" {
            kill(&child, "-TERM");
        }
        assert_eq!(child.wait().unwrap().code(), Some(130), "{end}");
        assert!(is_cooked(), "after {end}");
        drop(output);
    }
}
