//! Real images in a real QEMU, judged by the real board-check over a pty.
//!
//! `make check-qemu` builds what the tests need. Each machine is ended when its
//! value is dropped; every wait has a limit.

pub mod attributes;
pub mod clean;
pub mod faults;
pub mod log;
mod machine;
mod report;
pub mod selection;
pub mod summary;
pub mod sweep;
pub mod torture;

pub use machine::{Machine, folder_of, folder_with};
pub use report::{Report, board_check, judge, judge_with};

use std::fs;
use std::path::{Path, PathBuf};

/// The board of the tests that need only one.
pub const BOARD: &str = "qemu-aarch64";
/// The release image of that board.
pub const IMAGE: &str = "arm64";
/// The image of that board with the deliberate faults.
pub const FAULTS_IMAGE: &str = "arm64-faults";

/// The root of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of an image that `make image-NAME` built.
pub fn image(name: &str) -> PathBuf {
    root().join("output").join(name)
}

/// The boards that QEMU has a machine for, sorted: the folders of `board/` with a file
/// `qemu`.
///
/// # Panics
/// If `board/` cannot be read.
pub fn qemu_boards() -> Vec<String> {
    boards_with("qemu")
}

/// The boards whose SD card QEMU can boot, sorted: the folders of `board/` with a file
/// `qemu-card`.
///
/// # Panics
/// If `board/` cannot be read.
pub fn card_boards() -> Vec<String> {
    boards_with("qemu-card")
}

/// The SD card of `board` that `make sdcard-NAME` built.
pub fn card(board: &str) -> PathBuf {
    root().join("output").join(board).join("sdcard.img")
}

fn boards_with(file: &str) -> Vec<String> {
    let boards = root().join("board");
    let mut names = file_names(&boards);
    names.retain(|name| boards.join(name).join(file).is_file());
    names
}

/// The architectures there are images of, sorted: the files of `mk/arch/`.
///
/// # Panics
/// If `mk/arch/` cannot be read.
pub fn architectures() -> Vec<String> {
    file_names(&root().join("mk/arch"))
}

/// The architecture of `board`, which is the name of its release image.
///
/// # Panics
/// If `board/NAME/build` does not say it.
pub fn architecture_of(board: &str) -> String {
    let path = root().join("board").join(board).join("build");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let architecture = text.lines().find_map(|line| line.strip_prefix("arch="));
    architecture.expect("a line arch=").to_owned()
}

fn file_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
