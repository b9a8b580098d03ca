//! What a report says, as values: every format is made from these, and the JSON
//! report is them. `docs/json.md` describes each key: change one only together with
//! the other, and with the version where a reader could rely on what changes.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use board_check_protocol::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::attributes::{Attribute, attributes};
use super::figures::figures;
use crate::capture::About;
use crate::compare::Comparison;
use crate::judge::{Crash, Judgement, Verdict, has_faults};
use crate::run::{Run, Speaker};

/// Version of the schema. It changes when something that a reader may rely on
/// does; a new key does not change it.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that is said of a run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What the run proves.
    pub verdict: Verdict,
    /// Exit code of the process.
    pub exit_code: u8,
    /// One sentence.
    pub reason: String,
    /// True if a filter left checks out.
    pub subset: bool,
    /// Sentences that change no verdict.
    pub notes: Vec<String>,
    /// What the lab calls the board.
    #[serde(default)]
    pub place: Option<String>,
    /// The board, as its image names it.
    pub board: Option<String>,
    /// First `compatible` of its device tree.
    pub machine: Option<String>,
    /// Release of the image.
    pub image: Option<String>,
    /// True if the image can do deliberate faults.
    pub image_faults: bool,
    /// The CPU, in words; `None` if the board was not heard booting.
    #[serde(default)]
    pub cpu: Option<String>,
    /// Who played the device that streaming memory is handed over to: `bus-master`,
    /// `bounce`, or `mixed`.
    #[serde(default)]
    pub device_end: Option<String>,
    /// What was asked for; `None` if nothing was.
    #[serde(default)]
    pub request: Option<RequestReport>,
    /// The run that was judged; `None` if no record of one verified.
    pub run: Option<RunId>,
    /// All results that the run has, or should have had.
    pub checks: Vec<CheckReport>,
    /// The memory types that were seen.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// What the kernel said.
    pub kernel: KernelReport,
    /// What the line did.
    pub line: LineReport,
    /// How the board was reached; `None` for a log of another tool.
    #[serde(default)]
    pub link: Option<LinkReport>,
    /// Start of the session, UTC; `None` if unknown.
    pub started: Option<String>,
    /// Length of the session.
    pub seconds: f64,
    /// The capture.
    pub capture: Option<String>,
    /// What got worse since the baseline; `None` without one.
    #[serde(default)]
    pub comparison: Option<Comparison>,
    /// What was said besides the records, oldest first; old lines may be left out.
    #[serde(default)]
    pub log: Vec<LogLine>,
    /// How many lines are left out.
    #[serde(default)]
    pub log_left_out: u64,
}

/// What was asked for.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RequestReport {
    /// Patterns of the checks to run; all if `None`.
    pub only: Option<String>,
    /// Patterns of the checks to leave out.
    pub skip: Option<String>,
    /// The deliberate fault; 0 is none.
    pub fault: u32,
}

/// How the board was reached.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LinkReport {
    /// The port.
    pub port: String,
    /// Its speed, in bits per second; what has no speed ignores it.
    pub baud: u32,
}

/// A line of the log.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LogLine {
    /// When it came, in milliseconds from the start of the session.
    pub ms: u64,
    /// Who said it.
    pub by: Speaker,
    /// The line, escaped.
    pub text: String,
}

/// Which run it was.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunId {
    /// The number that the host drew for it, 16 hexadecimal digits.
    pub nonce: String,
    /// The boot of the board, 16 hexadecimal digits.
    pub boot: String,
    /// Which run of that boot.
    pub count: u32,
    /// Digest of the board's list of checks, 8 hexadecimal digits.
    #[serde(default)]
    pub list: Option<String>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// It could not run there.
    Skip,
    /// No record of it verified.
    Missing,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Missing => "missing",
        })
    }
}

/// One result.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CheckReport {
    /// Its number in the run, from 1.
    pub number: usize,
    /// Its name; `?` for a missing one that this release does not know.
    pub name: String,
    /// How it ended.
    pub outcome: Ending,
    /// How long it took; `None` if missing.
    pub milliseconds: Option<u32>,
    /// When its record came, in milliseconds from the start of the session.
    #[serde(default)]
    pub arrived_ms: Option<u64>,
    /// What the check found, or the reason of a skip; `None` if missing.
    pub detail: Option<String>,
    /// The `key=value` words of the detail.
    pub figures: Map<String, Value>,
}

/// What the kernel said.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct KernelReport {
    /// Its release; `None` if the board was not heard booting.
    #[serde(default)]
    pub release: Option<String>,
    /// Its tainted flags at the end of the run.
    pub tainted: Option<u64>,
    /// How often it oopsed during the run.
    pub oops: Option<u64>,
    /// How often it warned during the run.
    pub warn: Option<u64>,
    /// How it went down, if it did.
    #[serde(default)]
    pub crash: Option<Crash>,
    /// The lines of alarms and warnings with their traces, escaped.
    pub evidence: Vec<String>,
}

/// What the line did.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LineReport {
    /// Bytes received.
    pub bytes: u64,
    /// Lines received.
    pub lines: u64,
    /// Lines that look like records and did not verify.
    pub damaged: u64,
    /// Records from which a kernel message was taken out.
    pub healed: u64,
    /// Records that came by a resend.
    pub resent: u64,
    /// Requests for missing records.
    pub rounds: u64,
}

