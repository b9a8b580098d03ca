//! boots: boots every machine again and again, runs all checks, and fails if a run is not
//! as it must be: a false alarm.
//!
//! `MACHINES="qemu-arm …"` chooses machines, `BOOTS=N` how often (100).

use std::process::ExitCode;
use std::time::Instant;

use qemu_tests::{Machine, architecture_of, clean, selection};

fn main() -> ExitCode {
    let boots = std::env::var("BOOTS").map_or(100, |text| text.parse().expect("BOOTS is a number"));
    let start = Instant::now();
    let (mut right, mut wrong) = (0, 0);
    for board in selection::machines() {
        let start = Instant::now();
        for boot in 1..=boots {
            let machine = Machine::boot(&board, &architecture_of(&board));
            let (report, differences) = clean::run(&board, &machine);
            println!(
                "{board:24}boot {boot:3}  {:12}{:5.1} s",
                report.verdict, report.seconds
            );
            differences
                .iter()
                .for_each(|difference| println!("  {difference}"));
            match differences.is_empty() {
                true => right += 1,
                false => wrong += 1,
            }
        }
        println!("{board}: {:.0} s", start.elapsed().as_secs_f64());
    }
    let word = if wrong == 0 { "ok" } else { "FAILED" };
    let seconds = start.elapsed().as_secs_f64();
    // In cargo's form, as mk/scripts/tally.sh counts.
    println!("test result: {word}. {right} passed; {wrong} failed; {seconds:.0} s");
    ExitCode::from(u8::from(wrong != 0))
}
