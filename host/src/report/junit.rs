//! The report as JUnit XML, in the form that the schema `junit-10.xsd` of Jenkins'
//! xUnit plugin (xunit2) allows: CI servers that are less strict read it as well.
//!
//! The last case is the verdict: a run that proves nothing must not look green
//! although every result that arrived is good.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{CheckReport, Ending, Report};
use crate::compare::{Comparison, Conclusion};
use crate::judge::{Crash, Verdict};

/// The report as text.
pub fn write(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    document(&mut writer, report).expect("a vector takes all");
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("it is made of texts")
}

/// One test, as the file has it.
struct Case<'a> {
    /// Behind the board's name: the suite.
    class: &'a str,
    name: &'a str,
    seconds: f64,
    result: Option<Bad<'a>>,
    output: String,
}

/// Why a test is no success: element, type and message.
struct Bad<'a>(&'static str, &'static str, &'a str);

type Out = Writer<Vec<u8>>;

fn document(writer: &mut Out, report: &Report) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let comparison = report.comparison.as_ref();
    let sentence = comparison.map_or(String::new(), Comparison::sentence);
    let cases: Vec<Case<'_>> = report
        .checks
        .iter()
        .map(check)
        .chain(baseline(comparison, &sentence))
        .chain([verdict(report)])
        .collect();
    let count = |element: &str| {
        let is = |case: &&Case<'_>| case.result.as_ref().is_some_and(|bad| bad.0 == element);
        cases.iter().filter(is).count().to_string()
    };
    let tests = cases.len().to_string();
    let (failures, errors, skipped) = (count("failure"), count("error"), count("skipped"));
    let seconds = seconds(report.seconds);
    let sums = [
        ("tests", tests.as_str()),
        ("failures", &failures),
        ("errors", &errors),
        ("time", &seconds),
    ];
    let board = plain(report.board_or_unknown());
    let suites = writer.create_element("testsuites");
    suites
        .with_attribute(("name", "board-check"))
        .with_attributes(sums)
        .write_inner_content(|writer| {
            let mut suite = writer
                .create_element("testsuite")
                .with_attribute(("name", board.as_str()))
                .with_attributes(sums)
                .with_attribute(("skipped", skipped.as_str()));
            if let Some(started) = &report.started {
                suite = suite.with_attribute(("timestamp", plain(started).as_str()));
            }
            suite.write_inner_content(|writer| {
                properties(writer, report)?;
                cases.iter().try_for_each(|case| case.write(writer, &board))
            })?;
            Ok(())
        })?;
    Ok(())
}

/// What servers show beside the results.
fn properties(writer: &mut Out, report: &Report) -> io::Result<()> {
    let line = &report.line;
    let mut properties = vec![
        ("verdict", report.verdict.to_string()),
        ("subset", report.subset.to_string()),
        ("retries", line.rounds.to_string()),
        ("records-resent", line.resent.to_string()),
        ("records-healed", line.healed.to_string()),
        ("lines-damaged", line.damaged.to_string()),
    ];
    let known = [
        ("machine", &report.machine),
        ("image", &report.image),
        ("capture", &report.capture),
    ];
    for (name, value) in known {
        properties.extend(value.clone().map(|value| (name, value)));
    }
    writer
        .create_element("properties")
        .write_inner_content(|writer| {
            for (name, value) in &properties {
                writer
                    .create_element("property")
                    .with_attributes([("name", *name), ("value", plain(value).as_str())])
                    .write_empty()?;
            }
            Ok(())
        })?;
    Ok(())
}

fn check(check: &CheckReport) -> Case<'_> {
    Case {
        class: check.suite(),
        name: &check.name,
        seconds: took(check),
        result: match check.outcome {
            Ending::Pass => None,
            Ending::Fail => Some(Bad("failure", "fail", check.detail())),
            Ending::Skip => Some(Bad("skipped", "skip", check.detail())),
            Ending::Missing => Some(Bad("error", "unverified", "No record of it verified.")),
        },
        output: String::new(),
    }
}

/// In seconds.
fn took(check: &CheckReport) -> f64 {
    check
        .milliseconds
        .map_or(0.0, |took| f64::from(took) / 1000.0)
}

fn baseline<'a>(comparison: Option<&Comparison>, sentence: &'a str) -> Option<Case<'a>> {
    let bad = match comparison?.conclusion {
        Conclusion::NoRegression => None,
        Conclusion::CannotTell => Some(Bad("error", "incomplete", sentence)),
        Conclusion::Regression => Some(Bad("failure", "regression", sentence)),
    };
    Some(Case {
        class: "run",
        name: super::ktap::BASELINE,
        seconds: 0.0,
        result: bad,
        output: String::new(),
    })
}

fn verdict(report: &Report) -> Case<'_> {
    // Servers add the cases up: they are to come to the time of the run.
    let checks: f64 = report.checks.iter().map(took).sum();
    let bad = match (report.verdict, report.kernel.crash) {
        (Verdict::Pass, _) => None,
        (Verdict::Fail, _) => Some(("failure", "fail")),
        (Verdict::Incomplete, _) => Some(("error", "incomplete")),
        (Verdict::Crashed, crash) => Some(("error", crash.map_or("crashed", Crash::word))),
    };
    Case {
        class: "run",
        name: super::ktap::VERDICT,
        seconds: (report.seconds - checks).max(0.0),
        result: bad.map(|(element, kind)| Bad(element, kind, &report.reason)),
        output: report.kernel.evidence.join("\n"),
    }
}

impl Case<'_> {
    fn write(&self, writer: &mut Out, board: &str) -> io::Result<()> {
        // Servers tell cases apart by class and name, and show the class as the suite.
        let class = format!("{board}.{}", plain(self.class));
        let element = writer.create_element("testcase").with_attributes([
            ("classname", class.as_str()),
            ("name", plain(self.name).as_str()),
            ("time", seconds(self.seconds).as_str()),
        ]);
        if self.result.is_none() && self.output.is_empty() {
            element.write_empty()?;
            return Ok(());
        }
        element.write_inner_content(|writer| {
            if let Some(Bad(element, kind, message)) = self.result {
                writer
                    .create_element(element)
                    .with_attributes([("type", kind), ("message", plain(message).as_str())])
                    .write_empty()?;
            }
            if !self.output.is_empty() {
                writer
                    .create_element("system-out")
                    .write_text_content(BytesText::new(&plain(&self.output)))?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}

/// Text without the characters that XML 1.0 cannot have, not even escaped.
fn plain(text: &str) -> String {
    let fits = |character: char| matches!(character, '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars()
        .map(|character| {
            if fits(character) {
                character
            } else {
                '\u{fffd}'
            }
        })
        .collect()
}
