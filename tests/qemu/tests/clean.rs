//! What works: the release image passes, again and again, and says so the same way
//! from a capture.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::time::Duration;

use board_check_protocol::checks::NAMES;
use qemu_tests::attributes::{self, Expected};
use qemu_tests::{
    BOARD, IMAGE, Machine, architecture_of, architectures, board_check, clean, image, judge,
    judge_with, qemu_boards,
};

/// Every machine passes, maps its memory as `attributes.toml` says, and keeps the kernel's
/// log silent although the checks do much that is refused.
#[test]
fn every_board_passes() {
    let mut reports = BTreeMap::new();
    let mut wrong = Vec::new();
    for board in qemu_boards() {
        let machine = Machine::boot(&board, &architecture_of(&board));
        let (report, differences) = clean::run(&board, &machine);
        wrong.extend(differences);
        reports.insert(board, report);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let page = attributes::page(&Expected::read(), &reports);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(attributes::path(), &page).expect("the page can be written");
    }
    let found = fs::read_to_string(attributes::path()).expect("docs/attributes.md");
    assert!(
        found == page,
        "docs/attributes.md is not what `make attributes` makes:\n{page}"
    );
}

#[test]
fn passes_twice_in_one_boot_and_replays_the_same() {
    let machine = Machine::boot(BOARD, IMAGE);
    for _run in 0..2 {
        let (report, wrong) = clean::run(BOARD, &machine);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(report.exit_code, 0);
        assert_eq!(report.with_outcome("pass").len(), NAMES.len());

        let capture = report.capture.as_ref().expect("the capture is kept");
        let replayed = judge_with(board_check().arg("replay").arg(capture));
        assert_eq!(replayed.verdict, "PASS", "{replayed:?}");
        assert_eq!(replayed.checks, report.checks);
    }
}

#[test]
fn a_run_without_a_host_shows_on_the_console_and_is_nobodys_pass() {
    let machine = Machine::boot(BOARD, IMAGE);
    // Nothing is sent before the board has run by itself and says so.
    let log = machine.read_until("runs=1 ");
    let text = String::from_utf8_lossy(&log);
    assert!(
        text.contains(&format!("n={0} pass={0} fail=0", NAMES.len())),
        "{text}"
    );

    let folder = tempfile::tempdir().expect("a folder for the log");
    let path = folder.path().join("picocom.log");
    fs::write(&path, &log).expect("the log can be written");
    let foreign = judge_with(board_check().arg("replay").arg(&path));
    assert_eq!(
        (foreign.verdict.as_str(), foreign.exit_code),
        ("INCOMPLETE", 3),
        "{foreign:?}"
    );

    let report = judge(&machine, &[]);
    assert_eq!(report.verdict, "PASS", "{report:?}");
}

#[test]
fn runs_the_checks_that_were_asked_for_and_powers_off() {
    let mut machine = Machine::boot(BOARD, IMAGE);
    let report = judge(&machine, &["--only", "seed.*"]);
    assert_eq!(report.verdict, "PASS", "{report:?}");
    assert!(
        report
            .checks
            .iter()
            .all(|check| check.name.starts_with("seed."))
    );
    assert!(!report.checks.is_empty());

    let faulty = judge(&machine, &["--fault", "1"]);
    assert_eq!(
        faulty.exit_code, 3,
        "a release image has no faults: {faulty:?}"
    );
    assert!(faulty.reason.contains("fault"), "{faulty:?}");

    let off = board_check()
        .arg("off")
        .arg("--port")
        .arg(machine.console())
        .status();
    assert!(off.expect("board-check runs").success());
    let status = machine
        .wait(Duration::from_secs(20))
        .expect("the machine is off");
    assert!(status.success(), "QEMU: {status}");
}

#[test]
fn an_image_is_small() {
    for architecture in architectures() {
        let files = fs::read_dir(image(&architecture)).expect("the folder of the image");
        let sizes: HashMap<String, u64> = files
            .map(|file| file.expect("a file"))
            .map(|file| {
                let name = file.file_name().to_string_lossy().into_owned();
                (name, file.metadata().expect("its size").len())
            })
            .collect();
        let verifier = sizes["board-verify"];
        assert!(verifier <= 64 << 10, "{architecture}, verifier: {verifier}");
        let loaded = sizes
            .iter()
            .filter(|(name, _)| name.ends_with("Image") || *name == "initramfs.cpio.gz");
        let whole: u64 = loaded.map(|(_, size)| size).sum();
        assert!(whole <= 6 << 20, "{architecture}, image: {whole}");
    }
}
