//! The digest in the end record: proof that the host holds every record of the
//! run, in order.

use core::hash::Hasher;

use siphasher::sip::SipHasher24;

use crate::Context;
use crate::record::RESENT;
use crate::text::{cut, cut_last};

/// SipHash-2-4, 64 bits, keyed by nonce and boot id.
///
/// The records carry a CRC each; a CRC over them would be blind to the same
/// errors, so the digest is a function of another kind. It is no signature: a
/// board that lies can compute it.
#[derive(Clone, Debug)]
pub struct Digest(SipHasher24);

impl Digest {
    /// A digest over nothing yet.
    pub fn new(context: &Context) -> Self {
        Self(SipHasher24::new_with_keys(context.nonce, context.boot))
    }

    /// Adds one sealed line of the run (header first, then each result in order),
    /// without its CRC; the line end is not part of `line`. A line that came as a
    /// resend counts as the line it repeats.
    pub fn add(&mut self, line: &str) {
        let line = line
            .strip_prefix(RESENT)
            .and_then(|rest| cut(rest, b' '))
            .map_or(line, |(_number, line)| line);
        let body = cut_last(line, b' ').map_or(line, |(body, _crc)| body);
        self.0.write(body.as_bytes());
        self.0.write(b"\n");
    }

    /// The digest of what was added.
    pub fn value(&self) -> u64 {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(context: &Context, lines: &[&str]) -> u64 {
        let mut digest = Digest::new(context);
        lines.iter().for_each(|line| digest.add(line));
        digest.value()
    }

    #[test]
    fn depends_on_order_line_boundaries_and_key() {
        let run = Context {
            nonce: 1,
            boot: 2,
            count: 3,
        };
        let swapped = Context {
            nonce: 2,
            boot: 1,
            count: 3,
        };
        let expected = digest(&run, &["a b 00000000", "c 00000000"]);
        assert_ne!(expected, digest(&run, &["c 00000000", "a b 00000000"]));
        assert_ne!(expected, digest(&run, &["a 00000000", "b c 00000000"]));
        assert_ne!(expected, digest(&run, &["a b 00000000"]));
        assert_ne!(expected, digest(&swapped, &["a b 00000000", "c 00000000"]));
    }

    #[test]
    fn leaves_out_the_crc() {
        let run = Context::default();
        assert_eq!(
            digest(&run, &["a b 00000000"]),
            digest(&run, &["a b ffffffff"])
        );
    }

    #[test]
    fn takes_a_resend_for_the_line_it_repeats() {
        let run = Context::default();
        assert_eq!(
            digest(&run, &["#r 12 a b 00000000"]),
            digest(&run, &["a b 00000000"])
        );
    }
}
