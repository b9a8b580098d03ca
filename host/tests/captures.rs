//! Files that are no whole capture, given to the real binary: what each is called, and
//! that none of them passes, crashes or reaches the terminal.

use std::fs;

use crate::common::place::{Place, text};
use crate::common::pty::Pty;
use crate::common::{Board, FAILING, failing, noise};

/// A capture of a run of the board.
fn capture_of(place: &Place, board: Board) -> Vec<u8> {
    let pty = Pty::start(board);
    let path = place.path("made.capture");
    place.run(&["--port", &pty.path, "--capture", path.to_str().unwrap()]);
    fs::read(&path).unwrap()
}

#[track_caller]
fn assert_replay(place: &Place, bytes: &[u8], code: i32, words: &[&str]) {
    let file = place.path("case");
    fs::write(&file, bytes).unwrap();
    let output = place.run(&["replay", file.to_str().unwrap()]);
    let shown = text(&output);
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(code), "{shown}");
    for words in words {
        assert!(flat.contains(words), "{words:?} is not in {shown}");
    }
    let control = |byte: &u8| byte.is_ascii_control() && *byte != b'\n' || *byte == 0x9b;
    assert!(!shown.bytes().any(|byte| control(&byte)), "{shown:?}");
}

#[test]
fn what_is_no_capture_is_called_so() {
    let place = Place::new();
    let advice = "A capture begins with \"board-check capture\"";
    assert_replay(&place, b"", 3, &["(not a single byte came)", advice]);
    assert_replay(&place, &noise(1, 5000), 3, &["mostly no text", advice]);
    assert_replay(&place, b"\x1b[2J\x1b]0;title\x07\x9b2J", 3, &[advice]);
    assert_replay(&place, b"{\"schema_version\": 1}\n", 3, &[advice]);
    assert_replay(
        &place,
        b"[    1.000000] Linux\r\nlogin: ",
        3,
        &["shell prompt", advice],
    );
    let output = place.run(&["replay", "/nowhere"]);
    crate::common::place::assert_exit(&output, 2, "Cannot open the capture /nowhere");
    let output = place.run(&["replay", "/tmp"]);
    crate::common::place::assert_exit(&output, 2, "/tmp: Cannot read the capture: Is a directory");
}

#[test]
fn a_capture_of_another_format_names_it() {
    let place = Place::new();
    for (head, found) in [("2", "2"), ("1x", "1x"), ("\x1b[2J", "\\x1b[2J")] {
        let words = format!("format {found}, this release reads 1.");
        let capture = format!("board-check capture {head}\nbegin\n");
        assert_replay(
            &place,
            capture.as_bytes(),
            2,
            &[&words, "release of board-check that wrote it"],
        );
    }
    let unknown = b"board-check capture 1\ncolour blue\nbegin\n";
    assert_replay(
        &place,
        unknown,
        2,
        &["Line 2 of the capture, \"colour blue\""],
    );
}

#[test]
fn a_capture_of_a_board_with_another_protocol_names_it() {
    let place = Place::new();
    let ready = "# board-check ready protocol=2 boot=1 runs=0 12345678";
    let capture = format!(
        "board-check capture 1\nversion 0.1.0\nstarted x\nport /dev/x\nbaud 115200\nbegin\n\
         5 < {ready}\\r\\n\n1005 < {ready}\\r\\n\n1006 end other-protocol\n"
    );
    let words = [
        "protocol version 2, this release speaks 1",
        "belongs to the image",
    ];
    assert_replay(&place, capture.as_bytes(), 3, &words);
}

#[test]
fn a_capture_that_is_cut_says_where_and_passes_nowhere() {
    let place = Place::new();
    let capture = capture_of(&place, Board::default());
    let lines = capture.iter().filter(|&&byte| byte == b'\n').count();
    assert_replay(&place, &capture, 0, &["PASS"]);
    assert_replay(&place, &capture[..40], 2, &["ends before the first byte"]);
    let cut = format!("The capture is damaged: line {lines} is cut off.");
    assert_replay(&place, &capture[..capture.len() - 5], 3, &[&cut]);
    let last = capture[..capture.len() - 1]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .unwrap();
    let ends = "The capture is damaged: it ends before the session did.";
    assert_replay(&place, &capture[..=last], 3, &[ends]);
    // What a board said before it was cut stays true.
    let failed = capture_of(&place, failing());
    let half = &failed[failed.len() / 2..];
    let line_end = half.iter().position(|&byte| byte == b'\n').unwrap();
    for length in [failed.len() / 2 + line_end, failed.len() - 5] {
        assert_replay(
            &place,
            &failed[..length],
            1,
            &[FAILING, "The capture is damaged: line "],
        );
    }
}

