//! Memory types. The kernel's map of all memory is left out, as in the verdict.

use super::{Change, Direction, Found, Kind, counted};
use crate::escape::escape;
use crate::report::{Attribute, Report};

pub(super) fn compare(before: &Report, after: &Report, found: &mut Found) {
    let mut missing = 0;
    for row in &after.attributes {
        let same =
            |other: &&Attribute| (&other.area, &other.asked_for) == (&row.area, &row.asked_for);
        let Some(earlier) = before.attributes.iter().find(same) else {
            continue;
        };
        let pairs = words(earlier).into_iter().zip(words(row));
        let known: Vec<_> = pairs
            .filter_map(|((column, before), (_, after))| Some((column, before?, after?)))
            .collect();
        if known.is_empty() {
            missing += 1;
            continue;
        }
        found.compared.attributes += 1;
        for (column, before, after) in known {
            if before != after {
                found.changes.push(change(row, column, before, after));
            }
        }
    }
    if missing > 0 {
        let types = counted(missing, "memory type was", "memory types were");
        found.notes.push(format!(
            "{types} seen in one of the runs only, and not compared."
        ));
    }
}

/// What is known of a row, by column.
fn words(row: &Attribute) -> [(&'static str, Option<String>); 5] {
    let honoured = row
        .honoured
        .map(|honoured| if honoured { "yes" } else { "no" });
    [
        ("must be", row.expected.clone()),
        ("page table", row.page_table.clone()),
        ("MMU", row.hardware.clone()),
        ("kernel", row.kernel.clone()),
        ("honoured", honoured.map(str::to_owned)),
    ]
}

/// Another type is a regression also where both are right: the board has become another.
fn change(row: &Attribute, column: &str, before: String, after: String) -> Change {
    let asked_for = row.asked_for.as_deref().map(|what| format!(" {what}"));
    let better = before == "unknown" || (column, after.as_str()) == ("honoured", "yes");
    Change {
        kind: Kind::Attribute,
        name: format!("{}{}, {column}", row.area, asked_for.unwrap_or_default()),
        before: escape(before.as_bytes()),
        after: escape(after.as_bytes()),
        percent: None,
        direction: if better {
            Direction::Better
        } else {
            Direction::Worse
        },
    }
}
