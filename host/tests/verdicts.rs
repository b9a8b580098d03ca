//! What is said of boards on which something is wrong; time is made up.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use board_check::judge::Verdict::{Crashed, Fail, Incomplete, Pass};
use board_check::link::ControlLine;
use board_check::request::RunRequest;
use board_check_protocol::{Context, ErrorReason, Outcome, Ready, Record, checks};

use crate::common::sim::{SimLink, assert_incomplete, run_all, session};
use crate::common::{Board, FAILING, failing, line, mangle};

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
    // Whatever became of the first words of its kernel.
    for banner in [
        "",
        "\x7fq\x02Linux version 7.3.4",
        "[    0.00#000] Linux vers",
    ] {
        let new = new.clone();
        let mut reset = false;
        let ending = run_all(Board {
            mangle: Box::new(move |text| {
                if !reset && text.starts_with("ok 9 ") {
                    reset = true;
                    return line(banner);
                }
                line(if reset { &new } else { text })
            }),
            check_takes: Duration::from_millis(100),
            ..Board::default()
        });
        assert_eq!(ending.judgement.verdict, Crashed);
        assert!(
            ending.judgement.reason.contains("boot id 0000000000000063"),
            "{}",
            ending.judgement.reason
        );
    }
}

#[test]
fn a_boot_banner_is_a_reset() {
    for banner in [
        "\0\0U-Boot SPL 2024.01 (Jan 01 2024)",
        "[    0.000000] Linux version 7.3.4",
        "OpenSBI v1.5",
        "NOTICE:  BL31: v2.10.0(release):v2.10",
        "barebox 2024.05.0 #1",
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
fn a_kernel_that_names_its_bootloader_was_not_reset() {
    let ending = run_all(Board {
        mangle: mangle("ok 9 ", 1, |text| {
            let message = b"[   12.000000] acme: started by U-Boot 2024.01\r\n";
            [&message[..], &line(text)].concat()
        }),
        ..Board::default()
    });
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
}

/// Words of a kernel that starts or breaks, amid what others say.
#[test]
fn a_program_or_driver_that_says_such_words_is_neither_reset_nor_bug() {
    for said in [
        "klogd started: BusyBox v1.36; Linux version 7.3.4 (gcc)",
        "[   12.000000] macb ff0e0000.ethernet eth0: BUG: halt tx timed out",
        "updater: Oops: no such file",
        "compiler: Internal error: try again",
    ] {
        let ending = run_all(Board {
            mangle: mangle("ok 9 ", 1, move |text| [line(said), line(text)].concat()),
            ..Board::default()
        });
        assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
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
        fn set_line(&mut self, _: ControlLine, _: bool) -> std::io::Result<()> {
            panic!("nobody asked for a reset")
        }
        fn reopen(&mut self, _: &AtomicBool) -> std::io::Result<bool> {
            Ok(false)
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

/// What it says when it is given up is of a boot that may not have panicked yet.
#[test]
fn a_board_that_panics_in_each_of_its_boots_crashed() {
    const BOOT: [&str; 4] = [
        "U-Boot SPL 2024.01 (Jan 01 2024 - 00:00:00 +0000)",
        "[    0.000000] Booting Linux on physical CPU 0x0000000000",
        "[    0.000000] Linux version 7.3.4",
        "[    1.200000] Kernel panic - not syncing: No working init found.",
    ];
    for first in 0..BOOT.len() {
        let mut said = BOOT.iter().cycle().skip(first);
        let ending = run_all(Board {
            boot_text: "",
            mangle: Box::new(move |_| line(said.next().unwrap())),
            ..Board::default()
        });
        let judgement = &ending.judgement;
        assert_eq!(judgement.verdict, Crashed, "{judgement:?}");
        assert_eq!(judgement.exit.code(), 4);
        let words = "times while it was waited for, the last time with a kernel panic: \
                     [    1.200000] Kernel panic - not syncing: No working init found.";
        assert!(judgement.reason.contains(words), "{}", judgement.reason);
    }
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
    names.push("seed.vmalloc.unheard-of");
    let ending = run_all(Board {
        names,
        list: 0x1234,
        ..Board::default()
    });
    assert_incomplete(
        &ending,
        "it has 1 more (seed.vmalloc.unheard-of) and lacks 1 (seed.vmalloc.pattern)",
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
        (ErrorReason::NoFaults, "?", "`make image-ARCH-faults`"),
        (ErrorReason::Key, "colour=blue", "\"colour=blue\""),
    ] {
        let ending = run_all(Board {
            refuse: Some((reason, detail)),
            ..Board::default()
        });
        assert_incomplete(&ending, words);
        assert!(ending.run.duration < Duration::from_secs(2));
    }
    let ending = run_all(Board {
        refuse: Some((ErrorReason::NoChecks, "?")),
        ..Board::default()
    });
    assert_eq!(ending.judgement.exit.code(), 5);
}

/// A link that is broken between these times, in milliseconds.
fn breaking(from: u64, to: Option<u64>) -> SimLink {
    SimLink {
        breaks_at: Some(Duration::from_millis(from)),
        back_at: to.map(Duration::from_millis),
        ..SimLink::new(Board::default())
    }
}

#[test]
fn a_port_that_goes_away_for_good_is_incomplete_after_the_timeout() {
    let breaks = |millis| session(breaking(millis, None), &RunRequest::default(), None);
    let ending = breaks(1080);
    assert_incomplete(
        &ending,
        "before the port went away (broken pipe, and not back",
    );
    let seconds = ending.run.duration.as_secs();
    assert!((31..33).contains(&seconds), "{seconds} s");
    assert_incomplete(&breaks(10), "before the board was ready");
}

#[test]
fn a_port_that_comes_back_is_used_on_and_what_was_lost_asked_for_again() {
    // Before `ready`, in the middle of the records, and just before the end.
    for from in [10, 1200, 1600] {
        for to in [from + 250, from + 20_000] {
            let ending = session(breaking(from, Some(to)), &RunRequest::default(), None);
            let judgement = &ending.judgement;
            assert_eq!(judgement.verdict, Pass, "{from} to {to}: {judgement:?}");
            let noted = |note: &String| note == "The port was away once during the session.";
            assert!(judgement.notes.iter().any(noted), "{:?}", judgement.notes);
            let capture = String::from_utf8(ending.capture).unwrap();
            assert!(capture.contains(" ! lost broken pipe\n"), "{capture}");
            assert!(capture.contains(" ! back\n"), "{capture}");
            assert_eq!(ending.run.requests, 1, "the same run");
        }
    }
}

#[test]
fn a_board_that_was_reset_while_the_port_was_away_crashed() {
    let link = SimLink {
        resets: true,
        ..breaking(1300, Some(5000))
    };
    let ending = session(link, &RunRequest::default(), None);
    assert_eq!(ending.judgement.verdict, Crashed, "{:?}", ending.judgement);
    assert!(ending.judgement.reason.contains("boot id"));
    // Before anything was asked for, it is no matter.
    let link = SimLink {
        resets: true,
        ..breaking(10, Some(5000))
    };
    let ending = session(link, &RunRequest::default(), None);
    assert_eq!(ending.judgement.verdict, Pass, "{:?}", ending.judgement);
}

#[test]
fn a_port_that_comes_and_goes_is_given_up() {
    struct Flapping(SimLink, bool);
    impl board_check::link::Link for Flapping {
        fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> std::io::Result<usize> {
            match std::mem::take(&mut self.1) {
                true => self.0.read(buffer, timeout),
                false => Err(std::io::ErrorKind::BrokenPipe.into()),
            }
        }
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
            self.0.write(bytes)
        }
        fn set_line(&mut self, _: ControlLine, _: bool) -> std::io::Result<()> {
            panic!("nobody asked for a reset")
        }
        fn reopen(&mut self, stop: &AtomicBool) -> std::io::Result<bool> {
            self.1 = true;
            self.0.reopen(stop)
        }
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }
    }
    let silent = Board {
        boot_text: "",
        mangle: Box::new(|_| Vec::new()),
        ..Board::default()
    };
    let ending = session(
        Flapping(SimLink::new(silent), true),
        &RunRequest::default(),
        None,
    );
    assert_incomplete(&ending, "went away");
    assert!(ending.run.duration < Duration::from_secs(90));
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
