//! sweep: runs all faults on all machines, prints the matrix of what found them and writes
//! it to `output/faults-matrix.md`; success if all is as `faults.toml` declares.
//!
//! `MACHINES="qemu-arm …"` and `FAULTS="1 2 …"` choose a part. `UPDATE=1` writes what was
//! found into `faults.toml`, for you to read what `git diff` says of it.

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use qemu_tests::faults::{self, Fault};
use qemu_tests::sweep::{Matrix, Seen, sweep};
use qemu_tests::{qemu_boards, root, selection};

fn main() -> ExitCode {
    let chosen = selection::faults();
    let mut all = faults::all();
    let mut matrix = Matrix::default();
    let start = Instant::now();
    for board in selection::machines() {
        let start = Instant::now();
        // The others are for `make test-sanitize` and `make test-fail-nth`.
        let noticed = |fault: &&Fault| chosen(fault) && fault.is_for_checks();
        let faults: Vec<Fault> = all.iter().filter(noticed).cloned().collect();
        let mut tell = |number: u32, seen: &Seen, took: Duration| {
            let seconds = took.as_secs_f64();
            println!(
                "{board:24}fault {number:3}  {:16}{seconds:5.1} s",
                seen.cell()
            );
        };
        let seen = sweep(&board, &faults, selection::has_reload(&board), &mut tell);
        for fault in all.iter_mut().filter(|_| selection::update()) {
            if let Some(seen) = seen.get(&fault.number) {
                let first = first_machine(fault).as_ref() == Some(&board);
                fault.learn(&board, first, seen.found.clone());
            }
        }
        matrix.add(&board, seen);
        // After each machine, so that a sweep that is ended early leaves what it has.
        let text = matrix.markdown(&all);
        fs::write(root().join("output/faults-matrix.md"), text).expect("the matrix is written");
        if selection::update() {
            fs::write(faults::path(), faults::text(&all)).expect("faults.toml is written");
        }
        println!("{board}: {:.0} s", start.elapsed().as_secs_f64());
    }
    println!("\n{}", matrix.markdown(&all));
    let (right, wrong) = matrix.count();
    let word = if wrong == 0 { "ok" } else { "FAILED" };
    let seconds = start.elapsed().as_secs_f64();
    // In cargo's form, as mk/scripts/tally.sh counts.
    println!("test result: {word}. {right} passed; {wrong} failed; {seconds:.0} s");
    ExitCode::from(u8::from(wrong != 0))
}

/// The machine whose set the others differ from.
fn first_machine(fault: &Fault) -> Option<String> {
    let mut boards = qemu_boards();
    boards.sort_by_key(|board| board != qemu_tests::BOARD);
    boards
        .into_iter()
        .find(|board| !fault.not_on.contains_key(board))
}
