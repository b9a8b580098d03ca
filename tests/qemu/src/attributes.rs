//! Which memory types the runs saw, beside those of `attributes.toml`; and
//! `docs/attributes.md`, which is made from both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use board_check_protocol::checks::NAMES;
use serde::Deserialize;

use crate::report::Check;
use crate::{Report, root};

/// A type for each column.
type Types = BTreeMap<String, String>;

/// What is right.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    column: Vec<Column>,
    areas: BTreeMap<String, Types>,
    carveout: BTreeMap<String, Types>,
    linear: BTreeMap<String, Types>,
}

/// A kind of machine.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    name: String,
    title: String,
    /// The MMU can be asked what type an address has.
    mmu_answers: bool,
    /// The kernel can map strongly ordered memory for itself.
    kernel_maps_so: bool,
    boards: Vec<String>,
}

/// What one check must have seen, in the words of its record.
struct Wanted {
    table: String,
    hardware: String,
    /// `None`: the memory is not in the kernel's map of all memory.
    linear: Option<String>,
    honoured: bool,
}

/// What is not honoured says so behind its type.
const NOT_HONOURED: &str = ", not honoured";

/// The checks that ask for a type say which one in their name.
const ASKING: [&str; 4] = ["write-back", "write-combine", "device", "strongly-ordered"];

impl Expected {
    /// Reads `attributes.toml`.
    ///
    /// # Panics
    /// If it is not of the form.
    pub fn read() -> Self {
        toml::from_str(include_str!("../attributes.toml")).expect("attributes.toml is right")
    }

    fn column(&self, board: &str) -> Option<&Column> {
        let mut columns = self.column.iter();
        columns.find(|column| column.boards.iter().any(|name| name == board))
    }

    /// What the check `attr.AREA.WHAT` must see; `None` if the table has no such row.
    fn wanted(&self, column: &Column, area: &str, what: &str) -> Option<Wanted> {
        let is_carveout = area.starts_with("carveout");
        let types = match what {
            _ if !is_carveout => self.areas.get(area)?,
            // That check asks for write-combining.
            "protect" => self.carveout.get("write-combine")?,
            asked_for => self.carveout.get(asked_for)?,
        };
        let text = types.get(&column.name)?;
        let (memory_type, honoured) = match text.strip_suffix(NOT_HONOURED) {
            Some(memory_type) => (memory_type, false),
            None => (text.as_str(), true),
        };
        let linear = self
            .linear
            .get(area)
            .and_then(|types| types.get(&column.name));
        let known = |known| if known { memory_type } else { "unknown" }.to_owned();
        Some(Wanted {
            // Of the kernel's side ARM's page tables are not read: its MMU is asked.
            table: known(what != "kernel" || !column.mmu_answers),
            hardware: known(column.mmu_answers),
            linear: (!is_carveout)
                .then(|| linear.map_or("wb", String::as_str).to_owned())
                .filter(|linear| linear != "none"),
            honoured,
        })
    }

    /// Where the report of `board` and the table part, a sentence each.
    pub fn differences(&self, board: &str, report: &Report) -> Vec<String> {
        let Some(column) = self.column(board) else {
            return vec![format!("{board} is in no column of attributes.toml.")];
        };
        let mut seen = BTreeSet::new();
        let mut differences = Vec::new();
        for check in &report.checks {
            let Some((area, what)) = attr(&check.name) else {
                continue;
            };
            seen.insert(row_name(area, what));
            let difference = match self.wanted(column, area, what) {
                Some(wanted) => wanted.difference(check),
                None => Some("attributes.toml has no row for it".into()),
            };
            let of_board = |text| format!("{board}, {}: {text}.", check.name);
            differences.extend(difference.map(of_board));
        }
        let missing = self.rows().into_iter().filter(|row| !seen.contains(row));
        differences.extend(missing.map(|row| format!("{board}: no check of {row}.")));
        differences
    }

    fn rows(&self) -> Vec<String> {
        let carveout = self.carveout.keys().map(|what| row_name("carveout", what));
        self.areas.keys().cloned().chain(carveout).collect()
    }
}

/// Area and last part of a check of memory types.
fn attr(name: &str) -> Option<(&str, &str)> {
    let (area, what) = name.strip_prefix("attr.")?.split_once('.')?;
    (what != "describe").then_some((area, what))
}

fn row_name(area: &str, what: &str) -> String {
    match area.strip_suffix("-nc").unwrap_or(area) {
        "carveout" if what == "protect" => "carveout, write-combine".into(),
        "carveout" => format!("carveout, {what}"),
        _ => area.into(),
    }
}

impl Wanted {
    fn difference(&self, check: &Check) -> Option<String> {
        let outcome = if self.honoured { "pass" } else { "skip" };
        if check.outcome != outcome {
            return Some(format!("{} instead of {outcome}", check.outcome));
        }
        let linear = self.linear.as_deref();
        let wanted = [
            ("pte", Some(&*self.table)),
            ("hw", Some(&*self.hardware)),
            ("linear", linear),
        ];
        let mut wrong = wanted
            .into_iter()
            .filter(|(key, wanted)| check.figure(key) != *wanted);
        let (key, wanted) = wrong.next()?;
        let (found, wanted) = (
            check.figure(key).unwrap_or("none"),
            wanted.unwrap_or("none"),
        );
        Some(format!("{key}={found} instead of {wanted}"))
    }
}

