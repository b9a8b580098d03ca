//! The records of the last run, for those who ask again.

use board_check_protocol::checks::NAMES;
use board_check_protocol::{Context, Digest, Numbers, Record, Text, resend};

use crate::{Board, Gone};

/// Header, results, end.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(crate) context: Context,
    lines: heapless::Vec<Text, { NAMES.len() + 2 }>,
}

impl Records {
    /// Forgets everything, for a run in `context`.
    pub(crate) fn start_over(&mut self, context: Context) {
        self.context = context;
        self.lines.clear();
    }

    /// True if these are the records of the run that `nonce` triggered.
    pub(crate) fn are_of(&self, nonce: u64) -> bool {
        !self.lines.is_empty() && self.context.nonce == nonce
    }

    /// Keeps a record and adds it to the digest; returns its line.
    pub(crate) fn keep(&mut self, record: &Record<'_>, digest: &mut Digest) -> Result<Text, Gone> {
        let line = record.encode(&self.context).map_err(|_long| Gone)?;
        digest.add(&line);
        self.lines.push(line.clone()).map_err(|_full| Gone)?;
        Ok(line)
    }

    /// Says the records `numbers` again, those that there are.
    pub(crate) fn say_again(&self, board: &mut impl Board, numbers: &Numbers) -> Result<(), Gone> {
        for number in numbers.iter() {
            if let Some(line) = self.lines.get(number) {
                board.say(&resend(number, line).map_err(|_long| Gone)?)?;
            }
        }
        Ok(())
    }
}
