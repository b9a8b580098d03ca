//! The files and streams that reports go to.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::Output;
use crate::report::{Format, Report, human};

/// Where a report is written, besides the tables for people.
pub(super) struct Outputs(Vec<(Format, Sink)>);

enum Sink {
    Stdout,
    File(PathBuf, File),
}

impl Outputs {
    /// Opens the files before the run: a report of an earlier run must not be taken
    /// for that of this one, and a run must not be lost to a wrong path.
    pub(super) fn create(wanted: &[Output]) -> anyhow::Result<Self> {
        for (index, output) in wanted.iter().enumerate() {
            let path = output.path.display();
            let twice = wanted[..index]
                .iter()
                .any(|other| other.path == output.path);
            anyhow::ensure!(!twice, "Two reports cannot both go to {path}.");
        }
        let mut outputs = Vec::new();
        for output in wanted {
            outputs.push((output.format, Sink::create(output)?));
        }
        Ok(Self(outputs))
    }

    /// No file at all.
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// Writes the report to all of them, and the tables for people.
    pub(super) fn write(&self, report: &Report) -> anyhow::Result<()> {
        self.write_and_tell(&human::write(report), |format| format.write(report))
    }

    /// Writes the report to all of them, and nothing for people.
    pub(super) fn write_files(&self, report: &Report) -> anyhow::Result<()> {
        self.write_each(|format| format.write(report))
    }

    /// Writes to each file what `write` makes in its format, and then `text` for people.
    ///
    /// # Errors
    /// The first; what comes behind it is written all the same.
    pub(super) fn write_and_tell(
        &self,
        text: &str,
        write: impl Fn(Format) -> String,
    ) -> anyhow::Result<()> {
        let written = self.write_each(write);
        let told = self.tell(text).map_err(anyhow::Error::from);
        written.and(told)
    }

    /// Writes to each file what `write` makes in its format.
    ///
    /// # Errors
    /// The first; the other files are written all the same.
    pub(super) fn write_each(&self, write: impl Fn(Format) -> String) -> anyhow::Result<()> {
        let each = self.0.iter();
        let written = each.map(|(format, sink)| sink.write(&write(*format)));
        written.fold(Ok(()), anyhow::Result::and)
    }

    /// Writes to the standard output, or to the standard error output where that is taken.
    fn tell(&self, text: &str) -> io::Result<()> {
        let taken = |(_, sink): &(_, Sink)| matches!(sink, Sink::Stdout);
        match self.0.iter().any(taken) {
            true => write_or_closed(&mut anstream::stderr(), text),
            false => write_or_closed(&mut anstream::stdout(), text),
        }
    }
}

impl Sink {
    fn create(output: &Output) -> anyhow::Result<Self> {
        if output.is_stdout() {
            return Ok(Self::Stdout);
        }
        let path = &output.path;
        let file = File::create(path)
            .with_context(|| format!("Cannot write the report {}", path.display()))?;
        Ok(Self::File(path.clone(), file))
    }

    fn write(&self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Stdout => write_or_closed(&mut io::stdout(), text)?,
            Self::File(path, file) => {
                let mut out: &File = file;
                out.write_all(text.as_bytes())
                    .with_context(|| format!("Cannot write the report {}", path.display()))?;
            }
        }
        Ok(())
    }
}

/// Refuses a report that would take the place of the capture.
pub(super) fn check_apart(wanted: &[Output], capture: &Path) -> anyhow::Result<()> {
    let same = |output: &Output| !output.is_stdout() && output.path == capture;
    let path = capture.display();
    anyhow::ensure!(
        !wanted.iter().any(same),
        "The capture and a report cannot both go to {path}."
    );
    Ok(())
}

/// A reader that went away has no say in the exit code.
pub(super) fn write_or_closed(out: &mut dyn Write, text: &str) -> io::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
