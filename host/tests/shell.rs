//! Boards on which a login owns the console; time is made up.

use std::io;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use board_check::judge::Verdict::Pass;
use board_check::link::{ControlLine, Link};
use board_check::request::RunRequest;
use board_check::session::{Login, Start};

use crate::common::Board;
use crate::common::place::{Place, assert_exit};
use crate::common::sim::{Outcome, SimLink, assert_incomplete, session_after};

/// A board with a login, a shell, and the verifier as a program.
struct Console {
    sim: SimLink,
    /// What is said by itself, and when.
    script: Vec<(Duration, Vec<u8>)>,
    user: &'static str,
    password: Option<&'static str>,
    prompt: &'static str,
    /// What the shell says to the command; `None` starts the verifier.
    answer: Option<&'static str>,
    state: At,
    typed: Vec<u8>,
    out: Vec<u8>,
    /// All that was sent to it before the verifier ran.
    sent: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    Bootloader,
    Login,
    Password,
    Shell,
    Verifier,
}

impl Console {
    fn new() -> Self {
        Self {
            sim: SimLink::new(Board {
                boot_text: "",
                ..Board::default()
            }),
            script: Vec::new(),
            user: "root",
            password: None,
            prompt: "# ",
            answer: None,
            state: At::Login,
            typed: Vec::new(),
            out: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn key(&mut self, byte: u8) {
        match (self.state, byte) {
            (At::Verifier, _) => unreachable!("the verifier has it"),
            // Any key: the boot is stopped.
            (At::Bootloader, _) => self.out.extend(b"\r\n=> "),
            (_, b'\r') => self.line(),
            (state, byte) => {
                self.typed.push(byte);
                if state != At::Password {
                    self.out.push(byte);
                }
            }
        }
    }

    fn line(&mut self) {
        let line = String::from_utf8(std::mem::take(&mut self.typed)).unwrap();
        self.out.extend(b"\r\n");
        let refused = b"Login incorrect\r\nbench login: ";
        match self.state {
            At::Login if line.is_empty() => self.out.extend(b"bench login: "),
            At::Login if self.password.is_some() || line != self.user => {
                self.state = At::Password;
                self.out.extend(b"Password: ");
            }
            At::Login => self.enter(),
            At::Password if self.password == Some(line.as_str()) => self.enter(),
            At::Password => {
                self.state = At::Login;
                self.out.extend(refused);
            }
            At::Shell if line == "board-verify --serve" => match self.answer {
                Some(answer) => self.out.extend([answer, self.prompt].concat().bytes()),
                None => self.state = At::Verifier,
            },
            At::Shell => self.out.extend(self.prompt.bytes()),
            At::Bootloader | At::Verifier => {}
        }
    }

    fn enter(&mut self) {
        self.state = At::Shell;
        self.out
            .extend(["Welcome.\r\n", self.prompt].concat().bytes());
    }
}

impl Link for Console {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        if self.state == At::Verifier && self.out.is_empty() {
            return self.sim.read(buffer, timeout);
        }
        let due = self.script.iter().take_while(|(at, _)| *at <= self.sim.now);
        let due = due.count();
        for (_, text) in self.script.drain(..due) {
            self.out.extend(text);
            if self.state == At::Bootloader && self.out.ends_with(b"login: ") {
                self.state = At::Login;
            }
        }
        if self.out.is_empty() {
            let next = self.script.first().map_or(Duration::MAX, |(at, _)| *at);
            self.sim.now = next.min(self.sim.now + timeout);
            return Ok(0);
        }
        let count = self.out.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.out[..count]);
        self.out.drain(..count);
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.state == At::Verifier {
            return self.sim.write(bytes);
        }
        self.sent.extend(bytes);
        bytes.iter().for_each(|&byte| self.key(byte));
        Ok(())
    }

    fn reopen(&mut self, _: &AtomicBool) -> io::Result<bool> {
        Ok(false)
    }

    fn set_line(&mut self, _: ControlLine, _: bool) -> io::Result<()> {
        panic!("nobody asked for a reset")
    }

