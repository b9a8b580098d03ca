//! The system calls of the verifier. Every `unsafe` of this program is in here;
//! the rest of the program sees safe functions that return [`Errno`].

#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
mod arch;
mod console;
mod device;
mod entry;
mod files;
mod mapping;
mod process;

pub use console::Console;
pub use device::{Access, Device};
pub use entry::Arguments;
pub use files::{
    append, exists, make_folder, mount, permissions, read_file, read_number, set_permissions,
    unmount,
};
pub use mapping::{Mapping, Protection};
pub use process::{Ending, exit, in_child, load_module, power_off, unload_module};
pub use rustix::io::Errno;

use core::time::Duration;

/// What a bare system call says: a number, or an error below zero.
fn outcome(result: isize) -> Result<usize, Errno> {
    let errno = |_negative| Errno::from_raw_os_error(i32::try_from(-result).unwrap_or(0));
    usize::try_from(result).map_err(errno)
}

/// Time since boot.
pub fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}

/// Waits; a signal may end it early.
pub fn sleep(duration: Duration) {
    let time = rustix::thread::Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    };
    let _ = rustix::thread::nanosleep(&time);
}

/// Size of a page, in bytes.
pub fn page_size() -> usize {
    entry::page_size()
}

/// True for the first process, which must never end.
pub fn is_init() -> bool {
    rustix::process::getpid().is_init()
}
