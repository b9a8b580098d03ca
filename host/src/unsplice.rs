//! Takes kernel messages out of the records into which printk has cut them.
//!
//! printk writes a message whole, line end included, so it lands in one piece
//! somewhere in a record:
//!
//! ```text
//! not [   12.345678] usb 1-1: new device
//! ok 3 seed.vmalloc.pattern # fail 1 ms 8aa35b06
//! ```
//!
//! Only at timestamps is a line taken apart, and nothing put together counts
//! unless its CRC verifies, which is the caller's part.

use crate::kernel_messages::stamp_length;

/// Most ways of putting a record together that are tried for one line.
pub const CANDIDATES_MAX: usize = 16;

/// Longest beginning of a record that is kept, in bytes.
const BEGINNING_MAX: usize = board_check_protocol::RESENT_MAX;

/// What lay before the kernel messages that were just read.
#[derive(Debug, Default)]
pub struct Unsplicer {
    /// Beginnings of a record whose rest has not come.
    open: Vec<Vec<u8>>,
    /// The line before this one, if it is no kernel message: a message that starts
    /// with a line end of its own (as in a panic) leaves it a beginning.
    before: Option<Vec<u8>>,
}

impl Unsplicer {
    /// Takes a line that does not verify as it is; returns the record that
    /// `verifies`, if a kernel message had cut into one that ends in this line.
    pub fn line(&mut self, line: &[u8], verifies: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let mut tries = 0;
        let mut verified = |candidate: &[u8]| {
            tries += 1;
            tries <= CANDIDATES_MAX && verifies(candidate)
        };
        let before = self.before.take();
        let stamps = stamps(line);
        if stamps.first() == Some(&0) {
            // A message by itself: what was open stays open, one line further on.
            self.open.extend(before);
            return None;
        }
        let open = std::mem::take(&mut self.open);
        for beginning in &open {
            let whole = [beginning, line].concat();
            if verified(&whole) {
                return Some(whole);
            }
        }
        for &stamp in &stamps {
            for beginning in open.iter().map(Vec::as_slice).chain([&[][..]]) {
                let cut = [beginning, &line[..stamp]].concat();
                if verified(&cut) {
                    return Some(cut);
                }
                if cut.len() <= BEGINNING_MAX && self.open.len() < CANDIDATES_MAX {
                    self.open.push(cut);
                }
            }
        }
        let short = stamps.is_empty() && !line.is_empty() && line.len() <= BEGINNING_MAX;
        self.before = short.then(|| line.to_vec());
        None
    }

    /// Takes note of a line that verified: what came before it is over.
    pub fn clear(&mut self) {
        self.open.clear();
        self.before = None;
    }
}

/// Where timestamps start in `line`.
pub fn stamps(line: &[u8]) -> Vec<usize> {
    (0..line.len())
        .filter(|&start| line[start] == b'[' && stamp_length(&line[start..]).is_some())
        .take(CANDIDATES_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "not ok 3 seed.vmalloc.pattern # fail 1 ms 8aa35b06";
    const MESSAGE: &str = "[   12.345678] usb 1-1: new device";

    /// Feeds `stream` line by line; what was put together comes back.
    fn heal(stream: &str) -> Vec<String> {
        let verifies = |line: &[u8]| line == RECORD.as_bytes();
        let mut unsplicer = Unsplicer::default();
        let mut healed = Vec::new();
        for line in stream.split("\r\n") {
            if verifies(line.as_bytes()) {
                unsplicer.clear();
                healed.push(line.to_owned());
            } else if let Some(record) = unsplicer.line(line.as_bytes(), verifies) {
                healed.push(String::from_utf8(record).unwrap());
            }
        }
        healed
    }

    #[test]
    fn heals_one_message_at_every_position() {
        for at in 0..=RECORD.len() {
            let (head, tail) = RECORD.split_at(at);
            let stream = format!("{head}{MESSAGE}\r\n{tail}\r\n");
            assert_eq!(heal(&stream), [RECORD], "{stream}");
        }
    }

    #[test]
    fn heals_several_messages_in_one_place_and_in_two() {
        let stream = format!(
            "not {MESSAGE}\r\n{MESSAGE}\r\n{MESSAGE}\r\n{}\r\n",
            &RECORD[4..]
        );
        assert_eq!(heal(&stream), [RECORD]);
        let stream = format!(
            "not {MESSAGE}\r\n{}{MESSAGE}\r\n{}\r\n",
            &RECORD[4..20],
            &RECORD[20..]
        );
        assert_eq!(heal(&stream), [RECORD]);
    }

    #[test]
    fn heals_a_message_that_starts_a_line_of_its_own() {
        let stream = format!("not \r\n{MESSAGE}\r\n{}\r\n", &RECORD[4..]);
        assert_eq!(heal(&stream), [RECORD]);
    }

    #[test]
    fn heals_a_message_whose_text_has_a_stamp() {
        let stream = format!("not {MESSAGE} {MESSAGE}\r\n{}\r\n", &RECORD[4..]);
        assert_eq!(heal(&stream), [RECORD]);
    }

    #[test]
    fn cuts_only_at_timestamps() {
        let rest = &RECORD[4..];
        for stream in [
            format!("not usb 1-1: new device\r\n{rest}\r\n"),
            format!("not \r\n{rest}\r\n"),
            format!("not [12.34] usb\r\n{rest}\r\n"),
            format!("not {MESSAGE}\r\nother text\r\n{rest}\r\n"),
        ] {
            assert_eq!(heal(&stream), [""; 0], "{stream}");
        }
    }

    #[test]
    fn a_line_full_of_stamps_costs_a_bounded_number_of_tries() {
        let tries = std::cell::Cell::new(0);
        let verifies = |_: &[u8]| {
            tries.set(tries.get() + 1);
            false
        };
        let mut unsplicer = Unsplicer::default();
        let line = format!("x{}", "[    1.000000] ".repeat(100));
        for round in 1..50 {
            unsplicer.line(line.as_bytes(), verifies);
            assert!(tries.get() <= round * CANDIDATES_MAX);
            assert!(unsplicer.open.len() <= CANDIDATES_MAX);
        }
    }
}
