//! The deliberate faults and the checks that must find them: `faults.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use board_check_protocol::checks::NAMES;
use serde::Deserialize;

use crate::root;

/// One deliberate fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// For `--fault`.
    pub number: u32,
    /// What is done wrong.
    pub what: String,
    /// The checks that must fail, and no other.
    pub fails: BTreeSet<String>,
    /// The verdict that is due; FAIL where nothing is said.
    #[serde(default = "fail")]
    pub verdict: String,
    /// True if the machine is not fit for another run afterwards.
    #[serde(default)]
    pub spoils_the_boot: bool,
    /// What a kernel with sanitizers says of it, which must be in the reason of the verdict
    /// or in the kernel's lines; other kernels do not notice it.
    pub sanitizer: Option<String>,
    /// How `board-torture fail-nth` finds it; no check notices it.
    pub fail_nth: Option<FailNth>,
    /// The machines on which it changes nothing, and why.
    #[serde(default)]
    pub not_on: BTreeMap<String, String>,
    /// The machines on which other checks must fail.
    #[serde(default)]
    pub on: BTreeMap<String, Differs>,
}

/// What a failing allocation shows of a fault.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct FailNth {
    /// The part of the steps that must show it.
    pub part: String,
    /// What must be said of it.
    pub says: String,
}

/// How a fault differs on one machine.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Differs {
    /// The checks that must fail, too.
    #[serde(default)]
    pub also: BTreeSet<String>,
    /// The checks of `fails` that must not fail.
    #[serde(default)]
    pub without: BTreeSet<String>,
    /// Another verdict.
    pub verdict: Option<String>,
    /// What the kernel with sanitizers says there.
    pub sanitizer: Option<String>,
}

/// What is due.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Due {
    /// The checks that must fail, and no other.
    pub fails: BTreeSet<String>,
    /// The verdict.
    pub verdict: String,
}

fn fail() -> String {
    "FAIL".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    fault: Vec<Fault>,
}

/// All faults.
///
/// # Panics
/// If `faults.toml` is not of the form.
pub fn all() -> Vec<Fault> {
    let list: List = toml::from_str(TEXT).expect("faults.toml is right");
    list.fault
}

/// `faults.toml`, as it was when this was built.
pub const TEXT: &str = include_str!("../faults.toml");

/// Where it is.
pub fn path() -> PathBuf {
    root().join("tests/qemu/faults.toml")
}

impl Fault {
    /// What is due on `board`. Where the fault changes nothing, that is a PASS.
    pub fn due(&self, board: &str) -> Due {
        if self.not_on.contains_key(board) {
            return Due {
                fails: BTreeSet::new(),
                verdict: "PASS".into(),
            };
        }
        let differs = self.on.get(board).cloned().unwrap_or_default();
        let fails = &self.fails - &differs.without;
        Due {
            fails: &fails | &differs.also,
            verdict: differs.verdict.unwrap_or_else(|| self.verdict.clone()),
        }
    }

    /// True if checks notice it, on an ordinary kernel.
    pub fn is_for_checks(&self) -> bool {
        self.sanitizer.is_none() && self.fail_nth.is_none()
    }

    /// What the kernel with sanitizers must say of it on `board`; `None` if it says nothing.
    pub fn sanitizer_says(&self, board: &str) -> Option<&str> {
        if self.not_on.contains_key(board) {
            return None;
        }
        let differs = self.on.get(board);
        let there = differs.and_then(|differs| differs.sanitizer.as_deref());
        there.or(self.sanitizer.as_deref())
    }

    /// Makes `seen` what is due on `board`. `first` is true for the first machine on which
    /// the fault applies: its set is the one that the others differ from.
    pub fn learn(&mut self, board: &str, first: bool, seen: Due) {
        if self.not_on.contains_key(board) {
            return;
        }
        if first {
            self.fails = seen.fails;
            self.verdict = seen.verdict;
            self.on.remove(board);
            for differs in self.on.values_mut() {
                differs.also = &differs.also - &self.fails;
                differs.without = &differs.without & &self.fails;
            }
            self.on.retain(|_, differs| *differs != Differs::default());
            return;
        }
        let differs = Differs {
            also: &seen.fails - &self.fails,
            without: &self.fails - &seen.fails,
            verdict: (seen.verdict != self.verdict).then_some(seen.verdict),
            sanitizer: None,
        };
        match differs == Differs::default() {
            true => self.on.remove(board),
            false => self.on.insert(board.into(), differs),
        };
    }
}

/// The text of `faults.toml` for `faults`, with the comment that it starts with.
pub fn text(faults: &[Fault]) -> String {
    let comment = TEXT.lines().take_while(|line| line.starts_with('#'));
    let mut text: String = comment.flat_map(|line| [line, "\n"]).collect();
    for fault in faults {
        // Nothing that is written to a string fails.
        let _ = write_fault(&mut text, fault);
    }
    text
}

