//! Which memory type is right where: the verifier's own table, which knows nothing of
//! the module's. Source: what the kernel's DMA API does for the device, and what the
//! architecture can express; `docs/testing.md` has it in words.

use crate::uapi::{
    AREA_CARVEOUT, AREA_COHERENT, AREA_KMALLOC, AREA_STREAMING, AREA_VMALLOC, AREA_WC,
    REASON_CPU_ONLY as CPU_ONLY, REASON_DEVICE_COHERENT as COHERENT,
    REASON_DEVICE_NOT_COHERENT as NOT_COHERENT, REASON_HANDED_OVER as HANDED_OVER,
    REASON_NOT_HONOURED, REASON_REQUESTED, TYPE_DEVICE, TYPE_NON_CACHED as NC,
    TYPE_STRONGLY_ORDERED, TYPE_UNKNOWN, TYPE_WRITE_BACK as WB,
};

/// What is right for an area.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Expected {
    /// The type that its mappings should have, `TYPE_*`.
    pub requested: u32,
    /// The type that page table and MMU must show.
    pub granted: u32,
    /// Why, `REASON_*`.
    pub reason: u32,
}

/// Should have, has, reason.
type Row = (u32, u32, u32);

/// Area, on a coherent device, on another one.
#[rustfmt::skip]
const TABLE: [(u32, Row, Row); 5] = [
    (AREA_VMALLOC,   (WB, WB, CPU_ONLY),    (WB, WB, CPU_ONLY)),
    (AREA_KMALLOC,   (WB, WB, CPU_ONLY),    (WB, WB, CPU_ONLY)),
    (AREA_COHERENT,  (WB, WB, COHERENT),    (NC, NC, NOT_COHERENT)),
    (AREA_WC,        (NC, WB, COHERENT),    (NC, NC, NOT_COHERENT)),
    (AREA_STREAMING, (WB, WB, HANDED_OVER), (WB, WB, HANDED_OVER)),
];

/// What is right for `area` of a device: `asked_for` is for the carve-out alone,
/// `expresses_types` of the CPU, `has_device_type` of the architecture.
pub fn expected(
    area: u32,
    coherent: bool,
    asked_for: u32,
    expresses_types: bool,
    has_device_type: bool,
) -> Expected {
    let row = TABLE.iter().find(|row| row.0 == area);
    let (requested, granted, reason) = match row {
        Some(&(_area, coherent_device, _other)) if coherent => coherent_device,
        Some(&(_area, _other, noncoherent_device)) => noncoherent_device,
        None if asked_for == TYPE_DEVICE && !has_device_type => {
            (asked_for, TYPE_STRONGLY_ORDERED, REASON_REQUESTED)
        }
        None => (asked_for, asked_for, REASON_REQUESTED),
    };
    if granted != WB && !expresses_types {
        return Expected {
            requested,
            granted: WB,
            reason: REASON_NOT_HONOURED,
        };
    }
    Expected {
        requested,
        granted,
        reason,
    }
}

/// The word for a `TYPE_*` in a record.
pub fn word(memory_type: u32) -> &'static str {
    const WORDS: [&str; 8] = [
        "unknown", "wb", "wt", "nc", "device", "so", "unmapped", "other",
    ];
    WORDS.get(memory_type as usize).unwrap_or(&"?")
}

/// What page table and MMU say of one page.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Answer {
    /// Type in the page table, `TYPE_*`.
    pub table: u32,
    /// Type that the MMU gives, `TYPE_*`.
    pub hardware: u32,
}

/// How an answer fits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fit {
    /// All that is known is as it should be, and the MMU has answered if it can.
    Right,
    /// All that is known is as it should be, but the MMU did not answer although it
    /// could, or nothing is known.
    Unknown,
    /// It is not.
    Wrong,
}

