//! Ctrl-C and its like.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, TERM_SIGNALS};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::console::RawTerminal;
use crate::exit::Exit;

/// A flag that the first signal sets; the second ends the process at once.
pub(super) fn flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for &signal in TERM_SIGNALS.iter().chain([&SIGHUP]) {
        let code = Exit::Interrupted.code().into();
        flag::register_conditional_shutdown(signal, code, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// The same for a console: also the second signal leaves the terminal as it was.
pub(super) struct ConsoleStop {
    /// Set by the first signal.
    pub(super) flag: Arc<AtomicBool>,
    terminal: Arc<Mutex<Option<RawTerminal>>>,
}

pub(super) fn flag_of_console() -> io::Result<ConsoleStop> {
    let stop = ConsoleStop {
        flag: Arc::new(AtomicBool::new(false)),
        terminal: Arc::default(),
    };
    let mut signals = Signals::new(TERM_SIGNALS.iter().chain([&SIGHUP]))?;
    let (flag, terminal) = (Arc::clone(&stop.flag), Arc::clone(&stop.terminal));
    thread::spawn(move || {
        for _ in signals.forever() {
            if flag.swap(true, Ordering::Relaxed) {
                restore(&terminal);
                process::exit(Exit::Interrupted.code().into());
            }
        }
    });
    Ok(stop)
}

impl ConsoleStop {
    /// Keeps the terminal that is to be left as it was.
    pub(super) fn restores(&self, terminal: Option<RawTerminal>) {
        *self.terminal.lock().unwrap_or_else(PoisonError::into_inner) = terminal;
    }

    /// Leaves the terminal as it was.
    pub(super) fn restore(&self) {
        restore(&self.terminal);
    }
}

fn restore(terminal: &Mutex<Option<RawTerminal>>) {
    drop(
        terminal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(),
    );
}
