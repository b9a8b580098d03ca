//! The table of several boards' reports, for `make qemu`.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use crate::Report;

/// What became of one board.
#[derive(Debug)]
pub struct Row {
    board: String,
    /// The report, or why there is none.
    report: Result<Report, String>,
}

impl Row {
    /// Reads `BOARD/report.json`.
    pub fn read(path: &Path) -> Self {
        let board = path.parent().and_then(Path::file_name).unwrap_or_default();
        Self {
            board: board.to_string_lossy().into_owned(),
            report: Report::read(path),
        }
    }

    /// True if the board's verdict is PASS, and it is this board's.
    pub fn passed(&self) -> bool {
        self.report.as_ref().is_ok_and(|report| {
            report.verdict == "PASS" && report.board.as_deref() == Some(self.board.as_str())
        })
    }
}

/// All boards, a line each; behind them the reasons of those that did not pass.
#[derive(Debug)]
pub struct Table<'a>(pub &'a [Row]);

impl Display for Table<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let line = |formatter: &mut Formatter<'_>, words: [&str; 4]| {
            let [board, verdict, checks, seconds] = words;
            writeln!(formatter, "{board:24}{verdict:15}{checks:>10}{seconds:>9}")
        };
        line(formatter, ["board", "verdict", "passed", "seconds"])?;
        for row in self.0 {
            match &row.report {
                Ok(report) => {
                    let verdict = match report.subset {
                        true => format!("{} (subset)", report.verdict),
                        false => report.verdict.clone(),
                    };
                    let passed = report.with_outcome("pass").len();
                    let checks = format!("{passed} of {}", report.checks.len());
                    let seconds = format!("{:.1}", report.seconds);
                    line(formatter, [&row.board, &verdict, &checks, &seconds])?;
                }
                Err(_) => line(formatter, [&row.board, "no report", "", ""])?,
            }
        }
        for row in self.0.iter().filter(|row| !row.passed()) {
            let reason = match &row.report {
                Ok(report) if report.verdict == "PASS" => "The report is another board's.",
                Ok(report) => &report.reason,
                Err(error) => error,
            };
            writeln!(formatter, "{}: {reason}", row.board)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn row(folder: &str, text: &str) -> Row {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join(folder).join("report.json");
        fs::create_dir(path.parent().expect("its folder")).expect("mkdir");
        fs::write(&path, text).expect("the report can be written");
        Row::read(&path)
    }

    fn report(verdict: &str, board: &str) -> String {
        format!(
            r#"{{ "verdict": "{verdict}", "exit_code": 0, "reason": "Because.", "subset": false,
                "image_faults": false, "board": "{board}", "seconds": 3.92, "kernel":
                {{ "warn": 0, "evidence": [] }}, "line": {{ "damaged": 0, "healed": 0, "resent": 0 }},
                "checks": [ {{ "name": "a.b.c", "outcome": "pass" }} ] }}"#
        )
    }

    #[test]
    fn a_pass_is_one_line() {
        let rows = [row("one", &report("PASS", "one"))];
        assert!(rows[0].passed());
        assert_eq!(
            Table(&rows).to_string(),
            "board                   verdict            passed  seconds\n\
             one                     PASS               1 of 1      3.9\n"
        );
    }

    #[test]
    fn what_did_not_pass_says_why() {
        let rows = [
            row("one", &report("FAIL", "one")),
            row("two", &report("PASS", "one")),
            row("three", "{"),
            Row::read(Path::new("/nosuch/four/report.json")),
        ];
        assert!(!rows.iter().any(Row::passed));
        let text = Table(&rows).to_string();
        assert!(text.contains("\none: Because.\n"), "{text}");
        assert!(
            text.contains("\ntwo: The report is another board's.\n"),
            "{text}"
        );
        assert!(text.contains("\nthree: EOF"), "{text}");
        assert!(text.contains("\nfour: No such file"), "{text}");
        assert_eq!(text.matches("no report").count(), 2, "{text}");
    }
}
