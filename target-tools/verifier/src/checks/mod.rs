//! The checks.

mod attr;
mod bounds;
mod coherency;
mod data;
mod lifetime;
mod perm;
mod seed;
mod speed;

use board_check_protocol::Text;
use board_check_protocol::checks::NAMES;
use board_check_protocol::text::{cut, split};

use crate::bench::{Area, Bench, KMALLOC, On, VMALLOC};
use crate::trouble::{Checked, Note};
use crate::uapi::{
    AREA_CARVEOUT, AREA_COHERENT, AREA_STREAMING, AREA_WC, TYPE_DEVICE, TYPE_NON_CACHED,
    TYPE_STRONGLY_ORDERED, TYPE_WRITE_BACK,
};

/// What does a kind of check.
type Run = fn(&Bench, Area) -> Checked;

/// Makes the tables of the kinds of checks out of `name => what does it`.
macro_rules! kinds {
    ($($name:literal => $run:expr,)*) => {
        /// The kinds of checks: `suite.what`.
        const KINDS: &[&str] = &[$($name),*];
        /// The same one after the other (with a pointer to each it would be twice as long).
        static KIND_NAMES: &str = concat!($($name, " "),*);
        /// What does them.
        static RUNS: [Run; KINDS.len()] = [$($run),*];
    };
}

kinds! {
    "seed.pattern" => seed::pattern,
    "seed.bad-offset" => seed::bad_offset,
    "seed.describe" => seed::describe,
    "data.kernel-to-user" => data::kernel_to_user,
    "data.user-to-kernel" => data::user_to_kernel,
    "data.check-finds-flip" => data::check_finds_flip,
    "data.two-mappings" => data::two_mappings,
    "data.separate-areas" => data::separate_areas,
    "attr.user" => attr::user,
    "attr.kernel" => attr::kernel,
    "attr.protect" => attr::protect,
    "attr.describe" => attr::describe,
    "attr.write-back" => |bench, area| {
        attr::on_request(bench, area, TYPE_WRITE_BACK)
    },
    "attr.write-combine" => |bench, area| {
        attr::on_request(bench, area, TYPE_NON_CACHED)
    },
    "attr.device" => |bench, area| {
        attr::on_request(bench, area, TYPE_DEVICE)
    },
    "attr.strongly-ordered" => |bench, area| {
        attr::on_request(bench, area, TYPE_STRONGLY_ORDERED)
    },
    "coherency.cpus" => coherency::cpus,
    "coherency.from-device" => coherency::from_device,
    "coherency.to-device" => coherency::to_device,
    "coherency.stale" => coherency::stale,
    "bounds.part" => bounds::part,
    "bounds.too-long" => bounds::too_long,
    "bounds.inside" => bounds::inside,
    "bounds.ioctl-range" => bounds::ioctl_range,
    "bounds.sync-range" => bounds::sync_range,
    "bounds.request" => bounds::request,
    "bounds.translate" => bounds::translate,
    "bounds.ioctl-unknown" => bounds::ioctl_unknown,
    "perm.private" => perm::private,
    "perm.exec" => perm::exec,
    "perm.read-only" => perm::read_only,
    "perm.read-only-fill" => perm::read_only_fill,
    "perm.flags" => perm::flags,
    "perm.pinned" => perm::pinned,
    "perm.mode" => perm::mode,
    "speed.read" => speed::read,
    "speed.write" => speed::write,
    "speed.copy" => speed::copy,
    "speed.latency" => speed::latency,
    "speed.map" => speed::map,
    "lifetime.close-first" => lifetime::close_first,
    "lifetime.fork" => lifetime::fork,
    "lifetime.grow" => lifetime::grow,
    "lifetime.discard" => lifetime::discard,
    "lifetime.hole" => lifetime::hole,
    "lifetime.unbind" => lifetime::unbind,
    "lifetime.unload-busy" => lifetime::unload_busy,
    "lifetime.reload" => lifetime::reload,
    "lifetime.npages" => lifetime::npages,
    "lifetime.blocks" => lifetime::blocks,
}

