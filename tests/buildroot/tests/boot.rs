//! The images that Buildroot has built (`make test-buildroot`) in QEMU: judged on the console after
//! boot, then by a login.

use std::fs;

use buildroot_tests::root;
use qemu_tests::{Machine, board_check, judge, judge_with};

fn judged_twice(board: &str) {
    let image = root().join(format!("output/buildroot/{board}/images"));
    let machine = Machine::boot_image(board, &image);
    // Nothing is left out: the init script gives the verifier the module.
    let report = judge(&machine, &[]);
    assert_eq!(report.verdict, "PASS", "{report:#?}");
    assert!(report.with_outcome("skip").is_empty(), "{report:#?}");

    // By itself it leaves the console to the login.
    machine.read_until("login:");
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("board.toml");
    let file = root().join(format!("board/{board}/board.toml"));
    let allowed = "[[allow_skip]]\ncheck = \"lifetime.*\"\nreason = \"module-not-owned\"\n";
    let text = fs::read_to_string(file).expect("board.toml") + allowed;
    fs::write(&rules, text).expect("the board file");
    let mut command = board_check();
    command.args(["--shell", "root", "--board"]).arg(&rules);
    let report = judge_with(command.arg("--port").arg(machine.console()));
    assert_eq!(report.verdict, "PASS", "{report:#?}");
}

#[test]
fn qemu_aarch64() {
    judged_twice("qemu-aarch64");
}

#[test]
fn qemu_arm() {
    judged_twice("qemu-arm");
}

#[test]
fn qemu_riscv64() {
    judged_twice("qemu-riscv64");
}
