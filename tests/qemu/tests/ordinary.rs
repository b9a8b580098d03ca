//! The kernel under an ordinary init with a login, and the verifier as an ordinary
//! program there: it is run once, serves, or is started over the login.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use board_check_protocol::checks::NAMES;
use qemu_tests::{BOARD, IMAGE, Machine, board_check, folder_of, image, judge, judge_with, root};
use tempfile::TempDir;

/// Number of the checks that unbind a device or unload the module, which is not the
/// verifier's here.
fn not_owned() -> usize {
    let words = [".unbind", ".unload-busy", ".reload", ".npages", ".blocks"];
    let is_one = |name: &&&str| words.iter().any(|word| name.ends_with(word));
    NAMES.iter().filter(is_one).count()
}

#[test]
fn runs_once_and_leaves_the_console_to_the_login() {
    let folder = image_that_runs(
        "modes=$(/bin/busybox stty -g)\n/board-verify; /bin/busybox echo it ended with $?\n\
         [ \"$modes\" != \"$(/bin/busybox stty -g)\" ] || /bin/busybox echo the terminal is as before",
    );
    let machine = Machine::boot_image(BOARD, folder.path());
    let console = String::from_utf8_lossy(&machine.read_until("login:")).into_owned();
    let (all, skip) = (NAMES.len(), not_owned());
    let end = format!("n={all} pass={} fail=0 skip={skip}", all - skip);
    assert!(console.contains(&end), "{console}");
    assert!(console.contains("it ended with 0"), "{console}");
    assert!(console.contains("the terminal is as before"), "{console}");
}

#[test]
fn serves_a_host_and_skips_what_is_not_its_to_do() {
    let folder = image_that_runs("/board-verify --serve");
    let machine = Machine::boot_image(BOARD, folder.path());
    let report = judge(&machine, &[]);
    assert_eq!(
        report.exit_code, 3,
        "this board allows no SKIP: {report:#?}"
    );
    assert_eq!(
        report.with_outcome("skip").len(),
        not_owned(),
        "{report:#?}"
    );

    let board = folder.path().join("board.toml");
    fs::write(&board, allowing_skips()).expect("the board file can be written");
    let report = judge(&machine, &["--board", board.to_str().expect("UTF-8")]);
    assert_eq!(report.verdict, "PASS", "{report:#?}");
}

/// A run takes longer than the patience, and is not cut off.
#[test]
fn serves_until_nobody_asks_and_leaves_the_console_to_the_login() {
    let folder = image_that_runs(
        "/board-verify --serve --idle 4 --module /mmap_areas.ko; /bin/busybox echo it ended with $?",
    );
    let machine = Machine::boot_image(BOARD, folder.path());
    let report = judge(&machine, &[]);
    assert_eq!(report.verdict, "PASS", "{report:#?}");
    assert!(report.with_outcome("skip").is_empty(), "{report:#?}");
    let console = String::from_utf8_lossy(&machine.read_until("login:")).into_owned();
    assert!(console.contains("it ended with 0"), "{console}");
}

#[test]
fn a_host_logs_in_and_starts_it() {
    let folder = image_that_runs("/bin/busybox true");
    let board = folder.path().join("board.toml");
    fs::write(&board, allowing_skips()).expect("the board file can be written");
    let rules = board.to_str().expect("UTF-8");
    let machine = Machine::boot_image(BOARD, folder.path());
    let shell = |user: &str, password: Option<&str>| {
        let mut command = board_check();
        command.env_remove("BOARD_CHECK_PASSWORD");
        if let Some(password) = password {
            command.env("BOARD_CHECK_PASSWORD", password);
        }
        command.args(["--shell", user, "--board", rules, "--port"]);
        judge_with(command.arg(machine.console()))
    };
    let report = shell("guarded", None);
    assert_eq!(report.exit_code, 3, "{report:#?}");
    assert!(
        report.reason.contains("BOARD_CHECK_PASSWORD"),
        "{report:#?}"
    );
    let report = shell("guarded", Some("wrong"));
    assert!(report.reason.contains("The login refused"), "{report:#?}");
    let report = shell("guarded", Some(PASSWORD));
    assert_eq!(report.verdict, "PASS", "{report:#?}");
    let capture = fs::read_to_string(report.capture.expect("a capture")).expect("text");
    assert!(!capture.contains(PASSWORD), "{capture}");
    // It is there now, and no login any more.
    let report = shell("root", None);
    assert_eq!(report.verdict, "PASS", "{report:#?}");
}

