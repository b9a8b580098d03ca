//! `board-check off`, and boards that stay on; where it matters, time is made up.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use board_check::run::{Ended, Run};
use board_check::session::{Session, Setup, Start};

use crate::common::place::{Place, assert_exit};
use crate::common::pty::Pty;
use crate::common::sim::SimLink;
use crate::common::{Board, line, mangle};

fn off(link: &mut SimLink) -> Result<(), Box<Run>> {
    let mut nonce = 0x0ff;
    let setup = Setup {
        patience: Duration::from_secs(30),
        nonce: Box::new(move || {
            nonce += 1;
            nonce
        }),
        capture: None,
        start: Start::default(),
        watch: &mut (),
        stop: &AtomicBool::new(false),
    };
    Session::new(link, setup).off()
}

#[test]
fn a_board_that_goes_silent_is_off() {
    let mut link = SimLink::new(Board {
        boot_text: "[    1.000000] Kernel panic - not syncing: of long ago\r\n",
        mangle: mangle("# board-check off", 1, |text| {
            [line(text), line("[   12.345678] reboot: Power down")].concat()
        }),
        ..Board::default()
    });
    off(&mut link).unwrap();
    assert!(link.board.is_off());
}

/// As the adapter that gets its power from the board, or the machine in QEMU.
#[test]
fn a_port_that_goes_away_is_of_a_board_that_is_off() {
    let mut link = SimLink::new(Board::default());
    // Behind the acknowledgement.
    link.breaks_at = Some(Duration::from_millis(1100));
    off(&mut link).unwrap();
    assert!(link.now < Duration::from_millis(1200), "{:?}", link.now);
}

#[test]
fn a_board_that_stays_on_is_not_said_to_be_off() {
    for (said, shows) in [
        (
            "[   12.345678] reboot: Power off not available: System halted instead\r\n",
            "Power off not available",
        ),
        (
            "[   12.345678] reboot: Power down\r\n\
             [   12.345679] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0\r\n",
            "Attempted to kill init!",
        ),
        ("U-Boot SPL 2024.01 (Jan 01 2024)\r\n", "U-Boot SPL"),
        (
            "[    0.000000] Linux version 7.3.4\r\n",
            "Linux version 7.3.4",
        ),
        ("", "it is ready again"),
    ] {
        let mut link = SimLink::new(Board {
            after_off: Some(said),
            ..Board::default()
        });
        let run = off(&mut link).unwrap_err();
        match run.ended {
            Ended::StaysOn { said } => assert!(said.contains(shows), "{said}"),
            ended => panic!("{ended:?}"),
        }
    }
}

#[test]
fn what_the_board_does_instead_is_told() {
    let place = Place::new();
    let board = Pty::start(Board {
        after_off: Some(
            "[    9.000000] reboot: Power off not available: System halted instead\r\n",
        ),
        ..Board::default()
    });
    assert_exit(
        &place.run(&["off", "--port", &board.path]),
        3,
        "The board said that it powers off, but it is still on: [    9.000000] reboot: Power off",
    );
}
