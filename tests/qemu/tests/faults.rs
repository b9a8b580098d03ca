//! What is broken on purpose is found: by the checks that are declared for it and
//! by no other. That is how we know that a pass means something.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use board_check_protocol::checks::NAMES;
use qemu_tests::faults::{Fault, all, in_words, kind};
use qemu_tests::sweep::{Matrix, Seen, sweep};
use qemu_tests::{BOARD, root};

/// A fault for each suite, which a check of that suite must find.
const ONE_OF_EACH: [(&str, u32); 8] = [
    ("seed", 50),
    ("data", 20),
    ("attr", 61),
    ("coherency", 35),
    ("bounds", 51),
    ("perm", 12),
    ("speed", 700),
    ("lifetime", 16),
];

/// `make test-faults` does this with all faults, on every machine.
#[test]
fn a_fault_of_each_suite_is_found_by_the_checks_declared_for_it() {
    let suite = |check: &str| check.split('.').next().unwrap_or_default().to_owned();
    let suites: BTreeSet<String> = NAMES.iter().map(|check| suite(check)).collect();
    assert!(
        ONE_OF_EACH
            .map(|(suite, _)| suite)
            .iter()
            .all(|name| suites.contains(*name))
    );
    let of_each = |fault: &Fault| {
        ONE_OF_EACH
            .iter()
            .any(|(_, number)| *number == fault.number)
    };
    let faults: Vec<Fault> = all().into_iter().filter(of_each).collect();
    let found: BTreeSet<String> = faults
        .iter()
        .flat_map(|fault| &fault.fails)
        .map(|check| suite(check))
        .collect();
    assert_eq!(found, suites, "each suite has a fault here");

    let mut tell = |number: u32, seen: &Seen, took: Duration| {
        println!(
            "fault {number:3}  {:16}{:5.1} s",
            seen.cell(),
            took.as_secs_f64()
        );
    };
    let mut matrix = Matrix::default();
    matrix.add(BOARD, sweep(BOARD, &faults, false, &mut tell));
    assert_eq!(matrix.count().1, 0, "{}", matrix.markdown(&faults));
}

#[test]
fn every_kind_of_check_is_seen_failing() {
    let found: BTreeSet<String> = all()
        .iter()
        .flat_map(|fault| &fault.fails)
        .map(|check| kind(check))
        .collect();
    let kinds: BTreeSet<String> = NAMES.iter().map(|check| kind(check)).collect();
    assert_eq!(found, kinds);
}

#[test]
fn the_faults_are_those_of_the_module() {
    let source = fs::read_to_string(root().join("module/fault.rs")).expect("module/fault.rs");
    let declared: BTreeSet<u32> = all().iter().map(|fault| fault.number).collect();
    let in_module = source.lines().filter_map(|line| {
        let (_name, number) = line.trim().strip_suffix(',')?.split_once(" = ")?;
        number.parse().ok()
    });
    let in_module: BTreeSet<u32> = in_module.collect();
    let below_100: BTreeSet<u32> = declared
        .into_iter()
        .filter(|&number| number < 100)
        .collect();
    assert_eq!(below_100, in_module);
}

#[test]
fn the_table_in_the_documentation_is_this_list() {
    let path = root().join("docs/testing.md");
    let text = fs::read_to_string(&path).expect("docs/testing.md");
    let mut table =
        String::from("| fault | what is wrong | verdict | found by |\n|---|---|---|---|\n");
    for fault in all() {
        let mut found_by = match (&fault.sanitizer, &fault.fail_nth) {
            (Some(words), _) => format!("a kernel with sanitizers: `{words}`"),
            (_, Some(found)) => format!("`make test-fail-nth`: `{}`", found.says),
            _ if fault.fails.is_empty() => "the kernel's counts".into(),
            _ => in_words(&fault.fails),
        };
        let reasons: BTreeSet<&String> = fault.not_on.values().collect();
        for reason in reasons {
            let boards = fault.not_on.iter().filter(|(_, other)| *other == reason);
            let boards: Vec<&str> = boards.map(|(board, _)| board.as_str()).collect();
            found_by += &format!("; nothing changes on {}: {reason}", boards.join(", "));
        }
        for (board, differs) in &fault.on {
            found_by += &format!("; on {board}");
            for (word, checks) in [("also", &differs.also), ("not", &differs.without)] {
                if !checks.is_empty() {
                    found_by += &format!(" {word} {}", in_words(checks));
                }
            }
            if let Some(words) = &differs.sanitizer {
                found_by += &format!(": `{words}`");
            }
        }
        table += &format!(
            "| {} | {} | {} | {found_by} |\n",
            fault.number, fault.what, fault.verdict
        );
    }
    if text.contains(&table) {
        return;
    }
    let start = text.find("| fault |").expect("the table of faults");
    let end = start
        + text[start..]
            .find("\n\n")
            .map_or(text[start..].len(), |end| end + 1);
    if std::env::var_os("UPDATE").is_some() {
        let updated = format!("{}{table}{}", &text[..start], &text[end..]);
        fs::write(path, updated).expect("docs/testing.md can be written");
        return;
    }
    panic!("The table of faults is not that of faults.toml. Run this test with UPDATE=1.");
}