#[test]
fn a_shell_without_it_says_so() {
    let folder = image_that_runs("/bin/busybox rm /bin/board-verify");
    let machine = Machine::boot_image(BOARD, folder.path());
    let report = judge(&machine, &["--shell", "root"]);
    assert_eq!(report.exit_code, 3, "{report:#?}");
    assert!(
        report.reason.contains("board-verify: not found"),
        "{report:#?}"
    );
}

/// The password of the user `guarded`, and what crypt(3) makes of it.
const PASSWORD: &str = "open-sesame";
const CRYPTED: &str = "$1$board$wTuc3Xdl/UG3feenyJwvi/";

/// The board's file, and that the verifier owns no module.
fn allowing_skips() -> String {
    let file = root().join("board/qemu-aarch64/board.toml");
    let text = fs::read_to_string(file).expect("board.toml");
    text + "[[allow_skip]]\ncheck = \"lifetime.*\"\nreason = \"module-not-owned\"\n"
}

/// An image with busybox as init: it loads the module, does `command` on the console
/// and then waits for a login.
fn image_that_runs(command: &str) -> TempDir {
    let files = tempfile::tempdir().expect("a folder for the files");
    let write = |name: &str, text: &str| {
        let path = files.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let table = write(
        "inittab",
        "::sysinit:/start\nttyAMA0::respawn:/bin/busybox getty 115200 ttyAMA0\n",
    );
    let mut start = String::from("#!/bin/busybox sh\n");
    for (kind, path) in [("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev")] {
        start += &format!("/bin/busybox mount -t {kind} none {path}\n");
    }
    start += &format!("/bin/busybox insmod /mmap_areas.ko\n{command}\n");
    let start = write("start", &start);
    let users = format!("root::0:0:root:/:/bin/sh\nguarded:{CRYPTED}:0:0:guarded:/:/bin/sh\n");
    let users = write("passwd", &users);
    let built = image(IMAGE);
    folder_of(&format!(
        "dir /proc 755 0 0\ndir /sys 755 0 0\ndir /bin 755 0 0\ndir /etc 755 0 0\n\
         file /bin/busybox {busybox} 755 0 0\nslink /init /bin/busybox 777 0 0\n\
         slink /bin/sh /bin/busybox 777 0 0\nslink /bin/login /bin/busybox 777 0 0\n\
         slink /bin/board-verify /board-verify 777 0 0\n\
         file /etc/passwd {users} 644 0 0\nfile /etc/inittab {table} 644 0 0\nfile /start {start} 755 0 0\n\
         file /board-verify {verifier} 755 0 0\nfile /mmap_areas.ko {module} 644 0 0\n",
        busybox = busybox().display(),
        verifier = built.join("board-verify").display(),
        module = built.join("module/mmap_areas.ko").display(),
    ))
}

/// The distribution's static busybox for arm64; `make check-qemu` has fetched it.
fn busybox() -> PathBuf {
    let output = Command::new(root().join("mk/scripts/board-package.sh"))
        .args(["arm64", "busybox-static"])
        .output()
        .expect("the script runs");
    assert!(output.status.success(), "{output:?}");
    let folder = String::from_utf8(output.stdout).expect("a path");
    PathBuf::from(folder.trim_end()).join("usr/bin/busybox")
}
