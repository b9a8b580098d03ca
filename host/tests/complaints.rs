//! What users of other serial and test tools complain of, for what no other test shows;
//! the table in `docs/testing.md` has all of it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use board_check_protocol::checks::NAMES;
use rustix::termios::{ControlModes, OptionalActions, tcgetattr, tcsetattr};

use crate::common::place::{Place, assert_exit, text};
use crate::common::pty::{Pty, Terminal};
use crate::common::{Board, failing, line, mangle};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_complaint_names_a_test_that_there_is() {
    let docs = fs::read_to_string(root().join("docs/testing.md")).unwrap();
    let (_, table) = docs.split_once("| complaint | test |\n").unwrap();
    let rows = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let mut tests = 0;
    for row in rows {
        let named = row.split('`').skip(1).step_by(2);
        let named: Vec<&str> = named.filter(|word| word.contains(".rs")).collect();
        assert!(!named.is_empty(), "{row}");
        for name in named {
            let (file, test) = name.split_once(' ').unwrap();
            let source = fs::read_to_string(root().join(file)).unwrap();
            assert!(source.contains(&format!("fn {test}()")), "{name}");
            tests += 1;
        }
    }
    assert!(tests >= 20, "{tests}");
}

#[test]
fn a_port_that_is_in_no_list_of_ports_is_opened_by_its_path() {
    // A pseudo terminal is in none: neither in /dev/serial nor among the devices of
    // /sys/class/tty.
    let place = Place::new();
    let pty = Pty::start(Board::default());
    let device = fs::canonicalize(&pty.path).unwrap();
    let name = device.file_name().unwrap();
    assert!(!Path::new("/sys/class/tty").join(name).exists());
    let link = place.path("my board");
    std::os::unix::fs::symlink(device, &link).unwrap();
    assert_exit(&place.run(&["--port", link.to_str().unwrap()]), 0, "PASS");
}

#[test]
fn closing_the_port_leaves_its_lines_as_they_are() {
    let place = Place::new();
    let pty = Pty::start(Board::default());
    let port = File::options()
        .read(true)
        .write(true)
        .open(&pty.path)
        .unwrap();
    let hangs_up = || {
        let settings = tcgetattr(&port).unwrap();
        settings.control_modes.contains(ControlModes::HUPCL)
    };
    let mut settings = tcgetattr(&port).unwrap();
    settings.control_modes |= ControlModes::HUPCL;
    tcsetattr(&port, OptionalActions::Now, &settings).unwrap();
    assert!(
        hangs_up(),
        "the last close drops DTR, which resets many boards"
    );
    assert_exit(&place.run(&["--port", &pty.path]), 0, "PASS");
    assert!(!hangs_up());
}

#[test]
fn bytes_that_are_no_text_end_neither_the_run_nor_the_capture() {
    let place = Place::new();
    // A two-byte character that is cut in the middle, bytes that begin none, and a zero.
    let garbage: &[u8] = b"[    9.000000] caf\xc3\r\n\xa9\xff\xfe\x80\x00 \xf0\x9f\r\n";
    let pty = Pty::start(Board {
        mangle: Box::new(move |text| [garbage, &line(text)].concat()),
        ..Board::default()
    });
    let capture = place.path("kept.capture");
    let arguments = ["--port", &pty.path, "--capture", capture.to_str().unwrap()];
    let output = place.run(&arguments);
    assert_exit(&output, 0, "[    9.000000] caf\\xc3\n");
    let kept = fs::read_to_string(&capture).unwrap();
    assert!(
        kept.matches("\\xa9\\xff\\xfe\\x80\\x00 \\xf0\\x9f\\r\\n")
            .count()
            > NAMES.len()
    );
    assert_exit(
        &place.run(&["replay", capture.to_str().unwrap()]),
        0,
        "PASS",
    );
}

