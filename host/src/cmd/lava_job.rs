//! `board-check lava-job`: a job for LAVA, which fails what the board does not say.

use std::fmt::Write;
use std::io;

use board_check_protocol::checks;

use super::outputs::write_or_closed;
use crate::board::{self, Board};
use crate::cli::LavaJobArgs;
use crate::exit::Exit;
use crate::report::ktap::VERDICT;

/// The job up to the list of what is expected.
const JOB: &str = include_str!("../../templates/lava-job.yaml");

pub(super) fn run(args: &LavaJobArgs) -> anyhow::Result<Exit> {
    let given = board::given(&args.board)?;
    write_or_closed(&mut io::stdout(), &job(&given.board))?;
    Ok(Exit::Pass)
}

fn job(board: &Board) -> String {
    let mut job = JOB.replace("@board@", &board.name);
    for name in checks::NAMES.iter().copied().chain([VERDICT]) {
        let reasons = board.reasons_to_skip(name);
        let note = match reasons.as_slice() {
            [] => String::new(),
            reasons => format!("  # may be skipped: {}", reasons.join(", ")),
        };
        writeln!(job, "      - {}{note}", lava_name(name)).expect("a text takes all");
    }
    job
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

    use super::*;

    #[test]
    fn each_check_has_a_name_of_its_own_in_lava() {
        assert_eq!(lava_name("attr.wc-nc.user"), "attr_wc_nc_user");
        assert_eq!(lava_name("A..b_-c"), "a_b__c");
        let names: BTreeSet<String> = checks::NAMES.iter().map(|name| lava_name(name)).collect();
        assert_eq!(names.len(), checks::NAMES.len());
    }
}
