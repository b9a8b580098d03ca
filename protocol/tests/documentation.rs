//! Holds `docs/protocol.md` to the code: each line in a `wire` block of it must be
//! a line of protocol version 1, CRC included.

use board_check_protocol::{Context, Record, Request};

const DOCUMENT: &str = include_str!("../../docs/protocol.md");

const BOOT: u64 = 0x0d1c_2b3a_4958_6776;

/// The nonces and run counters of the examples.
const CONTEXTS: [(u64, u32); 3] = [
    (0x5f3a_9b21_44c7_e018, 3),
    (0xa1b2_c3d4_e5f6_0718, 0),
    (0, 0),
];

/// Lines that carry no proof.
const BARE: [&str; 2] = ["KTAP version 1", "1..3"];

fn verifies(line: &str) -> bool {
    let record = CONTEXTS.iter().any(|&(nonce, count)| {
        let run = Context {
            nonce,
            boot: BOOT,
            count,
        };
        Record::decode(line.as_bytes(), &run).is_some()
    });
    let request = || matches!(Request::decode(line.as_bytes(), BOOT), Ok(Some(_)));
    record || request()
}

#[test]
fn documented_lines_are_lines_of_the_protocol() {
    let mut in_wire_block = false;
    let mut count = 0;
    for line in DOCUMENT.lines() {
        if line.starts_with("```") {
            in_wire_block = line == "```wire";
        } else if in_wire_block && !BARE.contains(&line) {
            assert!(verifies(line), "docs/protocol.md: {line}");
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} lines in wire blocks");
}

#[test]
fn documented_limits_are_the_limits() {
    use board_check_protocol::{CHECKS_MAX, LINE_MAX, RESENT_MAX};
    for row in [
        format!("| `LINE_MAX` | {LINE_MAX} bytes |"),
        format!("| `RESENT_MAX` | {RESENT_MAX} bytes |"),
        format!("| `CHECKS_MAX` | {CHECKS_MAX} |"),
    ] {
        assert!(DOCUMENT.contains(&row), "docs/protocol.md lacks {row}");
    }
}
