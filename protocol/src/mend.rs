//! Finds the one bit that noise has flipped in a record.
//!
//! At the lengths of our lines, up to 2974 bits, CRC-32/ISO-HDLC has a Hamming distance
//! of 5 (Koopman, "32-Bit Cyclic Redundancy Codes for Internet Applications", 2002):
//! two records differ in five bits at least. A line with one wrong bit is therefore
//! nearer to its own record than to any other, and one with two or three wrong bits is
//! within one bit of none. Nothing but more damage than that can be mended into something
//! that nobody said, with a chance of one in ten million; the digest of the run remains.

use crate::seal::{CRC_DIGITS, crc_text, flipped};
use crate::{Context, Direction, LINE_MAX};

/// The record of `run` that `line` is, but for one bit; `None` if there is no such record,
/// or if the line verifies as it is. A resend is to be given without its `#r N `.
pub fn mend(line: &[u8], run: &Context) -> Option<heapless::Vec<u8, LINE_MAX>> {
    let mut mended = heapless::Vec::from_slice(line).ok()?;
    let space = line.len().checked_sub(CRC_DIGITS + 1)?;
    let (body, crc) = (&line[..space], &line[space + 1..]);
    let computed = run.crc(Direction::FromBoard, body);
    let written = crc_text(computed);
    if line[space] != b' ' {
        // All but the space must be right.
        let one_bit = (line[space] ^ b' ').is_power_of_two();
        mended[space] = b' ';
        return (one_bit && crc == written).then_some(mended);
    }
    let wrong_bits = |(found, right): (&u8, &u8)| (found ^ right).count_ones();
    if crc.iter().zip(&written).map(wrong_bits).sum::<u32>() == 1 {
        mended[space + 1..].copy_from_slice(&written);
        return Some(mended);
    }
    let received = u32::from_str_radix(core::str::from_utf8(crc).ok()?, 16).ok()?;
    let (place, bit) = flipped(body.len(), computed ^ received)?;
    mended[place] ^= bit;
    Some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CheckResult, Outcome, Record, Text};

    const RUN: Context = Context {
        nonce: 0x5f3a_9b21_44c7_e018,
        boot: 0x0d1c_2b3a_4958_6776,
        count: 3,
    };

    fn record() -> Text {
        result("perm.vmalloc.exec", "want=EACCES got=0")
    }

    fn result(name: &str, detail: &str) -> Text {
        let result = CheckResult {
            number: 2,
            name,
            outcome: Outcome::Fail,
            milliseconds: 1,
            detail,
        };
        Record::Check(result).encode(&RUN).unwrap()
    }

    #[test]
    fn every_single_bit_is_found() {
        let line = record();
        for place in 0..line.len() {
            for bit in 0..8 {
                let mut damaged = line.as_bytes().to_vec();
                damaged[place] ^= 1 << bit;
                let mended = mend(&damaged, &RUN);
                assert_eq!(mended.as_deref(), Some(line.as_bytes()), "{place} {bit}");
            }
        }
    }

    #[test]
    fn two_bits_are_too_many_wherever_they_are() {
        let line = result("a", "");
        for first in 0..line.len() * 8 {
            for second in first + 1..line.len() * 8 {
                let mut damaged = line.as_bytes().to_vec();
                damaged[first / 8] ^= 1 << (first % 8);
                damaged[second / 8] ^= 1 << (second % 8);
                let mended = mend(&damaged, &RUN);
                let record = mended.and_then(|line| Record::decode(&line, &RUN).map(|_| ()));
                assert_eq!(record, None, "{first} {second}");
            }
        }
    }

    #[test]
    fn a_line_of_another_run_is_not_made_ours() {
        for count in 4..2000 {
            let other = Context { count, ..RUN };
            assert_eq!(mend(record().as_bytes(), &other), None);
        }
    }

    #[test]
    fn what_verifies_or_is_too_short_is_left_alone() {
        assert_eq!(mend(record().as_bytes(), &RUN), None);
        for line in [&b""[..], b"ok", b"00000000", b" 00000000"] {
            let _ = mend(line, &RUN);
        }
    }
}
