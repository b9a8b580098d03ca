//! Sessions with a board that behaves in every way a board can; time is made up.

mod common;

use std::time::Duration;

use board_check::judge::Verdict::{Crashed, Fail, Incomplete, Pass};
use board_check::link::Link as _;
use board_check::request::RunRequest;
use board_check::run::Ended;
use board_check_protocol::{Context, ErrorReason, Filter, Outcome, Ready, Record, checks};

use common::sim::{Outcome as Ending, SimLink, run_all, session};
use common::{Board, line, mangle};

const FAILING: &str = "data.vmalloc.two-mappings";
const MESSAGE: &str = "[   12.345678] usb 1-1: new high-speed USB device\r\n";

/// A board on which one check fails.
fn failing() -> Board {
    Board {
        results: vec![(FAILING, Outcome::Fail, "offset=64 want=0xaffe0001 got=0x0")],
        ..Board::default()
    }
}

#[track_caller]
fn assert_incomplete(ending: &Ending, words: &str) {
    assert_eq!(
        ending.judgement.verdict, Incomplete,
        "{:?}",
        ending.judgement
    );
    assert_eq!(ending.judgement.exit.code(), 3);
    assert!(
        ending.judgement.reason.contains(words),
        "{}",
        ending.judgement.reason
    );
}

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
    assert_incomplete(
        &ending,
        "1 of 47 results did not arrive, asked for in 16 requests: 3.",
    );
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
        ending.run.duration < Duration::from_secs(3),
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
    assert!(ending.run.duration < Duration::from_secs(1), "at once");
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

