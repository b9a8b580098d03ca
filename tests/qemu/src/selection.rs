//! What a part of the long tests is chosen with: variables of the environment.

use std::env;

use crate::faults::{Fault, all};
use crate::{BOARD, qemu_boards};

/// The machines of `MACHINES`, or all; [`BOARD`] first, then by name.
///
/// # Panics
/// If there is no such machine.
pub fn machines() -> Vec<String> {
    let mut boards = qemu_boards();
    let wanted = words("MACHINES");
    for word in &wanted {
        assert!(
            boards.contains(word),
            "MACHINES: {word} is none of {boards:?}"
        );
    }
    boards.retain(|board| wanted.is_empty() || wanted.contains(board));
    boards.sort_by_key(|board| board != BOARD);
    boards
}

/// True for the faults of `FAULTS`, or for all.
///
/// # Panics
/// If there is no such fault.
pub fn faults() -> impl Fn(&Fault) -> bool {
    let wanted: Vec<u32> = words("FAULTS")
        .iter()
        .map(|word| {
            word.parse()
                .unwrap_or_else(|_| panic!("FAULTS: {word} is no number"))
        })
        .collect();
    let numbers: Vec<u32> = all().iter().map(|fault| fault.number).collect();
    for number in &wanted {
        assert!(numbers.contains(number), "FAULTS: {number} is in no table");
    }
    move |fault| wanted.is_empty() || wanted.contains(&fault.number)
}

/// True if the check that takes as long as all others together runs with each fault on
/// `board`: on [`BOARD`], with `RELOAD=1` on all machines, with `RELOAD=0` on none.
pub fn has_reload(board: &str) -> bool {
    match env::var("RELOAD").as_deref() {
        Ok("0") => false,
        Ok("1") => true,
        _ => board == BOARD,
    }
}

/// True if what was found is to be written down as what is due.
pub fn update() -> bool {
    env::var_os("UPDATE").is_some()
}

fn words(variable: &str) -> Vec<String> {
    let text = env::var(variable).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}