    fn elapsed(&self) -> Duration {
        self.sim.now
    }
}

fn at(milliseconds: u64, text: &str) -> (Duration, Vec<u8>) {
    (Duration::from_millis(milliseconds), text.into())
}

fn log_in(user: &str, password: Option<&str>, console: Console) -> Outcome {
    let login = Login {
        user: user.to_owned(),
        password: password.map(str::to_owned),
    };
    let start = Start {
        login: Some(login),
        ..Start::default()
    };
    session_after(start, console, &RunRequest::default(), None)
}

#[track_caller]
fn assert_pass(ending: &Outcome) {
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
}

/// What was sent, line by line, as the capture has it; the request has two.
fn sent(ending: &Outcome) -> Vec<String> {
    let capture = String::from_utf8(ending.capture.clone()).unwrap();
    let sent = capture.lines().filter_map(|line| line.split_once(" > "));
    sent.map(|(_, sent)| sent.to_owned()).collect()
}

#[test]
fn a_login_is_answered_and_the_verifier_started() {
    let console = Console {
        script: vec![at(700, "\r\nbench login: ")],
        ..Console::new()
    };
    let ending = log_in("root", None, console);
    assert_pass(&ending);
    let sent = sent(&ending);
    assert_eq!(sent[..2], ["root\\r", "board-verify --serve\\r"]);
    assert_eq!(sent.len(), 4, "and the request: {sent:?}");
}

#[test]
fn a_password_is_given_and_stays_out_of_the_capture() {
    let console = Console {
        script: vec![at(0, "\r\nbench login: ")],
        user: "me",
        password: Some("s3cret"),
        prompt: "\x1b[01;32mme@bench\x1b[00m:~$ ",
        ..Console::new()
    };
    let ending = log_in("me", Some("s3cret"), console);
    assert_pass(&ending);
    let capture = String::from_utf8(ending.capture).unwrap();
    assert!(!capture.contains("s3cret"), "{capture}");
    assert!(capture.contains(" ! secret\n"), "{capture}");
}

#[test]
fn a_shell_that_is_there_already_is_used_and_a_running_verifier_as_well() {
    // It has said its prompt long ago.
    let console = Console {
        state: At::Shell,
        ..Console::new()
    };
    let ending = log_in("root", None, console);
    assert_pass(&ending);
    assert_eq!(sent(&ending)[..2], ["\\r", "board-verify --serve\\r"]);
    let console = Console {
        state: At::Verifier,
        ..Console::new()
    };
    let ending = log_in("root", None, console);
    assert_pass(&ending);
    assert_eq!(sent(&ending).len(), 2, "only the request");
}

#[test]
fn a_prompt_that_nobody_knows_is_taken_for_a_shell_after_a_login() {
    let console = Console {
        script: vec![at(0, "bench login: ")],
        prompt: "(bench) ~ ~~ ",
        ..Console::new()
    };
    assert_pass(&log_in("root", None, console));
}

#[test]
fn a_kernel_message_behind_the_prompt_does_not_hide_it_for_ever() {
    let console = Console {
        script: vec![
            at(0, "bench login: "),
            at(100, "[   12.000000] random: crng init done\r\n"),
        ],
        ..Console::new()
    };
    assert_pass(&log_in("root", None, console));
}

#[test]
fn nothing_is_sent_while_a_bootloader_may_listen() {
    // Long silences, a countdown, and a prompt that is only passed by.
    let console = Console {
        state: At::Bootloader,
        script: vec![
            at(
                500,
                "\0\r\nU-Boot SPL 2024.01 (Jan 01 2024 - 00:00:00 +0000)\r\n",
            ),
            at(9000, "U-Boot 2024.01 (Jan 01 2024 - 00:00:00 +0000)\r\n"),
            at(9100, "Hit any key to stop autoboot:  2 "),
            at(10_100, "\x08\x08\x08 1 "),
            at(11_100, "\x08\x08\x08 0 \r\n"),
            at(11_200, "scanning bus for devices... "),
            at(20_000, "Starting kernel ...\r\n\r\n"),
            at(
                21_000,
                "[    0.000000] Booting Linux on physical CPU 0x0\r\n",
            ),
            at(25_000, "\r\nbench login: "),
        ],
        ..Console::new()
    };
    let ending = log_in("root", None, console);
    assert_pass(&ending);
    let capture = String::from_utf8(ending.capture).unwrap();
    let first = capture.lines().find(|line| line.contains(" > ")).unwrap();
    let millis: u64 = first.split(' ').next().unwrap().parse().unwrap();
    assert!(millis >= 25_300, "{first}");
    assert!(first.ends_with("root\\r"), "{first}");
}

