//! What becomes of bytes that no well-behaved board sends.

use board_check_protocol::{CheckResult, Context, Header, Outcome, Record, Request};

use super::*;
use crate::run::KernelText;

const AT: Duration = Duration::ZERO;

fn run_request(nonce: u64, boot: u64) -> String {
    let filter = board_check_protocol::Filter::default();
    let request = Request::Run { filter, fault: 0 };
    request.encode(nonce, boot).unwrap().as_str().to_owned()
}

fn ready(boot: u64, runs: u32) -> String {
    let context = Context {
        boot,
        ..Context::default()
    };
    sealed(&Record::Ready(Ready { boot, runs }), &context)
}

fn sealed(record: &Record<'_>, context: &Context) -> String {
    format!("{}\r\n", record.encode(context).unwrap())
}

fn header(context: Context) -> String {
    let header = Header {
        context,
        checks: 2,
        list: 0,
        image: "0",
        board: "?",
        machine: "?",
    };
    sealed(&Record::Header(header), &context)
}

fn check(number: usize, outcome: Outcome, context: &Context) -> String {
    let check = CheckResult {
        number,
        name: "a.b.c",
        outcome,
        milliseconds: 0,
        detail: "",
    };
    sealed(&Record::Check(check), context)
}

/// A collector that has seen `ready` of boot 1 and sent a run request for each nonce.
fn asked(nonces: &[u64]) -> Collector {
    let mut collector = Collector::new(Source::Session);
    collector.received(AT, ready(1, 0).as_bytes());
    for &nonce in nonces {
        collector.sent(Duration::ZERO, run_request(nonce, 1).as_bytes());
    }
    collector
}

fn context(nonce: u64) -> Context {
    Context {
        nonce,
        boot: 1,
        count: 1,
    }
}

/// Says this of boot after boot before any request, and ends.
fn waited(said: &str) -> KernelText {
    let mut collector = Collector::new(Source::Session);
    collector.received(AT, said.as_bytes());
    let waited = Duration::from_secs(30);
    collector.finish(AT, Ended::NotReady { waited }).kernel
}

const BANNERS: &str = "U-Boot 2024.01 (Jan 01 2024)\r\n[    0.000000] Linux version 7.3.4\r\n";

#[test]
fn the_last_crash_of_a_board_that_starts_again_and_again_is_kept_and_all_are_counted() {
    let oops = "[    1.000000] Unable to handle kernel paging request at 0\r\n\
                [    1.000001] Kernel panic - not syncing: Oops: Fatal exception\r\n";
    let panic = "[    2.000000] Kernel panic - not syncing: none\r\n\
                 [    2.000001] ---[ end Kernel panic - not syncing: none ]---\r\n";
    let warning = "[    3.000000] WARNING: CPU: 0 PID: 1\r\n";
    let kernel = waited(&[BANNERS, oops, BANNERS, panic, BANNERS, warning].concat());
    assert_eq!(kernel.crashes, 2);
    let (_, last) = kernel.alarm.unwrap();
    assert!(last.ends_with("not syncing: none"), "{last}");
    assert_eq!(kernel.evidence.len(), 2, "{:?}", kernel.evidence);
}

#[test]
fn a_boot_that_is_ready_makes_up_for_those_before_it() {
    let panic = "[    2.000000] Kernel panic - not syncing: none\r\n";
    let kernel = waited(&[panic, BANNERS, &ready(1, 0), BANNERS].concat());
    assert_eq!(kernel, KernelText::default());
    let kernel = waited(&[panic, BANNERS, &ready(1, 0), BANNERS, panic, BANNERS].concat());
    assert_eq!(kernel.crashes, 1);
}

#[test]
fn records_of_any_nonce_that_was_issued_are_taken() {
    let mut collector = asked(&[5, 6]);
    collector.received(AT, check(1, Outcome::Pass, &context(5)).as_bytes());
    assert_eq!(collector.records().unwrap().context.nonce, 5);
}

#[test]
fn records_of_another_nonce_boot_or_run_are_not_taken() {
    for context in [
        Context {
            nonce: 7,
            ..context(5)
        },
        Context {
            nonce: 0,
            ..context(5)
        },
        Context {
            boot: 2,
            ..context(5)
        },
        Context {
            count: 2,
            ..context(5)
        },
    ] {
        let mut collector = asked(&[5]);
        collector.received(AT, check(1, Outcome::Pass, &context).as_bytes());
        assert_eq!(collector.records().unwrap().count(), 0, "{context:?}");
    }
}

