//! What a PASS needs, and the sentence for the first thing that is not there.

use board_check_protocol::{End, ErrorReason, Numbers, Outcome, VERSION, checks};

use super::{device_end, silence};
use crate::board::Board;
use crate::escape::escape;
use crate::records::{HeaderText, RunRecords};
use crate::run::{Ended, Run, Source};

/// Says what is missing for a PASS; `None` if nothing is.
pub(super) fn missing(run: &Run, board: Option<&Board>) -> Option<String> {
    if run.ended == Ended::Interrupted {
        return Some(silence::interrupted(run));
    }
    if let Some(version) = run.foreign_protocol {
        return Some(format!(
            "The board speaks protocol version {version}, this release speaks {VERSION}. Use the \
             release of board-check that belongs to the image."
        ));
    }
    let records = run.records.as_ref().filter(|records| records.count() > 0);
    let Some(records) = records else {
        let refused = run.refused.as_ref();
        let refused = refused.map(|(reason, detail)| self::refused(*reason, detail, run));
        return Some(refused.unwrap_or_else(|| silence::nothing(run)));
    };
    let Some(header) = &records.header else {
        return Some(format!(
            "The header of the run did not arrive{}.",
            silence::since(run)
        ));
    };
    other_list(run, header)
        .or_else(|| lost(run, records, header))
        .or_else(|| contradiction(records, header))
        .or_else(|| uncounted(&records.end?))
        .or_else(|| skips(records, board, header))
        .or_else(|| bus_master(records, board))
        .or_else(|| unproven(run, records))
}

fn refused(reason: ErrorReason, detail: &str, run: &Run) -> String {
    let fault = run.request.as_ref().map_or(0, |request| request.fault);
    match reason {
        ErrorReason::Value if fault != 0 => {
            format!("The image knows no deliberate fault {fault}.")
        }
        ErrorReason::Module => module(detail),
        ErrorReason::NoFaults => {
            "The image was built without deliberate faults, so --fault cannot be used with it; \
             `make image-ARCH-faults` builds one with them."
                .to_owned()
        }
        ErrorReason::NoChecks => "The filter selects no check that the board has.".to_owned(),
        ErrorReason::Boot => "The board was reset before it got the request.".to_owned(),
        ErrorReason::Verb | ErrorReason::Key | ErrorReason::Value => format!(
            "The board does not understand \"{detail}\" in the request ({reason}). Use the release \
             of board-check that belongs to the image."
        ),
        ErrorReason::Crc | ErrorReason::Run => {
            format!("The board refused the request ({reason}, {detail}).")
        }
    }
}

fn module(detail: &str) -> String {
    let why = match detail {
        "ENOENT" => "it is missing in the image",
        "ENOEXEC" => "it was built for another kernel, or for one with other options",
        "EINVAL" => "it does not take one of its parameters",
        "ENODEV" => "it found no device to bind to",
        "EPERM" | "EKEYREJECTED" => "this kernel takes no module of this kind",
        _ => "see the kernel's messages above",
    };
    format!("The module mmap_areas could not be loaded ({detail}): {why}.")
}

/// Another release of the checks: there is no telling what the results leave out.
fn other_list(run: &Run, header: &HeaderText) -> Option<String> {
    if header.list == checks::DIGEST {
        return None;
    }
    let difference = match &run.listed {
        None => "its list could not be read".to_owned(),
        Some(listed) => difference(listed),
    };
    Some(format!(
        "The board has another list of checks than this release: {difference}."
    ))
}

fn difference(listed: &[String]) -> String {
    let more = listed.iter().map(String::as_str);
    let more: Vec<&str> = more.filter(|name| !checks::NAMES.contains(name)).collect();
    let has = |name: &&str| !listed.iter().any(|listed| listed == name);
    let less: Vec<&str> = checks::NAMES.iter().copied().filter(has).collect();
    match (more.as_slice(), less.as_slice()) {
        ([], []) => "the same names in another order".to_owned(),
        (more, []) => format!("it has {} more ({})", more.len(), few(more)),
        ([], less) => format!("it lacks {} ({})", less.len(), few(less)),
        (more, less) => format!(
            "it has {} more ({}) and lacks {} ({})",
            more.len(),
            few(more),
            less.len(),
            few(less)
        ),
    }
}

/// The first names of a list; the report has the rest.
fn few(names: &[&str]) -> String {
    let shown = names.len().min(3);
    let text = escape(names[..shown].join(", ").as_bytes());
    let rest = if names.len() > shown { ", …" } else { "" };
    format!("{text}{rest}")
}