/// Where the page is.
pub fn path() -> PathBuf {
    root().join("docs/attributes.md")
}

/// The page: what must be, and what the reports of the boards say.
pub fn page(expected: &Expected, reports: &BTreeMap<String, Report>) -> String {
    let mut text = String::from(INTRODUCTION);
    // Nothing that is written to a string fails.
    let _ = write_expected(&mut text, expected);
    for (board, report) in reports {
        let _ = write_board(&mut text, expected, board, report);
    }
    text
}

const INTRODUCTION: &str = "\
# Memory types

Which type the pages of each area have, as user space has them mapped. This page is made
by `make attributes` from what the verifier said on the boards that it names, and from
[`attributes.toml`](../tests/qemu/attributes.toml), which says what must be. `make test`
fails where the two part, and where this page is not what it would make.

| word | it means | page table and MMU say |
|---|---|---|
| wb | write-back: caches hold it and write it back later | ARM: attribute 0xff; Svpbmt: 0 (PMA); T-Head: 01110 |
| nc | not cached; writes may be combined | ARM: 0x44; Svpbmt: 1 (NC); T-Head: 00110 |
| device | device memory; a write may be acknowledged early | ARM: 0x04 |
| so | strongly ordered device memory | ARM: 0x00; Svpbmt: 2 (IO); T-Head: 10010 |
| unknown | there is no way to know | |

| column | what is in it |
|---|---|
| must be | what `attributes.toml` says |
| page table | what the entry of each page of user space's mapping says |
| MMU | what the MMU answers when it is asked about user space's address |
| kernel's own | the same pages at the address through which the kernel uses them |
| map of all memory | the same pages in the kernel's map of all memory; nobody uses them through it, so another type there does no harm |
| honoured | no: another type is right, but the CPU cannot express it; the module says so, and the check is a SKIP with the reason `not-honoured` |

RISC-V has one type for all device memory, PBMT's IO. It is called `so` here, also where
`device` was asked for. It has no instruction that tells what the MMU does with an address,
so the MMU's column is unknown there, and the page table is all that one can know; QEMU
checks of it only that its bits are allowed. Of the kernel's own addresses ARM's page tables
are not read: its MMU is asked.

";

fn write_expected(text: &mut String, expected: &Expected) -> std::fmt::Result {
    writeln!(text, "## What must be\n")?;
    let titles: Vec<&str> = expected
        .column
        .iter()
        .map(|column| &*column.title)
        .collect();
    writeln!(text, "| area | device | {} |", titles.join(" | "))?;
    writeln!(text, "|---|---|{}", "---|".repeat(titles.len()))?;
    let place = |area: &str| {
        let name = format!("attr.{area}.user");
        NAMES.iter().position(|check| *check == name)
    };
    let mut areas: Vec<(&String, &Types)> = expected.areas.iter().collect();
    areas.sort_by_key(|(area, _)| place(area));
    let areas = areas
        .into_iter()
        .map(|(area, types)| (described(area), types));
    let carveout = ASKING.iter().filter_map(|what| {
        let row = format!("carve-out, {what} asked for | any");
        Some((row, expected.carveout.get(*what)?))
    });
    for (row, types) in areas.chain(carveout) {
        let types = expected.column.iter().map(|column| types.get(&column.name));
        let types: Vec<&str> = types
            .map(|found| found.map_or("?", String::as_str))
            .collect();
        writeln!(text, "| {row} | {} |", types.join(" | "))?;
    }
    let never = expected
        .column
        .iter()
        .filter(|column| column.boards.is_empty());
    for column in never {
        writeln!(
            text,
            "\n{} never ran: its decoder is unit-tested, no more.",
            column.title
        )?;
    }
    Ok(())
}

fn write_board(
    text: &mut String,
    expected: &Expected,
    board: &str,
    report: &Report,
) -> std::fmt::Result {
    let Some(column) = expected.column(board) else {
        return Ok(());
    };
    let title = &column.title;
    writeln!(text, "\n## {board}: {title}\n")?;
    writeln!(
        text,
        "| area | device | must be | page table | MMU | kernel's own | map of all memory | honoured |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|")?;
    for check in &report.checks {
        let Some((area, what)) = attr(&check.name) else {
            continue;
        };
        let is_asked_for = ASKING.contains(&what);
        if what != "user" && !is_asked_for {
            continue;
        }
        let row = match is_asked_for {
            true => format!("carve-out, {what} asked for | {}", coherency(area)),
            false => described(area),
        };
        let row_types = match is_asked_for {
            true => expected.carveout.get(what),
            false => expected.areas.get(area),
        };
        let wanted = row_types.and_then(|types| types.get(&column.name));
        let kernel = report
            .checks
            .iter()
            .find(|check| check.name == format!("attr.{area}.kernel"));
        // The kernel's page table where it is read, else what its MMU says.
        let kernel = kernel.and_then(|kernel| {
            let known = ["pte", "hw"].map(|key| kernel.figure(key));
            known.into_iter().flatten().find(|word| *word != "unknown")
        });
        let figure = |key| check.figure(key).unwrap_or("–");
        writeln!(
            text,
            "| {row} | {} | {} | {} | {} | {} | {} |",
            wanted.map_or("?", |wanted| wanted
                .strip_suffix(NOT_HONOURED)
                .unwrap_or(wanted)),
            figure("pte"),
            figure("hw"),
            kernel.unwrap_or(match what {
                "strongly-ordered" if !column.kernel_maps_so => "none",
                // It is compared with the same type, and not said.
                _ if is_asked_for => "the same",
                _ => "–",
            }),
            figure("linear"),
            if check.outcome == "skip" { "no" } else { "yes" }
        )?;
    }
    Ok(())
}

