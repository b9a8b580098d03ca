//! What board-torture says on the console of a machine, and whether it can be believed.

use std::fs::{self, File};
use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::{Machine, architecture_of, image, log, root};

/// How long the console may be silent: the longest step of the program, and what a busy
/// machine makes of it.
const SILENCE: Duration = Duration::from_secs(240);

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(8 * 3600);

/// The last line, before the figures.
const END: &str = "# board-torture end: ";

/// Reports of the kernel's on memory: what is in the headline, and how the last line of it
/// begins and ends. `warn_alloc()` in mm/page_alloc.c, `oom_kill_process()` in mm/oom_kill.c.
const REPORTS: [(&str, &str, &str); 3] = [
    (" error: size ", "", " pages reserved"),
    (": page allocation failure: ", "", " pages reserved"),
    (
        " invoked oom-killer: ",
        "Out of memory: Killed process ",
        "",
    ),
];

/// What was said.
#[derive(Debug, Default)]
pub struct Told {
    /// The results of the program, without `ok` and `not ok`, and whether it was the first.
    pub results: Vec<(bool, String)>,
    /// What is wrong with the run, a sentence each.
    pub wrong: Vec<String>,
}

/// Boots `board` with the torture image `name` (of `make torture-NAME`) and has it do `task`.
/// `due` are beginnings of lines that the kernel may say besides. What the console says is in
/// `output/log/` then.
///
/// # Panics
/// If that file cannot be written.
pub fn run(board: &str, name: &str, task: &str, due: &[&str]) -> Told {
    let kind = if task.starts_with("kselftest") {
        "kselftest"
    } else {
        "torture"
    };
    let (_machine, pieces) = Machine::boot_task(board, &image(name).join(kind), task);
    let folder = root().join("output/log");
    fs::create_dir_all(&folder).expect("a folder for the log");
    let file = format!("{board}-{}.console", task.replace(' ', "-"));
    let log = File::create(folder.join(file)).expect("the log can be made");
    let (text, ending) = listen(&pieces, log);
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

/// All that the console says until the machine is off, which goes to `log`, too; and what is
/// wrong if it does not end so.
fn listen(pieces: &Receiver<Vec<u8>>, mut log: File) -> (String, Option<String>) {
    let start = Instant::now();
    let mut bytes = Vec::new();
    let ending = loop {
        match pieces.recv_timeout(SILENCE) {
            Ok(piece) => {
                log.write_all(&piece).expect("the log can be written");
                bytes.extend(piece);
            }
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
        let (line, said) = log::split(line.trim_end_matches('\r'));
        kernel.extend(said.map(str::to_owned));
        if let Some(figures) = line.strip_prefix(END) {
            end = Some(figures.to_owned());
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
    // The kernel tells of memory that it did not get in a headline, how it came to that and
    // how its memory is.
    let mut report = None;
    let is_noise = |line: &&String| {
        if let Some((_headline, first, last)) = report {
            let is_end = line.starts_with(first) && line.ends_with(last);
            report = report.filter(|_report| !is_end);
            return false;
        }
        if is_due(line) {
            report = REPORTS.into_iter().find(|(words, ..)| line.contains(words));
            return false;
        }
        !line.ends_with(" pages cma reserved")
    };
    let noise = log::noise(&kernel).into_iter().filter(is_noise);
    let noise: Vec<String> = noise
        .map(|line| format!("the kernel said: {line}"))
        .collect();
    told.wrong.extend(noise);
    if report.is_some() {
        told.wrong
            .push("A report of the kernel's on memory has no end.".to_owned());
    }
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
        let amid = noisy.replace("[    1.0]", "# rebind 37[    1.0]");
        assert_eq!(wrong(&amid), ["the kernel said: mmap_areas: no such area"]);
        let report = "[    1.0] init: vmalloc error: size 32768, align 0x10000\r\n\
                      [    1.0] CPU: 1 UID: 0 PID: 1 Comm: init\r\n\
                      [    1.0]  show_stack+0x18/0x24 (C)\r\n\
                      [    1.0] 28686 pages reserved\r\n\
                      [    1.0] 4096 pages cma reserved\r\n\
                      1..2";
        let reported = CLEAN.replace("1..2", report);
        assert_eq!(judge(&reported, &["init: vmalloc error: "]).wrong, [""; 0]);
        assert!(wrong(&reported).len() > 3);
        let killed = reported
            .replace(
                "vmalloc error: size 32768",
                "x invoked oom-killer: gfp_mask=0xcc0",
            )
            .replace("4096 pages cma", "Out of memory: Killed process 63 (init)");
        let due = ["init: x invoked oom-killer: "];
        assert_eq!(judge(&killed, &due).wrong, [""; 0]);
        let endless = reported.replace("28686 pages reserved", "");
        let found = judge(&endless, &["init: vmalloc error: "]).wrong;
        assert_eq!(found, ["A report of the kernel's on memory has no end."]);
    }
}
