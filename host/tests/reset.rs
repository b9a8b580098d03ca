//! Boards that are reset first: what they said before does not count.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use board_check::judge::Verdict::Pass;
use board_check::link::ControlLine;
use board_check::request::RunRequest;
use board_check::reset::Reset;
use board_check::session::Start;
use board_check_protocol::{Context, Ready, Record};

use crate::common::place::{Place, assert_exit};
use crate::common::rfc2217::{self, Heard, Manners};
use crate::common::sim::{SimLink, assert_incomplete, session_after};
use crate::common::{Board, line};

fn start(line: ControlLine) -> Start {
    Start {
        reset: Some(Reset::Line(line)),
        login: None,
    }
}

fn ready_of(boot: u64) -> String {
    let ready = Record::Ready(Ready { boot, runs: 0 });
    let context = Context {
        boot,
        ..Context::default()
    };
    ready.encode(&context).unwrap().as_str().to_owned()
}

#[test]
fn a_pulse_resets_the_board_and_the_old_boot_is_not_asked() {
    for line in [ControlLine::Dtr, ControlLine::Rts] {
        let link = SimLink {
            is_wired: true,
            ..SimLink::new(Board::default())
        };
        let switched = link.switched.clone();
        let ending = session_after(start(line), link, &RunRequest::default(), None);
        assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
        assert_eq!(ending.run.requests, 1);
        let old = Board::default().boot;
        assert_eq!(ending.run.records.unwrap().context.boot, old + 1);
        let switched = switched.borrow();
        let [(first, false, from), (last, true, to)] = switched[..] else {
            panic!("{switched:?}")
        };
        assert_eq!((first, last), (line, line));
        assert_eq!(to - from, Duration::from_millis(100));
        let capture = String::from_utf8(ending.capture).unwrap();
        assert!(capture.contains(&format!(" ! reset {line}\n")), "{capture}");
    }
}

#[test]
fn what_the_board_said_before_and_comes_after_is_not_taken_for_the_new_boot() {
    // It was not idle, so its boot is not known; its last `ready` and its panic lay in a
    // buffer on the way.
    let stale = format!(
        "{}\r\n[   99.000000] Kernel panic - not syncing: old\r\n",
        ready_of(7)
    );
    let mut board = Board {
        boot_text: "",
        ..Board::default()
    };
    board.state.start_at(Duration::from_secs(4));
    let link = SimLink {
        is_wired: true,
        buffered: stale,
        ..SimLink::new(board)
    };
    let ending = session_after(start(ControlLine::Dtr), link, &RunRequest::default(), None);
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.requests, 1);
}

#[test]
fn a_reset_that_does_nothing_is_noticed() {
    let ending = session_after(
        start(ControlLine::Rts),
        SimLink::new(Board::default()),
        &RunRequest::default(),
        None,
    );
    assert_incomplete(&ending, "it still runs the boot from before");
}

#[test]
fn a_server_of_serial_ports_switches_the_line() {
    let place = Place::new();
    let serve = |manners| {
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let shared = Arc::clone(&heard);
        let is_reset = move || {
            let on = |(code, value): &(u8, Vec<u8>)| *code == 5 && matches!(value[..], [8 | 11]);
            shared.lock().unwrap().commands.iter().any(on)
        };
        let board = Board {
            mangle: Box::new(move |text| match text.contains(" ready ") && !is_reset() {
                true => line(&ready_of(7)),
                false => line(text),
            }),
            ..Board::default()
        };
        (rfc2217::serve(board, manners, &heard), heard)
    };
    let (server, heard) = serve(Manners::NeverAnswers);
    let (output, _) = place.judge(&server.port, &["--reset", "dtr"]);
    assert_exit(&output, 0, "PASS");
    let commands = heard.lock().unwrap().commands[5..].to_vec();
    assert_eq!(commands, [(5, vec![9]), (5, vec![8])], "DTR off, DTR on");
    let (server, heard) = serve(Manners::Answers);
    let (output, _) = place.judge(&server.port, &["--reset", "rts"]);
    assert_exit(&output, 0, "PASS");
    let commands = heard.lock().unwrap().commands[5..].to_vec();
    assert_eq!(commands, [(5, vec![12]), (5, vec![11])], "RTS off, RTS on");
    let (server, _) = serve(Manners::Refuses);
    let (output, json) = place.judge(&server.port, &["--reset", "rts"]);
    assert_exit(&output, 3, "INCOMPLETE");
    let reason = json["reason"].as_str().unwrap();
    assert!(reason.contains("takes no commands of RFC 2217"), "{reason}");
}

#[test]
fn a_command_may_switch_the_board_and_its_port_on() {
    let place = Place::new();
    let server = crate::common::server::Server::unix(&place.path("hidden"), Board::default());
    let port = format!("unix:{}", place.path("console").display());
    let reset = format!(
        "cmd:echo switching on; mv {} {}",
        place.path("hidden").display(),
        place.path("console").display()
    );
    let (output, json) = place.judge(&port, &["--reset", &reset]);
    assert_exit(&output, 0, "PASS");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("switching on"), "{stderr}");
    assert_eq!(json["exit_code"], 0);
    drop(server);
}

#[test]
fn a_command_that_fails_or_hangs_is_told() {
    let place = Place::new();
    let server = crate::common::server::Server::tcp(Board::default());
    for (command, words) in [
        ("cmd:exit 3", "its command ended with exit status 3"),
        ("cmd:sleep 60", "its command did not end within 0.5 s"),
    ] {
        let arguments = ["--reset", command, "--timeout", "0.5"];
        let (output, json) = place.judge(&server.port, &arguments);
        assert_exit(&output, 3, "INCOMPLETE");
        let reason = json["reason"].as_str().unwrap();
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn a_reset_that_cannot_be_is_refused() {
    let place = Place::new();
    let run = |port: &str, reset| place.run(&["--port", port, "--reset", reset]);
    assert_exit(&run("tcp://x:1", "dtr"), 2, "tcp://x:1 has no line dtr");
    assert_exit(&run("x", "power"), 2, "there are dtr, rts, and cmd:COMMAND");
    let pty = crate::common::pty::Pty::start(Board::default());
    let (output, json) = place.judge(&pty.path, &["--reset", "dtr"]);
    assert_exit(&output, 3, "INCOMPLETE");
    let reason = json["reason"].as_str().unwrap();
    assert!(reason.contains("the port does not switch dtr"), "{reason}");
}