fn described(area: &str) -> String {
    let plain = area.strip_suffix("-nc").unwrap_or(area);
    let device = match plain {
        "vmalloc" | "kmalloc" => "any",
        _ => coherency(area),
    };
    format!("{plain} | {device}")
}

fn coherency(area: &str) -> &'static str {
    match area.ends_with("-nc") {
        true => "not coherent",
        false => "coherent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(checks: &[(&str, &str, &str)]) -> Report {
        let checks: Vec<String> = checks
            .iter()
            .map(|(name, outcome, figures)| {
                format!(r#"{{ "name": "{name}", "outcome": "{outcome}", "figures": {figures} }}"#)
            })
            .collect();
        let text = format!(
            r#"{{ "verdict": "PASS", "exit_code": 0, "reason": "", "subset": false,
                "image_faults": false, "seconds": 1, "kernel": {{ "warn": 0, "evidence": [] }},
                "line": {{ "damaged": 0, "healed": 0, "resent": 0 }}, "checks": [ {} ] }}"#,
            checks.join(", ")
        );
        serde_json::from_str(&text).expect("a report")
    }

    fn differences(board: &str, check: (&str, &str, &str)) -> Vec<String> {
        let all = Expected::read().differences(board, &report(&[check]));
        let no_row = |text: &String| !text.contains(": no check of ");
        all.into_iter().filter(no_row).collect()
    }

    #[test]
    fn each_row_has_each_column_and_each_board_one() {
        let expected = Expected::read();
        let columns = || expected.column.iter().map(|column| &column.name);
        for types in expected.areas.values().chain(expected.carveout.values()) {
            let mut names: Vec<&String> = columns().collect();
            names.sort();
            assert!(types.keys().eq(names), "{types:?}");
        }
        for board in crate::qemu_boards() {
            assert!(expected.column(&board).is_some(), "{board}");
        }
    }

    #[test]
    fn a_run_that_parts_from_the_table_is_seen() {
        let good = r#"{ "pte": "nc", "hw": "nc", "linear": "wb" }"#;
        let name = "attr.wc-nc.user";
        assert_eq!(differences("qemu-aarch64", (name, "pass", good)), [""; 0]);
        let kernel = r#"{ "pte": "unknown", "hw": "nc", "linear": "wb" }"#;
        assert_eq!(
            differences("qemu-aarch64", ("attr.wc-nc.kernel", "pass", kernel)),
            [""; 0]
        );
        for bad in [
            r#"{ "pte": "wb", "hw": "nc", "linear": "wb" }"#,
            r#"{ "pte": "nc", "hw": "unknown", "linear": "wb" }"#,
            r#"{ "pte": "nc", "hw": "nc" }"#,
            "{}",
        ] {
            assert_eq!(
                differences("qemu-aarch64", (name, "pass", bad)).len(),
                1,
                "{bad}"
            );
        }
        assert_eq!(differences("qemu-aarch64", (name, "skip", good)).len(), 1);
        // ARM's map of all memory is another one.
        assert_eq!(differences("qemu-arm", (name, "pass", good)).len(), 1);
    }

    #[test]
    fn what_is_not_honoured_must_say_so() {
        let note = r#"{ "pte": "wb", "hw": "unknown", "linear": "wb" }"#;
        let name = "attr.coherent-nc.user";
        assert_eq!(
            differences("qemu-riscv64-nosvpbmt", (name, "skip", note)),
            [""; 0]
        );
        assert_eq!(
            differences("qemu-riscv64-nosvpbmt", (name, "pass", note)).len(),
            1
        );
        let request = (
            "attr.carveout.device",
            "pass",
            r#"{ "pte": "so", "hw": "unknown" }"#,
        );
        assert_eq!(differences("qemu-riscv64", request), [""; 0]);
    }

    #[test]
    fn what_no_check_looks_at_and_what_no_row_has_is_seen() {
        let expected = Expected::read();
        let none = expected.differences("qemu-arm", &report(&[]));
        assert_eq!(none.len(), expected.rows().len());
        assert_eq!(
            differences("qemu-arm", ("attr.new.user", "pass", "{}")).len(),
            1
        );
        assert_eq!(expected.differences("nosuch", &report(&[])).len(), 1);
    }
}
