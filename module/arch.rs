// SPDX-License-Identifier: GPL-2.0

//! What each architecture can say of its memory types. The same functions for each,
//! chosen once here.

#[cfg_attr(any(CONFIG_ARM64, CONFIG_ARM), path = "arch_arm.rs")]
#[cfg_attr(CONFIG_RISCV, path = "arch_riscv.rs")]
mod imp;

pub(crate) use imp::{
    barrier,
    entry_type,
    expressible,
    flush,
    hardware,
    kernel_entry,
    nearest,
    ENTRY_BITS, //
};
