//! One run: the checks in order, a record each, and the records kept for those
//! who ask again.

use board_check_protocol::checks::DIGEST;
use board_check_protocol::{
    CheckResult, Context, Digest, End, Filter, Header, LINE_MAX, Numbers, Outcome, Record, Text,
    resend,
};

use crate::bench::Bench;
use crate::checks::{CHECKS, Check};
use crate::environment::{Environment, IMAGE, KernelCounts};
use crate::sys::{self, Console, Errno};
use crate::trouble::{Checked, Trouble};

/// Most bytes of a result's detail.
const DETAIL_MAX: usize = 120;

/// The records of the last run: header, results, end.
#[derive(Debug, Default)]
pub struct Records {
    context: Context,
    lines: heapless::Vec<Text, { CHECKS.len() + 2 }>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// How many passed.
    pub pass: usize,
    /// How many failed.
    pub fail: usize,
    /// How many were skipped.
    pub skip: usize,
}

/// A run that goes on.
struct Run<'a> {
    console: &'a mut Console,
    records: &'a mut Records,
    digest: Digest,
    totals: Totals,
}

/// Runs the checks that `filter` selects, says each result at once and keeps it in
/// `records`. `between` is called before each check.
///
/// # Errors
/// As `write(2)` of the console.
pub fn run(
    console: &mut Console,
    records: &mut Records,
    environment: &Environment,
    bench: &mut Bench,
    context: Context,
    filter: Filter<'_>,
    between: &mut dyn FnMut(&mut Console),
) -> Result<Totals, Errno> {
    let start = KernelCounts::read();
    records.context = context;
    records.lines.clear();
    let mut run = Run {
        console,
        records,
        digest: Digest::new(&context),
        totals: Totals::default(),
    };
    let selected = || CHECKS.iter().filter(|check| filter.selects(&check.name()));
    let checks = selected().count();
    run.console.write(b"\nKTAP version 1\n")?;
    run.add(Record::Header(Header {
        context,
        checks,
        list: DIGEST,
        image: IMAGE,
        board: &environment.board,
        machine: &environment.machine,
    }))?;
    run.plan(checks)?;
    for (index, check) in selected().enumerate() {
        between(run.console);
        let before = sys::now();
        let checked = check.run(bench);
        let took = sys::now().saturating_sub(before);
        run.result(
            index + 1,
            check,
            &checked,
            u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            bench,
        )?;
    }
    run.end(checks, KernelCounts::read().since(&start))
}

impl Run<'_> {
    /// Says a record, keeps it and adds it to the digest.
    fn add(&mut self, record: Record<'_>) -> Result<(), Errno> {
        let line = self.keep(record)?;
        say(self.console, &line)
    }

    fn keep(&mut self, record: Record<'_>) -> Result<Text, Errno> {
        let line = record
            .encode(&self.records.context)
            .map_err(|_long| Errno::MSGSIZE)?;
        self.digest.add(&line);
        self.records
            .lines
            .push(line.clone())
            .map_err(|_full| Errno::NOBUFS)?;
        Ok(line)
    }

    fn plan(&mut self, checks: usize) -> Result<(), Errno> {
        let mut plan = Text::new();
        let written = core::fmt::write(&mut plan, format_args!("1..{checks}\n"));
        written.map_err(|_full| Errno::MSGSIZE)?;
        self.console.write(plan.as_bytes())
    }

    fn result(
        &mut self,
        number: usize,
        check: &Check,
        checked: &Checked,
        milliseconds: u32,
        bench: &Bench,
    ) -> Result<(), Errno> {
        let mut detail = Text::new();
        let (outcome, count) = match checked {
            Ok(()) => (Outcome::Pass, &mut self.totals.pass),
            Err(Trouble::Skip(_)) => (Outcome::Skip, &mut self.totals.skip),
            Err(_) => (Outcome::Fail, &mut self.totals.fail),
        };
        let saying: &dyn core::fmt::Display = match checked {
            Ok(()) => &bench.note.get(),
            Err(trouble) => trouble,
        };
        // What does not fit is left out.
        let _ = core::fmt::write(&mut detail, format_args!("{saying}"));
        if matches!(checked, Err(Trouble::Skip(_))) {
            let _ = core::fmt::write(&mut detail, format_args!(" {}", bench.note.get()));
        }
        detail.truncate(detail.len().min(DETAIL_MAX));
        *count += 1;
        let line = self.keep(Record::Check(CheckResult {
            number,
            name: &check.name(),
            outcome,
            milliseconds,
            detail: detail.trim_ascii_end(),
        }))?;
        bench.fault.say_result(self.console, number, &line)
    }

    fn end(&mut self, checks: usize, counts: KernelCounts) -> Result<Totals, Errno> {
        let Totals { pass, fail, skip } = self.totals;
        let digest = self.digest.value();
        self.add(Record::End(End {
            checks,
            pass,
            fail,
            skip,
            tainted: counts.tainted,
            oops: counts.oops,
            warn: counts.warn,
            digest,
        }))?;
        Ok(self.totals)
    }
}

impl Records {
    /// True if these are the records of the run that `nonce` triggered.
    pub fn are_of(&self, nonce: u64) -> bool {
        !self.lines.is_empty() && self.context.nonce == nonce
    }

    /// Says the records `numbers` again, those that there are.
    ///
    /// # Errors
    /// As `write(2)` of the console.
    pub fn say_again(&self, console: &mut Console, numbers: &Numbers) -> Result<(), Errno> {
        for number in numbers.iter() {
            if let Some(line) = self.lines.get(number) {
                let line = resend(number, line).map_err(|_long| Errno::MSGSIZE)?;
                say(console, &line)?;
            }
        }
        Ok(())
    }
}

/// Writes a line and its line end in one go.
///
/// # Errors
/// As `write(2)` of the console.
pub fn say(console: &mut Console, line: &str) -> Result<(), Errno> {
    let mut bytes = heapless::Vec::<u8, { LINE_MAX + 16 }>::new();
    bytes
        .extend_from_slice(line.as_bytes())
        .map_err(|_full| Errno::MSGSIZE)?;
    bytes.push(b'\n').map_err(|_full| Errno::MSGSIZE)?;
    console.write(&bytes)
}