impl Answer {
    /// Compares with the type that should be there. `table_is_known`: the page table's
    /// answer must be there; `mmu_answers`: the MMU's must be.
    pub fn fits(self, want: u32, table_is_known: bool, mmu_answers: bool) -> Fit {
        let table_unknown = self.table == TYPE_UNKNOWN;
        let right = |answer| answer == want || answer == TYPE_UNKNOWN;
        if !right(self.table) || !right(self.hardware) || (table_unknown && table_is_known) {
            return Fit::Wrong;
        }
        match self.hardware == TYPE_UNKNOWN {
            true if mmu_answers || table_unknown => Fit::Unknown,
            // An MMU that cannot be asked cannot answer.
            false if !mmu_answers => Fit::Wrong,
            _ => Fit::Right,
        }
    }
}

/// True for the area whose type is asked for.
pub fn is_asked_for(area: u32) -> bool {
    area == AREA_CARVEOUT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uapi::AREAS;

    /// The columns `arm64` and `riscv, neither` of the attribute table of the
    /// architectures, area by area.
    #[test]
    fn the_device_decides_where_it_takes_part() {
        let types = |coherent, able| {
            (0..AREAS - 1).map(move |area| expected(area, coherent, WB, able, true).granted)
        };
        assert!(types(true, true).eq([WB; 5]));
        assert!(types(false, true).eq([WB, WB, NC, NC, WB]));
        assert!(types(false, false).eq([WB; 5]));
    }

    #[test]
    fn what_the_cpu_cannot_express_is_not_honoured() {
        let wanted = expected(AREA_COHERENT, false, WB, false, true);
        assert_eq!((wanted.requested, wanted.reason), (NC, REASON_NOT_HONOURED));
        // Nothing was to be honoured.
        let wanted = expected(AREA_WC, true, WB, false, true);
        assert_eq!((wanted.requested, wanted.reason), (NC, COHERENT));
        assert_eq!(
            expected(AREA_VMALLOC, false, WB, false, true).reason,
            CPU_ONLY
        );
        let wanted = expected(AREA_CARVEOUT, true, TYPE_DEVICE, false, true);
        assert_eq!((wanted.granted, wanted.reason), (WB, REASON_NOT_HONOURED));
    }

    #[test]
    fn the_carve_out_has_what_is_asked_for() {
        for asked_for in [WB, NC, TYPE_DEVICE, TYPE_STRONGLY_ORDERED] {
            let wanted = expected(AREA_CARVEOUT, true, asked_for, true, true);
            assert_eq!(wanted.granted, asked_for);
        }
        let riscv = expected(AREA_CARVEOUT, true, TYPE_DEVICE, true, false);
        assert_eq!(riscv.granted, TYPE_STRONGLY_ORDERED);
    }

    #[test]
    fn unknown_is_right_only_where_nobody_can_know() {
        let fits = |table, hardware, table_is_known, mmu_answers| {
            Answer { table, hardware }.fits(NC, table_is_known, mmu_answers)
        };
        assert_eq!(fits(NC, NC, true, true), Fit::Right);
        assert_eq!(fits(NC, TYPE_UNKNOWN, true, false), Fit::Right);
        assert_eq!(fits(NC, TYPE_UNKNOWN, true, true), Fit::Unknown);
        assert_eq!(fits(TYPE_UNKNOWN, NC, true, true), Fit::Wrong);
        assert_eq!(fits(TYPE_UNKNOWN, NC, false, true), Fit::Right);
        assert_eq!(fits(TYPE_UNKNOWN, TYPE_UNKNOWN, false, false), Fit::Unknown);
        assert_eq!(fits(NC, NC, true, false), Fit::Wrong);
        for (table, hardware) in [(WB, NC), (NC, WB), (WB, TYPE_UNKNOWN)] {
            assert_eq!(fits(table, hardware, true, true), Fit::Wrong);
        }
    }

    #[test]
    fn each_type_has_its_word() {
        assert_eq!(word(WB), "wb");
        assert_eq!(word(TYPE_STRONGLY_ORDERED), "so");
        assert_eq!(word(8), "?");
    }
}
