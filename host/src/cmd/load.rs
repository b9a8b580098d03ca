//! Reads the report of an earlier run: from its JSON, or from its capture.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::replay;
use crate::report::{Report, SCHEMA_VERSION};

/// The report that the file has, or that its capture comes to.
pub(super) fn report(path: &Path) -> anyhow::Result<Report> {
    report_if_any(path)?.with_context(|| {
        let name = path.display();
        format!("{name} is JSON, but no report of board-check: it has no schema_version")
    })
}

/// The same; `None` for JSON that is no report.
pub(super) fn report_if_any(path: &Path) -> anyhow::Result<Option<Report>> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("Cannot open {name}"))?;
    let mut file = BufReader::with_capacity(replay::READ, file);
    let start = file
        .fill_buf()
        .with_context(|| format!("Cannot read {name}"))?;
    if start.is_empty() {
        bail!("{name} is empty: the run that should have filled it was ended");
    }
    if start.trim_ascii_start().first() != Some(&b'{') {
        return Ok(Some(replay::judged(path, file)?.judge().1));
    }
    let json: Value =
        serde_json::from_reader(file).with_context(|| format!("{name} is no JSON report"))?;
    match json.get("schema_version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(SCHEMA_VERSION) => {}
        Some(version) => bail!(
            "{name} has schema version {version}, this release reads {SCHEMA_VERSION}; make it anew \
             with `board-check replay CAPTURE --out json=FILE`"
        ),
        None => return Ok(None),
    }
    let report = serde_json::from_value(json);
    Ok(Some(report.with_context(|| {
        format!("{name} is no whole JSON report")
    })?))
}
