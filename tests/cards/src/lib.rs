//! What is written to a card, looked into without booting it.
//!
//! - [`console`]: the kernel has a driver for everything that the board's console needs,
//!   by the board's device tree and by what is in the built kernel.

pub mod board;
pub mod console;
pub mod fdt;
pub mod kernel;
mod memory;
pub mod options;
pub mod problem;
pub mod supply;
pub mod tree;
