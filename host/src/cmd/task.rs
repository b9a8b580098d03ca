//! What a command asks of a board, and how it judges the answer: the same for each of
//! its runs.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};

use super::nonce;
use crate::board::{self, GivenBoard};
use crate::capture::{About, Writer};
use crate::cli::{ChecksArgs, LineArgs, StartArgs};
use crate::link::{Endpoint, Port, PortError};
use crate::request::RunRequest;
use crate::reset::Reset;
use crate::session::{Setup, Start, Watch};

/// Stands for the number of the run in the name of a file.
pub(super) const NUMBER: &str = "{run}";

pub(super) struct Task<'a> {
    line: &'a LineArgs,
    port: &'a Endpoint,
    pub(super) request: RunRequest,
    /// What `--board` named.
    pub(super) board: Option<GivenBoard>,
    place: Option<String>,
}

impl<'a> Task<'a> {
    pub(super) fn new(line: &'a LineArgs, checks: &ChecksArgs) -> anyhow::Result<Self> {
        let request = checks.request();
        request
            .as_request()
            .encode(u64::MAX, u64::MAX)
            .map_err(|_| anyhow::anyhow!("The patterns are too long for one request; use `*`."))?;
        let board = checks.board.as_deref().map(board::given).transpose()?;
        Ok(Self {
            line,
            port: line.port.as_ref().context("--port PORT is needed")?,
            request,
            board,
            place: checks.place.clone(),
        })
    }

    /// Why there is nothing to ask for.
    pub(super) fn nothing(&self) -> Option<String> {
        let none = self.request.selected().is_empty();
        none.then(|| "The filter selects no check; `board-check list` names them all.".to_owned())
    }

    /// Opens the port. One that gets its power from a board that is reset by a command
    /// need not be there yet.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(&self, start: &StartArgs, stop: &AtomicBool) -> Result<Port, PortError> {
        let baud = self.line.baud_bits_per_second;
        match Port::open(self.port, baud, stop) {
            Err(PortError::Absent { .. } | PortError::Unreachable { .. })
                if matches!(start.reset, Some(Reset::Command(_))) =>
            {
                Ok(Port::absent(self.port, baud))
            }
            opened => opened,
        }
    }

    /// Refuses a reset that the port cannot do.
    pub(super) fn check_reset(&self, start: &StartArgs) -> anyhow::Result<()> {
        let unfit = start.reset.as_ref().filter(|reset| !reset.fits(self.port));
        let port = self.port;
        unfit.map_or(Ok(()), |reset| {
            bail!("{port} has no line {reset}; use --reset cmd:COMMAND.")
        })
    }

    /// A session with the board, in which `start` is done first.
    pub(super) fn setup<'s>(
        &self,
        start: Start,
        capture: Writer<'s>,
        watch: &'s mut dyn Watch,
        stop: &'s AtomicBool,
    ) -> Setup<'s> {
        Setup {
            patience: self.line.patience,
            nonce: Box::new(nonce),
            capture: Some(capture),
            start,
            watch,
            stop,
        }
    }

    /// What a capture that starts now says of its session.
    pub(super) fn about(&self, notes: &[String]) -> About {
        let started = jiff::Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string();
        let request = &self.request;
        About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started,
            port: self.port.to_string(),
            baud_bits_per_second: self.line.baud_bits_per_second,
            board: self.board.as_ref().map(|board| board.given.clone()),
            place: self.place.clone(),
            board_file: self.board.as_ref().and_then(|board| board.text.clone()),
            only: request.only.clone(),
            skip: request.skip.clone(),
            fault: request.fault,
            notes: notes.to_vec(),
            ..About::default()
        }
    }
}

/// Starts the capture at `path`, or at a new place.
pub(super) fn capture(
    path: Option<PathBuf>,
    about: &About,
) -> anyhow::Result<(PathBuf, Writer<'static>)> {
    let Some(path) = path else {
        return Writer::create_new(about)
            .context("There is no place for the capture; name one with --capture FILE");
    };
    let writer = Writer::create(&path, about)
        .with_context(|| format!("Cannot write the capture {}", path.display()))?;
    Ok((path, writer))
}

/// Refuses a name that all runs would share.
pub(super) fn check_numbered(path: &Path) -> anyhow::Result<()> {
    let text = path.to_string_lossy();
    anyhow::ensure!(
        text.contains(NUMBER),
        "Each run has a file of its own, so {text} needs a {NUMBER}, which stands for the number \
         of the run."
    );
    Ok(())
}

/// The path of run `number`.
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    // A name that is no text has no {run} either, and was refused.
    let text = path.to_string_lossy();
    PathBuf::from(text.replace(NUMBER, &number.to_string()))
}