#[test]
fn a_busy_board_is_waited_for() {
    // A ready line from before its own run started makes us ask too early.
    let mut board = Board::default();
    let ready = Ready {
        boot: board.boot,
        runs: 0,
    };
    let context = Context {
        boot: board.boot,
        ..Context::default()
    };
    board.boot_text = format!("{}\r\n", Record::Ready(ready).encode(&context).unwrap()).leak();
    board.check_takes = Duration::from_millis(500);
    board.start(Duration::ZERO, 0, &Filter::default());
    let ending = session(SimLink::new(board), &RunRequest::default(), None);
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert_eq!(ending.run.requests, 2);
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
    assert_incomplete(
        &ending,
        "42 of 47 results did not arrive; the board said nothing new",
    );
    let ending = run_all(Board {
        dies_at: Some(20),
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
        mangle: Box::new(|text| {
            let (head, tail) = text.split_at(text.len() / 2);
            [
                head.as_bytes(),
                MESSAGE.as_bytes(),
                MESSAGE.as_bytes(),
                tail.as_bytes(),
                b"\r\n",
            ]
            .concat()
        }),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert!(ending.run.line.healed >= 50, "{:?}", ending.run.line);
    assert_eq!(ending.run.line.rounds, 0);
}

#[test]
fn a_panic_is_a_crash_with_its_trace() {
    let panic = "[   12.000000] Kernel panic - not syncing: Fatal exception\r\n\
                 [   12.000100] CPU: 0 UID: 0 PID: 1 Comm: board-verify\r\n\
                 [   12.000200] Call trace:\r\n\
                 [   12.000300]  panic+0x0/0x1\r\n\
                 [   12.000400] ---[ end Kernel panic - not syncing: Fatal exception ]---\r\n";
    let ending = run_all(Board {
        mangle: mangle("ok 9 ", 1, move |_| panic.into()),
        dies_at: Some(10),
        ..failing()
    });
    assert_eq!(ending.judgement.verdict, Crashed);
    assert_eq!(ending.judgement.exit.code(), 4);
    assert!(
        ending.judgement.reason.contains("kernel panic"),
        "{}",
        ending.judgement.reason
    );
    assert_eq!(ending.run.kernel.evidence.len(), 5);
    assert!(ending.run.duration < Duration::from_secs(2));
}

#[test]
fn an_oops_in_a_run_that_goes_on_is_a_crash() {
    let ending = run_all(Board {
        mangle: mangle("ok 9 ", 1, |text| {
            let oops = b"[   12.000000] Unable to handle kernel NULL pointer dereference\r\n";
            [&oops[..], text.as_bytes(), b"\r\n"].concat()
        }),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Crashed);
    assert!(
        ending.judgement.reason.contains("kernel oops"),
        "{}",
        ending.judgement.reason
    );
}

#[test]
fn another_boot_id_is_a_reset() {
    let new = Ready { boot: 99, runs: 0 };
    let new = Record::Ready(new)
        .encode(&Context {
            boot: 99,
            ..Context::default()
        })
        .unwrap();
    let ending = run_all(Board {
        mangle: mangle("ok 9 ", 1, move |_| line(&new)),
        dies_at: Some(10),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Crashed);
    assert!(
        ending.judgement.reason.contains("boot id 0000000000000063"),
        "{}",
        ending.judgement.reason
    );
}

#[test]
fn a_boot_banner_is_a_reset() {
    for banner in [
        "\0\0U-Boot SPL 2024.01 (Jan 01 2024)",
        "[    0.000000] Linux version 7.3.4",
    ] {
        let ending = run_all(Board {
            mangle: mangle("ok 9 ", 1, move |_| line(banner)),
            dies_at: Some(10),
            ..Board::default()
        });
        assert_eq!(ending.judgement.verdict, Crashed);
        assert!(
            ending.judgement.reason.contains("reset during the run"),
            "{}",
            ending.judgement.reason
        );
    }
}

#[test]
fn silence_is_incomplete() {
    struct Silence(Duration);
    impl board_check::link::Link for Silence {
        fn read(&mut self, _: &mut [u8], timeout: Duration) -> std::io::Result<usize> {
            self.0 += timeout;
            Ok(0)
        }
        fn write(&mut self, _: &[u8]) -> std::io::Result<()> {
            panic!("something was sent to a silent board")
        }
        fn elapsed(&self) -> Duration {
            self.0
        }
    }
    let ending = session(Silence(Duration::ZERO), &RunRequest::default(), None);
    assert_incomplete(&ending, "not a single byte came");
    assert!(ending.run.duration < Duration::from_millis(30_100));
}

/// A board that never becomes ready, and says this instead.
fn chatter(text: &'static [u8]) -> Board {
    Board {
        boot_text: "",
        mangle: Box::new(move |_| text.to_vec()),
        ..Board::default()
    }
}

#[test]
fn garbage_is_incomplete_and_described() {
    let noise = b"\xf8\x80\x00\xfc\xf8\x1c\x00\x80\xe0";
    assert_incomplete(&run_all(chatter(noise)), "--baud");
    assert_incomplete(
        &run_all(chatter(b"buildroot login: \r\n")),
        "Another program has the console",
    );
    assert_incomplete(
        &run_all(chatter(b"[    1.000000] x\r\n")),
        "is board-verify in its image",
    );
    assert_incomplete(
        &run_all(chatter(b"hello\r\n")),
        "Is this the board's console port?",
    );
}

#[test]
fn a_kernel_that_panics_before_it_is_ready_crashed() {
    let panic = b"[    1.000000] Kernel panic - not syncing: No working init found.\r\n";
    let ending = run_all(chatter(panic));
    assert_eq!(ending.judgement.verdict, Crashed);
}

#[test]
fn another_protocol_version_ends_at_once() {
    let ending = run_all(chatter(
        b"# board-check ready protocol=2 boot=1 more=x 12345678\r\n",
    ));
    assert_incomplete(&ending, "protocol version 2, this release speaks 1");
    assert!(ending.run.duration < Duration::from_secs(3));
}

#[test]
fn another_list_of_checks_is_named() {
    let mut names = checks::NAMES.to_vec();
    names.remove(0);
    names.push("speed.vmalloc.read");
    let ending = run_all(Board {
        names,
        list: 0x1234,
        ..Board::default()
    });
    assert_incomplete(
        &ending,
        "it has 1 more (speed.vmalloc.read) and lacks 1 (seed.vmalloc.pattern)",
    );
}

#[test]
fn a_list_that_only_claims_to_be_ours_does_not_pass() {
    let mut names = checks::NAMES.to_vec();
    names.swap(3, 4);
    assert_incomplete(
        &run_all(Board {
            names: names.clone(),
            ..Board::default()
        }),
        "Result 4 is",
    );
    names.pop();
    assert_incomplete(
        &run_all(Board {
            names,
            ..Board::default()
        }),
        "Result 4 is",
    );
}

#[test]
fn a_skip_needs_a_rule_of_the_board() {
    let skipping = |name| Board {
        results: vec![(FAILING, Outcome::Skip, "no-carveout cells=0")],
        name,
        ..Board::default()
    };
    assert_incomplete(
        &run_all(skipping("qemu-aarch64")),
        "board qemu-aarch64 does not allow it",
    );
    assert_incomplete(&run_all(skipping("nosuch")), "--board names one");
    let text = "name = \"x\"\nmachine = \"m\"\n[console]\ndevice = \"d\"\nbaud = 1\nwiring = \"w\"\n\
                [[allow_skip]]\ncheck = \"data.*\"\nreason = \"no-carveout\"\n";
    let rules = board_check::board::from_text("x", text.to_owned())
        .unwrap()
        .board;
    let link = SimLink::new(skipping("nosuch"));
    let ending = session(link, &RunRequest::default(), Some(&rules));
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert!(
        ending.judgement.reason.contains("1 skipped"),
        "{}",
        ending.judgement.reason
    );
}

#[test]
fn what_the_kernel_counted_decides() {
    let counted = |tainted, oops, warn| {
        let board = Board {
            tainted,
            oops,
            warn,
            ..Board::default()
        };
        run_all(board).judgement
    };
    let judgement = counted(Some(0x80), Some(1), Some(0));
    assert_eq!(judgement.verdict, Crashed);
    let judgement = counted(Some(0x200), Some(0), Some(2));
    assert_eq!(judgement.verdict, Fail);
    assert!(
        judgement.reason.contains("the kernel warned"),
        "{}",
        judgement.reason
    );
    for bit in [4, 5, 7, 14] {
        let judgement = counted(Some(1 << bit), Some(0), Some(0));
        assert_eq!(judgement.verdict, Crashed);
        assert!(
            judgement.reason.contains("already damaged"),
            "{}",
            judgement.reason
        );
    }
    let judgement = counted(None, Some(0), Some(0));
    assert_eq!(judgement.verdict, Incomplete);
    assert!(
        judgement.reason.contains("CONFIG_PROC_SYSCTL."),
        "{}",
        judgement.reason
    );
    let judgement = counted(Some(0), None, None);
    assert!(
        judgement.reason.contains("CONFIG_SYSFS."),
        "{}",
        judgement.reason
    );
}

#[test]
fn a_filter_makes_a_subset() {
    let request = RunRequest {
        only: Some("seed.*,data.*".to_owned()),
        skip: Some("*.kmalloc.*".to_owned()),
        fault: 0,
    };
    let ending = session(SimLink::new(Board::default()), &request, None);
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
    assert!(ending.judgement.subset);
    assert!(
        ending.judgement.reason.contains("of the subset"),
        "{}",
        ending.judgement.reason
    );
    assert_eq!(
        ending.run.records.unwrap().checks.len(),
        request.selected().len()
    );
}

#[test]
fn a_refused_request_ends_with_its_reason() {
    for (reason, detail, words) in [
        (ErrorReason::Module, "ENOENT", "missing in the image"),
        (ErrorReason::Module, "ENOEXEC", "another kernel"),
        (ErrorReason::NoFaults, "?", "without deliberate faults"),
        (ErrorReason::Key, "colour=blue", "\"colour=blue\""),
    ] {
        let ending = run_all(Board {
            refuse: Some((reason, detail)),
            ..Board::default()
        });
        assert_incomplete(&ending, words);
        assert!(ending.run.duration < Duration::from_secs(1));
    }
    let ending = run_all(Board {
        refuse: Some((ErrorReason::NoChecks, "?")),
        ..Board::default()
    });
    assert_eq!(ending.judgement.exit.code(), 5);
}

#[test]
fn a_port_that_goes_away_is_incomplete() {
    let breaks = |millis| {
        let link = SimLink {
            breaks_at: Some(Duration::from_millis(millis)),
            ..SimLink::new(Board::default())
        };
        session(link, &RunRequest::default(), None)
    };
    assert_incomplete(&breaks(80), "before the port went away (broken pipe)");
    assert_incomplete(&breaks(10), "before the board was ready");
}

#[test]
fn an_image_with_faults_is_noted() {
    let ending = run_all(Board {
        image: "0.1.0+faults",
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass);
    assert!(
        ending
            .judgement
            .notes
            .iter()
            .any(|note| note.contains("deliberate faults"))
    );
}

#[test]
fn a_damaged_record_that_got_past_its_crc_is_stopped_by_the_digest() {
    // A record that verifies and differs from what the board digested.
    let forged = |times| {
        let forge = move |text: &str| {
            let context = Context {
                nonce: 0x5eed + 1,
                boot: Board::default().boot,
                count: 1,
            };
            let Some(Record::Check(mut check)) = Record::decode(text.as_bytes(), &context) else {
                return line(text);
            };
            check.outcome = Outcome::Pass;
            check.detail = "";
            let forged = Record::Check(check).encode(&context).unwrap();
            match text.starts_with("#r ") {
                true => line(&format!("#r {} {forged}", check.number)),
                false => line(&forged),
            }
        };
        let mut left = times;
        run_all(Board {
            mangle: Box::new(move |text| match text.contains(FAILING) && left > 0 {
                true => {
                    left -= 1;
                    forge(text)
                }
                false => line(text),
            }),
            ..failing()
        })
    };
    let once = forged(1);
    assert_eq!(once.judgement.verdict, Fail, "{:?}", once.judgement);
    let always = forged(99);
    assert_incomplete(&always, "sums in the end record");
}