impl Report {
    /// Puts together what is said of `run`; `about` is empty for a log of another tool.
    pub fn new(run: &Run, judgement: &Judgement, about: &About, capture: Option<&Path>) -> Self {
        let records = run.records.as_ref().filter(|records| records.count() > 0);
        let header = records.and_then(|records| records.header.as_ref());
        let end = records.and_then(|records| records.end);
        let known = |word: &str| Some(word.to_owned()).filter(|word| word != "?");
        let checks = checks(run);
        let log = run.log.lines().map(|said| LogLine {
            ms: milliseconds(said.at),
            by: said.by,
            text: said.text.clone(),
        });
        Self {
            schema_version: SCHEMA_VERSION,
            verdict: judgement.verdict,
            exit_code: judgement.exit.code(),
            reason: judgement.reason.clone(),
            subset: judgement.subset,
            notes: judgement.notes.clone(),
            place: about.place.clone(),
            board: header.and_then(|header| known(&header.board)),
            machine: header.and_then(|header| known(&header.machine)),
            image: header.map(|header| header.image.clone()),
            image_faults: has_faults(run),
            cpu: run.platform.cpu.clone(),
            device_end: device_end(&checks),
            request: run.request.as_ref().map(|request| RequestReport {
                only: request.only.clone(),
                skip: request.skip.clone(),
                fault: request.fault,
            }),
            run: records.map(|records| RunId {
                nonce: format!("{:016x}", records.context.nonce),
                boot: format!("{:016x}", records.context.boot),
                count: records.context.count,
                list: header.map(|header| format!("{:08x}", header.list)),
            }),
            attributes: attributes(&checks),
            checks,
            kernel: KernelReport {
                release: run.platform.kernel.clone(),
                tainted: end.and_then(|end| end.tainted),
                oops: end.and_then(|end| end.oops),
                warn: end.and_then(|end| end.warn),
                crash: judgement.crash,
                evidence: run.kernel.evidence.clone(),
            },
            line: LineReport {
                bytes: run.line.bytes,
                lines: run.line.lines,
                damaged: run.line.damaged,
                healed: run.line.healed,
                resent: run.line.resent,
                rounds: run.line.rounds,
            },
            link: (!about.port.is_empty()).then(|| LinkReport {
                port: about.port.clone(),
                baud: about.baud_bits_per_second,
            }),
            started: Some(about.started.clone()).filter(|started| !started.is_empty()),
            seconds: run.duration.as_secs_f64(),
            capture: capture.map(|path| path.display().to_string()),
            comparison: None,
            log: log.collect(),
            log_left_out: run.log.left_out(),
        }
    }

    /// The name by which this board is told from others.
    pub fn board_in_lab(&self) -> &str {
        let place = self.place.as_deref();
        place.or(self.board.as_deref()).unwrap_or("unknown-board")
    }

    /// The options that chose the checks; empty for all of them.
    pub fn asked_for(&self) -> String {
        let Some(request) = &self.request else {
            return String::new();
        };
        let options = [("--only ", &request.only), ("--skip ", &request.skip)];
        let options = options.map(|(option, patterns)| {
            let patterns = patterns.as_deref()?;
            Some(format!("{option}{patterns}"))
        });
        let options: Vec<String> = options.into_iter().flatten().collect();
        options.join(" ")
    }
}

impl CheckReport {
    /// The suite: the first word of the name.
    pub fn suite(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// What the check found; empty if nothing is known.
    pub fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or_default()
    }
}

fn checks(run: &Run) -> Vec<CheckReport> {
    let expected = run.request.clone().unwrap_or_default().selected();
    let records = run.records.as_ref();
    let highest = records
        .and_then(|records| records.checks.last_key_value())
        .map_or(0, |(&number, _)| number);
    let total = records
        .and_then(|records| records.total())
        .unwrap_or(expected.len());
    (1..=total.max(highest))
        .map(|number| {
            let check = records.and_then(|records| records.checks.get(&number));
            let name = expected.get(number - 1).copied().unwrap_or("?");
            let detail = check.map(|check| check.detail.clone());
            CheckReport {
                number,
                name: check.map_or(name, |check| &check.name).to_owned(),
                outcome: match check.map(|check| check.outcome) {
                    Some(Outcome::Pass) => Ending::Pass,
                    Some(Outcome::Fail) => Ending::Fail,
                    Some(Outcome::Skip) => Ending::Skip,
                    None => Ending::Missing,
                },
                milliseconds: check.map(|check| check.milliseconds),
                arrived_ms: records
                    .and_then(|records| records.arrived.get(&number))
                    .map(|&at| milliseconds(at)),
                figures: figures(detail.as_deref().unwrap_or_default()),
                detail,
            }
        })
        .collect()
}

/// Who played the device, by the checks that say it.
fn device_end(checks: &[CheckReport]) -> Option<String> {
    let mut words = checks
        .iter()
        .filter_map(|check| check.figures.get("device")?.as_str());
    let first = words.next()?;
    let same = words.all(|word| word == first);
    Some(if same { first } else { "mixed" }.to_owned())
}

fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}
