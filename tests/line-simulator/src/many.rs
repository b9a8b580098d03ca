//! Many runs over one kind of line.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::channel::{self, Asked, Channel};
use crate::run::simulate;
use crate::table::Sums;

/// Runs of which one is also judged from its capture.
const REPLAY_EACH: u64 = 50;

/// Runs `channel` many times, on all processors.
pub(crate) fn many(channel: &Channel, seed: u64, runs: u64) -> Sums {
    let next = AtomicU64::new(0);
    let work = || {
        let mut sums = Sums::default();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= runs {
                return sums;
            }
            let seed = seed.wrapping_add(index);
            sums.add(
                seed,
                &simulate(channel, seed, index.is_multiple_of(REPLAY_EACH)),
            );
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut sums = Sums::default();
        for thread in threads {
            sums.join(thread.join().expect("a run does not panic"));
        }
        sums
    })
}

/// Mean bytes of a run of these checks on a clean line.
pub(crate) fn clean_bytes(asked: Asked, seed: u64) -> f64 {
    let channel = Channel {
        asked,
        ..Channel::default()
    };
    many(&channel, seed, 20).mean_sent()
}

/// Bytes that `runs` runs over the line of this name take, as a multiple of those on a clean
/// line; `None` if there is no such line.
pub fn bytes_over_clean(line: &str, seed: u64, runs: u64) -> Option<f64> {
    let channels = channel::all();
    let channel = channels.iter().find(|channel| channel.name == line)?;
    Some(many(channel, seed, runs).mean_sent() / clean_bytes(channel.asked, seed))
}
