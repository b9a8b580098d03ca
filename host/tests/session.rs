//! Sessions with a board that behaves in every way a board can; time is made up.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use board_check::judge::Verdict::{Crashed, Fail, Pass};
use board_check::link::{ControlLine, Link as _};
use board_check::request::RunRequest;
use board_check::run::Ended;
use board_check_protocol::checks::NAMES;
use board_check_protocol::{Context, Filter, Ready, Record};

use crate::common::sim::{SimLink, assert_incomplete, run_all, session};
use crate::common::{Board, FAILING, MESSAGE, cut_by_messages, failing, line, mangle, noisy};

#[test]
fn a_clean_run_passes() {
    let ending = run_all(Board::default());
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.judgement.exit.code(), 0);
    assert!(!ending.judgement.subset);
    assert_eq!(ending.run.ended, Ended::Complete);
    assert_eq!(ending.run.requests, 1);
    assert_eq!(ending.run.line.damaged, 0);
    assert_eq!(ending.run.line.rounds, 0);
}

#[test]
fn a_clean_run_passes_in_reads_of_any_size() {
    for chunk in [1, 7, 64] {
        let link = SimLink {
            chunk,
            ..SimLink::new(Board::default())
        };
        let ending = session(link, &RunRequest::default(), None);
        assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    }
}

#[test]
fn one_failed_check_fails_and_is_named() {
    let ending = run_all(failing());
    assert_eq!(ending.judgement.verdict, Fail);
    assert_eq!(ending.judgement.exit.code(), 1);
    assert!(ending.judgement.reason.contains(FAILING));
}

