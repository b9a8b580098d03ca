//! The report as JSON; `docs/json.md` describes it. Other programs read this:
//! change it only together with the version and the document.

use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::Report;
use super::rows::{Row, rows};
use crate::judge::has_faults;

/// Version of the schema. It changes when something that a reader may rely on
/// does; a new key does not change it.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Json<'a> {
    schema_version: u32,
    verdict: String,
    exit_code: u8,
    reason: &'a str,
    subset: bool,
    notes: &'a [String],
    board: Option<&'a str>,
    machine: Option<&'a str>,
    image: Option<&'a str>,
    image_faults: bool,
    run: Option<RunJson>,
    checks: Vec<CheckJson<'a>>,
    kernel: KernelJson<'a>,
    line: LineJson,
    started: Option<&'a str>,
    seconds: f64,
    capture: Option<String>,
}

#[derive(Serialize)]
struct RunJson {
    nonce: String,
    boot: String,
    count: u32,
}

#[derive(Serialize)]
struct CheckJson<'a> {
    number: usize,
    name: &'a str,
    outcome: &'static str,
    milliseconds: Option<u32>,
    detail: Option<&'a str>,
    figures: Map<String, Value>,
}

#[derive(Serialize)]
struct KernelJson<'a> {
    tainted: Option<u64>,
    oops: Option<u64>,
    warn: Option<u64>,
    evidence: &'a [String],
}

#[derive(Serialize)]
struct LineJson {
    bytes: u64,
    lines: u64,
    damaged: u64,
    healed: u64,
    resent: u64,
    rounds: u64,
}

/// The report as text, with a line feed at its end.
pub fn write(report: &Report<'_>) -> String {
    let run = report.run;
    let judgement = report.judgement;
    let records = run.records.as_ref().filter(|records| records.count() > 0);
    let header = records.and_then(|records| records.header.as_ref());
    let end = records.and_then(|records| records.end);
    let json = Json {
        schema_version: SCHEMA_VERSION,
        verdict: judgement.verdict.to_string(),
        exit_code: judgement.exit.code(),
        reason: &judgement.reason,
        subset: judgement.subset,
        notes: &judgement.notes,
        board: header
            .map(|header| header.board.as_str())
            .filter(|&board| board != "?"),
        machine: header
            .map(|header| header.machine.as_str())
            .filter(|&machine| machine != "?"),
        image: header.map(|header| header.image.as_str()),
        image_faults: has_faults(run),
        run: records.map(|records| RunJson {
            nonce: format!("{:016x}", records.context.nonce),
            boot: format!("{:016x}", records.context.boot),
            count: records.context.count,
        }),
        checks: rows(run).iter().map(check).collect(),
        kernel: KernelJson {
            tainted: end.and_then(|end| end.tainted),
            oops: end.and_then(|end| end.oops),
            warn: end.and_then(|end| end.warn),
            evidence: &run.kernel.evidence,
        },
        line: LineJson {
            bytes: run.line.bytes,
            lines: run.line.lines,
            damaged: run.line.damaged,
            healed: run.line.healed,
            resent: run.line.resent,
            rounds: run.line.rounds,
        },
        started: Some(report.started).filter(|started| !started.is_empty()),
        seconds: run.duration.as_secs_f64(),
        capture: report.capture.map(|path| path.display().to_string()),
    };
    let text = serde_json::to_string_pretty(&json).expect("its keys are strings");
    text + "\n"
}

fn check<'a>(row: &Row<'a>) -> CheckJson<'a> {
    let detail = row.check.map(|check| check.detail.as_str());
    CheckJson {
        number: row.number,
        name: row.name,
        outcome: row.outcome(),
        milliseconds: row.check.map(|check| check.milliseconds),
        detail,
        figures: figures(detail.unwrap_or_default()),
    }
}

/// The `key=value` words of a detail; of two with the same key the last.
fn figures(detail: &str) -> Map<String, Value> {
    let words = detail.split(' ').filter_map(|word| word.split_once('='));
    words
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, text)| (key.to_owned(), value(text)))
        .collect()
}

/// A number if the text is the plain decimal spelling of one.
fn value(text: &str) -> Value {
    let plain = text.strip_prefix('-').unwrap_or(text);
    let digits = plain
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let leading_zero = plain.len() > 1 && plain.starts_with('0') && !plain.starts_with("0.");
    let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let whole = ends(plain.bytes().next()) && ends(plain.bytes().last());
    if !digits || leading_zero || !whole {
        return Value::from(text);
    }
    let integer = text.parse::<i64>().map(Number::from);
    let number = integer
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
        .or_else(|| Number::from_f64(text.parse().ok()?).filter(|_| text.contains('.')));
    number.map_or_else(|| Value::from(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_numbers_where_they_are_spelled_as_such() {
        let found = figures(
            "offset=64 got=0xaffe0001 mean=1.5 id=007 low=-3 skip-me a=b=c big=18446744073709551615 dot=1. x=",
        );
        assert_eq!(
            Value::Object(found),
            json!({
                "offset": 64,
                "got": "0xaffe0001",
                "mean": 1.5,
                "id": "007",
                "low": -3,
                "a": "b=c",
                "big": 18_446_744_073_709_551_615_u64,
                "dot": "1.",
                "x": "",
            })
        );
    }
}