#[test]
fn nothing_is_ever_asked_of_the_user() {
    let place = Place::new();
    let terminal = Terminal::open();
    let keys = || {
        File::options()
            .read(true)
            .write(true)
            .open(&terminal.path)
            .unwrap()
    };
    for arguments in [&[][..], &["--port", "/dev/nosuch"], &["off"], &["console"]] {
        let mut command = place.command(arguments);
        // It would wait here for ever.
        let output = command.stdin(keys()).output().unwrap();
        assert!(
            matches!(output.status.code(), Some(2 | 69)),
            "{}",
            text(&output)
        );
    }
}

/// Where a run can be when it is interrupted: a board that brings it there, and what its
/// capture has by then.
fn moments() -> Vec<(&'static str, Board, &'static str)> {
    let mute = |word: &'static str| -> crate::common::Mangle {
        Box::new(move |text| match text.contains(word) {
            true => line("noise"),
            false => line(text),
        })
    };
    vec![
        (
            "waiting for the board",
            Board {
                mangle: mute("ready"),
                ..Board::default()
            },
            "noise",
        ),
        (
            "waiting for an answer",
            Board {
                deaf_for: 99,
                ..Board::default()
            },
            "board-check run nonce=",
        ),
        (
            "in the run",
            Board {
                dies_at: Some(10),
                ..Board::default()
            },
            "ok 9 ",
        ),
        (
            "asking again",
            Board {
                mangle: mute("ok 3 "),
                ..failing()
            },
            "board-check resend nonce=",
        ),
        (
            "after an oops",
            Board {
                mangle: mangle("ok 9 ", 1, |_| {
                    b"[   12.000000] Unable to handle kernel paging request at 0\r\n".to_vec()
                }),
                dies_at: Some(10),
                ..Board::default()
            },
            "Unable to handle",
        ),
    ]
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-INT", &id]).status();
    assert!(status.unwrap().success());
}

fn wait_for(mut condition: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it never came");
}

/// On a terminal, for there is a status line, and settings that could be left changed.
#[test]
fn ctrl_c_at_any_moment_keeps_the_capture_and_the_terminal() {
    for (moment, board, words) in moments() {
        let place = Place::new();
        let pty = Pty::start(board);
        let mut terminal = Terminal::open();
        let path = terminal.path.clone();
        let screen = || File::options().read(true).write(true).open(&path).unwrap();
        let settings = || format!("{:?}", tcgetattr(screen()).unwrap());
        let before = settings();
        let capture = place.path("kept.capture");
        let mut child = place
            .command(&["--port", &pty.path, "--capture", capture.to_str().unwrap()])
            .env("TERM", "xterm")
            .stdin(screen())
            .stdout(screen())
            .stderr(screen())
            .spawn()
            .unwrap();
        wait_for(|| fs::read_to_string(&capture).is_ok_and(|text| text.contains(words)));
        interrupt(&child);
        let mut shown = Vec::new();
        let mut chunk = [0; 4096];
        let code = loop {
            // Asked first: what it wrote before it ended is then all there.
            let ended = child.try_wait().unwrap();
            match (terminal.read(&mut chunk), ended) {
                (0, Some(status)) => break status.code(),
                (count, _) => shown.extend_from_slice(&chunk[..count]),
            }
        };
        assert_eq!(settings(), before, "{moment}");
        let shown = String::from_utf8(shown).unwrap();
        assert_eq!(code, Some(130), "{moment}: {shown}");
        let (_, after) = shown.rsplit_once("\r\x1b[2K").unwrap();
        assert!(
            after.contains("Interrupted") || after.contains("oops"),
            "{moment}: {shown}"
        );
        let kept = fs::read_to_string(&capture).unwrap();
        assert!(kept.ends_with(" end interrupted\n"), "{moment}: {kept}");
        let replay = place.run(&["replay", capture.to_str().unwrap()]);
        assert_eq!(
            replay.status.code(),
            Some(130),
            "{moment}: {}",
            text(&replay)
        );
    }
}
