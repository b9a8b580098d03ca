//! What the threads share: how far each is, and whether each device is bound.
//!
//! A device has a phase, which grows by one each time: bound, being unbound, unbound, being
//! bound, bound again with new memory. Who makes it grow from the first or the third phase is
//! the one who unbinds or binds it. A phase that is the same before and after a call was so
//! all the time.

use core::fmt::Arguments;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;

use board_verify::platform::DEVICES_MAX;
use board_verify::sys::{self, Console};

use super::player::OPS;
use super::{Options, THREADS_MAX};
use crate::report::line;

/// Phases from one bound device to the next.
pub const PHASES: u32 = 4;
/// The device is bound.
pub const BOUND: u32 = 0;
/// It is being unbound.
pub const UNBINDING: u32 = 1;
/// It is unbound.
pub const UNBOUND: u32 = 2;

/// The one value of its type.
pub static SHARED: Shared = Shared {
    seed: AtomicU32::new(0),
    operations: AtomicU32::new(0),
    threads: AtomicU32::new(0),
    pages: AtomicU32::new(0),
    ready: AtomicU32::new(0),
    stop: AtomicBool::new(false),
    digest: AtomicU32::new(0),
    phases: [const { AtomicU32::new(0) }; DEVICES_MAX],
    lanes: [const { Lane::new() }; THREADS_MAX],
    counts: [const { [const { AtomicU32::new(0) }; 2] }; OPS.len()],
};

/// What the threads share.
#[derive(Debug)]
pub struct Shared {
    seed: AtomicU32,
    operations: AtomicU32,
    threads: AtomicU32,
    pages: AtomicU32,
    ready: AtomicU32,
    /// Something went wrong; everybody ends.
    pub stop: AtomicBool,
    /// Of all calls and their results; of the thread that ended last.
    pub digest: AtomicU32,
    phases: [AtomicU32; DEVICES_MAX],
    /// How far each thread is.
    pub lanes: [Lane; THREADS_MAX],
    /// For each kind of call how many succeeded, and how many were refused.
    pub counts: [[AtomicU32; 2]; OPS.len()],
}

/// How a thread is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It goes on.
    Running,
    /// All was as it must be.
    Ended,
    /// Something was not.
    Failed,
}

/// How far a thread is.
#[derive(Debug)]
pub struct Lane {
    /// Calls that have ended.
    pub operations: AtomicU32,
    now: AtomicU32,
    state: AtomicU32,
}

impl Lane {
    const fn new() -> Self {
        Self {
            operations: AtomicU32::new(0),
            now: AtomicU32::new(0),
            state: AtomicU32::new(0),
        }
    }

    /// Says which of [`OPS`] begins.
    pub fn begins(&self, op: usize) {
        self.now.store(op as u32, Ordering::Relaxed);
    }

    /// Its name.
    pub fn now(&self) -> &'static str {
        let op = OPS.get(self.now.load(Ordering::Relaxed) as usize);
        op.map_or("?", |op| op.1)
    }

    /// How the thread is.
    pub fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            0 => State::Running,
            1 => State::Ended,
            _ => State::Failed,
        }
    }

    /// Says how it is.
    pub fn set_state(&self, state: State) {
        self.state.store(state as u32, Ordering::Release);
    }
}

impl Shared {
    /// Sets what the threads are to do, with areas of `pages` pages.
    pub fn begin(&self, options: Options, pages: usize) {
        self.pages.store(pages as u32, Ordering::Relaxed);
        self.seed.store(options.seed, Ordering::Relaxed);
        self.operations.store(options.operations, Ordering::Relaxed);
        self.threads
            .store(options.threads as u32, Ordering::Release);
    }

    /// The seed.
    pub fn seed(&self) -> u32 {
        self.seed.load(Ordering::Relaxed)
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads.load(Ordering::Acquire) as usize
    }

    /// Size of the areas, in pages.
    pub fn pages(&self) -> usize {
        self.pages.load(Ordering::Relaxed) as usize
    }

    /// How many calls thread `index` is to make.
    pub fn share(&self, index: usize) -> u32 {
        let (all, threads) = (
            self.operations.load(Ordering::Relaxed),
            self.threads.load(Ordering::Relaxed),
        );
        let more = (index as u32) < all.checked_rem(threads).unwrap_or(0);
        all.checked_div(threads).unwrap_or(0) + u32::from(more)
    }

    /// Waits until all threads are here, or one has failed.
    pub fn meet(&self) {
        self.ready.fetch_add(1, Ordering::AcqRel);
        while (self.ready.load(Ordering::Acquire) as usize) < self.threads()
            && !self.stop.load(Ordering::Relaxed)
        {
            sys::sleep(Duration::from_millis(5));
        }
    }

    /// The phase of a device.
    pub fn phase(&self, device: usize) -> u32 {
        self.phases
            .get(device)
            .map_or(0, |phase| phase.load(Ordering::SeqCst))
    }

    /// Makes the phase of a device one more, if it is `from`; false if somebody else was
    /// faster.
    pub fn advance(&self, device: usize, from: u32) -> bool {
        self.phases.get(device).is_some_and(|phase| {
            phase
                .compare_exchange(from, from + 1, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
        })
    }
}

/// Tells something on the console, from any thread.
pub fn tell(text: Arguments<'_>) {
    let mut told = line(format_args!("# {text}"));
    if told.push('\n').is_err() {
        told.pop();
        let _ = told.push('\n');
    }
    let _ = Console::take().write(told.as_bytes());
}
