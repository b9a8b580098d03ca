//! The real binary on ports that go away: they are waited for, and the run goes on.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::common::place::{Place, assert_exit};
use crate::common::pty::Pty;
use crate::common::rfc2217::{self, Manners};
use crate::common::server::{Client, Server};
use crate::common::{Board, failing, line};

/// A board that raises the flag when it says result 100. What it says while the flag is
/// up is lost.
fn raising(flag: &Arc<AtomicBool>, board: Board) -> Board {
    let flag = Arc::clone(flag);
    let mut raised = false;
    Board {
        mangle: Box::new(move |text| {
            if text.starts_with("ok 100 ") && !raised {
                raised = true;
                flag.store(true, Ordering::Relaxed);
            }
            match flag.load(Ordering::Relaxed) {
                true => Vec::new(),
                false => line(text),
            }
        }),
        ..board
    }
}

/// A client whose connection ends when the flag is raised.
struct HangsUp(Box<dyn Client>, Arc<AtomicBool>);

impl Read for HangsUp {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.1.swap(false, Ordering::Relaxed) {
            true => Ok(0),
            false => self.0.read(buffer),
        }
    }
}

impl Write for HangsUp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[track_caller]
fn assert_noted(json: &Value) {
    let note = "The port was away once during the session.";
    let notes = json["notes"].as_array().unwrap();
    assert!(notes.iter().any(|text| text == note), "{notes:?}");
    let capture = fs::read_to_string(json["capture"].as_str().unwrap()).unwrap();
    assert!(capture.contains(" ! lost "), "{capture}");
    assert!(capture.contains(" ! back\n"), "{capture}");
}

#[test]
fn a_run_goes_on_when_a_connection_was_closed() {
    let place = Place::new();
    for scheme in ["tcp", "rfc2217"] {
        let hang_up = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&hang_up);
        let board = raising(&hang_up, Board::default());
        let wrap = move |client| {
            let client: Box<dyn Client> = Box::new(HangsUp(client, Arc::clone(&flag)));
            match scheme {
                "tcp" => client,
                _ => rfc2217::speak(client, Manners::Answers, Arc::default()),
            }
        };
        let mut server = Server::tcp_with(scheme, board, wrap);
        let (output, json) = place.judge(&server.port, &[]);
        assert_exit(&output, 0, "PASS");
        assert_noted(&json);
        let asked = server.stop().asked;
        let runs = asked.iter().filter(|line| line.contains("check run "));
        assert_eq!(runs.count(), 1, "{asked:?}");
    }
}

#[test]
fn a_run_goes_on_when_a_serial_port_was_plugged_in_again() {
    let place = Place::new();
    let reached = Arc::new(AtomicBool::new(false));
    let mut pty = Pty::start(raising(&reached, failing()));
    // As /dev/serial/by-id has it.
    let port = place.path("by-id");
    symlink(&pty.path, &port).unwrap();
    let report = place.path("report.json");
    let out = format!("json={}", report.display());
    let arguments = ["--port", port.to_str().unwrap(), "--out", &out];
    let mut command = place.command(&arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().unwrap();
    while !reached.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::remove_file(&port).unwrap();
    let board = pty.stop();
    std::thread::sleep(Duration::from_millis(500));
    reached.store(false, Ordering::Relaxed);
    let again = Pty::start(board);
    symlink(&again.path, &port).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_exit(&output, 1, "FAIL");
    assert_exit(&output, 1, "(the port is back)");
    let json = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert_noted(&json);
}
