//! cards: boots every SD card that QEMU can boot, runs all checks, and fails if a run is
//! not as it must be.

use std::process::ExitCode;
use std::time::Instant;

use qemu_tests::{Machine, card, card_boards, clean};

fn main() -> ExitCode {
    let (mut right, mut wrong) = (0, 0);
    for board in card_boards() {
        let start = Instant::now();
        let machine = Machine::boot_image(&board, &card(&board));
        let (report, differences) = clean::run(&board, &machine);
        println!(
            "{board:24}{:12}{:3} passed, {:3} skipped, {:5.1} s",
            report.verdict,
            report.with_outcome("pass").len(),
            report.with_outcome("skip").len(),
            start.elapsed().as_secs_f64()
        );
        differences
            .iter()
            .for_each(|difference| println!("  {difference}"));
        match differences.is_empty() {
            true => right += 1,
            false => wrong += 1,
        }
    }
    let word = if wrong == 0 { "ok" } else { "FAILED" };
    // In cargo's form, as mk/scripts/tally.sh counts.
    println!("test result: {word}. {right} passed; {wrong} failed");
    ExitCode::from(u8::from(wrong != 0))
}
