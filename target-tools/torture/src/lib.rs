//! board-torture: treats the module as badly as it can and looks whether it stays sound.
//!
//! [`task`] says what is asked for on the kernel's command line, [`report`] how it is told.
//! All that touches the system is that of board-verify. Nothing allocates.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod beside;
pub mod cycles;
pub mod fail_nth;
pub mod fuzz;
pub mod kselftest;
pub mod random;
pub mod report;
pub mod sound;
pub mod task;

#[cfg(test)]
mod syzkaller;
