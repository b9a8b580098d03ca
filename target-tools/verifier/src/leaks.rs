//! Has the kernel look for memory that nobody holds any more (`mm/kmemleak.c`). What it finds
//! it says on the console, where the host takes it for a failure of the run.

use core::ffi::CStr;
use core::time::Duration;

use crate::busy::Busy;
use crate::sys;

const KMEMLEAK: &CStr = c"/sys/kernel/debug/kmemleak";

/// Younger memory is not reported (`MSECS_MIN_AGE`), in seconds, and one more.
const AGE: u32 = 6;

/// Looks for what was lost until now.
///
/// # Panics
/// If the kernel does not look: a run that has not been looked at is no pass.
pub fn scan(busy: &Busy) {
    // The first scan notes the contents; memory in use changes, what is lost does not.
    look();
    for _second in 0..AGE {
        sys::sleep(Duration::from_secs(1));
        busy.say();
    }
    look();
}

fn look() {
    assert!(
        sys::append(KMEMLEAK, b"scan").is_ok(),
        "the kernel does not look for leaks"
    );
}
