//! Reads the runs that are kept in a folder and the folders in it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::load;
use crate::escape::escape;
use crate::report::{Report, Unread};

/// Folders in folders: nobody keeps results deeper, and a link may lead back.
const DEPTH_MAX: usize = 8;

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) reports: Vec<Report>,
    /// What is named like a report or capture, and could not be read.
    pub(super) unread: Vec<Unread>,
}

/// What a run that is kept twice, as report and as capture, has in common.
type Identity = (Option<String>, Option<String>, Option<String>);

/// Adds the runs in `folder`: all JSON reports, and the captures that are of none of them.
/// A file that cannot be read does not hide the others. JSON of other programs is passed over.
///
/// # Errors
/// When the folder cannot be read, or has no run.
pub(super) fn read(folder: &Path, found: &mut Found) -> anyhow::Result<()> {
    let before = found.reports.len() + found.unread.len();
    let mut files = Vec::new();
    walk(folder, DEPTH_MAX, &mut files)?;
    files.sort();
    let (captures, reports): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| has_suffix(file, "capture"));
    let mut known = BTreeSet::new();
    for file in reports {
        match load::report_if_any(&file) {
            Ok(Some(report)) => {
                known.insert(identity(&report));
                found.reports.push(report);
            }
            Ok(None) => {}
            Err(error) => found.unread.push(unread(&file, &error)),
        }
    }
    for file in captures {
        match load::report(&file) {
            Ok(report) => {
                if report.started.is_none() || known.insert(identity(&report)) {
                    found.reports.push(report);
                }
            }
            Err(error) => found.unread.push(unread(&file, &error)),
        }
    }
    ensure!(
        found.reports.len() + found.unread.len() > before,
        "{} has no run: no *.json of `--out json=FILE`, and no *.capture.",
        folder.display()
    );
    Ok(())
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let cannot = || format!("Cannot read the folder {}", folder.display());
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, files)?;
            }
        } else if has_suffix(&path, "json") || has_suffix(&path, "capture") {
            files.push(path);
        }
    }
    Ok(())
}

fn has_suffix(path: &Path, suffix: &str) -> bool {
    path.extension() == Some(OsStr::new(suffix))
}

fn identity(report: &Report) -> Identity {
    (
        report.started.clone(),
        report.run.as_ref().map(|run| run.nonce.clone()),
        report.link.as_ref().map(|link| link.port.clone()),
    )
}

fn unread(file: &Path, error: &anyhow::Error) -> Unread {
    Unread {
        file: file.display().to_string(),
        // What a broken file has in it comes along.
        reason: escape(format!("{error:#}").as_bytes()),
    }
}
