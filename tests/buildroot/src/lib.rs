//! What the tests of `br2-external/` share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The external tree.
pub fn external() -> PathBuf {
    root().join("br2-external")
}

/// The boards, by the folders that have a file `build`, sorted.
pub fn boards() -> Vec<String> {
    let folders = fs::read_dir(root().join("board")).expect("board/");
    let mut boards: Vec<String> = folders
        .map(|folder| folder.expect("a folder"))
        .filter(|folder| folder.path().join("build").exists())
        .map(|folder| folder.file_name().into_string().expect("UTF-8"))
        .collect();
    boards.sort();
    boards
}

/// The lines of the defconfig of `board` that set an option.
pub fn defconfig(board: &str) -> Vec<String> {
    let file = external().join(format!("configs/{board}_defconfig"));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let sets = |line: &&str| line.starts_with("BR2_") || line.ends_with(" is not set");
    text.lines().filter(sets).map(str::to_owned).collect()
}

/// Runs a command, which must end with code 1; gives what it said.
pub fn refusal(command: &mut Command) -> String {
    let output = command.output().expect("the command runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A script of `mk/scripts`.
pub fn script(name: &str) -> Command {
    Command::new(root().join("mk/scripts").join(name))
}
