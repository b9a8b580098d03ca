//! The CRC at the end of each line, and what it binds the line to.

use core::fmt::Write;

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::Text;
use crate::text::{are_all, cut_last, hex};

#[cfg(feature = "fast")]
type Lookup = crc::Table<16>;
// A table would be 1 KiB of the program for the board at least; a serial line is slow.
#[cfg(not(feature = "fast"))]
type Lookup = crc::NoTable;

static CRC: Crc<u32, Lookup> = Crc::<u32, Lookup>::new(&CRC_32_ISO_HDLC);

/// The polynomial of the CRC, reflected.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// Who wrote a line. Each way has its own seed, so that an echo of a request is
/// never taken for an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// A record, from the board to the host.
    FromBoard,
    /// A request, from the host to the board.
    ToBoard,
}

impl Direction {
    fn seed(self) -> u8 {
        match self {
            Self::FromBoard => b'B',
            Self::ToBoard => b'H',
        }
    }
}

/// What a line belongs to: a line of another run, boot or trigger has another
/// CRC although its text may be the same.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Context {
    /// Chosen by the host for each trigger; 0 where nobody asked.
    pub nonce: u64,
    /// Chosen by the board at each boot.
    pub boot: u64,
    /// Number of the run since the verifier started, from 1; 0 outside a run.
    pub count: u32,
}

impl Context {
    /// CRC-32 (ISO-HDLC) of seed, nonce, boot, count (little-endian) and `body`.
    pub(crate) fn crc(&self, direction: Direction, body: &[u8]) -> u32 {
        // In one piece: a table is looked up for 16 bytes at once.
        let mut context = [direction.seed(); 21];
        context[1..9].copy_from_slice(&self.nonce.to_le_bytes());
        context[9..17].copy_from_slice(&self.boot.to_le_bytes());
        context[17..].copy_from_slice(&self.count.to_le_bytes());
        let mut crc = CRC.digest();
        crc.update(&context);
        crc.update(body);
        crc.finalize()
    }

    /// Appends a space and the CRC to `body`.
    ///
    /// # Errors
    /// When the line would be longer than [`crate::LINE_MAX`].
    pub(crate) fn seal(&self, direction: Direction, body: &mut Text) -> core::fmt::Result {
        let crc = self.crc(direction, body.as_bytes());
        write!(body, " {crc:08x}")
    }

    /// True if `sealed` carries the CRC that its body has in this context.
    pub(crate) fn verifies(&self, direction: Direction, sealed: &Sealed<'_>) -> bool {
        let compared = if cfg!(feature = "crc8") {
            0xff
        } else {
            u32::MAX
        };
        (self.crc(direction, sealed.body.as_bytes()) ^ sealed.crc) & compared == 0
    }
}

/// Digits of a CRC.
pub(crate) const CRC_DIGITS: usize = 8;

/// A CRC as it stands in a line.
pub(crate) fn crc_text(crc: u32) -> [u8; CRC_DIGITS] {
    let digit = |place| b"0123456789abcdef"[(crc >> (28 - 4 * place) & 15) as usize];
    core::array::from_fn(digit)
}

/// The byte of a body of `length` bytes, and the bit in it, whose flip changes the CRC by
/// `difference`.
pub(crate) fn flipped(length: usize, difference: u32) -> Option<(usize, u8)> {
    // What a flip of each bit of the last byte does to the CRC, and then of the byte before
    // it: eight more steps of the register.
    let step = |crc: u32| (crc >> 1) ^ (POLYNOMIAL * (crc & 1));
    let steps = |crc: u32| (0..8).fold(crc, |crc, _| step(crc));
    let mut changes: [u32; 8] = core::array::from_fn(|bit| steps(1 << bit));
    for place in (0..length).rev() {
        if let Some(bit) = changes.iter().position(|&change| change == difference) {
            return Some((place, 1 << bit));
        }
        changes = changes.map(steps);
    }
    None
}

/// A line taken apart into text and CRC, not yet verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealed<'a> {
    pub(crate) body: &'a str,
    crc: u32,
}

impl<'a> Sealed<'a> {
    /// Takes `line` apart; `None` if it is not printable ASCII that ends in a
    /// space and eight lower-case hexadecimal digits.
    pub(crate) fn split(line: &'a [u8]) -> Option<Self> {
        if !are_all(line, |byte| (b' '..=b'~').contains(&byte)) {
            return None;
        }
        let (body, crc) = cut_last(core::str::from_utf8(line).ok()?, b' ')?;
        Some(Self {
            body,
            crc: u32::try_from(hex(crc, CRC_DIGITS)?).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value that catalogues give for CRC-32/ISO-HDLC.
    #[test]
    fn crc_is_the_usual_one() {
        assert_eq!(CRC.checksum(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_line_is_taken_apart_at_its_last_space() {
        let split =
            |line: &'static [u8]| Sealed::split(line).map(|sealed| (sealed.body, sealed.crc));
        assert_eq!(split(b"a  0000000f"), Some(("a ", 15)));
        assert_eq!(split(b" 0000000f"), Some(("", 15)));
        for line in [
            &b""[..],
            b"0000000f",
            b"a 000000f",
            b"a 00000000f",
            b"a 0000000F",
            b"a 0000000f ",
            b"a\t0000000f",
            b"\xe9 0000000f",
            b"a\0 0000000f",
        ] {
            assert!(Sealed::split(line).is_none(), "{line:?}");
        }
    }
}
