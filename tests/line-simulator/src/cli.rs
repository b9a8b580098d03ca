//! The command line: all lines, many runs each, and a table.

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::channel::{self, Asked, Channel};
use crate::many::{clean_bytes, many};
use crate::table::{HEAD, Row, Sums};

/// Runs of a few checks that take as long as one of all.
const ALL_COST: u64 = 8;

/// Looks for wrong verdicts on bad serial lines, in made-up time
#[derive(Parser)]
struct Cli {
    /// Runs in which a check fails, over all lines together; those in which none does
    /// come on top
    #[arg(long, default_value_t = 10_000)]
    runs: u64,
    /// Start of all random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the lines that have this in their name
    #[arg(long, default_value = "")]
    line: String,
    /// What must come out
    #[arg(long, value_enum, default_value = "sound")]
    expect: Expected,
}

/// What must come out for the exit code 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Expected {
    /// No wrong verdict, no corrupt record.
    Sound,
    /// Corrupt records, and no wrong PASS.
    Corrupt,
    /// Wrong PASSes.
    Wrong,
}

/// The program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let channels: Vec<Channel> = channel::all()
        .into_iter()
        .filter(|channel| channel.name.contains(&cli.line))
        .collect();
    let plan = plan(&channels, cli.runs);
    let clean = |asked| clean_bytes(asked, cli.seed);
    let clean = [Asked::Few, Asked::Hundred, Asked::All].map(|asked| (asked, clean(asked)));
    println!("{HEAD}");
    let mut all = Sums::default();
    let mut wrong_passes = 0;
    let mut failing = 0;
    for ((index, channel), &runs) in (0..).zip(&channels).zip(&plan) {
        let sums = many(channel, cli.seed ^ (index << 40), runs);
        let clean = clean.iter().find(|(asked, _)| *asked == channel.asked);
        let row = Row {
            name: channel.name,
            passes: channel.passes,
            sums: &sums,
            clean: clean.map_or(1.0, |(_, bytes)| *bytes),
        };
        println!("{row}");
        if let Some((seed, reason)) = &sums.first_wrong {
            println!("    first wrong verdict with seed {seed}: {reason}");
        }
        if !channel.passes {
            failing += sums.runs;
            wrong_passes += sums.pass;
        } else if !channel.may_pass() {
            wrong_passes += sums.pass;
        }
        all.join(sums);
    }
    println!("wrong passes: {wrong_passes} of {failing}");
    println!("wrong verdicts: {} of {}", all.wrong, all.runs);
    println!("corrupt records accepted: {}", all.corrupt);
    println!("replays with another verdict: {}", all.replays_differ);
    let kept = match cli.expect {
        Expected::Sound => all.wrong + all.corrupt + all.replays_differ == 0,
        Expected::Corrupt => all.corrupt > 0 && wrong_passes == 0,
        Expected::Wrong => wrong_passes > 0,
    };
    match kept {
        true => ExitCode::SUCCESS,
        false => {
            println!("not as it must be: {:?} was expected", cli.expect);
            ExitCode::FAILURE
        }
    }
}

/// How often each channel runs: so that all take about as long, and `runs` of them have
/// a failure.
fn plan(channels: &[Channel], runs: u64) -> Vec<u64> {
    let share = |channel: &Channel| match channel.asked {
        Asked::Few => ALL_COST,
        Asked::Hundred => 2,
        Asked::All => 1,
    };
    let failing = channels.iter().filter(|channel| !channel.passes);
    let shares: u64 = failing.map(share).sum();
    let each = runs.div_ceil(shares.max(1));
    let of = |channel: &Channel| match channel.passes {
        false => each * share(channel),
        true => (each * share(channel)).div_ceil(4),
    };
    channels.iter().map(of).collect()
}
