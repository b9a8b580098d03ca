//! The real binary, run in a folder of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::Board;
use super::pty::Pty;

/// A folder for what the command writes, and the command in it. It sees none of the
/// environment and settings of who runs the tests: they could change what is shown.
pub(crate) struct Place(pub(crate) TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_board-check"));
        command
            .args(arguments)
            .env_clear()
            .env("XDG_STATE_HOME", self.0.path())
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    /// The same as a user who is neither root nor anybody's friend.
    pub(crate) fn as_nobody(&self, arguments: &[&str]) -> Command {
        // Others must be able to run the binary, wherever it was built.
        let binary = self.path("board-check");
        fs::copy(env!("CARGO_BIN_EXE_board-check"), &binary).unwrap();
        fs::set_permissions(self.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command
                    .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
                    .arg(&binary);
                command
            }
            false => Command::new(&binary),
        };
        command.args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the checks of a board; gives its exit code and JSON.
    pub(crate) fn judge(&self, port: &str, more: &[&str]) -> (Output, Value) {
        let file = self.path("report.json");
        let out = format!("json={}", file.display());
        let output = self.run(&[&["--port", port, "--out", &out], more].concat());
        let json = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        (output, json)
    }

    pub(crate) fn judge_board(&self, board: Board, more: &[&str]) -> (Output, Value) {
        let pty = Pty::start(board);
        self.judge(&pty.path, more)
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

#[track_caller]
pub(crate) fn assert_exit(output: &Output, code: i32, words: &str) {
    let text = text(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(words), "{text}");
}

pub(crate) fn text(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    format!("{stdout}\n---\n{stderr}")
}