#[test]
fn two_captures_in_one_file_are_neither() {
    let place = Place::new();
    let capture = capture_of(&place, Board::default());
    let lines = capture.iter().filter(|&&byte| byte == b'\n').count();
    let follows = format!(
        "The capture is damaged: line {} follows its end.",
        lines + 1
    );
    assert_replay(
        &place,
        &[&capture[..], &capture[..]].concat(),
        3,
        &[&follows],
    );
    let failed = capture_of(&place, failing());
    assert_replay(
        &place,
        &[&capture[..], &failed[..]].concat(),
        3,
        &[&follows],
    );
    assert_replay(
        &place,
        &[&failed[..], &capture[..]].concat(),
        1,
        &[FAILING, &follows[..24]],
    );
}

#[test]
fn a_capture_that_another_program_has_changed_says_where() {
    let place = Place::new();
    let capture = String::from_utf8(capture_of(&place, Board::default())).unwrap();
    let dos = capture.replace('\n', "\r\n");
    assert_replay(
        &place,
        dos.as_bytes(),
        2,
        &["Line 2 of the capture, \"version 0.1.0\\r\""],
    );
    let begin = capture.lines().position(|line| line == "begin").unwrap() + 2;
    let words = format!("The capture is damaged: line {begin} cannot be read.");
    for (from, to) in [(" < ", " << "), (" < ", "\t<\t")] {
        assert_replay(
            &place,
            capture.replacen(from, to, 1).as_bytes(),
            3,
            &[&words],
        );
    }
    // Garbage in the middle, as of a disk that was full.
    let (head, tail) = capture.as_bytes().split_at(capture.len() / 2);
    let garbage = [head, &noise(2, 300), tail].concat();
    assert_replay(&place, &garbage, 3, &["The capture is damaged: line "]);
}

/// Who sent the capture chose the words in it: they open no file of whoever replays it.
#[test]
fn a_capture_names_boards_of_this_release_and_no_files() {
    let place = Place::new();
    let rules = place.path("rules.toml");
    fs::write(&rules, "secret").unwrap();
    let rules = rules.to_str().unwrap();
    for board in [rules, "/dev/null", "./rules.toml", "nosuch"] {
        let capture = format!("board-check capture 1\nboard {board}\nbegin\n");
        let words = format!("No board \"{board}\". This release knows ");
        let file = place.path("case");
        let name = format!("{}: {words}", file.display());
        assert_replay(&place, capture.as_bytes(), 2, &[&name]);
    }
    let known = b"board-check capture 1\nboard qemu-aarch64\nbegin\n";
    assert_replay(&place, known, 3, &["INCOMPLETE"]);
}

/// Also what is escaped in a capture, and is no byte of a board.
#[test]
fn a_capture_has_no_words_for_the_terminal() {
    let place = Place::new();
    let evil = "\\x1b[2J\\x1b]0;title\\x07\\xc2\\x9b2J\\n\\rPASS";
    let shown = "\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{9b}2J \\rPASS";
    let head = "board-check capture 1\nversion 0.1.0\nstarted x\nport /dev/x\nbaud 115200\n";
    for end in ["port-lost", "no-reset", "no-shell ended"] {
        let capture = format!("{head}note {evil}\nbegin\n9 end {end} {evil}\n");
        let note = format!("note: {shown}");
        assert_replay(&place, capture.as_bytes(), 3, &["INCOMPLETE", &note]);
    }
    let capture = format!("{head}board {evil}\nbegin\n");
    assert_replay(&place, capture.as_bytes(), 2, &[shown]);
}
