//! The programs that are measured, as processes.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rustix::pipe::fcntl_setpipe_size;
use serde_json::Value;

/// Where they are.
pub(crate) struct Programs {
    pub(crate) board_check: PathBuf,
    pub(crate) kunit: PathBuf,
    /// Captures, and whatever else is written.
    pub(crate) folder: PathBuf,
}

impl Programs {
    /// Judges a capture.
    pub(crate) fn replay(&self, capture: &Path) -> Command {
        let mut command = self.board_check();
        command.arg("replay").arg(capture);
        command
    }

    /// board-check, without settings of this machine.
    pub(crate) fn board_check(&self) -> Command {
        let mut command = Command::new(&self.board_check);
        command.current_dir(&self.folder).env_clear();
        command.env("HOME", &self.folder);
        command
    }

    /// Reads the results in a log.
    pub(crate) fn kunit(&self, log: &Path) -> Command {
        let mut command = Command::new("python3");
        // Without this it would write compiled files beside the kernel's sources.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.arg(&self.kunit).arg("parse").arg(log);
        command
    }
}

/// How long a program takes from its start to its end; all must be well with it.
pub(crate) fn time(mut command: Command) -> anyhow::Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let begun = Instant::now();
    let status = command.status().context("A program does not start")?;
    let took = begun.elapsed();
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(took)
}

/// The most memory that a program had, in KiB, and the JSON report that it wrote.
pub(crate) fn memory(mut command: Command) -> anyhow::Result<(u64, Value)> {
    command.args(["--out", "json=-"]).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().context("A program does not start")?;
    let mut stdout = child.stdout.take().context("It has a pipe")?;
    // A report has no room in the smallest pipe. So when the first byte of it is here, the
    // program is at its last step, and waits to be read on.
    fcntl_setpipe_size(&stdout, 4096)?;
    let mut report = vec![0];
    let came = stdout.read_exact(&mut report);
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    stdout.read_to_end(&mut report)?;
    let ended = child.wait()?;
    ensure!(
        came.is_ok() && ended.success(),
        "{command:?} ended with {ended}"
    );
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
    let peak = peak.with_context(|| format!("{command:?} has no VmHWM: {status}"))?;
    Ok((peak, serde_json::from_slice(&report)?))
}

/// The shortest of `times` durations of each.
pub(crate) fn best<const N: usize>(
    times: u32,
    measure: impl Fn() -> [anyhow::Result<Duration>; N],
) -> anyhow::Result<[Duration; N]> {
    let mut best = [Duration::MAX; N];
    for _ in 0..times {
        for (best, took) in best.iter_mut().zip(measure()) {
            *best = took?.min(*best);
        }
    }
    Ok(best)
}
