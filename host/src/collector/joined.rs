//! A run whose beginning was not heard: the context of its records is unknown, but it is
//! the same for all of them.

use super::shape::{looks_like_record, looks_sealed};

/// The polynomial of the CRC, reflected.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// What the records of such a run have in common.
#[derive(Debug, Default)]
pub(super) struct Joined {
    results: Alike,
    /// What a check says that takes long: in a context of its own, and the same each time.
    busy: Alike,
}

impl Joined {
    /// True if `line` is a record of the run. It is known by two of the same context, of
    /// results two that differ: one chance of 2^-32 for each two lines.
    pub(super) fn has(&mut self, line: &[u8]) -> bool {
        let Some(context) = context(line) else {
            return false;
        };
        match line.starts_with(b"# board-check busy ") {
            true => self.busy.has(context, line, |_last| true),
            false => self.results.has(context, line, |last| last != line),
        }
    }
}

/// Lines of one context.
#[derive(Debug, Default)]
struct Alike {
    /// The CRC of the context alone.
    context: Option<u32>,
    /// The same of the last line that may have been one of them, and the line.
    last: (u32, Vec<u8>),
}

impl Alike {
    fn has(&mut self, context: u32, line: &[u8], proves: impl Fn(&[u8]) -> bool) -> bool {
        let (last, text) = &self.last;
        if *last == context && proves(text) {
            self.context = Some(context);
        }
        self.last = (context, line.to_vec());
        self.context == Some(context)
    }
}

/// The CRC that the context of `line` has if the line is whole.
fn context(line: &[u8]) -> Option<u32> {
    if !looks_like_record(line) || !looks_sealed(line) {
        return None;
    }
    let (sealed, crc) = line.split_last_chunk::<8>()?;
    let crc = u32::from_str_radix(str::from_utf8(crc).ok()?, 16).ok()?;
    let body = sealed.strip_suffix(b" ")?;
    // The CRC's steps, back from the last bit to the first.
    let back = |crc: u32, _| match crc >> 31 {
        0 => crc << 1,
        _ => (crc ^ POLYNOMIAL) << 1 | 1,
    };
    let bytes = body.iter().rev();
    Some(bytes.fold(!crc, |crc, &byte| (0..8).fold(crc, back) ^ u32::from(byte)))
}

#[cfg(test)]
mod tests {
    use board_check_protocol::{CheckResult, Context, Outcome, Record};

    use super::*;

    fn result(number: usize, count: u32) -> Vec<u8> {
        let context = Context {
            nonce: 0,
            boot: 0xb007,
            count,
        };
        let result = Record::Check(CheckResult {
            number,
            name: "a.b.c",
            outcome: Outcome::Pass,
            milliseconds: 3,
            detail: "",
        });
        result.encode(&context).unwrap().as_bytes().to_vec()
    }

    #[test]
    fn a_run_is_known_by_a_check_that_takes_long() {
        let context = Context {
            boot: 0xb007,
            ..Context::default()
        };
        let busy = Record::Busy.encode(&context).unwrap();
        let mut joined = Joined::default();
        let known = [false, true, true].map(|known| {
            // The rest of its records is known by two of their own.
            assert!(!joined.has(&result(5, 1)));
            (joined.has(busy.as_bytes()), known)
        });
        assert!(known.iter().all(|(found, known)| found == known));
    }

    #[test]
    fn a_run_is_known_by_two_of_its_records() {
        let mut joined = Joined::default();
        let mut damaged = result(3, 1);
        damaged[6] ^= 1;
        for (line, known) in [
            (result(1, 1), false),
            // The same words twice prove nothing.
            (result(1, 1), false),
            (b"ok 2 of another test".to_vec(), false),
            (damaged, false),
            (result(4, 1), false),
            (result(5, 1), true),
            (result(5, 1), true),
            (result(6, 2), false),
            (result(7, 1), true),
            (result(8, 2), false),
            (result(9, 2), true),
        ] {
            let shown = String::from_utf8_lossy(&line).into_owned();
            assert_eq!(joined.has(&line), known, "{shown}");
        }
    }
}
