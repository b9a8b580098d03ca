//! Suite `attr`: the memory type of every page, by the page table and by the MMU.

use crate::bench::{Area, Bench};
use crate::memory_type::{Answer, Expected, Fit, is_asked_for};
use crate::sys::{ARCHITECTURE, Access, Device, Errno, Mapping, Protection, page_size};
use crate::trouble::{Checked, Note, OrFail, Trouble, expect_figure};
use crate::uapi::{
    REASON_NOT_HONOURED, SIDE_KERNEL, SIDE_LINEAR, SIDE_USER, TYPE_NON_CACHED,
    TYPE_STRONGLY_ORDERED, TYPE_UNKNOWN, TYPE_WRITE_BACK, reason_in_words,
};

/// What is looked at: a mapped area, and the type that it should have.
struct View<'a> {
    bench: &'a Bench,
    device: &'a Device,
    mapping: Mapping,
    area: Area,
    want: Expected,
}

/// The user's addresses have the right type.
pub(super) fn user(bench: &Bench, area: Area) -> Checked {
    with_type(bench, area, TYPE_WRITE_BACK, |view| view.user())
}

/// The kernel's own addresses have the type of the user's.
pub(super) fn kernel(bench: &Bench, area: Area) -> Checked {
    with_type(bench, area, TYPE_WRITE_BACK, |view| view.kernel())
}

/// Taking the right to write away, and giving it back, keeps the type.
pub(super) fn protect(bench: &Bench, area: Area) -> Checked {
    with_type(bench, area, TYPE_NON_CACHED, |view| {
        for protection in [Protection::Read, Protection::ReadWrite] {
            view.mapping.protect(protection).or_fail("mprotect")?;
            view.user()?;
        }
        Ok(())
    })
}

/// The carve-out has the type that is asked for, on both sides, and works.
pub(super) fn on_request(bench: &Bench, area: Area, memory_type: u32) -> Checked {
    with_type(bench, area, memory_type, |view| {
        // Where the kernel cannot map a type, it has no address of it.
        let no_address =
            view.want.requested == TYPE_STRONGLY_ORDERED && !ARCHITECTURE.maps_strongly_ordered;
        if no_address {
            let kernel = view.device.translate(view.area.number, SIDE_KERNEL, 0);
            crate::trouble::expect_refusal("kernel", kernel, Errno::OPNOTSUPP)?;
        } else {
            view.kernel()?;
        }
        if view.want.requested != TYPE_STRONGLY_ORDERED {
            super::data::both_ways(view.bench, view.device, &view.mapping, view.area)?;
        }
        view.described()?;
        view.user()
    })
}

/// DESCRIBE says what the verifier's own table says.
pub(super) fn describe(bench: &Bench, area: Area) -> Checked {
    with_type(bench, area, TYPE_WRITE_BACK, |view| view.described()).or_else(
        |trouble| match trouble {
            // It said so, which is all that is asked here.
            Trouble::Skip("not-honoured") => Ok(()),
            trouble => Err(trouble),
        },
    )
}

/// Maps the area, the carve-out with `asked_for`, and does `work`. A type that the CPU
/// cannot express is a SKIP, if the module says so, too.
fn with_type(bench: &Bench, area: Area, asked_for: u32, work: fn(&View<'_>) -> Checked) -> Checked {
    let device = bench.open(Access::ReadWrite)?;
    let request = |memory_type| match is_asked_for(area.number) {
        true => device.request(area.number, memory_type).or_fail("request"),
        false => Ok(()),
    };
    request(asked_for)?;
    let result = bench.map(&device, area).and_then(|mapping| {
        let view = View {
            bench,
            device: &device,
            mapping,
            area,
            want: bench.expected(area.number, asked_for),
        };
        work(&view)?;
        if view.want.reason != REASON_NOT_HONOURED {
            return Ok(());
        }
        view.described()?;
        Err(Trouble::Skip("not-honoured"))
    });
    // The other checks find the carve-out as it was.
    request(TYPE_WRITE_BACK)?;
    result
}

impl View<'_> {
    fn user(&self) -> Checked {
        for page in 0..self.bench.pages {
            // Some pages come when they are touched.
            self.mapping.read(page * page_size() / 4);
        }
        self.each_page("user", SIDE_USER, self.mapping.address() as u64)
    }

    fn kernel(&self) -> Checked {
        self.each_page("kernel", SIDE_KERNEL, 0)
    }

    /// Asks for the type of each page, from address `start` of a side on.
    fn each_page(&self, word: &'static str, side: u32, start: u64) -> Checked {
        let want = self.want.granted;
        let mut all_known = true;
        let mut seen = Answer::default();
        for (page, address) in (0..).zip((start..).step_by(page_size()).take(self.bench.pages)) {
            seen = self.ask(side, address)?;
            match seen.fits(want, side == SIDE_USER, ARCHITECTURE.mmu_answers) {
                Fit::Right => {}
                Fit::Unknown => all_known = false,
                Fit::Wrong => {
                    return Err(Trouble::MemoryType {
                        side: word,
                        page,
                        want,
                        got: seen,
                    });
                }
            }
        }
        if !all_known {
            return Err(Trouble::Skip("hardware-unknown"));
        }
        let linear = self.ask(SIDE_LINEAR, 0).ok();
        self.bench.note.set(Note::MemoryType {
            address: seen,
            linear: linear.map(|linear| match linear.hardware {
                TYPE_UNKNOWN => linear.table,
                known => known,
            }),
        });
        Ok(())
    }

    fn ask(&self, side: u32, address: u64) -> Result<Answer, Trouble> {
        let answer = self.device.translate(self.area.number, side, address);
        let answer = answer.or_fail("translate")?;
        Ok(Answer {
            table: answer.table_type,
            hardware: answer.hardware_type,
        })
    }

    /// Fails unless DESCRIBE says what the verifier knows.
    fn described(&self) -> Checked {
        let got = self.device.describe(self.area.number).or_fail("describe")?;
        let Expected {
            requested,
            granted,
            reason,
        } = self.want;
        for (what, want, got) in [
            ("coherent", self.bench.node.coherent.into(), got.coherent),
            ("requested", requested, got.requested),
            ("granted", granted, got.granted),
            ("reason", reason, got.reason),
        ] {
            expect_figure(what, want.into(), got.into())?;
        }
        let in_words = got.why == reason_in_words(reason);
        expect_figure("in-words", 1, in_words.into())
    }
}
