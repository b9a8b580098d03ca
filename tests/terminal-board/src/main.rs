//! A board on a pseudo terminal: the code that boards run, with checks of which it is known
//! how they end. It is there until it is killed.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use board_check_protocol::checks;
use board_check_station::Station;
use clap::{Parser, ValueEnum};
use line_simulator::{Accident, MadeUp, Pace};
use serialport::{SerialPort as _, TTYPort};

mod terminal;

use terminal::OnTerminal;

/// A made-up board on a pseudo terminal, until it is killed
#[derive(Parser)]
struct Cli {
    /// Where to put a link to the terminal
    link: PathBuf,
    /// A check that fails
    #[arg(long, value_name = "CHECK")]
    fails: Option<String>,
    /// What happens in the first run
    #[arg(long, value_enum)]
    accident: Option<Mishap>,
    /// The result before which it happens
    #[arg(long, value_name = "N", default_value_t = 3)]
    at: usize,
    /// How long each check takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    check_ms: u64,
    /// Says no more than a serial line at 115200 bit/s takes
    #[arg(long)]
    paced: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Mishap {
    /// The kernel has an exception and goes on.
    Oops,
    /// The kernel stops.
    Panic,
    /// The board starts anew.
    Reset,
    /// The board says nothing any more.
    Hang,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let (terminal, slave) = TTYPort::pair().context("There is no pseudo terminal")?;
    let path = slave.name().context("The pseudo terminal has no name")?;
    symlink(&path, &cli.link).with_context(|| format!("{} cannot be made", cli.link.display()))?;
    // Like a serial port, it loses what is said while nobody has it open.
    drop(slave);
    let mut board = OnTerminal::new(made_up(), terminal, Duration::from_millis(cli.check_ms));
    board.line = cli.paced.then(Pace::begin);
    if let Some(name) = &cli.fails {
        let known = checks::NAMES.iter().find(|known| *known == name);
        board.made_up.fail(known.context("There is no such check")?);
    }
    match cli.accident {
        Some(Mishap::Oops) => board.made_up.meet(Accident::Oops, cli.at),
        Some(Mishap::Panic) => board.made_up.meet(Accident::Panic, cli.at),
        Some(Mishap::Reset) => board.made_up.meet(Accident::Reset, cli.at),
        Some(Mishap::Hang) => board.hangs_at = Some(cli.at),
        None => {}
    }
    let mut station = Station::new(board);
    loop {
        let _gone = station.serve();
        let OnTerminal {
            made_up: before,
            terminal,
            check_takes,
            line,
            ..
        } = station.into_board();
        if before.happened() != Some(Accident::Reset) {
            terminal::be_silent(terminal);
        }
        let mut board = OnTerminal::new(made_up(), terminal, check_takes);
        board.line = line;
        board.boot();
        station = Station::new(board);
    }
}

/// A board that is well, in a boot of its own.
fn made_up() -> MadeUp {
    let mut random = fastrand::Rng::new();
    MadeUp::new(random.u64(1..), random.fork())
}
