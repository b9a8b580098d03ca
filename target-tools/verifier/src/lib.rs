//! board-verify: runs the checks on the board and reports over the serial line.
//!
//! [`checks`] and [`pattern`] decide, [`sys`] touches the system, [`run`] and
//! [`serve`] talk to the host. Nothing allocates.
#![cfg_attr(not(test), no_std)]

pub mod bench;
pub mod checks;
pub mod environment;
pub mod faults;
pub mod pattern;
pub mod run;
pub mod serve;
pub mod sys;
pub mod trouble;

#[path = "../../../module/uapi.rs"]
pub mod uapi;
