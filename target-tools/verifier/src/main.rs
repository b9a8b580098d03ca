//! The program. As process 1 of a direct image it is all there is besides the
//! kernel and the module: it mounts what it needs and answers on the console.
//! Elsewhere it is an ordinary program:
//!
//! ```text
//! board-verify            run all checks once; ends with 0 if none failed
//! board-verify --serve    answer requests on standard input and output
//! --idle SECONDS          with --serve: end when nobody has asked for that long
//! --module FILE           the module is the verifier's to unload and to load
//! --npages N              the module was loaded with npages=N
//! ```
// `clippy --all-targets` makes a test of it, too.
#![cfg(not(test))]
#![no_std]
#![no_main]

use core::ffi::CStr;
use core::panic::PanicInfo;
use core::time::Duration;

use board_check_protocol::Text;
use board_check_protocol::text::decimal;
use board_check_station::Station;
use board_verify::bench::MODULE_FILE;
use board_verify::environment::Environment;
use board_verify::sys::{self, Arguments, Console};
use board_verify::target::Target;

/// Status for a command line that is not understood.
const USAGE: u8 = 2;
const USAGE_TEXT: &[u8] =
    b"board-verify: options: --serve, --idle SECONDS, --module FILE, --npages N\n";

/// Where the entry code of each architecture goes.
///
/// # Safety
/// `stack` must be the stack pointer with which the kernel entered.
#[unsafe(no_mangle)]
unsafe extern "C" fn board_verify_start(stack: *const usize) -> ! {
    // SAFETY: As of this function.
    let arguments = unsafe { Arguments::from_stack(stack) };
    if sys::is_init() {
        init()
    } else {
        sys::exit(program(arguments))
    }
}

/// Process 1: never ends, for then the kernel panics.
fn init() -> ! {
    for (path, kind) in [
        (c"/dev", c"devtmpfs"),
        (c"/proc", c"proc"),
        (c"/sys", c"sysfs"),
    ] {
        // What cannot be mounted shows as what then cannot be known.
        let _ = sys::make_folder(path);
        let _ = sys::mount(path, kind);
    }
    #[cfg(feature = "debug-kernel")]
    let _ = sys::mount(c"/sys/kernel/debug", c"debugfs");
    let mut station = Station::new(Target::new(
        Console::take(),
        Environment::read(),
        Some(MODULE_FILE),
    ));
    station.self_run();
    loop {
        // A console that fails now may work again: the cable of a USB console.
        station.serve();
        sys::sleep(Duration::from_secs(1));
    }
}

fn program(mut arguments: Arguments) -> u8 {
    let mut environment = Environment::read();
    let mut serve = false;
    let mut idle = None;
    let mut module = None;
    while let Some(argument) = arguments.next() {
        let known = match argument.to_bytes() {
            b"--serve" => {
                serve = true;
                true
            }
            b"--idle" => {
                idle = number(arguments.next());
                idle.is_some()
            }
            b"--module" => {
                module = arguments.next();
                module.is_some()
            }
            b"--npages" => number(arguments.next())
                .map(|pages| environment.pages = pages)
                .is_some(),
            _ => false,
        };
        if !known {
            let _ = Console::take().write(USAGE_TEXT);
            return USAGE;
        }
    }
    let mut station = Station::new(Target::new(Console::take(), environment, module));
    if serve {
        let gone = match idle {
            Some(seconds) => station
                .serve_until_idle(Duration::from_secs(seconds as u64))
                .is_err(),
            None => {
                station.serve();
                true
            }
        };
        return u8::from(gone);
    }
    match station.run_unasked() {
        Ok(Some(totals)) => u8::from(totals.fail > 0),
        Ok(None) | Err(_) => 3,
    }
}

/// The number that an argument is.
fn number(argument: Option<&CStr>) -> Option<usize> {
    argument?.to_str().ok().and_then(decimal)
}

/// Says what went wrong and ends the program; a run that is cut off is never a pass, and
/// the end of process 1 is a kernel panic. (Where it went wrong is not kept: file names
/// and lines would be 1.5 KiB.)
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let mut text = Text::new();
    let _ = core::fmt::write(
        &mut text,
        format_args!("\nboard-verify: panic: {}\n", info.message()),
    );
    let _ = Console::take().write(text.as_bytes());
    sys::exit(101)
}
