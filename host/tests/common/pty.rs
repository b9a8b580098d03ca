//! The board behind a real pseudo terminal, in a thread.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::Board;

/// A pseudo terminal without a board. Other processes do not inherit it, so that it
/// hangs up when it is dropped.
pub(crate) struct Terminal {
    pub(crate) path: String,
    master: File,
    /// Kept open, so that the terminal lives while nobody else has it.
    _slave: File,
}

impl Terminal {
    pub(crate) fn open() -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = File::options().read(true).write(true).open(&path).unwrap();
        let mut settings = tcgetattr(&slave).unwrap();
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings).unwrap();
        Self {
            path,
            master: File::from(master),
            _slave: slave,
        }
    }

    /// Types.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.master.write_all(bytes).unwrap();
    }

    /// Reads what is there, after at most a few milliseconds.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let wait = Timespec {
            tv_sec: 0,
            tv_nsec: 2_000_000,
        };
        let mut files = [PollFd::from_borrowed_fd(self.master.as_fd(), PollFlags::IN)];
        match poll(&mut files, Some(&wait)) {
            Ok(1) => self.master.read(buffer).unwrap_or(0),
            _ => 0,
        }
    }
}

/// A board behind a terminal. Its path is a link that is gone before the terminal is:
/// the next terminal of any test may get the same name in `/dev/pts`.
pub(crate) struct Pty {
    pub(crate) path: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Board>>,
}

impl Pty {
    /// Starts the board, at a fast pace.
    pub(crate) fn start(mut board: Board) -> Self {
        board.hurry();
        let mut terminal = Terminal::open();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console");
        symlink(&terminal.path, &path).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        Self {
            path: path.to_str().unwrap().to_owned(),
            thread: Some(std::thread::spawn(move || {
                serve(&mut board, &mut terminal, &stopped);
                drop(folder);
                drop(terminal);
                board
            })),
            stop,
        }
    }

    /// Ends the board, which hangs the terminal up; gives it back.
    pub(crate) fn stop(&mut self) -> Board {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn serve(board: &mut Board, terminal: &mut Terminal, stop: &AtomicBool) {
    let begun = Instant::now();
    let mut buffer = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        let said = board.poll(begun.elapsed());
        terminal.master.write_all(&said).unwrap();
        let count = terminal.read(&mut buffer);
        board.feed(begun.elapsed(), &buffer[..count]);
    }
}

/// Runs a command with a terminal as its output, and gives what it shows.
pub(crate) fn on_terminal(mut command: Command) -> String {
    let mut terminal = Terminal::open();
    let output = || File::options().write(true).open(&terminal.path).unwrap();
    let mut child = command.stdout(output()).stderr(output()).spawn().unwrap();
    let mut shown = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        // Asked first: what it wrote before it ended is then all there.
        let ended = child.try_wait().unwrap().is_some();
        match terminal.read(&mut buffer) {
            0 if ended => return String::from_utf8(shown).unwrap(),
            count => shown.extend_from_slice(&buffer[..count]),
        }
    }
}
