//! Suite `coherency`: what one CPU or device wrote, the other sees, once it was
//! handed over.

use core::sync::atomic::{Ordering, fence};
use core::time::Duration;

use super::data;
use crate::bench::{Area, Bench};
use crate::sys::{self, Device, Ending, Errno, Mapping};
use crate::trouble::{Checked, Note, OrFail, Trouble};
use crate::uapi::{DEVICE_END_BUS_MASTER, PATTERN_ADDRESS, SYNC_FOR_CPU, SYNC_FOR_DEVICE, Sync};

/// How often each CPU of a pair writes the area.
const ROUNDS: u32 = 3;

/// How long the other CPU may take for its turn. In QEMU there may be more CPUs than the
/// PC has, and other work.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// What a process on one CPU writes, a process on another one reads, every word, for
/// each pair of CPUs.
pub(super) fn cpus(bench: &Bench, area: Area) -> Checked {
    let cpus = sys::cpus();
    let (_device, mapping) = bench.open_and_map(area)?;
    let result = each_pair(bench, cpus, area, &mapping);
    sys::pin_to_cpus(cpus).or_fail("affinity")?;
    result?;
    let count = cpus.count_ones();
    bench.note.set(Note::Figure("cpus", count));
    match count {
        _ if count < bench.platform.cpus => Err(GONE),
        1 => Err(Trouble::Skip("one-cpu")),
        _ => Ok(()),
    }
}

fn each_pair(bench: &Bench, cpus: u64, area: Area, mapping: &Mapping) -> Checked {
    let is_there = |cpu: u32| cpus >> cpu & 1 != 0;
    for pair in 0..64 * 64 {
        let (first, second) = (pair / 64, pair % 64);
        if first == second || !is_there(first) || !is_there(second) {
            continue;
        }
        let game = Game {
            mapping,
            area,
            salt: bench.salt(),
        };
        bench.fault.before_hand_over();
        let handed = game.hand_over(first, second);
        bench.fault.after_hand_over();
        handed?;
        bench.busy.say();
    }
    Ok(())
}

/// A CPU is switched off, or never came: it was not seen.
const GONE: Trouble = Trouble::Skip("cpu-offline");

/// How much a result says: who waits for somebody who has gone knows nothing else.
fn weight(result: Checked) -> u8 {
    match result {
        Ok(()) => 0,
        Err(Trouble::Error {
            errno: Errno::TIMEDOUT,
            ..
        }) => 1,
        Err(Trouble::Skip(_)) => 2,
        Err(_) => 3,
    }
}

/// The result of two players, of whom the second one ended with its weight as status.
fn of_both(first: Checked, second: Ending) -> Checked {
    match second {
        Ending::Exited(status) if status <= weight(first).into() => first,
        Ending::Exited(2) => Err(GONE),
        _ => Err(Trouble::Child(second)),
    }
}

/// Two processes take turns: each waits until word 0 says that it is its turn, compares all
/// other words with what the other one wrote, writes them anew and passes the turn on.
struct Game<'a> {
    mapping: &'a Mapping,
    area: Area,
    /// Word 0 before the first turn; each turn's data have another salt.
    salt: u32,
}

impl Game<'_> {
    fn hand_over(&self, first: u32, second: u32) -> Checked {
        self.mapping.write(0, self.salt);
        let mut result = Ok(());
        let mut child = || weight(self.play(second, 1));
        let ending = sys::with_child(&mut child, &mut || result = self.play(first, 0));
        of_both(result, ending.or_fail("fork")?)
    }

    /// One of them, on one CPU. Its turns are the even (0) or the odd ones (1).
    fn play(&self, cpu: u32, parity: u32) -> Checked {
        sys::pin_to_cpus(1 << cpu).map_err(|_no_such_cpu| GONE)?;
        // The turn after the last is the first player's, who looks but does not write.
        for turn in (parity..=2 * ROUNDS).step_by(2) {
            let salt = self.salt.wrapping_add(turn);
            self.wait_for(salt)?;
            if turn > 0 {
                data::compare_from(1, self.mapping, self.area, salt.wrapping_sub(1))?;
            }
            data::write_from(1, self.mapping, self.area, salt);
            fence(Ordering::SeqCst);
            self.mapping.write(0, salt.wrapping_add(1));
        }
        // The kernel moves a process to another CPU when its own is switched off.
        match sys::cpus() == 1 << cpu {
            true => Ok(()),
            false => Err(GONE),
        }
    }

    fn wait_for(&self, word: u32) -> Checked {
        let deadline = sys::now().saturating_add(TURN_TIMEOUT);
        while self.mapping.read(0) != word {
            if sys::now() > deadline {
                return Err(Errno::TIMEDOUT).or_fail("turn");
            }
        }
        fence(Ordering::SeqCst);
        Ok(())
    }
}

