//! board-verify: runs the checks on the board and reports over the serial line.
//!
//! [`checks`] and [`pattern`] decide, [`sys`] touches the system, and [`target`] is what
//! the station of `board-check-station` talks to the host about. Nothing allocates.
#![cfg_attr(not(test), no_std)]

pub mod bench;
pub mod busy;
pub mod checks;
pub mod driver;
pub mod environment;
pub mod faults;
#[cfg(feature = "debug-kernel")]
pub mod leaks;
pub mod memory;
pub mod memory_type;
pub mod pattern;
pub mod platform;
pub mod sys;
pub mod target;
pub mod trouble;

#[path = "../../../module/uapi.rs"]
pub mod uapi;

// What the module makes of page tables and registers, tested where tests run.
#[cfg(test)]
#[path = "../../../module/decode_arm.rs"]
#[expect(unreachable_pub)]
mod decode_arm;
#[cfg(test)]
#[path = "../../../module/decode_riscv.rs"]
#[expect(unreachable_pub)]
mod decode_riscv;
#[cfg(test)]
mod decode_tests;
