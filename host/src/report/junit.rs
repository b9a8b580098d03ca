//! The report as JUnit XML, in the form that the schema `junit-10.xsd` of Jenkins'
//! xUnit plugin (xunit2) allows: CI servers that are less strict read it as well.
//!
//! The last case is the verdict: a run that proves nothing must not look green
//! although every result that arrived is good.

use std::borrow::Cow;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{CheckReport, Ending, Lab, Report};
use crate::compare::{Comparison, Conclusion};
use crate::judge::{Crash, Verdict};

/// The latest run of each board as text: servers know a case by its name, and that is
/// the same in each run.
pub fn write(lab: &Lab<'_>) -> String {
    let unread = lab.unread.iter().map(|unread| Case {
        class: "",
        name: &unread.file,
        seconds: 0.0,
        result: Some(Bad("error", "unread", (&unread.reason).into())),
        output: String::new(),
    });
    let unread = Suite {
        name: "unread".to_owned(),
        report: None,
        seconds: 0.0,
        cases: unread.collect(),
    };
    let suites: Vec<Suite<'_>> = lab
        .places
        .iter()
        .map(|place| Suite::new(&place.name, place.latest()))
        .chain((!unread.cases.is_empty()).then_some(unread))
        .collect();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    document(&mut writer, &suites).expect("a vector takes all");
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("it is made of texts")
}

/// A run, or the files of none.
struct Suite<'a> {
    name: String,
    report: Option<&'a Report>,
    seconds: f64,
    cases: Vec<Case<'a>>,
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
struct Bad<'a>(&'static str, &'static str, Cow<'a, str>);

type Out = Writer<Vec<u8>>;

fn document(writer: &mut Out, suites: &[Suite<'_>]) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    let took = suites.iter().map(|suite| suite.seconds).sum();
    let sums = sums(all(), took);
    writer
        .create_element("testsuites")
        .with_attribute(("name", "board-check"))
        .with_attributes(sums.iter().map(|(name, sum)| (*name, sum.as_str())))
        .write_inner_content(|writer| suites.iter().try_for_each(|suite| suite.write(writer)))?;
    Ok(())
}

/// What is said of cases that took `took` seconds.
fn sums<'a>(cases: impl Iterator<Item = &'a Case<'a>>, took: f64) -> [(&'static str, String); 4] {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(case.is("failure"));
        errors += usize::from(case.is("error"));
    }
    [
        ("tests", tests.to_string()),
        ("failures", failures.to_string()),
        ("errors", errors.to_string()),
        ("time", seconds(took)),
    ]
}

impl<'a> Suite<'a> {
    fn new(name: &str, report: &'a Report) -> Self {
        let cases = report.checks.iter().map(check);
        Self {
            name: plain(name),
            report: Some(report),
            seconds: report.seconds,
            cases: cases
                .chain(baseline(report.comparison.as_ref()))
                .chain([verdict(report)])
                .collect(),
        }
    }

    fn write(&self, writer: &mut Out) -> io::Result<()> {
        let sums = sums(self.cases.iter(), self.seconds);
        let skipped = self.cases.iter().filter(|case| case.is("skipped")).count();
        let mut suite = writer
            .create_element("testsuite")
            .with_attribute(("name", self.name.as_str()))
            .with_attributes(sums.iter().map(|(name, sum)| (*name, sum.as_str())))
            .with_attribute(("skipped", skipped.to_string().as_str()));
        let started = self.report.and_then(|report| report.started.as_deref());
        if let Some(started) = started {
            suite = suite.with_attribute(("timestamp", plain(started).as_str()));
        }
        suite.write_inner_content(|writer| {
            if let Some(report) = self.report {
                properties(writer, report)?;
            }
            let mut cases = self.cases.iter();
            cases.try_for_each(|case| case.write(writer, &self.name))
        })?;
        Ok(())
    }
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
            Ending::Fail => Some(Bad("failure", "fail", check.detail().into())),
            Ending::Skip => Some(Bad("skipped", "skip", check.detail().into())),
            Ending::Missing => {
                let nothing = "No record of it verified.".into();
                Some(Bad("error", "unverified", nothing))
            }
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

fn baseline<'a>(comparison: Option<&Comparison>) -> Option<Case<'a>> {
    let comparison = comparison?;
    let bad = match comparison.conclusion {
        Conclusion::NoRegression => None,
        Conclusion::CannotTell => Some(("error", "incomplete")),
        Conclusion::Regression => Some(("failure", "regression")),
    };
    let bad = bad.map(|(element, kind)| Bad(element, kind, comparison.sentence().into()));
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
        result: bad.map(|(element, kind)| Bad(element, kind, report.reason.as_str().into())),
        output: report.kernel.evidence.join("\n"),
    }
}

impl Case<'_> {
    /// True if this element says how it ended.
    fn is(&self, element: &str) -> bool {
        self.result.as_ref().is_some_and(|bad| bad.0 == element)
    }

    fn write(&self, writer: &mut Out, board: &str) -> io::Result<()> {
        // Servers tell cases apart by class and name, and show the class as the suite.
        let class = match self.class {
            "" => board.to_owned(),
            class => format!("{board}.{}", plain(class)),
        };
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
            if let Some(Bad(element, kind, message)) = &self.result {
                writer
                    .create_element(*element)
                    .with_attributes([("type", *kind), ("message", plain(message).as_str())])
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
