//! Ctrl-C and its like.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, TERM_SIGNALS};
use signal_hook::flag;

use crate::exit::Exit;

/// A flag that the first signal sets; the second ends the process at once.
pub(super) fn flag() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for &signal in TERM_SIGNALS.iter().chain([&SIGHUP]) {
        let code = Exit::Interrupted.code().into();
        flag::register_conditional_shutdown(signal, code, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}
