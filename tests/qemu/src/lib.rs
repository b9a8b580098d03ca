//! Real images in a real QEMU, judged by the real board-check over a pty.
//!
//! `make check-qemu` builds what the tests need. Each machine is ended when its
//! value is dropped; every wait has a limit.

pub mod faults;
mod machine;
mod report;

pub use machine::{Machine, folder_of, folder_with};
pub use report::{Report, board_check, judge, judge_with};

use std::path::PathBuf;

/// The root of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of an image that `make image-NAME` built.
pub fn image(name: &str) -> PathBuf {
    root().join("output").join(name)
}
