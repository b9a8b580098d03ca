//! What board-check says of a machine: exit code and JSON, never screen text.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::{Machine, root};

/// The parts of the JSON report (`docs/json.md`) that the tests look at.
#[derive(Debug, Deserialize)]
pub struct Report {
    /// PASS, FAIL, INCOMPLETE or CRASHED.
    pub verdict: String,
    /// The exit code that belongs to it.
    pub exit_code: i32,
    /// Why, in one sentence.
    pub reason: String,
    /// True if checks were left out on request.
    pub subset: bool,
    /// True if the image can do deliberate faults.
    pub image_faults: bool,
    /// The board, as its image names it.
    pub board: Option<String>,
    /// The results.
    pub checks: Vec<Check>,
    /// What the kernel did meanwhile.
    pub kernel: Kernel,
    /// What the line did.
    pub line: Line,
    /// Length of the session.
    pub seconds: f64,
    /// Where everything that was sent and received is kept.
    pub capture: Option<PathBuf>,
}

/// One result.
#[derive(Debug, Deserialize, Eq, PartialEq)]
pub struct Check {
    /// `suite.area.what`.
    pub name: String,
    /// pass, fail, skip or missing.
    pub outcome: String,
    /// What it found; of a skip the reason first.
    pub detail: Option<String>,
    /// The `key=value` words of what it found.
    #[serde(default)]
    pub figures: BTreeMap<String, Value>,
}

impl Check {
    /// The word behind `key=` of what it found, if it is no number.
    pub fn figure(&self, key: &str) -> Option<&str> {
        self.figures.get(key)?.as_str()
    }
}

/// What the kernel did during the run.
#[derive(Debug, Deserialize)]
pub struct Kernel {
    /// Warnings counted.
    pub warn: Option<u64>,
    /// Lines that tell of a crash.
    pub evidence: Vec<String>,
}

/// What happened on the line.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// Records that arrived damaged.
    pub damaged: u64,
    /// Records that a kernel message had cut and that were put together again.
    pub healed: u64,
    /// Records that were said again.
    pub resent: u64,
}

impl Report {
    /// Reads a report.
    ///
    /// # Errors
    /// Why there is none.
    pub fn read(path: &Path) -> Result<Self, String> {
        std::fs::read_to_string(path)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
    }

    /// The checks with this outcome.
    pub fn with_outcome(&self, outcome: &str) -> BTreeSet<String> {
        let checks = self.checks.iter().filter(|check| check.outcome == outcome);
        checks.map(|check| check.name.clone()).collect()
    }
}

/// The program, as `make host` built it, without the settings of who runs the tests.
pub fn board_check() -> Command {
    let mut command = Command::new(root().join("target/release/board-check"));
    command.env("XDG_CONFIG_HOME", root().join("output"));
    for (variable, _) in env::vars_os() {
        if variable.to_string_lossy().starts_with("BOARD_CHECK_") {
            command.env_remove(variable);
        }
    }
    // On a busy machine a check in QEMU can take longer than the 30 s of a board.
    command.env("BOARD_CHECK_TIMEOUT", "90");
    command
}

/// Runs board-check on the console of `machine`; the exit code must be that of the
/// report.
///
/// # Panics
/// If there is no report, or the exit code is another one.
pub fn judge(machine: &Machine, arguments: &[&str]) -> Report {
    let mut command = board_check();
    command.arg("--port").arg(machine.port());
    judge_with(command.args(arguments))
}

/// Runs `command` with `--out json=`; the exit code must be that of the report.
///
/// # Panics
/// If there is no report, or the exit code is another one.
pub fn judge_with(command: &mut Command) -> Report {
    let folder = tempfile::tempdir().expect("a folder for the report");
    let path = folder.path().join("report.json");
    let output = command
        .env("XDG_STATE_HOME", captures())
        .arg("--out")
        .arg(format!("json={}", path.display()))
        .output()
        .expect("board-check runs");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "no report: {error}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    let report: Report = serde_json::from_str(&text).expect("the report is as docs/json.md says");
    assert_eq!(output.status.code(), Some(report.exit_code), "{report:?}");
    report
}

/// Where the captures of the tests go: they are kept with what else was built.
fn captures() -> PathBuf {
    let output: &Path = &root().join("output/tests");
    output.to_owned()
}
