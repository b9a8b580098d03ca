//! The JSON report and its documentation.

use board_check::capture::About;
use board_check::compare::compare;
use board_check::report::{Ending, Report, SCHEMA_VERSION, json};
use board_check_protocol::Outcome;
use serde_json::Value;

use crate::common::Board;
use crate::common::sim::run_all;

const DOCUMENT: &str = include_str!("../../docs/json.md");

fn report() -> Value {
    let ending = run_all(Board {
        results: vec![
            ("seed.vmalloc.pattern", Outcome::Fail, "offset=64"),
            ("attr.wc-nc.user", Outcome::Pass, "pte=nc hw=nc linear=wb"),
        ],
        ..Board::default()
    });
    let about = About {
        started: "2026-11-22T10:16:55Z".to_owned(),
        port: "/dev/ttyUSB0".to_owned(),
        baud_bits_per_second: 115_200,
        ..About::default()
    };
    let mut report = Report::new(&ending.run, &ending.judgement, &about, None);
    let mut before = report.clone();
    before.checks[1].outcome = Ending::Fail;
    report.comparison = Some(compare(&before, &report, 10.0).unwrap());
    let text = json::write(&report);
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    serde_json::from_str(&text).unwrap()
}

/// All keys of `value` and what is in it; those of `figures` are the board's.
fn keys(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                found.push(key.clone());
                if key != "figures" {
                    keys(value, found);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_key_is_documented() {
    let mut found = Vec::new();
    keys(&report(), &mut found);
    assert!(found.len() > 30);
    for key in found {
        let documented = [format!("`{key}`"), format!(".{key}`")];
        assert!(
            documented.iter().any(|words| DOCUMENT.contains(words)),
            "{key}"
        );
    }
}

#[test]
fn the_example_has_the_keys_of_a_report() {
    let start = DOCUMENT.find("```json\n").unwrap() + 8;
    let end = start + DOCUMENT[start..].find("```").unwrap();
    let example: Value = serde_json::from_str(&DOCUMENT[start..end]).unwrap();
    let all = |value: &Value| {
        let mut found = Vec::new();
        keys(value, &mut found);
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(all(&example), all(&report()));
    assert_eq!(example["schema_version"], SCHEMA_VERSION);
}
