//! `board-check console` on a real image: what LAVA or labgrid would see.

use std::process::Stdio;

use board_check_protocol::checks::NAMES;
use qemu_tests::{BOARD, FAULTS_IMAGE, IMAGE, Machine, board_check};

/// Exit code and output of a console without input, which ends with the run.
fn console(machine: &Machine, arguments: &[&str]) -> (Option<i32>, String) {
    let output = board_check()
        .arg("console")
        .arg("--port")
        .arg(machine.console())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("board-check runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

/// The lines of results, without those of the verdict.
fn results(text: &str) -> Vec<&str> {
    let result = |line: &&str| line.starts_with("ok ") || line.starts_with("not ok ");
    let results = text.lines().filter(result);
    results
        .filter(|line| !line.contains(" run.verdict "))
        .collect()
}

#[test]
fn a_run_on_the_console_is_clean_ktap_and_the_kernel_is_heard() {
    let machine = Machine::boot(BOARD, IMAGE);
    let (code, text) = console(&machine, &["--only", "seed.*,bounds.*"]);
    assert_eq!(code, Some(0), "{text}");
    let mut wanted = NAMES.iter();
    for line in results(&text) {
        let name = line.split(' ').nth(2).expect("a name");
        assert!(wanted.any(|wanted| *wanted == name), "{line} in {text}");
    }
    let count = results(&text).len();
    assert!(count > 10, "{text}");
    for words in [
        "KTAP version 1\r\n",
        &format!("\r\n1..{}\r\n", count + 1),
        "mmap_areas: loading",
        "\r\n# board-check verdict PASS (subset): ",
        "\r\n# board-check end run=",
    ] {
        assert_eq!(text.matches(words).count(), 1, "{words:?} in {text}");
    }
}

#[test]
fn a_message_in_each_failure_leaves_failures_and_messages_whole() {
    let machine = Machine::boot(BOARD, FAULTS_IMAGE);
    let (code, text) = console(&machine, &["--fault", "201", "--only", "seed.*,data.*"]);
    assert_eq!(code, Some(1), "{text}");
    let failed = results(&text)
        .into_iter()
        .filter(|line| line.starts_with("not "));
    assert!(failed.clone().count() > 0, "{text}");
    for line in failed {
        let (_, crc) = line.rsplit_once(' ').expect("a CRC");
        assert!(crc.len() == 8 && line.contains(" # fail "), "{line}");
    }
    let message = "a message amid a record";
    let mut messages = text.lines().filter(|line| line.contains(message));
    assert!(text.contains(message), "{text}");
    assert!(messages.all(|line| line.starts_with('[')), "{text}");
}
