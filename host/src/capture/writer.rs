//! Writes a capture as the session goes on, so that nothing is lost with it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{About, FORMAT, MAGIC, ended, marks};
use crate::escape::escape;
use crate::mark::Mark;
use crate::run::Ended;
use crate::xdg;

/// Bytes of one line that are kept back at most.
const PENDING_MAX: usize = 4096;

/// An open capture.
pub struct Writer<'a> {
    out: Box<dyn Write + 'a>,
    /// Bytes from the board without their line end, and when the last of them came.
    pending: (Duration, Vec<u8>),
    failed: Option<io::Error>,
}

impl<'a> Writer<'a> {
    /// Starts a capture at `path`; a file that is there is replaced.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path, about: &About) -> io::Result<Self> {
        Self::start(Box::new(File::create(path)?), about)
    }

    /// Starts a capture that no `--capture` names, in a new file in
    /// `board-check/captures` in the XDG state folder, which is made if it is not there.
    ///
    /// # Errors
    /// When there is no home folder, or folder or file cannot be made.
    pub fn create_new(about: &About) -> io::Result<(PathBuf, Self)> {
        let state = xdg::folder("XDG_STATE_HOME", ".local/state")
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no home folder is known"))?;
        let folder = state.join("board-check/captures");
        fs::create_dir_all(&folder)?;
        let (path, file) = new_file(&folder, &about.started)?;
        Ok((path, Self::start(Box::new(file), about)?))
    }

    /// Starts a capture that goes to `out`.
    ///
    /// # Errors
    /// When the first lines cannot be written.
    pub fn start(mut out: Box<dyn Write + 'a>, about: &About) -> io::Result<Self> {
        out.write_all(head(about).as_bytes())?;
        Ok(Self {
            out,
            pending: (Duration::ZERO, Vec::new()),
            failed: None,
        })
    }

    /// Notes bytes from the board. What has no line end yet is written with the rest
    /// of its line, or by [`Writer::idle`].
    pub fn received(&mut self, at: Duration, bytes: &[u8]) {
        self.pending.0 = at;
        self.pending.1.extend_from_slice(bytes);
        let whole = self.pending.1.iter().rposition(|&byte| byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        let rest = self.pending.1.split_off(whole);
        let lines = std::mem::replace(&mut self.pending.1, rest);
        self.bytes(at, '<', &lines);
        if self.pending.1.len() > PENDING_MAX {
            self.idle();
        }
    }

    /// Writes what was received, line end or not: nothing more comes for now.
    pub fn idle(&mut self) {
        let (at, pending) = std::mem::take(&mut self.pending);
        self.bytes(at, '<', &pending);
    }

    /// Notes bytes to the board.
    pub fn sent(&mut self, at: Duration, bytes: &[u8]) {
        self.idle();
        self.bytes(at, '>', bytes);
    }

    /// Notes what happened to the line itself.
    pub fn mark(&mut self, at: Duration, mark: &Mark) {
        self.idle();
        self.write(&format!("{} ! {}\n", at.as_millis(), marks::write(mark)));
    }

    /// Notes the end of the session. Returns the first error that writing met, if
    /// there was one: the capture is then not whole.
    pub fn end(mut self, at: Duration, ended: &Ended) -> Option<io::Error> {
        self.idle();
        self.write(&format!("{} end {}\n", at.as_millis(), ended::write(ended)));
        self.failed.take()
    }

    /// One line for each line of the board, so that a person can read it.
    fn bytes(&mut self, at: Duration, direction: char, bytes: &[u8]) {
        let mut text = String::new();
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            let part = escape(part);
            let _ = writeln!(text, "{} {direction} {part}", at.as_millis());
        }
        if !text.is_empty() {
            self.write(&text);
        }
    }

    /// A capture that cannot be written must not end the run that it is of.
    fn write(&mut self, text: &str) {
        if self.failed.is_none() {
            let written = self.out.write_all(text.as_bytes());
            self.failed = written.and_then(|()| self.out.flush()).err();
        }
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        self.idle();
    }
}

fn head(about: &About) -> String {
    let mut text = format!("{MAGIC}{FORMAT}\n");
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} {}", escape(value.as_bytes()));
    };
    line("version", &about.version);
    line("started", &about.started);
    line("port", &about.port);
    line("baud", &about.baud_bits_per_second.to_string());
    let options = [
        ("board", &about.board),
        ("board-file", &about.board_file),
        ("place", &about.place),
        ("only", &about.only),
        ("skip", &about.skip),
    ];
    for (key, value) in options {
        if let Some(value) = value {
            line(key, value);
        }
    }
    if about.fault != 0 {
        line("fault", &about.fault.to_string());
    }
    if let Some(boot) = about.boot {
        line("boot", &format!("{boot:016x}"));
    }
    about.notes.iter().for_each(|note| line("note", note));
    text + "begin\n"
}

/// A new file in `folder`, called by the second in which the session `started`: each of
/// several processes has its own.
fn new_file(folder: &Path, started: &str) -> io::Result<(PathBuf, File)> {
    let digits: String = started
        .chars()
        .filter(char::is_ascii_digit)
        .take(14)
        .collect();
    let (day, time) = digits.split_at(digits.len().min(8));
    let mut number = 1;
    loop {
        let more = match number {
            1 => String::new(),
            _ => format!("-{number}"),
        };
        let path = folder.join(format!("board-check-{day}-{time}{more}.capture"));
        match File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            created => return Ok((path, created?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::thread;

    use super::*;

    #[test]
    fn sessions_that_start_together_have_a_file_each() {
        let folder = tempfile::tempdir().unwrap();
        let started = "2026-11-28T10:16:55Z";
        let names = || -> Vec<PathBuf> {
            let file = |_| new_file(folder.path(), started).unwrap().0;
            (0..25).map(file).collect()
        };
        let paths: Vec<PathBuf> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(names)).collect();
            let ended = threads.into_iter().map(|thread| thread.join().unwrap());
            ended.flatten().collect()
        });
        let first = folder.path().join("board-check-20261128-101655.capture");
        assert!(paths.contains(&first));
        assert!(paths.contains(&first.with_file_name("board-check-20261128-101655-100.capture")));
        assert_eq!(paths.iter().collect::<BTreeSet<_>>().len(), paths.len());
    }
}