fn lost(run: &Run, records: &RunRecords, header: &HeaderText) -> Option<String> {
    let mut missing = Numbers::default();
    (1..=header.checks)
        .filter(|number| !records.checks.contains_key(number))
        .for_each(|number| missing.insert(number));
    let since = silence::since(run);
    match missing.iter().count() {
        0 if records.end.is_none() => Some(format!("The end record did not arrive{since}.")),
        0 => None,
        count => Some(format!(
            "{count} of {} results did not arrive{since}: {missing}.",
            header.checks
        )),
    }
}

/// Records that are all here and do not fit together.
fn contradiction(records: &RunRecords, header: &HeaderText) -> Option<String> {
    let end = records.end?;
    let expected = records.request.clone().unwrap_or_default().selected();
    let names: Vec<&str> = records
        .checks
        .values()
        .map(|check| check.name.as_str())
        .collect();
    let count = |outcome| {
        let checks = records.checks.values();
        checks.filter(|check| check.outcome == outcome).count()
    };
    let sums = [Outcome::Pass, Outcome::Fail, Outcome::Skip].map(count);
    if names.len() != header.checks {
        return Some("The board sent more results than its header announces.".to_owned());
    }
    if let Some(wrong) =
        (0..names.len().max(expected.len())).find(|&at| names.get(at) != expected.get(at))
    {
        return Some(format!(
            "Result {} is \"{}\" where \"{}\" was expected.",
            wrong + 1,
            names.get(wrong).unwrap_or(&"none"),
            expected.get(wrong).unwrap_or(&"none")
        ));
    }
    if end.checks != header.checks || [end.pass, end.fail, end.skip] != sums {
        return Some("The sums in the end record are not those of the results.".to_owned());
    }
    (!records.digest_fits()).then(|| {
        "The digest in the end record is not that of the records: one of them was damaged without \
         notice."
            .to_owned()
    })
}

/// A kernel that cannot say whether it oopsed or warned cannot give a PASS.
fn uncounted(end: &End) -> Option<String> {
    let counters = [
        (end.tainted, "CONFIG_PROC_SYSCTL", "its tainted flags"),
        (end.oops, "CONFIG_SYSFS", "how often it oopsed"),
        (end.warn, "CONFIG_SYSFS", "how often it warned"),
    ];
    let unknown: Vec<_> = counters
        .iter()
        .filter(|(count, ..)| count.is_none())
        .collect();
    if unknown.is_empty() {
        return None;
    }
    let mut options: Vec<&str> = unknown.iter().map(|(_, option, _)| *option).collect();
    options.dedup();
    let what: Vec<&str> = unknown.iter().map(|(.., what)| *what).collect();
    Some(format!(
        "The kernel does not tell {}: build it with {}.",
        what.join(" and "),
        options.join(" and ")
    ))
}

fn skips(records: &RunRecords, board: Option<&Board>, header: &HeaderText) -> Option<String> {
    let skips = records
        .checks
        .values()
        .filter(|check| check.outcome == Outcome::Skip);
    let mut forbidden = skips.filter(|check| {
        let reason = check.detail.split(' ').next().unwrap_or_default();
        !board.is_some_and(|board| board.allows_skip(&check.name, reason))
    });
    let first = forbidden.next()?;
    let more = match forbidden.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let rule = match board {
        Some(board) => format!("the file of board {} does not allow it", board.name),
        None => format!(
            "no board file says that it may be (the image calls its board \"{}\"); --board names one",
            header.board
        ),
    };
    let why = if first.detail.is_empty() {
        "no reason"
    } else {
        &first.detail
    };
    Some(format!(
        "{} was skipped ({why}){more}, and {rule}.",
        first.name
    ))
}

/// A bus master that is there and was not used: its driver may have failed.
fn bus_master(records: &RunRecords, board: Option<&Board>) -> Option<String> {
    let board = board.filter(|board| board.bus_master)?;
    let check = device_end::not_by_bus_master(records)?;
    Some(format!(
        "The file of board {} says that it has a bus master, but none moved the data of {}.",
        board.name, check.name
    ))
}

fn unproven(run: &Run, records: &RunRecords) -> Option<String> {
    if run.source == Source::ForeignLog || records.request.is_none() {
        return Some(
            "Freshness unknown: the log holds no request of this tool, so its results may be those \
             of any earlier run."
                .to_owned(),
        );
    }
    let fault = run.capture_fault.as_ref()?;
    Some(format!("The capture is damaged: {fault}."))
}