#[test]
fn a_lost_record_is_asked_for_again() {
    let ending = run_all(Board {
        mangle: mangle("ok 3 ", 1, |_| Vec::new()),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.line.resent, 1);
    assert_eq!(ending.run.line.rounds, 1);
    assert_eq!(ending.run.requests, 1);
}

#[test]
fn a_lost_header_is_asked_for_again() {
    let ending = run_all(Board {
        mangle: mangle("# board-check 1 ", 1, |_| Vec::new()),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.line.resent, 1);
}

#[test]
fn a_lost_end_is_asked_for_again() {
    let ending = run_all(Board {
        mangle: mangle("# board-check end ", 1, |_| Vec::new()),
        ..failing()
    });
    assert_eq!(ending.judgement.verdict, Fail);
    assert_eq!(ending.run.ended, Ended::Complete);
    assert_eq!(ending.run.line.resent, 1);
}

#[test]
fn a_check_that_says_that_it_goes_on_is_waited_for() {
    let ending = run_all(Board {
        busy_at: Some((40, 61)),
        ..failing()
    });
    assert_eq!(ending.run.ended, Ended::Complete);
    assert_eq!(ending.judgement.verdict, Fail);
    assert_eq!(ending.run.line.rounds, 0, "nothing is missing");
    assert!(ending.run.duration > Duration::from_secs(120));
}

#[test]
fn a_check_that_goes_on_without_an_end_is_given_up() {
    let ending = run_all(Board {
        busy_at: Some((40, u32::MAX)),
        ..Board::default()
    });
    assert_incomplete(&ending, "the board said nothing new for 600 s");
}

/// A board that checks resends nothing, so the header comes when the check has ended.
#[test]
fn a_check_that_goes_on_is_waited_for_though_the_header_was_lost() {
    let lost = |at, times| Board {
        mangle: mangle("# board-check 1 ", 1, |_| Vec::new()),
        busy_at: Some((at, times)),
        ..Board::default()
    };
    // Behind verified results, and with nothing of the run but that it goes on.
    for number in [40, 1] {
        let ending = run_all(lost(number, 61));
        assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
        assert_eq!(ending.run.requests, 1);
        assert!(ending.run.duration > Duration::from_secs(120));
    }
    let ending = run_all(lost(40, u32::MAX));
    assert_incomplete(&ending, "said nothing new for 600 s");
    let ending = run_all(lost(1, u32::MAX));
    assert_incomplete(&ending, "did not say that it is ready within 900 s");
}

#[test]
fn a_line_that_loses_everything_but_ready_does_not_pass() {
    let board = Board {
        mangle: Box::new(|text| match text.contains(" ready ") {
            true => line(text),
            false => line(&text.replace('a', "b")),
        }),
        ..Board::default()
    };
    assert_incomplete(&run_all(board), "requests with a whole line; ");
}

#[test]
fn a_record_that_never_arrives_is_given_up_and_named() {
    let board = Board {
        mangle: Box::new(|text| match text.contains("ok 3 ") {
            true => line("ok 3"),
            false => line(text),
        }),
        ..Board::default()
    };
    let ending = run_all(board);
    let words = format!(
        "1 of {} results did not arrive, asked for in 16 requests: 3.",
        NAMES.len()
    );
    assert_incomplete(&ending, &words);
}

#[test]
fn a_lost_request_is_sent_again_with_another_nonce() {
    let ending = run_all(Board {
        deaf_for: 2,
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.requests, 3);
    assert!(
        ending.run.duration < Duration::from_secs(4),
        "`ready` tells it"
    );
    assert_eq!(ending.run.records.unwrap().context.nonce, 0x5eed + 3);
}

#[test]
fn a_damaged_request_is_sent_again() {
    let ending = run_all(Board {
        damage_for: 1,
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.requests, 2);
    assert!(ending.run.duration < Duration::from_secs(2), "at once");
}

#[test]
fn nothing_is_sent_before_the_board_is_ready() {
    let board = Board {
        ready_each: Duration::from_secs(5),
        boot_text: "U-Boot SPL 2024.01\r\nHit any key to stop autoboot:  3 \r\n",
        // The first `ready` does not arrive whole.
        mangle: mangle("# board-check ready", 1, |text| line(&text[..40])),
        ..Board::default()
    };
    let ending = run_all(board);
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    let capture = String::from_utf8(ending.capture).unwrap();
    let first = capture.lines().find(|line| line.contains(" > ")).unwrap();
    let at: u64 = first.split(' ').next().unwrap().parse().unwrap();
    assert!((5000..5100).contains(&at), "{first}");
}

#[test]
fn the_last_ready_counts_of_those_that_lay_in_a_buffer() {
    let old = Ready { boot: 7, runs: 3 };
    let old = Record::Ready(old)
        .encode(&Context {
            boot: 7,
            ..Context::default()
        })
        .unwrap();
    let text = format!(
        "{old}\r\n[  100.000000] Kernel panic - not syncing: old\r\n\
         [    0.000000] Booting Linux on physical CPU 0x0\r\n"
    );
    let ending = run_all(Board {
        boot_text: text.leak(),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
}

#[test]
fn the_board_s_own_run_is_not_taken_for_ours() {
    let mut board = failing();
    board.start(Duration::ZERO, 0, &Filter::default());
    board.results.clear();
    let mut link = SimLink::new(board);
    // The results are fixed when the run starts; ours then has none that fails.
    let mut buffer = [0; 1];
    let _ = link.read(&mut buffer, Duration::from_millis(1));
    let ending = session(link, &RunRequest::default(), None);
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.records.unwrap().context.count, 2);
}

/// A board that has begun a run of its own, which takes a minute.
fn board_at_its_own_run() -> Board {
    let mut board = Board {
        check_takes: Duration::from_secs(60) / u32::try_from(NAMES.len()).unwrap(),
        ..Board::default()
    };
    board.start(Duration::ZERO, 0, &Filter::default());
    board
}

#[test]
fn the_board_s_own_run_is_waited_for() {
    let ending = run_all(board_at_its_own_run());
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.requests, 1);
    assert!(ending.run.duration > Duration::from_secs(120), "two runs");
}

#[test]
fn the_board_s_own_run_is_waited_for_from_its_middle_on() {
    let mut board = board_at_its_own_run();
    // Nobody heard the header, nor a `ready`.
    board.poll(Duration::from_secs(5));
    let link = SimLink {
        now: Duration::from_secs(5),
        ..SimLink::new(board)
    };
    let ending = session(link, &RunRequest::default(), None);
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.requests, 1);
    assert_eq!(ending.run.line.damaged, 1, "the first, alone");
}

#[test]
fn a_board_that_never_stops_its_own_runs_is_given_up() {
    let ending = run_all(Board {
        restless: true,
        ..board_at_its_own_run()
    });
    assert_incomplete(&ending, "did not say that it is ready within 900 s");
    let advice = "runs its checks for somebody else: wait for the end of that run, or reset";
    assert_incomplete(&ending, advice);
    assert!(ending.run.duration < Duration::from_secs(901));
    assert_eq!(ending.run.requests, 0);
}

/// A ready line from before a reset may lie in a buffer: asking it for a run would stop
/// the boot loader that listens now.
#[test]
fn a_ready_that_lay_in_a_buffer_is_not_believed() {
    let old = Board {
        boot: 7,
        ..Board::default()
    };
    let ending = run_all(Board {
        boot_text: ready_of(&old).leak(),
        ready_each: Duration::from_secs(5),
        // The board that boots is silent.
        mangle: mangle("# board-check ready", 1, |_| Vec::new()),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.requests, 1);
}

/// A board that the request resets, without a word of it, would pass a second request.
#[test]
fn a_reset_by_the_request_is_no_pass_at_the_next_one() {
    struct Reset(SimLink);
    impl board_check::link::Link for Reset {
        fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> std::io::Result<usize> {
            self.0.read(buffer, timeout)
        }
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
            if self.0.board.boot != 99 {
                self.0.board.boot = 99;
                return Ok(());
            }
            self.0.write(bytes)
        }
        fn set_line(&mut self, _: ControlLine, _: bool) -> std::io::Result<()> {
            panic!("nobody asked for a reset")
        }
        fn reopen(&mut self, _: &AtomicBool) -> std::io::Result<bool> {
            Ok(false)
        }
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }
    }
    let link = Reset(SimLink::new(Board::default()));
    let ending = session(link, &RunRequest::default(), None);
    assert_eq!(ending.judgement.verdict, Crashed, "{:?}", ending.judgement);
}

/// A ready line of another boot that comes late is no reset: the run goes on.
#[test]
fn an_old_ready_amid_a_run_is_no_reset() {
    let old = Board {
        boot: 7,
        ..Board::default()
    };
    let old = ready_of(&old);
    for start in ["ok 3 ", "# board-check end "] {
        let old = old.clone();
        let ending = run_all(Board {
            mangle: mangle(start, 1, move |text| {
                [old.as_bytes(), text.as_bytes(), b"\r\n"].concat()
            }),
            ..Board::default()
        });
        assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    }
}

fn ready_of(board: &Board) -> String {
    let ready = Ready {
        boot: board.boot,
        runs: 0,
    };
    let context = Context {
        boot: board.boot,
        ..Context::default()
    };
    format!("{}\r\n", Record::Ready(ready).encode(&context).unwrap())
}

/// Somebody else was a moment faster.
struct Slower(SimLink, bool);
impl board_check::link::Link for Slower {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> std::io::Result<usize> {
        self.0.read(buffer, timeout)
    }
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if std::mem::take(&mut self.1) {
            let now = self.0.now;
            self.0.board.start(now, 0, &Filter::default());
        }
        self.0.write(bytes)
    }
    fn set_line(&mut self, _: ControlLine, _: bool) -> std::io::Result<()> {
        panic!("nobody asked for a reset")
    }
    fn reopen(&mut self, _: &AtomicBool) -> std::io::Result<bool> {
        Ok(false)
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[test]
fn a_busy_board_is_waited_for() {
    // The other run takes long, less and more than the patience of the host.
    for seconds in [23, 90] {
        let board = Board {
            check_takes: Duration::from_secs(seconds) / u32::try_from(NAMES.len()).unwrap(),
            ..Board::default()
        };
        let link = Slower(SimLink::new(board), true);
        let ending = session(link, &RunRequest::default(), None);
        assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
        assert_eq!(ending.run.requests, 2);
    }
}

#[test]
fn a_busy_board_that_hangs_is_told_from_a_wire_that_is_cut() {
    let board = Board {
        dies_at: Some(6),
        ..Board::default()
    };
    let ending = session(
        Slower(SimLink::new(board), true),
        &RunRequest::default(),
        None,
    );
    let words = "The board is busy with another run, which has said nothing for 30 s; reset it.";
    assert_incomplete(&ending, words);
    assert_eq!(ending.run.requests, 1);
}

#[test]
fn a_busy_board_that_has_no_end_is_given_up_as_before_the_request() {
    let board = Board {
        restless: true,
        check_takes: Duration::from_millis(250),
        ..Board::default()
    };
    let ending = session(
        Slower(SimLink::new(board), true),
        &RunRequest::default(),
        None,
    );
    assert_incomplete(&ending, "did not say that it is ready within 900 s");
    let advice = "runs its checks for somebody else: wait for the end of that run, or reset";
    assert_incomplete(&ending, advice);
    assert!(ending.run.duration < Duration::from_secs(902));
}

#[test]
fn slow_checks_are_waited_for_and_silence_ends() {
    let slow = |seconds| Board {
        check_takes: Duration::from_secs(seconds),
        ..Board::default()
    };
    let ending = run_all(slow(29));
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_incomplete(&run_all(slow(31)), "the board said nothing new for 30");
}

#[test]
fn a_board_that_dies_is_incomplete() {
    let ending = run_all(Board {
        dies_at: Some(6),
        ..Board::default()
    });
    let words = format!(
        "{} of {} results did not arrive; the board said nothing new",
        NAMES.len() - 5,
        NAMES.len()
    );
    assert_incomplete(&ending, &words);
    let ending = run_all(Board {
        dies_at: Some(NAMES.len() - 9),
        ..failing()
    });
    assert_eq!(ending.judgement.verdict, Fail);
}

#[test]
fn an_echo_of_the_request_is_no_answer() {
    struct Echo(SimLink, Vec<u8>);
    impl board_check::link::Link for Echo {
        fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> std::io::Result<usize> {
            if self.1.is_empty() {
                return self.0.read(buffer, timeout);
            }
            let count = self.1.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.1[..count]);
            self.1.drain(..count);
            Ok(count)
        }
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
            self.1.extend(bytes);
            self.0.write(bytes)
        }
        fn set_line(&mut self, _: ControlLine, _: bool) -> std::io::Result<()> {
            panic!("nobody asked for a reset")
        }
        fn reopen(&mut self, _: &AtomicBool) -> std::io::Result<bool> {
            Ok(false)
        }
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }
    }
    let echo = Echo(SimLink::new(Board::default()), Vec::new());
    let ending = session(echo, &RunRequest::default(), None);
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    let deaf = Board {
        deaf_for: 99,
        ..Board::default()
    };
    let ending = session(
        Echo(SimLink::new(deaf), Vec::new()),
        &RunRequest::default(),
        None,
    );
    assert_incomplete(&ending, "answered none");
}

