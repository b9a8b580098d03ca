//! The verified records of one run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use board_check_protocol::{CheckResult, Context, Digest, End, Header, Numbers, Outcome, Record};

use crate::request::RunRequest;

/// What the header said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeaderText {
    /// Number of results in the run.
    pub checks: usize,
    /// Digest of the board's whole check list.
    pub list: u32,
    /// Release of the image.
    pub image: String,
    /// Name of the board, `?` if its image does not know it.
    pub board: String,
    /// First `compatible` of the device tree, `?` without one.
    pub machine: String,
}

/// One verified result.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Check {
    /// Its number in the run, from 1.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub milliseconds: u32,
    /// Figures as `key=value`, or the reason of a skip; may be empty.
    pub detail: String,
}

impl From<CheckResult<'_>> for Check {
    fn from(result: CheckResult<'_>) -> Self {
        Self {
            number: result.number,
            name: result.name.to_owned(),
            outcome: result.outcome,
            milliseconds: result.milliseconds,
            detail: result.detail.to_owned(),
        }
    }
}

/// The verified records of one run.
#[derive(Clone, Debug)]
pub struct RunRecords {
    /// What their CRCs were verified with.
    pub context: Context,
    /// What this session asked for, with a nonce of its own; `None` if it did not ask
    /// for this run.
    pub request: Option<RunRequest>,
    /// Record 0.
    pub header: Option<HeaderText>,
    /// Records 1 to n, by number.
    pub checks: BTreeMap<usize, Check>,
    /// When each record came, from the start of the session.
    pub arrived: BTreeMap<usize, Duration>,
    /// Record n + 1.
    pub end: Option<End>,
    /// The lines that make up the digest, by number.
    lines: BTreeMap<usize, String>,
    /// Records to ask for once more, since the digest contradicted them.
    doubted: BTreeSet<usize>,
    doubted_once: bool,
}

impl RunRecords {
    /// No record yet.
    pub fn new(context: Context, request: Option<RunRequest>) -> Self {
        Self {
            context,
            request,
            header: None,
            checks: BTreeMap::new(),
            arrived: BTreeMap::new(),
            end: None,
            lines: BTreeMap::new(),
            doubted: BTreeSet::new(),
            doubted_once: false,
        }
    }

    /// Adds a verified record of this run; `line` is its sealed text without any
    /// `#r N `. Returns true if it was not there yet.
    pub fn add(&mut self, record: &Record<'_>, line: &str) -> bool {
        let Some(number) = record.number() else {
            return false;
        };
        let held = match record {
            Record::Header(_) => self.header.is_some(),
            Record::Check(_) => self.checks.contains_key(&number),
            _ => self.end.is_some(),
        };
        if held && !self.doubted.contains(&number) {
            return false;
        }
        match record {
            Record::Header(header) => self.adopt(header),
            Record::Check(result) => {
                self.checks.insert(number, Check::from(*result));
            }
            Record::End(end) => self.end = Some(*end),
            _ => {}
        }
        self.lines.insert(number, line.to_owned());
        self.doubted.remove(&number);
        if self.is_complete() && !self.digest_fits() {
            self.doubt();
        }
        true
    }

    /// A verified record, as it was sealed.
    pub fn line(&self, number: usize) -> Option<&str> {
        self.lines.get(&number).map(String::as_str)
    }

    /// Number of results, as header or end say.
    pub fn total(&self) -> Option<usize> {
        let header = self.header.as_ref().map(|header| header.checks);
        header.or(self.end.map(|end| end.checks))
    }

    /// Number of verified records.
    pub fn count(&self) -> usize {
        self.checks.len() + usize::from(self.header.is_some()) + usize::from(self.end.is_some())
    }

    /// Records that are known to exist and are not here. Without header and end
    /// that is the header and what lies below the highest result.
    pub fn missing(&self) -> Numbers {
        let mut missing = Numbers::default();
        self.doubted
            .iter()
            .for_each(|&number| missing.insert(number));
        if self.header.is_none() {
            missing.insert(0);
        }
        let highest = self
            .checks
            .last_key_value()
            .map_or(0, |(&number, _)| number);
        let last = self.total().unwrap_or(highest);
        (1..=last)
            .filter(|number| !self.checks.contains_key(number))
            .for_each(|number| missing.insert(number));
        if let (None, Some(total)) = (&self.end, self.total()) {
            missing.insert(total + 1);
        }
        missing
    }

    /// True if no record is missing. That is no verdict: whether they fit together
    /// is the judge's business.
    pub fn is_complete(&self) -> bool {
        // Looked at for all that comes, so it makes no set of what is missing.
        let all =
            |header: &HeaderText| self.checks.range(1..=header.checks).count() == header.checks;
        self.end.is_some() && self.doubted.is_empty() && self.header.as_ref().is_some_and(all)
    }

    /// True if a check failed.
    pub fn has_failure(&self) -> bool {
        self.checks
            .values()
            .any(|check| check.outcome == Outcome::Fail)
    }

    /// The digest over header and results; `None` while one is missing.
    fn digest(&self) -> Option<u64> {
        let total = self.header.as_ref()?.checks;
        let mut digest = Digest::new(&self.context);
        for number in 0..=total {
            digest.add(self.lines.get(&number)?);
        }
        Some(digest.value())
    }

    /// True if the digest in the end record is that of the records.
    pub fn digest_fits(&self) -> bool {
        cfg!(feature = "no-digest") || self.digest() == self.end.map(|end| end.digest)
    }

    /// The header has the last word on the context: the number of the run was a
    /// guess from `ready`.
    fn adopt(&mut self, header: &Header<'_>) {
        if self.context != header.context {
            *self = Self {
                doubted_once: self.doubted_once,
                ..Self::new(header.context, self.request.take())
            };
        }
        self.header = Some(HeaderText {
            checks: header.checks,
            list: header.list,
            image: header.image.to_owned(),
            board: header.board.to_owned(),
            machine: header.machine.to_owned(),
        });
    }

    /// A damaged record got past its CRC. Which one is unknown, so all of them are
    /// asked for again, once; until a second copy comes the first stays.
    fn doubt(&mut self) {
        if self.doubted_once {
            return;
        }
        self.doubted_once = true;
        let last = self.lines.last_key_value().map_or(0, |(&number, _)| number);
        self.doubted = (0..=last).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers that each announce another run would have all of it asked for without end.
    #[test]
    fn records_are_doubted_once_whatever_the_header_says() {
        let mut records = RunRecords::new(Context::default(), None);
        for count in 1..=3 {
            let context = Context {
                count,
                ..Context::default()
            };
            let header = Header {
                context,
                checks: 0,
                list: 0,
                image: "0",
                board: "?",
                machine: "?",
            };
            let end = End {
                checks: 0,
                pass: 0,
                fail: 0,
                skip: 0,
                tainted: None,
                oops: None,
                warn: None,
                digest: 0,
            };
            for record in [Record::Header(header), Record::End(end)] {
                let line = record.encode(&context).unwrap();
                records.add(&record, &line);
            }
            let doubted = records.missing().iter().count();
            assert_eq!(doubted, if count == 1 { 2 } else { 0 }, "{count}");
        }
    }
}
