//! Ctrl-C at every moment of a session: exit code 130, and the capture is kept.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::common::Board;
use crate::common::place::{Place, assert_exit};
use crate::common::pty::{Pty, Terminal};
use crate::common::server::Server;

/// Starts the command, with a capture at `capture`.
fn start(place: &Place, capture: &Path, arguments: &[&str]) -> Child {
    let capture = ["--capture", capture.to_str().unwrap()];
    let mut command = place.command(&[arguments, &capture].concat());
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn interrupt(child: Child) -> Output {
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let begun = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "it went on");
    output
}

#[track_caller]
fn wait_for(mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Interrupts the command when its capture has `mark`; the capture must be whole.
#[track_caller]
fn interrupted_at(place: &Place, mark: &str, arguments: &[&str]) -> String {
    let capture = place.path("capture");
    let child = start(place, &capture, arguments);
    wait_for(|| fs::read_to_string(&capture).is_ok_and(|text| text.contains(mark)));
    let output = interrupt(child);
    assert_exit(&output, 130, "Interrupted");
    let text = fs::read_to_string(&capture).unwrap();
    assert!(text.ends_with(" end interrupted\n"), "{text}");
    let replay = place.run(&["replay", capture.to_str().unwrap()]);
    assert_exit(&replay, 130, "Interrupted");
    fs::remove_file(&capture).unwrap();
    text
}

fn silent() -> Board {
    Board {
        boot_text: "",
        mangle: Box::new(|_| Vec::new()),
        ..Board::default()
    }
}

#[test]
fn while_the_board_is_waited_for_or_runs() {
    let place = Place::new();
    let pty = Pty::start(silent());
    interrupted_at(&place, "begin\n", &["--port", &pty.path]);
    let pty = Pty::start(Board {
        dies_at: Some(10),
        ..Board::default()
    });
    interrupted_at(&place, "ok 9 ", &["--port", &pty.path]);
}

#[test]
fn while_the_port_is_away() {
    let place = Place::new();
    let mut server = Server::tcp(silent());
    let port = server.port.clone();
    let stopped = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        server.stop();
    });
    interrupted_at(&place, " ! lost ", &["--port", &port]);
    stopped.join().unwrap();
}

#[test]
fn while_the_board_is_reset_or_logged_in_to() {
    let place = Place::new();
    let server = Server::tcp(silent());
    let pids = place.path("pids");
    let reset = format!("cmd:echo $$ >{}; sleep 60", pids.display());
    interrupted_at(
        &place,
        " ! reset ",
        &["--port", &server.port, "--reset", &reset],
    );
    if let Ok(pid) = fs::read_to_string(&pids) {
        let process = format!("/proc/{}", pid.trim());
        wait_for(|| !Path::new(&process).exists());
    }
    let login = Board {
        boot_text: "bench login: ",
        ..silent()
    };
    let server = Server::tcp(login);
    interrupted_at(
        &place,
        " > root",
        &["--port", &server.port, "--shell", "root"],
    );
}

#[test]
fn while_a_command_is_the_port() {
    let place = Place::new();
    interrupted_at(&place, "hello", &["--port", "exec:echo hello; sleep 60"]);
}

#[test]
fn while_a_network_is_waited_for() {
    let place = Place::new();
    // Its queue is full, so it answers nobody.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(listener.as_fd(), 0).unwrap();
    let address = listener.local_addr().unwrap();
    let wait = Duration::from_millis(300);
    let connect = |_| TcpStream::connect_timeout(&address, wait).ok();
    let _queued: Vec<_> = (0..4).map_while(connect).collect();
    let capture = place.path("capture");
    let port = format!("tcp://{address}");
    let child = start(&place, &capture, &["--port", &port]);
    std::thread::sleep(Duration::from_millis(500));
    let output = interrupt(child);
    assert_exit(&output, 130, "Interrupted before the port was open");
    let output = place.run(&["--port", &port]);
    assert_exit(&output, 69, "no answer within 5 s");
}

#[test]
fn the_terminal_is_left_as_it_was() {
    let place = Place::new();
    let pty = Pty::start(silent());
    let mut terminal = Terminal::open();
    let open = || {
        OwnedFd::from(
            fs::File::options()
                .write(true)
                .open(&terminal.path)
                .unwrap(),
        )
    };
    let before = rustix::termios::tcgetattr(open()).unwrap();
    let mut command = place.command(&["--port", &pty.path]);
    let command = command.stdout(open()).stderr(open());
    let child = command.env("TERM", "xterm").spawn().unwrap();
    let mut shown = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&shown).contains("waiting for the board") {
        let count = terminal.read(&mut buffer);
        shown.extend_from_slice(&buffer[..count]);
    }
    let output = interrupt(child);
    assert_eq!(output.status.code(), Some(130));
    for _ in 0..100 {
        let count = terminal.read(&mut buffer);
        shown.extend_from_slice(&buffer[..count]);
    }
    let after = rustix::termios::tcgetattr(OwnedFd::from(
        fs::File::options()
            .write(true)
            .open(&terminal.path)
            .unwrap(),
    ));
    assert_eq!(format!("{before:?}"), format!("{:?}", after.unwrap()));
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(shown.ends_with('\n'), "{shown:?}");
    let (_, last) = shown.rsplit_once("waiting for the board").unwrap();
    assert!(
        last.contains("\r\x1b[2K"),
        "the status line is erased: {shown:?}"
    );
    assert!(!shown.contains("\x1b[?"), "no mode was changed: {shown:?}");
}
