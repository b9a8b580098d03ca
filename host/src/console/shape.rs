//! What other tools could take for a result, and how they are kept from it.

/// Beginnings of what a KTAP reader, or this tool, looks for. A line that starts so
/// is held back until it verifies.
const STARTS: [&[u8]; 9] = [
    b"ok",
    b"not ",
    b"KTAP version",
    b"TAP version",
    b"1..",
    b"Bail out!",
    b"# board-check",
    b"#r ",
    b"#l ",
];

/// What is looked for anywhere in a line, and what it is turned into.
const MARKS: [(&[u8], &[u8]); 2] = [
    (b"KTAP version", b"KTAP_version"),
    (b"# board-check", b"#_board-check"),
];

/// True for a shell's prompt that may also be the beginning of a comment.
pub(super) fn may_be_prompt(bytes: &[u8]) -> bool {
    matches!(trimmed(bytes), b"#" | b"# ")
}

/// True if a line that begins with `bytes` can still become one that a KTAP reader
/// looks for, and is no prompt.
pub(super) fn may_become_result(bytes: &[u8]) -> bool {
    let bytes = trimmed(bytes);
    let begins = |start: &[u8]| start.starts_with(bytes) || bytes.starts_with(start);
    !bytes.is_empty() && !may_be_prompt(bytes) && STARTS.into_iter().any(begins)
}

/// True if what is looked for anywhere in a line may have begun.
pub(super) fn may_have_mark(bytes: &[u8]) -> bool {
    contains(bytes, b"KTAP") || contains(bytes, b"# board")
}

/// True if a KTAP reader takes the line for something.
pub(super) fn looks_like_result(line: &[u8]) -> bool {
    let line = trimmed(line);
    let word = |word: &[u8]| {
        let rest = line.strip_prefix(word);
        rest.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
    };
    let plan = line.strip_prefix(b"1..");
    word(b"ok")
        || word(b"not ok")
        || line.starts_with(b"TAP version")
        || line.starts_with(b"Bail out!")
        || plan.is_some_and(|count| count.first().is_some_and(u8::is_ascii_digit))
        || MARKS.iter().any(|(mark, _)| contains(line, mark))
}

/// The version line and the plan of a run, which are said again.
pub(super) fn is_frame(line: &[u8]) -> bool {
    let line = trimmed(line).trim_ascii_end();
    let plan = line.strip_prefix(b"1..");
    line == b"KTAP version 1" || plan.is_some_and(|count| count.iter().all(u8::is_ascii_digit))
}

/// The line as a comment in which nobody finds anything.
pub(super) fn harmless(why: &str, line: &[u8]) -> Vec<u8> {
    let mut rest = trimmed(line).trim_ascii_end();
    rest = rest.strip_prefix(b"# ").unwrap_or(rest);
    let mut text = format!("# {why}: ").into_bytes();
    'bytes: while let Some((&byte, tail)) = rest.split_first() {
        for (mark, instead) in MARKS {
            if let Some(tail) = rest.strip_prefix(mark) {
                text.extend(instead);
                rest = tail;
                continue 'bytes;
            }
        }
        text.push(byte);
        rest = tail;
    }
    text.extend(b"\r\n");
    text
}

fn trimmed(line: &[u8]) -> &[u8] {
    let blank = |byte: &&u8| byte.is_ascii_whitespace() || **byte == 0;
    &line[line.iter().take_while(blank).count()..]
}

fn contains(line: &[u8], part: &[u8]) -> bool {
    line.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_looks_for_is_seen_and_nothing_else() {
        for line in [
            "ok 1 a.b.c # pass 3 ms 12345678",
            "not ok 2 x",
            "  ok 3 of a subtest",
            "\rok 4",
            "ok",
            "TAP version 13",
            "KTAP version 1",
            "    KTAP version 1",
            "[    1.000000] KTAP version 1",
            "1..3",
            "Bail out! no",
            "# board-check end run=0",
            "noise# board-check end run=0",
        ] {
            assert!(looks_like_result(line.as_bytes()), "{line}");
            let harmless = harmless("unverified", line.as_bytes());
            assert!(harmless.starts_with(b"# unverified: "), "{line}");
            assert!(!looks_like_result(&harmless), "{line}");
        }
        for line in [
            "",
            "okay",
            "not okay",
            "OK",
            "1.5 V",
            "1..",
            "# ",
            "login: ",
            "[    1.000000] ok 1",
            "# comment",
            "notok",
        ] {
            assert!(!looks_like_result(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_beginning_is_held_while_it_can_become_a_result() {
        for line in [
            "o",
            "ok",
            "n",
            "not",
            "not [    1.0",
            "K",
            "1",
            "# b",
            "#r 3",
            "\rok 1 x",
        ] {
            assert!(may_become_result(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            "#",
            "# ",
            "# ls",
            "login",
            "=> ",
            "10",
            "[    1.000000] ok",
            "note",
        ] {
            assert!(!may_become_result(line.as_bytes()), "{line}");
        }
    }
}