/// What the device wrote, the CPU reads after SYNC.
pub(super) fn from_device(bench: &Bench, area: Area) -> Checked {
    hand_to(bench, area, SYNC_FOR_CPU)
}

/// What the CPU wrote, the device reads after SYNC.
pub(super) fn to_device(bench: &Bench, area: Area) -> Checked {
    hand_to(bench, area, SYNC_FOR_DEVICE)
}

/// Twice one side writes the area and the other, which `reader` names as SYNC does, reads
/// it. Notes who played the device.
fn hand_to(bench: &Bench, area: Area, reader: u32) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    for salt in [bench.salt(), bench.salt()] {
        if reader == SYNC_FOR_DEVICE {
            data::write(&mapping, area, salt);
        }
        // What the CPU wrote must not leave its caches later than what the device writes.
        sync(bench, &device, area, SYNC_FOR_DEVICE)?;
        if reader == SYNC_FOR_DEVICE {
            device_finds(bench, &device, area, salt)?;
        } else {
            device_writes(bench, &device, area, salt)?;
            sync(bench, &device, area, SYNC_FOR_CPU)?;
            data::compare(&mapping, area, salt)?;
        }
    }
    let described = device.describe(area.number).or_fail("describe")?;
    bench.note.set(Note::Word(match described.device_end {
        DEVICE_END_BUS_MASTER => "device=bus-master",
        _ => "device=bounce",
    }));
    Ok(())
}

/// Without SYNC the old data are seen, both ways: where this passes, the two checks
/// above can tell a SYNC that is missing.
pub(super) fn stale(bench: &Bench, area: Area) -> Checked {
    let (device, mapping) = bench.open_and_map(area)?;
    let (old, new) = (bench.salt(), bench.salt());
    device_writes(bench, &device, area, new)?;
    if !bench.platform.bounced {
        return Err(Trouble::Skip("no-bounce-buffer"));
    }
    data::write(&mapping, area, old);
    device_finds(bench, &device, area, new)?;
    device_writes(bench, &device, area, new)?;
    data::compare(&mapping, area, old)
}

/// Hands the whole area over.
pub(super) fn sync(bench: &Bench, device: &Device, area: Area, direction: u32) -> Checked {
    let whole = Sync {
        area: area.number,
        direction,
        offset: 0,
        length: bench.area_bytes() as u64,
    };
    device.sync(whole).or_fail("sync")
}

/// Has the device write the whole area.
fn device_writes(bench: &Bench, device: &Device, area: Area, salt: u32) -> Checked {
    match device.device_write(bench.whole_fill(area, PATTERN_ADDRESS, salt)) {
        Err(Errno::OPNOTSUPP) => Err(Trouble::Skip("no-device-end")),
        other => other.or_fail("device-write"),
    }
}

/// Fails unless the device reads what belongs there.
fn device_finds(bench: &Bench, device: &Device, area: Area, salt: u32) -> Checked {
    let mut check = bench.whole_check(area, salt);
    match device.device_read(&mut check) {
        Err(Errno::OPNOTSUPP) => Err(Trouble::Skip("no-device-end")),
        other => other.or_fail("device-read"),
    }?;
    data::nothing_bad(&check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_that_has_gone_is_unknown_and_hides_no_failure() {
        let failure = Err(Trouble::Figure {
            what: "word",
            want: 1,
            got: 2,
        });
        let late = Err(Errno::TIMEDOUT).or_fail("turn");
        let ended = |result| Ending::Exited(weight(result).into());
        assert_eq!(of_both(Ok(()), ended(Ok(()))), Ok(()));
        for first in [Ok(()), late, Err(GONE)] {
            assert_eq!(of_both(first, ended(Err(GONE))), Err(GONE));
        }
        assert_eq!(of_both(Err(GONE), ended(late)), Err(GONE));
        assert_eq!(of_both(failure, ended(Err(GONE))), failure);
        for child in [ended(failure), Ending::Killed(11)] {
            for first in [Ok(()), late, Err(GONE)] {
                let of_child = Err(Trouble::Child(child));
                assert_eq!(of_both(first, child), of_child);
            }
        }
        assert_eq!(of_both(failure, ended(failure)), failure);
    }
}
