//! A port that this user may not open.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use qemu_tests::{BOARD, IMAGE, Machine, root};

/// The user nobody and its group, in Debian and elsewhere.
const NOBODY: &str = "65534";

/// The group of serial ports in Debian, `dialout`.
const DIALOUT: u32 = 20;

#[test]
fn a_denied_port_names_the_group_and_the_command() {
    let machine = Machine::boot(BOARD, IMAGE);
    let port = fs::canonicalize(machine.console()).expect("the pty");
    // Others may look into neither the checkout nor the folders of root.
    let folder = tempfile::tempdir().expect("a folder for the program");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("chmod");
    let program = folder.path().join("board-check");
    fs::copy(root().join("target/release/board-check"), &program).expect("the program");

    let user = Command::new("id").arg("-u").output().expect("id runs");
    let mut command = if user.stdout == b"0\n" {
        // As a USB serial port is.
        chown(&port, None, Some(DIALOUT)).expect("chgrp");
        fs::set_permissions(&port, fs::Permissions::from_mode(0o660)).expect("chmod");
        let mut setpriv = Command::new("setpriv");
        setpriv
            .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"])
            .arg(&program);
        setpriv
    } else {
        // The pty is this user's own.
        fs::set_permissions(&port, fs::Permissions::from_mode(0o000)).expect("chmod");
        Command::new(&program)
    };
    let output = command
        .env("XDG_STATE_HOME", folder.path())
        .arg("--port")
        .arg(&port)
        .output();
    let output = output.expect("board-check runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(77), "{message}");
    if user.stdout == b"0\n" {
        assert!(message.contains("usermod -aG dialout"), "{message}");
    }
}
