//! The program: process 1 of an image of its own. What it is to do stands on the kernel's
//! command line behind ` -- `:
//!
//! ```text
//! fail-nth part=calls               fail each allocation in turn; without part= in all of them
//!                                   but blocks
//! fuzz seed=7 ops=10000 threads=2   random calls; with threads=1 the same ones each time
//! cycles count=1000                 load and unload, bind and unbind, with mappings alive;
//!        beside=memory              beside it memory runs short, or a CPU goes (cpu)
//! kselftest                         a test of the kernel's sources, in an image that has it
//! pages=1024                        with fuzz and cycles: areas of so many pages
//! fault=N                           with any of them: a deliberate fault of the module
//! ```
//!
//! Then it powers the machine off.
// `clippy --all-targets` makes a test of it, too.
#![cfg(not(test))]
#![no_std]
#![no_main]

use core::fmt::Write;
use core::panic::PanicInfo;
use core::time::Duration;

use board_torture::report::{Line, Report};
use board_torture::task::{self, Task};
use board_torture::{cycles, fail_nth, fuzz, kselftest};
use board_verify::bench::{Bench, MODULE_FILE};
use board_verify::environment::Environment;
use board_verify::faults::Fault;
use board_verify::sys::{self, Arguments, Console};

/// Where the entry code of each architecture goes.
///
/// # Safety
/// `stack` must be the stack pointer with which the kernel entered.
#[unsafe(no_mangle)]
unsafe extern "C" fn board_verify_start(stack: *const usize) -> ! {
    // SAFETY: As of this function.
    let arguments = unsafe { Arguments::from_stack(stack) };
    if !sys::is_init() {
        let _ = Console::take().write(b"board-torture: it unloads modules and unbinds devices, so it runs only as process 1 of an image of its own: make torture-arm64\n");
        sys::exit(2);
    }
    for (path, kind) in [
        (c"/dev", c"devtmpfs"),
        (c"/proc", c"proc"),
        (c"/sys", c"sysfs"),
        (c"/sys/kernel/debug", c"debugfs"),
    ] {
        // What cannot be mounted shows as what then cannot be done.
        let _ = sys::make_folder(path);
        let _ = sys::mount(path, kind);
    }
    let mut report = Report::new(Console::take());
    match task::parse(arguments.map(|argument| argument.to_str().unwrap_or("?"))) {
        Ok(asked) => run(&mut report, &asked),
        Err(refusal) => report.failed("task", refusal),
    }
    report.end();
    sys::power_off();
    loop {
        sys::sleep(Duration::from_secs(1));
    }
}

fn run(report: &mut Report, asked: &task::Asked) {
    let Ok(fault) = Fault::new(asked.fault) else {
        report.failed("task", "This image has no deliberate faults.");
        return;
    };
    let bench = Bench::new(&Environment::read(), Some(MODULE_FILE), fault);
    match asked.task {
        Task::FailNth(part) => fail_nth::run(report, bench, part),
        Task::Fuzz(options) => fuzz::run(report, bench, options),
        Task::Kselftest => kselftest::run(report, &bench),
        Task::Cycles(options) => cycles::run(report, bench, options),
    }
}

/// Says what went wrong and ends: the end of process 1 is a kernel panic, and no pass.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let mut text = Line::new();
    let _ = writeln!(text, "\nboard-torture: panic: {}", info.message());
    let _ = Console::take().write(text.as_bytes());
    sys::exit(101)
}
