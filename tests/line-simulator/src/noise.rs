//! What a line does to the bytes on it.

/// How bad a line is; all shares are of bytes, unless said otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise {
    /// Another bit than was sent.
    pub(crate) flips: f64,
    /// Never arrive.
    pub(crate) lost: f64,
    /// Come although nobody sent them.
    pub(crate) inserted: f64,
    /// Begin a burst of up to 32 bytes that do not arrive.
    pub(crate) bursts: f64,
    /// Share of the pieces that arrive twice.
    pub(crate) duplicated: f64,
    /// Share of the pieces that change places with the one before.
    pub(crate) reordered: f64,
}

impl Noise {
    fn hits_bytes(&self) -> bool {
        self.flips + self.lost + self.inserted + self.bursts > 0.0
    }

    /// What arrives of `bytes`.
    pub(crate) fn spoil(&self, bytes: Vec<u8>, random: &mut fastrand::Rng) -> Vec<u8> {
        if !self.hits_bytes() {
            return bytes;
        }
        let mut arrives = Vec::with_capacity(bytes.len() + 4);
        let mut burst = 0;
        for byte in bytes {
            let chance = random.f64();
            let lost = self.flips + self.lost;
            let inserted = lost + self.inserted;
            if burst > 0 {
                burst -= 1;
            } else if chance < self.flips {
                arrives.push(byte ^ (1 << random.u8(..8)));
            } else if chance < lost {
                continue;
            } else if chance < inserted {
                arrives.extend([random.u8(..), byte]);
            } else if chance < inserted + self.bursts {
                burst = random.usize(..32);
            } else {
                arrives.push(byte);
            }
        }
        arrives
    }
}
