//! What is written to a card, looked into without booting it.
//!
//! - [`console`]: the kernel has a driver for everything that the board's console needs,
//!   by the board's device tree and by what is in the built kernel.
//! - [`card`]: the image of a card has all that boot ROM, boot loader and kernel look for.
//! - [`page`] makes `docs/boards.md`.

pub mod board;
pub mod boot;
pub mod card;
pub mod console;
pub mod disk;
pub mod fat;
pub mod fdt;
pub mod fit;
pub mod kernel;
pub mod kernel_image;
pub mod loader;
pub mod manifest;
mod memory;
pub mod options;
pub mod page;
pub mod problem;
pub mod supply;
pub mod tree;
