//! What run and replay do alike: judge, and report.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::board::{self, GivenBoard};
use crate::exit::Exit;
use crate::judge::{board_name, judge};
use crate::report::{Report, human, json};
use crate::run::Run;

/// A run with what is needed to judge and report it.
pub(super) struct Judged {
    pub(super) run: Run,
    /// What `--board` named.
    pub(super) given: Option<GivenBoard>,
    /// Start of the session, UTC; empty if unknown.
    pub(super) started: String,
    pub(super) capture: Option<PathBuf>,
}

impl Judged {
    /// Judges and reports; the table gives way where the JSON takes the standard
    /// output.
    pub(super) fn report(self, json: Option<JsonFile>) -> anyhow::Result<Exit> {
        let given = self.given.map(|given| given.board);
        let board = given.or_else(|| board::released(board_name(&self.run)?));
        let judgement = judge(&self.run, board.as_ref());
        let report = Report {
            run: &self.run,
            judgement: &judgement,
            started: &self.started,
            capture: self.capture.as_deref(),
        };
        let text = human::write(&report);
        match &json {
            Some(JsonFile::Stdout) => write_or_closed(&mut anstream::stderr(), &text)?,
            _ => write_or_closed(&mut anstream::stdout(), &text)?,
        }
        if let Some(json) = json {
            json.write(&report)?;
        }
        Ok(judgement.exit)
    }
}

/// Where the JSON goes.
pub(super) enum JsonFile {
    Stdout,
    File(PathBuf, File),
}

impl JsonFile {
    /// Opens the file before the run: a report of an earlier run must not be taken
    /// for that of this one, and a run must not be lost to a wrong path.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let file = File::create(path)
            .with_context(|| format!("Cannot write the report {}", path.display()))?;
        Ok(Self::File(path.to_owned(), file))
    }

    pub(super) fn write(self, report: &Report<'_>) -> anyhow::Result<()> {
        let text = json::write(report);
        match self {
            Self::Stdout => write_or_closed(&mut io::stdout(), &text)?,
            Self::File(path, mut file) => file
                .write_all(text.as_bytes())
                .with_context(|| format!("Cannot write the report {}", path.display()))?,
        }
        Ok(())
    }
}

/// A reader that went away has no say in the exit code.
fn write_or_closed(out: &mut dyn Write, text: &str) -> io::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
