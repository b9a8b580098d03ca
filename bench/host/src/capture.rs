//! Captures of many runs: every byte is said by the station that boards run, and written
//! by the host's own writer.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use board_check::capture::{About, Writer};
use board_check::run::Ended;
use board_check_protocol::{Filter, Request};
use board_check_station::{Board as _, Station};
use line_simulator::MadeUp;

/// A capture, and what it holds.
pub(crate) struct Capture {
    pub(crate) path: PathBuf,
    /// The same results as plain KTAP, in one list.
    pub(crate) ktap: PathBuf,
    pub(crate) results: u64,
    pub(crate) bytes: u64,
}

/// How much is to be in a capture.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// One run of the checks that fit these patterns.
    Run(&'static str),
    /// At least this many results of runs of all checks.
    Results(u64),
    /// At least this many bytes of such runs.
    Bytes(u64),
}

/// Writes `NAME.capture` and `NAME.ktap`. The runs are those of another host on the same
/// line, but for the last, which is ours; all checks pass.
pub(crate) fn write(folder: &Path, name: &str, size: Size) -> anyhow::Result<Capture> {
    let path = folder.join(name).with_extension("capture");
    let about = About {
        version: "0.1.0".to_owned(),
        started: "2026-11-28T10:16:55Z".to_owned(),
        port: "/dev/ttyUSB0".to_owned(),
        baud_bits_per_second: 115_200,
        ..About::default()
    };
    let mut writer = Writer::create(&path, &about)?;
    let results_path = folder.join("results");
    let mut results = BufWriter::new(File::create(&results_path)?);
    let mut count = 0;
    let mut board = Talker::new();
    let only = match size {
        Size::Run(patterns) => Some(patterns),
        Size::Results(_) | Size::Bytes(_) => None,
    };
    loop {
        let bytes = fs::metadata(&path)?.len();
        let enough = match size {
            Size::Run(_) => true,
            Size::Results(results) => count + board.checks() >= results,
            Size::Bytes(least) => bytes >= least,
        };
        let (at, request) = board.ask(only)?;
        if enough {
            writer.sent(at, &request);
        }
        for (at, bytes) in board.run()? {
            writer.received(at, &bytes);
            if let Some((result, _)) = std::str::from_utf8(&bytes)?.split_once(" # ")
                && let Some(name) = result.strip_prefix("ok ")
                && let Some((_, name)) = name.split_once(' ')
            {
                count += 1;
                writeln!(results, "ok {count} {name}")?;
            }
        }
        if enough {
            let failed = writer.end(board.clock(), &Ended::Complete);
            failed.map_or(Ok(()), Err)?;
            break;
        }
    }
    results.flush()?;
    let ktap = folder.join(name).with_extension("ktap");
    let mut list = File::create(&ktap)?;
    writeln!(list, "KTAP version 1\n1..{count}")?;
    std::io::copy(&mut File::open(results_path)?, &mut list)?;
    Ok(Capture {
        bytes: fs::metadata(&path)?.len(),
        path,
        ktap,
        results: count,
    })
}

/// A board in made-up time.
struct Talker {
    station: Station<MadeUp>,
    random: fastrand::Rng,
}

impl Talker {
    fn new() -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let mut board = MadeUp::new(random.u64(1..), random.fork());
        board.horizon = Duration::MAX;
        Self {
            station: Station::new(board),
            random,
        }
    }

    fn clock(&mut self) -> Duration {
        self.station.board().clock
    }

    fn checks(&mut self) -> u64 {
        self.station.board().checks() as u64
    }

    /// Asks it for a run; when, and with which bytes.
    fn ask(&mut self, only: Option<&str>) -> anyhow::Result<(Duration, Vec<u8>)> {
        let filter = Filter { only, skip: None };
        let request = Request::Run { filter, fault: 0 };
        let board = self.station.board();
        let line = request.encode(self.random.u64(1..), board.identity().boot)?;
        let bytes = format!("\n{line}\n").into_bytes();
        let at = board.clock;
        board.inbox.extend(bytes.iter().map(|&byte| (at, byte)));
        Ok((at, bytes))
    }

    /// What it says until the run has ended, and when.
    fn run(&mut self) -> anyhow::Result<Vec<(Duration, Vec<u8>)>> {
        loop {
            let gone = self.station.step();
            gone.ok().context("The station has no console")?;
            let ends = |(_, bytes): &(_, Vec<u8>)| bytes.starts_with(b"# board-check end ");
            if self.station.board().outbox.iter().any(ends) {
                return Ok(std::mem::take(&mut self.station.board().outbox));
            }
        }
    }
}