#[test]
fn the_header_says_which_run_it_is() {
    let mut collector = asked(&[5]);
    let context = Context {
        count: 9,
        ..context(5)
    };
    collector.received(AT, header(context).as_bytes());
    collector.received(AT, check(1, Outcome::Pass, &context).as_bytes());
    assert_eq!(collector.records().unwrap().count(), 2);
}

#[test]
fn a_failure_in_one_of_two_runs_is_not_lost() {
    let mut collector = asked(&[5, 6]);
    collector.received(AT, check(1, Outcome::Fail, &context(5)).as_bytes());
    collector.received(AT, header(context(6)).as_bytes());
    collector.received(AT, check(1, Outcome::Pass, &context(6)).as_bytes());
    collector.received(AT, check(2, Outcome::Pass, &context(6)).as_bytes());
    let run = collector.finish(AT, Ended::Complete);
    assert!(run.records.unwrap().has_failure());
}

#[test]
fn the_last_line_needs_no_line_end() {
    let mut collector = asked(&[5]);
    collector.received(
        AT,
        check(1, Outcome::Pass, &context(5)).trim_end().as_bytes(),
    );
    let run = collector.finish(AT, Ended::CaptureEnds);
    assert_eq!(run.records.unwrap().count(), 1);
}

#[test]
fn an_alarm_before_the_request_belongs_to_the_time_before() {
    let mut collector = Collector::new(Source::Session);
    collector.received(AT, b"[    1.000000] Oops [#1]\r\n");
    collector.received(AT, ready(1, 0).as_bytes());
    collector.sent(Duration::ZERO, run_request(5, 1).as_bytes());
    assert_eq!(collector.crash_over_at(), None);
    let run = collector.finish(AT, Ended::Complete);
    assert_eq!(run.kernel, KernelText::default());
}

#[test]
fn a_trace_ends_where_the_kernel_says_so_or_goes_quiet() {
    let lines = |end: &[u8], pause: u64| {
        let mut collector = asked(&[5]);
        collector.received(
            AT,
            b"[    1.000000] Oops [#1]\r\n[    1.000001] PC is at x\r\n",
        );
        collector.received(AT, end);
        let later = Duration::from_millis(pause);
        collector.received(later, b"[    1.000002] usb 1-1: new\r\n");
        collector
            .finish(later, Ended::Crashed)
            .kernel
            .evidence
            .len()
    };
    assert_eq!(lines(b"", 10), 3);
    assert_eq!(lines(b"", 1500), 2);
    assert_eq!(lines(b"[    1.000001] ---[ end trace 0000 ]---\r\n", 10), 3);
}

#[test]
fn a_flood_of_traces_is_bounded() {
    let mut collector = asked(&[5]);
    for _ in 0..10_000 {
        collector.received(
            AT,
            b"[    1.000000] WARNING: CPU: 0 PID: 1 at x\r\n[    1.000000]  y\r\n",
        );
    }
    let run = collector.finish(AT, Ended::Complete);
    assert_eq!(run.kernel.warnings, 10_000);
    assert!(run.kernel.evidence.len() <= 200);
}

#[test]
fn no_bytes_at_all_make_it_panic_or_send_control_bytes_on() {
    // A small generator is enough here; the fuzz targets do this in earnest.
    let mut state = 1_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u8
    };
    let pieces: [&[u8]; 8] = [
        b"ok 1 ",
        b"not ",
        b"#r 1 ",
        b"[    1.000000] ",
        b"\r\n",
        b"# board-check ",
        b"KTAP version 1",
        b"\x1b[2J",
    ];
    for source in [Source::Session, Source::ForeignLog] {
        let mut collector = Collector::new(source);
        collector.sent(Duration::ZERO, run_request(5, 1).as_bytes());
        for _ in 0..20_000 {
            let byte = random();
            let bytes = match byte < 64 {
                true => pieces[usize::from(byte % 8)].to_vec(),
                false => vec![byte],
            };
            for event in collector.received(AT, &bytes) {
                if let Event::Text { text, .. } = event {
                    assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
                }
            }
        }
        assert_eq!(
            collector
                .finish(AT, Ended::Complete)
                .records
                .map_or(0, |run| run.count()),
            0
        );
    }
}

#[test]
fn another_version_is_believed_when_two_lines_in_a_row_say_it() {
    let other = ready(1, 0).replace("protocol=1", "protocol=3");
    let mut collector = Collector::new(Source::Session);
    for line in [&other, &ready(1, 0), "x\r\n", &other] {
        collector.received(AT, line.as_bytes());
        assert!(!collector.speaks_other_protocol());
    }
    collector.received(AT, b"[    1.000000] a kernel message\r\n");
    collector.received(AT, other.as_bytes());
    assert!(collector.speaks_other_protocol());
}
