use std::time::Duration;

use super::*;
use crate::collector::Collector;
use crate::run::Source;

/// What a console shows of chunks of bytes, each some time after the one before.
struct Screen {
    sieve: Sieve,
    collector: Collector,
    now: Duration,
}

impl Screen {
    fn new() -> Self {
        Self {
            sieve: Sieve::default(),
            collector: Collector::new(Source::Session),
            now: Duration::ZERO,
        }
    }

    fn hears(&mut self, bytes: &[u8]) -> String {
        let mut shown = Vec::new();
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            let events = self.collector.received(self.now, part);
            shown.extend(self.sieve.heard(&Heard {
                at: self.now,
                bytes: part,
                events: &events,
                records: self.collector.records(),
            }));
        }
        String::from_utf8_lossy(&shown).into_owned()
    }

    fn waits(&mut self, milliseconds: u64) -> String {
        self.now += Duration::from_millis(milliseconds);
        String::from_utf8_lossy(&self.sieve.quiet(self.now)).into_owned()
    }
}

#[test]
fn what_cannot_be_a_result_is_shown_at_once_with_or_without_a_line_end() {
    let mut screen = Screen::new();
    for text in [
        "login: ",
        "r",
        "oo",
        "t\r\n",
        "\x1b[1mU-Boot\x1b[0m> ",
        "\r\n",
        "\u{7f}\r",
    ] {
        assert_eq!(screen.hears(text.as_bytes()), text);
    }
    assert_eq!(screen.waits(5000), "");
}

#[test]
fn a_root_prompt_is_shown_after_a_short_quiet() {
    let mut screen = Screen::new();
    assert_eq!(screen.hears(b"# "), "");
    assert_eq!(screen.waits(20), "");
    assert_eq!(screen.waits(20), "# ");
    assert_eq!(screen.hears(b"ls\r\nbin\r\n"), "ls\r\nbin\r\n");
}

#[test]
fn what_may_be_a_result_is_held_and_then_a_comment_to_its_end() {
    let mut screen = Screen::new();
    assert_eq!(screen.hears(b"not o"), "");
    assert_eq!(screen.waits(900), "");
    assert_eq!(screen.waits(100), "# unverified: not o\r\n");
    assert_eq!(screen.hears(b"k 1 x"), "# unverified: k 1 x\r\n");
    assert_eq!(screen.hears(b"\r\n"), "# unverified: \r\n");
    assert_eq!(screen.hears(b"ok 2\r\n"), "# unverified: ok 2\r\n");
}

#[test]
fn a_mark_that_comes_in_pieces_behind_a_prompt_is_no_mark() {
    let mut screen = Screen::new();
    screen.hears(b"# ");
    assert_eq!(screen.waits(50), "# ");
    let shown = screen.hears(b"board-check end run=0\r\n");
    assert_eq!(shown, "\r\n# unverified: board-check end run=0\r\n");
    let shown = ["[    1.0] KT", "AP ver", "sion 1\r\n"].map(|part| screen.hears(part.as_bytes()));
    let shown = shown.concat();
    assert_eq!(
        shown,
        "[    1.0] KT\r\n# unverified: [    1.0] KTAP_version 1\r\n"
    );
}

#[test]
fn a_line_without_an_end_passes_through_and_memory_stays_small() {
    let mut screen = Screen::new();
    let chunk = "x".repeat(1000);
    for _ in 0..1000 {
        assert_eq!(screen.hears(chunk.as_bytes()), chunk);
    }
    let mut screen = Screen::new();
    let mut shown = screen.hears(b"ok 1 ");
    for _ in 0..1000 {
        shown += &screen.hears(chunk.as_bytes());
    }
    assert!(shown.len() >= 1_000_000, "{}", shown.len());
    assert!(
        shown
            .split("\r\n")
            .all(|line| line.is_empty() || line.starts_with("# unverified: "))
    );
}

#[test]
fn bytes_of_any_value_pass_unchanged() {
    let mut screen = Screen::new();
    let all: Vec<u8> = (0..=255).filter(|&byte| byte != b'\n').collect();
    let events = screen.collector.received(Duration::ZERO, &all);
    let shown = screen.sieve.heard(&Heard {
        at: Duration::ZERO,
        bytes: &all,
        events: &events,
        records: None,
    });
    assert_eq!(shown, all);
}
