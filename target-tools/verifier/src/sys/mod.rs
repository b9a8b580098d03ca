//! The system calls of the verifier and of board-torture. Every `unsafe` of these programs
//! is in here; their rest sees safe functions that return [`Errno`].

#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
mod arch;
mod console;
mod device;
mod entry;
mod files;
mod hoard;
mod mapping;
mod misuse;
mod process;
mod thread;

pub use arch::ARCHITECTURE;
pub use console::Console;
pub use device::{Access, Device};
pub use entry::Arguments;
pub use files::{
    Folder, append, each_line, exists, make_folder, mount, permissions, read_file, read_number,
    read_text, set_permissions, unmount,
};
pub use hoard::Hoard;
pub use mapping::{Mapping, Protection};
pub use misuse::{
    Copier, DONT_UNMAP, EXEC, KernelFile, MAY_MOVE, Nowhere, PRIVATE, READ, SHARED, WRITE,
};
pub use process::{
    Child, Ending, cpus, execute, exit, in_child, load_module, pin_to_cpus, power_off,
    unload_module, with_child,
};
pub use rustix::io::Errno;
pub use thread::{spawn, zeroed_words};

use rustix::fd::{AsRawFd, BorrowedFd};

use core::time::Duration;

/// What a bare system call says: a number, or an error below zero.
fn outcome(result: isize) -> Result<usize, Errno> {
    let errno = |_negative| Errno::from_raw_os_error(i32::try_from(-result).unwrap_or(0));
    usize::try_from(result).map_err(errno)
}

/// `ioctl(2)`.
///
/// # Safety
/// The ioctl `number` of `file` must read and write a `T`, or less.
unsafe fn ioctl<T>(file: BorrowedFd<'_>, number: u32, argument: &mut T) -> Result<(), Errno> {
    let file = usize::try_from(file.as_raw_fd()).map_err(|_negative| Errno::BADF)?;
    let argument = core::ptr::from_mut(argument).expose_provenance();
    // SAFETY: `ioctl` takes a file, a number and an argument, which is as the caller
    // vouches.
    let result = unsafe { arch::syscall(arch::IOCTL, [file, number as usize, argument, 0, 0]) };
    outcome(result).map(|_zero| ())
}

/// Time since boot.
pub fn now() -> Duration {
    const BOOTTIME: usize = 7;
    // A `struct __kernel_timespec`: seconds and nanoseconds, 64 bits each.
    let mut time = [0u64; 2];
    let arguments = [BOOTTIME, (&raw mut time).expose_provenance(), 0, 0, 0];
    // SAFETY: `clock_gettime` of 64 bits takes a clock and a `__kernel_timespec`. (The
    // vDSO would be faster, and its lookup 2 KiB of this program.)
    let _ = unsafe { arch::syscall(arch::CLOCK_GETTIME, arguments) };
    // 64 bits are 584 years.
    Duration::from_nanos(time[0] * 1_000_000_000 + time[1])
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