fn write_fault(text: &mut String, fault: &Fault) -> std::fmt::Result {
    writeln!(text, "\n[[fault]]\nnumber = {}", fault.number)?;
    writeln!(text, "what = {:?}", fault.what)?;
    write_list(text, "fails", &fault.fails)?;
    if fault.verdict != fail() {
        writeln!(text, "verdict = {:?}", fault.verdict)?;
    }
    if fault.spoils_the_boot {
        writeln!(text, "spoils_the_boot = true")?;
    }
    if let Some(words) = &fault.sanitizer {
        writeln!(text, "sanitizer = {words:?}")?;
    }
    if let Some(FailNth { part, says }) = &fault.fail_nth {
        writeln!(text, "fail_nth = {{ part = {part:?}, says = {says:?} }}")?;
    }
    for (board, reason) in &fault.not_on {
        writeln!(text, "not_on.{board} = {reason:?}")?;
    }
    for (board, differs) in &fault.on {
        writeln!(text, "[fault.on.{board}]")?;
        for (key, list) in [("also", &differs.also), ("without", &differs.without)] {
            if !list.is_empty() {
                write_list(text, key, list)?;
            }
        }
        if let Some(verdict) = &differs.verdict {
            writeln!(text, "verdict = {verdict:?}")?;
        }
        if let Some(words) = &differs.sanitizer {
            writeln!(text, "sanitizer = {words:?}")?;
        }
    }
    Ok(())
}

/// The checks in the order in which they run.
fn write_list(text: &mut String, key: &str, checks: &BTreeSet<String>) -> std::fmt::Result {
    if checks.is_empty() {
        return writeln!(text, "{key} = []");
    }
    writeln!(text, "{key} = [")?;
    for check in in_order(checks) {
        writeln!(text, "  {check:?},")?;
    }
    writeln!(text, "]")
}

fn in_order(checks: &BTreeSet<String>) -> Vec<&String> {
    let mut list: Vec<&String> = checks.iter().collect();
    let place = |check: &str| NAMES.iter().position(|name| *name == check);
    list.sort_by_key(|check| place(check).unwrap_or(NAMES.len()));
    list
}

/// The checks, those of one kind together: `bounds.{vmalloc,kmalloc}.part`, or
/// `bounds.*.part` if it is all there are of that kind.
pub fn in_words(checks: &BTreeSet<String>) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut done: BTreeSet<String> = BTreeSet::new();
    for check in in_order(checks) {
        let kind = kind(check);
        if !done.insert(kind.clone()) {
            continue;
        }
        let of_kind = |name: &&str| self::kind(name) == kind;
        let all = NAMES.iter().copied().filter(of_kind);
        let (areas, others): (Vec<&str>, Vec<&str>) = all.partition(|name| checks.contains(*name));
        let areas: Vec<&str> = areas.into_iter().map(area).collect();
        let (suite, what) = kind.split_once('.').unwrap_or_default();
        let areas = match areas.as_slice() {
            [one] => (*one).to_owned(),
            _ if others.is_empty() => "*".into(),
            several => format!("{{{}}}", several.join(",")),
        };
        words.push(format!("`{suite}.{areas}.{what}`"));
    }
    words.join(", ")
}

/// The kind of a check: its name without the area.
pub fn kind(check: &str) -> String {
    let (suite, rest) = check.split_once('.').unwrap_or((check, ""));
    let (_area, what) = rest.split_once('.').unwrap_or(("", rest));
    format!("{suite}.{what}")
}

fn area(check: &str) -> &str {
    check.split('.').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(checks: &[&str]) -> BTreeSet<String> {
        checks.iter().map(|check| (*check).to_owned()).collect()
    }

    fn fault() -> Fault {
        let text = "number = 1\nwhat = \"x\"\nfails = [\"a.b.c\", \"a.b.d\"]\nnot_on.two = \"Why.\"\n\
                    [on.one]\nalso = [\"a.b.e\"]\nwithout = [\"a.b.c\"]\n";
        toml::from_str(text).expect("a fault")
    }

    #[test]
    fn the_file_is_as_an_update_writes_it() {
        assert_eq!(text(&all()), TEXT);
    }

    #[test]
    fn a_machine_can_differ() {
        let fault = fault();
        assert_eq!(fault.due("any").fails, set(&["a.b.c", "a.b.d"]));
        assert_eq!(fault.due("one").fails, set(&["a.b.d", "a.b.e"]));
        let nothing = fault.due("two");
        assert_eq!((nothing.fails.len(), nothing.verdict.as_str()), (0, "PASS"));
    }

    #[test]
    fn what_was_learned_is_due() {
        let mut fault = fault();
        let seen = |checks: &[&str], verdict: &str| Due {
            fails: set(checks),
            verdict: verdict.into(),
        };
        let first = seen(&["a.b.e"], "FAIL");
        fault.learn("zero", true, first.clone());
        assert_eq!(fault.due("zero"), first);
        // What the others differed by is true of all now.
        assert!(fault.on.is_empty());
        let other = seen(&["a.b.c"], "CRASHED");
        fault.learn("one", false, other.clone());
        assert_eq!(fault.due("one"), other);
        fault.learn("one", false, first.clone());
        assert!(fault.on.is_empty());
        fault.learn("two", false, first);
        assert_eq!(fault.due("two").verdict, "PASS");
    }

    #[test]
    fn checks_of_one_kind_are_put_together() {
        let parts = set(&["bounds.kmalloc.part", "bounds.vmalloc.part"]);
        assert_eq!(in_words(&parts), "`bounds.{vmalloc,kmalloc}.part`");
        let flips = set(&[
            "data.kmalloc.check-finds-flip",
            "data.vmalloc.check-finds-flip",
        ]);
        assert_eq!(in_words(&flips), "`data.*.check-finds-flip`");
        assert_eq!(in_words(&set(&["perm.device.mode"])), "`perm.device.mode`");
    }
}
