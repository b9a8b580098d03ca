//! Speeds. A figure is worse, or better, if it differs by more than the tolerance and
//! by more than three standard deviations of the difference: a noisy figure proves
//! nothing, and how many are too noisy for the tolerance is said.

use super::{Change, Direction, Found, Kind, counted};
use crate::report::Report;
use crate::report::speed::{Measure, measure};

/// Standard deviations of the difference. With two, one of 50 speeds of QEMU on a PC that
/// was at other work was called a regression.
const DEVIATIONS: f64 = 3.0;

pub(super) fn compare(before: &Report, after: &Report, tolerance: f64, found: &mut Found) {
    let (mut noisy, mut missing) = (0, 0);
    let shared = after.checks.iter().filter_map(|check| {
        let earlier = before
            .checks
            .iter()
            .find(|other| other.name == check.name)?;
        Some((measure(earlier), measure(check)))
    });
    for pair in shared {
        let (before, after) = match pair {
            (Some(before), Some(after)) if before.mean > 0.0 => (before, after),
            (None, None) => continue,
            _ => {
                missing += 1;
                continue;
            }
        };
        found.compared.speeds += 1;
        let limit = before.mean * tolerance / 100.0;
        let noise = DEVIATIONS * before.deviation.hypot(after.deviation);
        noisy += usize::from(noise > limit);
        if (after.mean - before.mean).abs() > limit.max(noise) {
            found.changes.push(change(&before, &after));
        }
    }
    if noisy > 0 {
        found.notes.push(format!(
            "In {noisy} of {} speeds the noise would hide a loss of {tolerance} %.",
            found.compared.speeds
        ));
    }
    if missing > 0 {
        let speeds = counted(missing, "speed was", "speeds were");
        found.notes.push(format!(
            "{speeds} measured in one of the runs only, and not compared."
        ));
    }
}

fn change(before: &Measure<'_>, after: &Measure<'_>) -> Change {
    let more = 100.0 * (after.mean - before.mean) / before.mean;
    let quantity = before.quantity;
    let percent = if quantity.more_is_better { more } else { -more };
    let text = |measure: &Measure<'_>| {
        format!(
            "{:.1} ± {:.1} {}",
            measure.mean, measure.deviation, quantity.unit
        )
    };
    Change {
        kind: Kind::Speed,
        name: before.check.to_owned(),
        before: text(before),
        after: text(after),
        percent: Some((10.0 * percent).round() / 10.0),
        direction: if percent < 0.0 {
            Direction::Worse
        } else {
            Direction::Better
        },
    }
}
