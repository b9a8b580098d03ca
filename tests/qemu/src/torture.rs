//! What board-torture says on the console of a machine, and whether it can be believed.

use std::fs::File;
use std::io::Read;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::spawn;
use std::time::Duration;

use crate::{Machine, architecture_of, image, log};

/// How long the console may be silent: the longest step of the program, and what a busy
/// machine makes of it.
const SILENCE: Duration = Duration::from_secs(240);

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(8 * 3600);

/// The last line, before the figures.
const END: &str = "# board-torture end: ";

/// What was said.
#[derive(Debug, Default)]
pub struct Told {
    /// The results of the program, without `ok` and `not ok`, and whether it was the first.
    pub results: Vec<(bool, String)>,
    /// What it said besides, without `# `.
    pub notes: Vec<String>,
    /// What is wrong with the run, a sentence each.
    pub wrong: Vec<String>,
}

/// Boots `board` with the torture image `name` (of `make torture-NAME`) and has it do `task`.
/// `due` are beginnings of lines that the kernel may say besides.
pub fn run(board: &str, name: &str, task: &str, due: &[&str]) -> Told {
    let machine = Machine::boot_task(board, &image(name).join("torture"), task);
    let (text, ending) = listen(&machine);
    let mut told = judge(&text, due);
    if let Some(ending) = ending {
        told.wrong.push(ending);
    }
    told
}

/// The name of the torture image of `board` with the kernel of the release, or with the one
/// that has sanitizers.
pub fn image_name(board: &str, has_sanitizers: bool) -> String {
    let architecture = architecture_of(board);
    match has_sanitizers {
        true => format!("{architecture}-debug"),
        false => architecture,
    }
}

/// All that the console says until the machine is off; and what is wrong if it does not end
/// so.
fn listen(machine: &Machine) -> (String, Option<String>) {
    let mut console = File::open(machine.console()).expect("the console opens");
    let (sender, receiver) = channel();
    spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(bytes @ 1..) = console.read(&mut chunk) {
            if sender.send(chunk[..bytes].to_vec()).is_err() {
                break;
            }
        }
    });
    let start = std::time::Instant::now();
    let mut bytes = Vec::new();
    let ending = loop {
        match receiver.recv_timeout(SILENCE) {
            Ok(chunk) => bytes.extend(chunk),
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) => {
                break Some(format!("The console was silent for {SILENCE:?}."));
            }
        }
        if start.elapsed() > LIMIT {
            break Some(format!("There was no end after {LIMIT:?}."));
        }
    };
    (String::from_utf8_lossy(&bytes).into_owned(), ending)
}

/// Reads the lines of a console.
fn judge(text: &str, due: &[&str]) -> Told {
    let mut told = Told::default();
    let mut end = None;
    let mut kernel = Vec::new();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        if let Some(said) = log::kernel_line(line) {
            kernel.push(said.to_owned());
        } else if let Some(figures) = line.strip_prefix(END) {
            end = Some(figures.to_owned());
        } else if let Some(note) = line.strip_prefix("# ") {
            told.notes.push(note.to_owned());
        } else if let Some(rest) = line.strip_prefix("not ok ") {
            told.results.push((false, rest.to_owned()));
        } else if let Some(rest) = line.strip_prefix("ok ") {
            told.results.push((true, rest.to_owned()));
        } else if line.contains("board-torture: panic") {
            told.wrong.push(line.to_owned());
        }
    }
    let passed = told.results.iter().filter(|(is_ok, _)| *is_ok).count();
    let failed = told.results.len() - passed;
    let figures = format!("{passed} passed, {failed} failed");
    match end {
        Some(end) if end == figures && passed > 0 => {}
        Some(end) => told
            .wrong
            .push(format!("It says {end}, and lines came for {figures}.")),
        None => told.wrong.push("It did not say how it ended.".to_owned()),
    }
    let is_number = |(number, (_, rest)): (usize, &(bool, String))| {
        rest.starts_with(&format!("{} ", number + 1))
    };
    if !told.results.iter().enumerate().all(is_number) {
        told.wrong
            .push("A result is missing, or comes twice.".to_owned());
    }
    let bad = told.results.iter().filter(|(is_ok, _)| !is_ok);
    told.wrong
        .extend(bad.map(|(_, rest)| format!("not ok {rest}")));
    // The machine is switched off by the program.
    let off = ["reboot: Power down", "reboot: System halted"];
    let is_due = |line: &&String| due.iter().chain(&off).any(|due| line.starts_with(due));
    let noise = log::noise(&kernel).into_iter().filter(|line| !is_due(line));
    let noise: Vec<String> = noise
        .map(|line| format!("the kernel said: {line}"))
        .collect();
    told.wrong.extend(noise);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = "[    0.461910] Run /init as init process\r\n\
                         \r\nKTAP version 1\r\n\
                         # fuzz seed=1 ops=10 threads=1\r\n\
                         ok 1 fuzz.calls # ops=10\r\n\
                         ok 2 fuzz.afterwards # well\r\n\
                         1..2\r\n\
                         # board-torture end: 2 passed, 0 failed\r\n\
                         [    1.461910] reboot: Power down\r\n";

    fn wrong(text: &str) -> Vec<String> {
        judge(text, &[]).wrong
    }

    #[test]
    fn a_clean_run_has_nothing_wrong() {
        assert_eq!(wrong(CLEAN), [""; 0]);
        assert_eq!(judge(CLEAN, &[]).notes, ["fuzz seed=1 ops=10 threads=1"]);
    }

    #[test]
    fn silence_and_lost_lines_are_no_pass() {
        assert_eq!(wrong(""), ["It did not say how it ended."]);
        assert_eq!(wrong(&CLEAN.replace("ok 1", "xx 1")).len(), 2);
        assert_eq!(
            wrong(&CLEAN.replace("# board-torture end", "# end")).len(),
            1
        );
        assert_eq!(wrong(&CLEAN.replace("ok 2", "ok 3")).len(), 1);
        let none = "# board-torture end: 0 passed, 0 failed\n";
        assert_eq!(wrong(none).len(), 1);
    }

    #[test]
    fn a_failure_and_a_line_of_the_kernel_are_told() {
        let failed = CLEAN
            .replace(
                "ok 2 fuzz.afterwards # well",
                "not ok 2 fuzz.afterwards # size",
            )
            .replace("2 passed, 0", "1 passed, 1");
        assert_eq!(wrong(&failed), ["not ok 2 fuzz.afterwards # size"]);
        let noisy = CLEAN.replace("1..2", "[    1.0] mmap_areas: no such area\r\n1..2");
        assert_eq!(wrong(&noisy), ["the kernel said: mmap_areas: no such area"]);
        assert_eq!(judge(&noisy, &["mmap_areas: no such"]).wrong, [""; 0]);
    }
}