/// The same for the areas.
macro_rules! areas {
    ($($name:literal => $area:expr,)*) => {
        /// The areas, as names have them.
        const AREAS: &[&str] = &[$($name),*];
        static AREA_NAMES: &str = concat!($($name, " "),*);
        static AREA_OF: [Area; AREAS.len()] = [$($area),*];
    };
}

areas! {
    "vmalloc" => VMALLOC,
    "kmalloc" => KMALLOC,
    "coherent" => on(On::Coherent, AREA_COHERENT),
    "wc" => on(On::Coherent, AREA_WC),
    "streaming" => on(On::Coherent, AREA_STREAMING),
    "carveout" => on(On::Coherent, AREA_CARVEOUT),
    "coherent-nc" => on(On::NonCoherent, AREA_COHERENT),
    "wc-nc" => on(On::NonCoherent, AREA_WC),
    "streaming-nc" => on(On::NonCoherent, AREA_STREAMING),
    "carveout-nc" => on(On::NonCoherent, AREA_CARVEOUT),
    // What belongs to no area.
    "device" => VMALLOC,
}

const fn on(on: On, number: u32) -> Area {
    Area { number, on }
}

/// A check: a kind of check on an area. (Places in tables, because all names in full
/// would be a tenth of the program.)
#[derive(Clone, Copy, Debug)]
pub struct Check {
    kind: u8,
    area: u8,
}

/// All checks, in the order of [`NAMES`].
pub static CHECKS: [Check; NAMES.len()] = {
    let mut checks = [Check { kind: 0, area: 0 }; NAMES.len()];
    let mut index = 0;
    while index < NAMES.len() {
        checks[index] = find(NAMES[index]);
        index += 1;
    }
    checks
};

impl Check {
    /// Its name, `suite.area.what`.
    pub fn name(self) -> Text {
        let word = |words, place: u8| split(words, b' ').nth(place.into()).unwrap_or_default();
        let (suite, what) = cut(word(KIND_NAMES, self.kind), b'.').unwrap_or_default();
        let mut name = Text::new();
        for part in [suite, ".", word(AREA_NAMES, self.area), ".", what] {
            // A name has room in a line (tested).
            let _ = name.push_str(part);
        }
        name
    }

    /// Runs it; what it has seen is in [`Bench::note`].
    ///
    /// # Errors
    /// What it found that is not as it should be.
    pub fn run(self, bench: &mut Bench) -> Checked {
        bench.note.set(Note::Nothing);
        let area = AREA_OF[usize::from(self.area)];
        bench.go_to(area)?;
        RUNS[usize::from(self.kind)](bench, area)
    }
}

/// The check `name`. Ends the build if there is no such kind or area.
const fn find(name: &str) -> Check {
    let mut kind = 0;
    while kind < KINDS.len() {
        let mut area = 0;
        while area < AREAS.len() {
            if is_name(
                name.as_bytes(),
                KINDS[kind].as_bytes(),
                AREAS[area].as_bytes(),
            ) {
                return Check {
                    kind: kind as u8,
                    area: area as u8,
                };
            }
            area += 1;
        }
        kind += 1;
    }
    panic!("the list of the protocol has a name that no check here has")
}

/// True if `name` is `kind` with `area` and a dot behind its first dot.
const fn is_name(name: &[u8], kind: &[u8], area: &[u8]) -> bool {
    if name.len() != kind.len() + area.len() + 1 {
        return false;
    }
    let mut suite = 0;
    while kind[suite] != b'.' {
        suite += 1;
    }
    suite += 1;
    let mut index = 0;
    while index < name.len() {
        let byte = if index < suite {
            kind[index]
        } else if index < suite + area.len() {
            area[index - suite]
        } else if index == suite + area.len() {
            b'.'
        } else {
            kind[index - area.len() - 1]
        };
        if name[index] != byte {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_are_those_of_the_list() {
        let names: Vec<String> = CHECKS
            .iter()
            .map(|check| check.name().to_string())
            .collect();
        assert_eq!(names, NAMES);
    }

    #[test]
    fn each_kind_is_in_the_list() {
        for (index, kind) in KINDS.iter().enumerate() {
            let mut checks = CHECKS.iter();
            assert!(
                checks.any(|check| usize::from(check.kind) == index),
                "{kind}"
            );
        }
    }
}
