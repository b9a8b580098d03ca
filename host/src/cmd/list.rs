//! `board-check list`: the checks of this release.

use std::fmt::Write;
use std::io;

use serde::Serialize;

use super::outputs::write_or_closed;
use crate::board::{self, Board};
use crate::cli::{ListArgs, ListFormat};
use crate::exit::Exit;
use crate::request::RunRequest;

/// A check, as the JSON has it.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    /// Reasons with which the board may skip it.
    allowed_skips: Vec<&'a str>,
}

pub(super) fn run(args: &ListArgs) -> anyhow::Result<Exit> {
    let given = args.board.as_deref().map(board::given).transpose()?;
    let board = given.as_ref().map(|given| &given.board);
    let request = RunRequest {
        only: args.only.clone(),
        skip: args.skip.clone(),
        fault: 0,
    };
    let names = request.selected();
    if names.is_empty() {
        anstream::eprintln!("board-check: The patterns select no check.");
        return Ok(Exit::NoTests);
    }
    let checks: Vec<Listed<'_>> = names.iter().map(|name| listed(name, board)).collect();
    write_or_closed(&mut io::stdout(), &text(args.format, &checks))?;
    Ok(Exit::Pass)
}

fn listed<'a>(name: &'a str, board: Option<&'a Board>) -> Listed<'a> {
    let rules = board.map_or(&[][..], |board| &board.allow_skip);
    let fits = rules
        .iter()
        .filter(|rule| board_check_protocol::matches(&rule.check, name));
    Listed {
        name,
        allowed_skips: fits.map(|rule| rule.reason.as_str()).collect(),
    }
}

fn text(format: ListFormat, checks: &[Listed<'_>]) -> String {
    let mut text = match format {
        ListFormat::Names => String::new(),
        ListFormat::Lava => "expected:\n".to_owned(),
        ListFormat::Json => {
            let json = serde_json::to_string_pretty(checks);
            return json.expect("its keys are strings") + "\n";
        }
    };
    for check in checks {
        let note = match check.allowed_skips.as_slice() {
            [] => String::new(),
            reasons => format!("  # may be skipped: {}", reasons.join(", ")),
        };
        let _ = match format {
            ListFormat::Lava => writeln!(text, "- {}{note}", lava_name(check.name)),
            _ => writeln!(text, "{}{note}", check.name),
        };
    }
    text
}

/// The name as LAVA's monitors keep it: in small letters, with one `_` for each run of
/// what is no letter, digit or `_` (lava_dispatcher/actions/test/monitor.py).
fn lava_name(name: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut mapped = String::new();
    let mut in_word = true;
    for character in name.to_lowercase().chars() {
        if is_word(character) {
            mapped.push(character);
        } else if in_word {
            mapped.push('_');
        }
        in_word = is_word(character);
    }
    mapped
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use board_check_protocol::checks;

    use super::*;

    #[test]
    fn each_check_has_a_name_of_its_own_in_lava() {
        assert_eq!(lava_name("attr.wc-nc.user"), "attr_wc_nc_user");
        assert_eq!(lava_name("A..b_-c"), "a_b__c");
        let names: BTreeSet<String> = checks::NAMES.iter().map(|name| lava_name(name)).collect();
        assert_eq!(names.len(), checks::NAMES.len());
    }
}
