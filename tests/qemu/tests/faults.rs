//! What is broken on purpose is found: by the checks that are declared for it and
//! by no other. That is how we know that a pass means something.

use std::collections::BTreeSet;
use std::fs;

use board_check_protocol::checks::NAMES;
use qemu_tests::faults::{Fault, all, kind};
use qemu_tests::{BOARD, FAULTS_IMAGE, Machine, judge, root};

#[test]
fn each_fault_is_found_by_the_checks_declared_for_it() {
    let (spoiling, others): (Vec<Fault>, Vec<Fault>) =
        all().into_iter().partition(|fault| fault.spoils_the_boot);
    let mut wrong = Vec::new();
    let machine = Machine::boot(BOARD, FAULTS_IMAGE);
    for fault in &others {
        wrong.extend(unlike_declared(&machine, fault));
    }
    // After all of them the machine is still right, and says so.
    let clean = judge(&machine, &[]);
    if clean.verdict != "PASS" || !clean.image_faults {
        wrong.push(format!("without a fault: {clean:?}"));
    }
    for fault in &spoiling {
        wrong.extend(unlike_declared(&Machine::boot(BOARD, FAULTS_IMAGE), fault));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What board-check found, if it is not what is declared.
fn unlike_declared(machine: &Machine, fault: &Fault) -> Option<String> {
    let report = judge(machine, &["--fault", &fault.number.to_string()]);
    let found = report.with_outcome("fail");
    let as_declared = found == fault.fails && report.verdict == fault.verdict;
    println!(
        "fault {:3} {:10} found by {}: {}",
        fault.number,
        report.verdict,
        found.len(),
        fault.what
    );
    (!as_declared).then(|| {
        format!(
            "{fault:#?}\nfound: {found:#?}\n{}: {}",
            report.verdict, report.reason
        )
    })
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
        let checks: Vec<String> = fault
            .fails
            .iter()
            .map(|check| format!("`{check}`"))
            .collect();
        let found_by = if checks.is_empty() {
            "the kernel's counts".into()
        } else {
            checks.join(", ")
        };
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
