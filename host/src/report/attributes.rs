//! The memory types that the suite `attr` saw, a row for each area and type.

use serde::{Deserialize, Serialize};

use super::{CheckReport, Ending};

/// What the last word of a check's name is if it asks for a type.
const ASKING: [&str; 4] = ["write-back", "write-combine", "device", "strongly-ordered"];

/// The memory type of one area. A type is a word, such as `wb`; `None` where nothing
/// was said, as of a check that was skipped.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Attribute {
    /// The area; `-nc` at its end: of a device that is not coherent.
    pub area: String,
    /// The type that was asked for, of an area that has the one that is asked for.
    pub asked_for: Option<String>,
    /// How the check ended that found it out.
    pub outcome: Ending,
    /// What must be there.
    pub expected: Option<String>,
    /// What the page table says of user space's mapping.
    pub page_table: Option<String>,
    /// What the MMU answers about it.
    pub hardware: Option<String>,
    /// What the kernel's own addresses of the same pages have.
    pub kernel: Option<String>,
    /// What the same pages have in the kernel's map of all memory, which nobody uses
    /// where it differs.
    pub linear: Option<String>,
    /// False: another type is right, but the CPU cannot express it.
    pub honoured: Option<bool>,
}

/// The rows that `checks` has.
pub(super) fn attributes(checks: &[CheckReport]) -> Vec<Attribute> {
    checks
        .iter()
        .filter_map(|check| row(check, checks))
        .collect()
}

fn row(check: &CheckReport, checks: &[CheckReport]) -> Option<Attribute> {
    let (area, what) = check.name.strip_prefix("attr.")?.split_once('.')?;
    let asked_for = ASKING.contains(&what);
    if what != "user" && !asked_for {
        return None;
    }
    let word = |key| word(check, key);
    let not_honoured = check.detail().split(' ').next() == Some("not-honoured");
    let honoured = match check.outcome {
        Ending::Pass => Some(true),
        Ending::Skip if not_honoured => Some(false),
        _ => None,
    };
    // A check that says what it saw and does not object has seen what must be there.
    let seen = honoured.and_then(|_| known(check));
    let own = checks
        .iter()
        .find(|other| other.name == format!("attr.{area}.kernel"));
    Some(Attribute {
        area: area.to_owned(),
        asked_for: asked_for.then(|| what.to_owned()),
        outcome: check.outcome,
        expected: word("want").or(seen),
        page_table: word("pte"),
        hardware: word("hw"),
        // Of an area whose type is asked for, both sides are compared and one is said.
        kernel: match own {
            Some(own) => known(own),
            None => honoured.and_then(|_| known(check)),
        },
        linear: word("linear"),
        honoured,
    })
}

/// The hardware's answer where it gives one, else what the page table says.
fn known(check: &CheckReport) -> Option<String> {
    let known = |word: &String| word != "unknown";
    let hardware = word(check, "hw").filter(known);
    hardware.or_else(|| word(check, "pte"))
}

fn word(check: &CheckReport, key: &str) -> Option<String> {
    Some(check.figures.get(key)?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::figures::figures;
    use super::*;

    fn check(name: &str, outcome: Ending, detail: &str) -> CheckReport {
        CheckReport {
            number: 1,
            name: name.to_owned(),
            outcome,
            milliseconds: Some(1),
            arrived_ms: Some(1),
            detail: Some(detail.to_owned()),
            figures: figures(detail),
        }
    }

    /// Of each row what is expected, there, and the kernel's.
    fn rows(checks: &[CheckReport]) -> Vec<[Option<String>; 5]> {
        let words = |row: Attribute| {
            let honoured = row.honoured.map(|honoured| honoured.to_string());
            [
                row.expected,
                row.page_table,
                row.hardware,
                row.kernel,
                honoured,
            ]
        };
        attributes(checks).into_iter().map(words).collect()
    }

    #[test]
    fn what_a_check_saw_is_what_must_be_if_it_passed() {
        let some = |word: &str| Some(word.to_owned());
        let checks = [
            check("attr.wc-nc.user", Ending::Pass, "pte=nc hw=nc linear=wb"),
            check(
                "attr.wc-nc.kernel",
                Ending::Pass,
                "pte=unknown hw=nc linear=wb",
            ),
            check("attr.wc-nc.protect", Ending::Pass, "pte=nc hw=nc linear=wb"),
            check("data.wc-nc.user-to-kernel", Ending::Pass, "pte=nc"),
            check(
                "attr.coherent-nc.user",
                Ending::Fail,
                "user page=3 want=nc pte=wb hw=wb",
            ),
            check("attr.kmalloc.user", Ending::Fail, "touch=EFAULT"),
            check(
                "attr.carveout.device",
                Ending::Skip,
                "not-honoured pte=wb hw=unknown",
            ),
            check("attr.carveout.write-back", Ending::Skip, "no-carveout"),
        ];
        assert_eq!(
            rows(&checks),
            [
                [some("nc"), some("nc"), some("nc"), some("nc"), some("true")],
                [some("nc"), some("wb"), some("wb"), None, None],
                [None, None, None, None, None],
                [
                    some("wb"),
                    some("wb"),
                    some("unknown"),
                    some("wb"),
                    some("false")
                ],
                [None, None, None, None, None],
            ]
        );
    }
}