#[test]
fn a_kernel_message_behind_not_is_healed_and_stays_a_failure() {
    let ending = run_all(Board {
        mangle: mangle("not ok ", 99, |text| {
            [b"not ", MESSAGE.as_bytes(), &text.as_bytes()[4..], b"\r\n"].concat()
        }),
        ..failing()
    });
    assert_eq!(ending.judgement.verdict, Fail);
    assert_eq!(ending.run.line.healed, 1);
    assert_eq!(ending.run.line.rounds, 0, "healed without a resend");
}

#[test]
fn a_kernel_message_without_a_stamp_behind_not_is_asked_again_and_stays_a_failure() {
    let ending = run_all(Board {
        mangle: mangle("not ok ", 1, |text| {
            [
                b"not ",
                &MESSAGE.as_bytes()[15..],
                &text.as_bytes()[4..],
                b"\r\n",
            ]
            .concat()
        }),
        ..failing()
    });
    assert_eq!(ending.judgement.verdict, Fail);
    assert_eq!((ending.run.line.healed, ending.run.line.resent), (0, 1));
}

#[test]
fn kernel_messages_in_every_record_are_healed() {
    let ending = run_all(Board {
        mangle: Box::new(cut_by_messages),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert!(ending.run.line.healed >= 50, "{:?}", ending.run.line);
    assert_eq!(ending.run.line.rounds, 0);
}

#[test]
fn noise_makes_no_pass_of_a_failure_and_mostly_not_even_an_incomplete() {
    for (one_in, incomplete_at_most) in [(1000, 0), (100, 5)] {
        let mut incomplete = 0;
        for seed in 0..100 {
            let ending = run_all(Board {
                mangle: noisy(seed, one_in),
                ..failing()
            });
            assert_ne!(ending.judgement.verdict, Pass);
            incomplete += u32::from(ending.judgement.verdict != Fail);
            let clean = run_all(Board {
                mangle: noisy(seed, one_in),
                ..Board::default()
            });
            incomplete += u32::from(clean.judgement.verdict != Pass);
        }
        println!("one in {one_in}: {incomplete} of 200");
        assert!(
            incomplete <= incomplete_at_most,
            "{incomplete} at one in {one_in}"
        );
    }
}

#[test]
fn a_list_that_has_no_end_is_given_up() {
    let mut listed = None;
    let board = Board {
        list: 5,
        // One name of it again and again, where `ready` would come.
        mangle: Box::new(move |text| {
            if text.starts_with("#l 1 ") {
                listed = Some(text.to_owned());
            }
            match listed.as_deref() {
                Some(name) if !text.starts_with("ok ") => line(name),
                _ => line(text),
            }
        }),
        ..Board::default()
    };
    let ending = run_all(board);
    assert_incomplete(&ending, "its list could not be read");
    assert!(ending.run.duration < Duration::from_secs(100));
}
