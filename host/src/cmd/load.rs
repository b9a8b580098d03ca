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
    let name = path.display();
    let mut file = BufReader::new(File::open(path).with_context(|| format!("Cannot open {name}"))?);
    let start = file
        .fill_buf()
        .with_context(|| format!("Cannot read {name}"))?;
    if start.trim_ascii_start().first() != Some(&b'{') {
        return Ok(replay::judged(path)?.judge().1);
    }
    let json: Value =
        serde_json::from_reader(file).with_context(|| format!("{name} is no JSON report"))?;
    match json.get("schema_version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(SCHEMA_VERSION) => {}
        Some(version) => bail!(
            "{name} has schema version {version}, this release reads {SCHEMA_VERSION}; make it anew \
             with `board-check replay CAPTURE --out json=FILE`"
        ),
        None => bail!("{name} is JSON, but no report of board-check: it has no schema_version"),
    }
    serde_json::from_value(json).with_context(|| format!("{name} is no whole JSON report"))
}
