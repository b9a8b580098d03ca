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
    if cpus.count_ones() < 2 {
        return Err(Trouble::Skip("one-cpu"));
    }
    let (_device, mapping) = bench.open_and_map(area)?;
    let result = each_pair(bench, cpus, area, &mapping);
    sys::pin_to_cpus(cpus).or_fail("affinity")?;
    result?;
    bench.note.set(Note::Figure("cpus", cpus.count_ones()));
    Ok(())
}

fn each_pair(bench: &Bench, cpus: u64, area: Area, mapping: &Mapping) -> Checked {
    let all = || (0..64).filter(|cpu| cpus >> cpu & 1 != 0);
    for first in all() {
        for second in all().filter(|&second| second != first) {
            let player = |cpu, parity| Player {
                mapping,
                area,
                cpu,
                parity,
                salt: bench.salt(),
            };
            bench.fault.before_hand_over();
            let handed = hand_over(&player(first, 0), &player(second, 1));
            bench.fault.after_hand_over();
            handed?;
        }
    }
    Ok(())
}

fn hand_over(first: &Player<'_>, second: &Player<'_>) -> Checked {
    let second = Player {
        salt: first.salt,
        ..*second
    };
    first.mapping.write(0, first.salt);
    let mut result = Ok(());
    let mut child = || status(second.play());
    let ending = sys::with_child(&mut child, &mut || result = first.play());
    worse(result, told(ending.or_fail("fork")?))
}

/// A CPU was switched off: two CPUs were not seen.
const GONE: Trouble = Trouble::Skip("cpu-offline");
/// The other one did not do its turn in time.
const LATE: Trouble = Trouble::Error {
    what: "turn",
    errno: Errno::TIMEDOUT,
};

/// With which status the second player tells how it went.
fn status(result: Checked) -> u8 {
    match result {
        Ok(()) => 0,
        Err(trouble) if trouble == GONE => 2,
        Err(trouble) if trouble == LATE => 3,
        Err(_) => 1,
    }
}

/// What it told.
fn told(ending: Ending) -> Checked {
    match ending {
        Ending::Exited(0) => Ok(()),
        Ending::Exited(2) => Err(GONE),
        Ending::Exited(3) => Err(LATE),
        ending => Err(Trouble::Child(ending)),
    }
}

/// What says more of two: who waits for somebody who has gone knows nothing else.
fn worse(first: Checked, second: Checked) -> Checked {
    let weight = |result: &Checked| match *result {
        Ok(()) => 0,
        Err(trouble) if trouble == LATE => 1,
        Err(trouble) if trouble == GONE => 2,
        Err(_) => 3,
    };
    match weight(&first) >= weight(&second) {
        true => first,
        false => second,
    }
}

/// A process that takes turns with another one: it waits until word 0 says that it is
/// its turn, compares all other words with what the other wrote, writes them anew and
/// passes the turn on.
#[derive(Clone, Copy)]
struct Player<'a> {
    mapping: &'a Mapping,
    area: Area,
    cpu: u32,
    /// Its turns are the even (0) or the odd ones (1).
    parity: u32,
    /// Word 0 before the first turn; each turn's data have another salt.
    salt: u32,
}

impl Player<'_> {
    fn play(&self) -> Checked {
        let here = 1 << self.cpu;
        match sys::pin_to_cpus(here) {
            Err(Errno::INVAL) => return Err(GONE),
            pinned => pinned.or_fail("affinity")?,
        }
        // The turn after the last is the first player's, who looks but does not write.
        for turn in (self.parity..=2 * ROUNDS).step_by(2) {
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
        match sys::cpus() == here {
            true => Ok(()),
            false => Err(GONE),
        }
    }

    fn wait_for(&self, word: u32) -> Checked {
        let deadline = sys::now() + TURN_TIMEOUT;
        while self.mapping.read(0) != word {
            if sys::now() > deadline {
                return Err(LATE);
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

fn sync(bench: &Bench, device: &Device, area: Area, direction: u32) -> Checked {
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
        assert_eq!(worse(Ok(()), Err(GONE)), Err(GONE));
        assert_eq!(worse(Err(LATE), Err(GONE)), Err(GONE));
        assert_eq!(worse(Err(GONE), Err(LATE)), Err(GONE));
        assert_eq!(worse(failure, Err(GONE)), failure);
        let child = Err(Trouble::Child(Ending::Exited(1)));
        assert_eq!(worse(Err(GONE), child), child);
        for result in [Ok(()), Err(GONE), Err(LATE)] {
            assert_eq!(told(Ending::Exited(status(result).into())), result);
        }
        assert_eq!(told(Ending::Exited(status(failure).into())), child);
    }
}