/// Each of these ends in a character that ends prompts, and stays for longer than a prompt
/// has to.
#[test]
fn a_load_that_stalls_is_no_prompt() {
    let console = Console {
        state: At::Bootloader,
        script: vec![
            at(500, "U-Boot 2024.01 (Jan 01 2024 - 00:00:00 +0000)\r\n"),
            at(600, "Loading: #"),
            at(6000, "T ####"),
            at(20_000, "###\r\ndone\r\nStarting kernel ...\r\n\r\n"),
            at(
                21_000,
                "[    0.000000] Booting Linux on physical CPU 0x0\r\n",
            ),
            at(22_000, "fetching the root file system ####"),
            at(23_000, "\r\nunpacking  45%"),
            at(24_000, "\r          100%\r\n[=====>"),
            at(25_000, "\r[=========]\r\n\r\nbench login: "),
        ],
        ..Console::new()
    };
    let ending = log_in("root", None, console);
    assert_pass(&ending);
    assert_eq!(sent(&ending)[..2], ["root\\r", "board-verify --serve\\r"]);
}

#[test]
fn what_stands_in_the_way_is_named() {
    let login = || vec![at(0, "bench login: ")];
    let with_password = || Console {
        script: login(),
        password: Some("right"),
        ..Console::new()
    };
    let without_program = |answer| Console {
        script: login(),
        answer: Some(answer),
        ..Console::new()
    };
    let silent_bootloader = Console {
        state: At::Bootloader,
        ..Console::new()
    };
    // Its prompt stands there, and it is never quiet for long.
    let beeping = (1..100).map(|n| at(n * 1000, "\x07"));
    let loud_bootloader = Console {
        state: At::Bootloader,
        script: [at(0, "U-Boot 2024.01\r\n=> ")]
            .into_iter()
            .chain(beeping)
            .collect(),
        ..Console::new()
    };
    let chatter = Console {
        script: (0..100).map(|n| at(n * 1000, "busy\r\n")).collect(),
        ..Console::new()
    };
    for (password, console, words) in [
        (None, with_password(), "as BOARD_CHECK_PASSWORD"),
        (Some("wrong"), with_password(), "The login refused"),
        (
            None,
            without_program("-sh: board-verify: not found\r\n"),
            "\"-sh: board-verify: not found\". Is board-verify in its PATH?",
        ),
        (
            None,
            without_program("Illegal instruction\r\n"),
            "Illegal instruction",
        ),
        (None, silent_bootloader, "at the prompt of its bootloader"),
        (None, loud_bootloader, "at the prompt of its bootloader"),
        (None, chatter, "Nobody asked for a login"),
    ] {
        let ending = log_in("root", password, console);
        assert_incomplete(&ending, words);
        assert!(ending.run.duration < Duration::from_secs(60));
    }
    // A user that there is not is asked for a password, too.
    let console = Console {
        script: login(),
        ..Console::new()
    };
    assert_incomplete(&log_in("nobody", Some("x"), console), "The login refused");
}

#[test]
fn the_password_is_never_on_the_command_line_and_the_user_is_one_word() {
    let place = Place::new();
    let run = |user| place.run(&["--port", "x", "--shell", user]);
    for user in ["", "a b", "root\n"] {
        assert_exit(&run(user), 2, "is the name of a user on the board");
    }
}
