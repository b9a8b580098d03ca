//! Random calls from several threads, and what each of them must do.
//!
//! Each thread has its own files and mappings and its own part of every area, and knows what
//! must be there; all of them bind and unbind the devices. What a call must say follows from
//! what the thread itself did before, and from whether the device was bound meanwhile
//! ([`shared`]): if it was unbound or bound just then, one of two answers will do. Memory is
//! read and written through a pipe: where it is gone, the kernel says EFAULT and sends no
//! signal.
//!
//! With one thread all calls and their results follow from the seed: a digest of them is told.

pub mod calls;
pub mod contents;
pub mod maps;
pub mod player;
pub mod shared;

use core::sync::atomic::Ordering;
use core::time::Duration;

use board_verify::bench::{Bench, MODULE_FILE};
use board_verify::environment::Environment;
use board_verify::faults::Fault;
use board_verify::sys;
use board_verify::trouble::{Name, OrFail, Trouble};

use crate::report::{Line, Report, line};
use crate::sound::{self, Sound};
use player::{OPS, Player};
use shared::{Lane, SHARED, State};

/// Most threads: each has a part of an area of its own.
pub const THREADS_MAX: usize = 4;

/// A call that takes longer never ends.
const STUCK: Duration = Duration::from_secs(120);

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Options {
    /// All follows from it.
    pub seed: u32,
    /// Calls, of all threads together.
    pub operations: u32,
    /// Number of threads.
    pub threads: usize,
    /// Size of the areas, in pages; else that of the module.
    pub pages: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            operations: 10_000,
            threads: 1,
            pages: None,
        }
    }
}

/// Does it, and looks at the devices afterwards.
pub fn run(report: &mut Report, mut bench: Bench, options: Options) {
    bench.pages = options.pages.unwrap_or(bench.pages);
    let bench = &bench;
    report.note(format_args!(
        "fuzz seed={} ops={} threads={} pages={}",
        options.seed, options.operations, options.threads, bench.pages
    ));
    let begun = bench
        .reload()
        .or_fail("load")
        .and_then(|()| Sound::look(bench));
    let sound = match begun {
        Ok(sound) => sound,
        Err(trouble) => {
            report.failed("fuzz.begin", trouble);
            return;
        }
    };
    SHARED.begin(options, bench.pages);
    for lane in 0..options.threads {
        if let Err(errno) = sys::spawn(thread, lane) {
            let trouble = Trouble::Error {
                what: "thread",
                errno,
            };
            report.failed("fuzz.begin", trouble);
            return;
        }
    }
    let ended = wait(report, options);
    let all_ended = ended.is_ok();
    report.result("fuzz.calls", ended);
    tell_counts(report);
    if !all_ended {
        return;
    }
    let well = sound
        .all(false)
        .and_then(|()| sound::unload(bench))
        .map(|()| "all areas are well, and nobody holds the module");
    report.result("fuzz.afterwards", well);
    #[cfg(feature = "debug-kernel")]
    board_verify::leaks::scan(&board_verify::busy::Busy::default());
}

/// Waits until all threads have ended; not for ever, if one is stuck.
fn wait(report: &mut Report, options: Options) -> Result<Line, Line> {
    let mut done = [0; THREADS_MAX];
    let mut since = sys::now();
    loop {
        let lanes = &SHARED.lanes[..options.threads];
        let now = sys::now();
        let mut sum = 0;
        for (lane, seen) in lanes.iter().zip(&mut done) {
            let count = lane.operations.load(Ordering::Relaxed);
            sum += count;
            if count != *seen {
                (*seen, since) = (count, now);
            }
        }
        if lanes.iter().all(|lane| lane.state() != State::Running) {
            let failed = lanes.iter().any(|lane| lane.state() == State::Failed);
            let digest = SHARED.digest.load(Ordering::Relaxed);
            let text = format_args!("ops={sum} digest={digest:08x}");
            return match failed {
                true => Err(line(format_args!("{text}; what happened is above"))),
                false => Ok(line(text)),
            };
        }
        if now - since > STUCK {
            for (index, lane) in lanes.iter().enumerate() {
                let (at, what) = (lane.operations.load(Ordering::Relaxed), lane.now());
                report.note(format_args!("thread {index} is at call {at}: {what}"));
            }
            return Err(line(format_args!(
                "no call has ended for {} s",
                STUCK.as_secs()
            )));
        }
        report.busy(format_args!("fuzz ops={sum}"));
        sys::sleep(Duration::from_millis(20));
    }
}

fn tell_counts(report: &mut Report) {
    for (op, counts) in OPS.iter().zip(&SHARED.counts) {
        let [done, refused] = counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        report.note(format_args!(
            "{:16} succeeded {done:8} refused {refused:8}",
            op.1
        ));
    }
}

/// One thread, from its begin to its end.
fn thread(index: usize) {
    let Some(lane) = SHARED.lanes.get(index) else {
        return;
    };
    let state = match play(index, lane) {
        Ok(()) => State::Ended,
        Err(wrong) => {
            SHARED.stop.store(true, Ordering::Relaxed);
            shared::tell(format_args!("thread {index}: {wrong}"));
            State::Failed
        }
    };
    lane.set_state(state);
}

fn play(index: usize, lane: &Lane) -> Result<(), Line> {
    let mut bench = Bench::new(&Environment::read(), Some(MODULE_FILE), Fault::default());
    bench.pages = SHARED.pages();
    let cpus = sys::cpus().count_ones();
    if let Some(cpu) = u32::try_from(index)
        .ok()
        .and_then(|index| index.checked_rem(cpus))
    {
        sys::pin_to_cpus(1 << cpu).map_err(|errno| line(Name(errno)))?;
    }
    let mut player = Player::new(index, bench).map_err(line)?;
    SHARED.meet();
    let mut outcome = Ok(());
    let share = SHARED.share(index);
    while outcome.is_ok()
        && lane.operations.load(Ordering::Relaxed) < share
        && !SHARED.stop.load(Ordering::Relaxed)
    {
        outcome = player.step(lane);
        lane.operations.fetch_add(1, Ordering::Relaxed);
    }
    if outcome.is_err() {
        player.tell_history();
    }
    outcome.and(player.finish())
}
