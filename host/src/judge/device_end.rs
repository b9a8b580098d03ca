//! Who played the device that streaming memory is handed over to: a PASS says it, for
//! without a bus master no data ever left the CPU.

use board_check_protocol::Outcome;

use crate::records::{Check, RunRecords};

/// One sentence about it; `None` if the run has no check that hands memory over.
pub(super) fn note(records: &RunRecords) -> Option<&'static str> {
    let checks: Vec<&Check> = checks(records).collect();
    let by_bus_master = checks.iter().filter(|check| is_by_bus_master(check));
    let passed = |check: &&Check| check.outcome == Outcome::Pass;
    Some(match (checks.len(), by_bus_master.count()) {
        (0, _) => return None,
        (all, by_bus_master) if all == by_bus_master => "Streaming data went through a bus master.",
        (_, 0) if !checks.iter().any(passed) => {
            "Attributes only: nothing here could play the device."
        }
        (_, 0) => "Attributes and bounce buffers only: no bus master moved data here.",
        _ => "Only some of the streaming data went through a bus master.",
    })
}

/// The first check that hands memory over, and not to a bus master.
pub(super) fn not_by_bus_master(records: &RunRecords) -> Option<&Check> {
    checks(records).find(|check| !is_by_bus_master(check))
}

/// The checks that hand memory over, but for those of a device that the board has not.
fn checks(records: &RunRecords) -> impl Iterator<Item = &Check> {
    let hands_over = |check: &&Check| {
        let name = check.name.strip_prefix("coherency.").unwrap_or_default();
        name.ends_with(".from-device") || name.ends_with(".to-device")
    };
    let has_device = |check: &&Check| {
        let reason = check.detail.split(' ').next();
        check.outcome != Outcome::Skip
            || !matches!(reason, Some("no-coherent-device" | "no-noncoherent-device"))
    };
    records
        .checks
        .values()
        .filter(hands_over)
        .filter(has_device)
}

fn is_by_bus_master(check: &Check) -> bool {
    check
        .detail
        .split(' ')
        .any(|word| word == "device=bus-master")
}

#[cfg(test)]
mod tests {
    use board_check_protocol::Context;

    use super::*;

    fn records(outcomes: &[(&str, Outcome, &str)]) -> RunRecords {
        let context = Context {
            nonce: 1,
            boot: 2,
            count: 3,
        };
        let mut records = RunRecords::new(context, None);
        for (number, &(name, outcome, detail)) in (1..).zip(outcomes) {
            let check = Check {
                number,
                name: name.to_owned(),
                outcome,
                milliseconds: 1,
                detail: detail.to_owned(),
            };
            records.checks.insert(number, check);
        }
        records
    }

    const FROM: &str = "coherency.streaming.from-device";
    const TO: &str = "coherency.streaming-nc.to-device";
    const BUS_MASTER: &str = "device=bus-master";
    const BOUNCE: &str = "device=bounce";

    #[test]
    fn a_run_that_hands_nothing_over_says_nothing() {
        let records = records(&[("coherency.vmalloc.cpus", Outcome::Pass, "cpus=2")]);
        assert_eq!(note(&records), None);
        assert!(not_by_bus_master(&records).is_none());
    }

    #[test]
    fn a_bus_master_is_named_if_every_record_says_so() {
        let all = records(&[
            (FROM, Outcome::Pass, BUS_MASTER),
            (TO, Outcome::Pass, BUS_MASTER),
        ]);
        assert_eq!(
            note(&all),
            Some("Streaming data went through a bus master.")
        );
        assert!(not_by_bus_master(&all).is_none());
        let some = records(&[
            (FROM, Outcome::Pass, BUS_MASTER),
            (TO, Outcome::Pass, BOUNCE),
        ]);
        assert!(note(&some).unwrap().starts_with("Only some"));
        assert_eq!(not_by_bus_master(&some).unwrap().name, TO);
    }

    #[test]
    fn a_device_that_is_not_there_hands_nothing_over() {
        let missing = (TO, Outcome::Skip, "no-noncoherent-device");
        let one = records(&[(FROM, Outcome::Pass, BUS_MASTER), missing]);
        assert!(not_by_bus_master(&one).is_none());
        assert_eq!(
            note(&one),
            Some("Streaming data went through a bus master.")
        );
        assert_eq!(note(&records(&[missing])), None);
    }

    #[test]
    fn what_a_pass_without_a_bus_master_is_worth_is_said() {
        for detail in [BOUNCE, "", "device=bus-master-not"] {
            let bounced = records(&[(FROM, Outcome::Pass, detail)]);
            assert!(note(&bounced).unwrap().contains("bounce buffers only"));
        }
        let skipped = records(&[(FROM, Outcome::Skip, "no-device-end")]);
        assert!(note(&skipped).unwrap().contains("Attributes only"));
    }
}
