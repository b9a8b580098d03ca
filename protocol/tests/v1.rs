//! Text of protocol version 1, byte for byte.
//!
//! A failure here means that a board in the field stops being understood.
//! Change the code back; leave these lines as they are.
//!
//! All CRCs and the digest were computed outside this crate, with Python:
//! `zlib.crc32` and a SipHash-2-4 written by hand, which gives a129ca6149be45e5 for
//! the test vector of the SipHash paper. `docs/protocol.md` has both programs.

use board_check_protocol::{
    CHECKS_MAX, CheckResult, Context, Digest, End, ErrorReason, Filter, Header, LINE_MAX, Numbers,
    Outcome, RESENT_MAX, Ready, Record, Request, VERSION, foreign_protocol, resend,
};

const BOOT: u64 = 0x0d1c_2b3a_4958_6776;

/// The run of the examples.
const RUN: Context = Context {
    nonce: 0x5f3a_9b21_44c7_e018,
    boot: BOOT,
    count: 3,
};

/// A request that starts no run.
const ASKED: Context = Context {
    nonce: 0xa1b2_c3d4_e5f6_0718,
    boot: BOOT,
    count: 0,
};

const HEADER: &str = "# board-check 1 run=5f3a9b2144c7e018 boot=0d1c2b3a49586776 count=3 n=3 \
     list=9be3cf51 image=0.1.0 board=qemu-aarch64 machine=linux,dummy-virt 0619bd81";
const PASSED: &str = "ok 1 seed.vmalloc.pattern # pass 3 ms bf3e0795";
const FAILED: &str = "not ok 2 perm.vmalloc.exec # fail 1 ms want=EACCES got=0 e7dc413d";
const SKIPPED: &str = "ok 3 perm.kmalloc.pinned # SKIP 0 ms not-honoured 9b5b9a95";
const END: &str = "# board-check end run=5f3a9b2144c7e018 n=3 pass=1 fail=1 skip=1 \
     tainted=4096 oops=0 warn=? bf35ff9416ad904b 2375443e";

const HEADER_RECORD: Record<'_> = Record::Header(Header {
    context: RUN,
    checks: 3,
    list: 0x9be3_cf51,
    image: "0.1.0",
    board: "qemu-aarch64",
    machine: "linux,dummy-virt",
});
const FAILED_RECORD: Record<'_> = Record::Check(CheckResult {
    number: 2,
    name: "perm.vmalloc.exec",
    outcome: Outcome::Fail,
    milliseconds: 1,
    detail: "want=EACCES got=0",
});
const END_RECORD: Record<'_> = Record::End(End {
    checks: 3,
    pass: 1,
    fail: 1,
    skip: 1,
    tainted: Some(4096),
    oops: Some(0),
    warn: None,
    digest: 0xbf35_ff94_16ad_904b,
});

#[track_caller]
fn assert_record(record: Record<'_>, context: &Context, text: &str) {
    assert_eq!(record.encode(context).unwrap(), text);
    assert_eq!(Record::decode(text.as_bytes(), context), Some(record));
}

#[track_caller]
fn assert_request(request: &Request<'_>, nonce: u64, text: &str) {
    assert_eq!(request.encode(nonce, BOOT).unwrap(), text);
    let decoded = Request::decode(text.as_bytes(), BOOT).unwrap();
    assert_eq!(decoded, Some((nonce, request.clone())));
}

#[track_caller]
fn assert_error(reason: ErrorReason, detail: &str, context: &Context, text: &str) {
    assert_record(Record::Error { reason, detail }, context, text);
}

#[test]
fn version_and_limits() {
    assert_eq!(VERSION, 1);
    assert_eq!(LINE_MAX, 240);
    assert_eq!(RESENT_MAX, 248);
    assert_eq!(CHECKS_MAX, 512);
}

#[test]
fn ready() {
    assert_record(
        Record::Ready(Ready {
            boot: BOOT,
            runs: 2,
        }),
        &Context::default(),
        "# board-check ready protocol=1 boot=0d1c2b3a49586776 runs=2 71a57e4d",
    );
}

#[test]
fn ready_of_another_version() {
    let begins = |line: &str| foreign_protocol(line.as_bytes());
    assert_eq!(begins("# board-check ready protocol=2 "), Some(2));
    assert_eq!(
        begins("# board-check ready protocol=14 any=thing #!"),
        Some(14)
    );
    assert_eq!(begins("# board-check ready protocol=1 boot=0"), None);
    assert_eq!(begins("# board-check ready protocol=02 "), None);
    assert_eq!(begins("# board-check ready protocol=2"), None);
    assert_eq!(begins("# board-check ready protocol=2boot=0 "), None);
    assert_eq!(begins("# board-check ready protocol=99999999999 "), None);
    assert_eq!(
        foreign_protocol(b"# board-check ready protocol=\xff "),
        None
    );
}

#[test]
fn header() {
    assert_record(HEADER_RECORD, &RUN, HEADER);
}

#[test]
fn header_of_a_run_that_nobody_asked_for() {
    let context = Context { nonce: 0, ..RUN };
    let Record::Header(header) = HEADER_RECORD else {
        unreachable!();
    };
    assert_record(
        Record::Header(Header { context, ..header }),
        &context,
        "# board-check 1 run=0000000000000000 boot=0d1c2b3a49586776 count=3 n=3 list=9be3cf51 \
         image=0.1.0 board=qemu-aarch64 machine=linux,dummy-virt 112a99a6",
    );
}

#[test]
fn passed() {
    assert_record(
        Record::Check(CheckResult {
            number: 1,
            name: "seed.vmalloc.pattern",
            outcome: Outcome::Pass,
            milliseconds: 3,
            detail: "",
        }),
        &RUN,
        PASSED,
    );
}

#[test]
fn failed() {
    assert_record(FAILED_RECORD, &RUN, FAILED);
}

#[test]
fn skipped() {
    assert_record(
        Record::Check(CheckResult {
            number: 3,
            name: "perm.kmalloc.pinned",
            outcome: Outcome::Skip,
            milliseconds: 0,
            detail: "not-honoured",
        }),
        &RUN,
        SKIPPED,
    );
}

#[test]
fn end() {
    assert_record(END_RECORD, &RUN, END);
}

#[test]
fn digest_of_header_and_results() {
    let mut digest = Digest::new(&RUN);
    for line in [HEADER, PASSED, FAILED, SKIPPED] {
        digest.add(line);
    }
    assert_eq!(digest.value(), 0xbf35_ff94_16ad_904b);
}

#[test]
fn digest_of_lines_that_came_as_resends() {
    let mut digest = Digest::new(&RUN);
    for (number, line) in [HEADER, PASSED, FAILED, SKIPPED].into_iter().enumerate() {
        digest.add(&resend(number, line).unwrap());
    }
    assert_eq!(digest.value(), 0xbf35_ff94_16ad_904b);
}

#[test]
fn resent() {
    for (record, number, line, text) in [
        (HEADER_RECORD, 0, HEADER, format!("#r 0 {HEADER}")),
        (FAILED_RECORD, 2, FAILED, format!("#r 2 {FAILED}")),
        (END_RECORD, 4, END, format!("#r 4 {END}")),
    ] {
        assert_eq!(resend(number, line).unwrap(), *text);
        assert_eq!(Record::decode(text.as_bytes(), &RUN), Some(record));
    }
}

#[test]
fn busy() {
    assert_record(
        Record::Busy,
        &ASKED,
        "# board-check busy nonce=a1b2c3d4e5f60718 c9658249",
    );
}

#[test]
fn errors() {
    use ErrorReason::*;
    for (reason, detail, text) in [
        (Boot, "?", "reason=boot detail=? be04cb0d"),
        (Verb, "reboot", "reason=verb detail=reboot f9de822b"),
        (Key, "speed=9", "reason=key detail=speed=9 59bd1493"),
        (Value, "fault=x", "reason=value detail=fault=x db6e350d"),
        (Run, "?", "reason=run detail=? 65778ece"),
        (NoChecks, "?", "reason=no-checks detail=? 7da5fdd8"),
        (
            NoFaults,
            "fault=7",
            "reason=no-faults detail=fault=7 2c6c9c80",
        ),
        (Module, "ENOENT", "reason=module detail=ENOENT 6958522f"),
    ] {
        let text = format!("# board-check error nonce=a1b2c3d4e5f60718 {text}");
        assert_error(reason, detail, &ASKED, &text);
    }
    assert_error(
        Crc,
        "?",
        &Context { nonce: 0, ..ASKED },
        "# board-check error nonce=0000000000000000 reason=crc detail=? 397cd46b",
    );
}

#[test]
fn list() {
    assert_record(
        Record::List { checks: 2 },
        &ASKED,
        "# board-check list nonce=a1b2c3d4e5f60718 n=2 7d24c955",
    );
    assert_record(
        Record::Listed {
            number: 1,
            name: "seed.vmalloc.pattern",
        },
        &ASKED,
        "#l 1 seed.vmalloc.pattern 3d8856e3",
    );
    assert_record(
        Record::Listed {
            number: 2,
            name: "seed.kmalloc.pattern",
        },
        &ASKED,
        "#l 2 seed.kmalloc.pattern bc9c16e0",
    );
}

#[test]
fn off() {
    assert_record(
        Record::Off,
        &ASKED,
        "# board-check off nonce=a1b2c3d4e5f60718 b7b331f3",
    );
}

#[test]
fn request_to_run() {
    assert_request(
        &Request::Run {
            filter: Filter {
                only: Some("seed.*,perm.*"),
                skip: Some("*.flags"),
            },
            fault: 0,
        },
        RUN.nonce,
        "board-check run nonce=5f3a9b2144c7e018 boot=0d1c2b3a49586776 only=seed.*,perm.* \
         skip=*.flags d05e71ca",
    );
}

#[test]
fn request_to_run_with_a_fault() {
    assert_request(
        &Request::Run {
            filter: Filter::default(),
            fault: 7,
        },
        ASKED.nonce,
        "board-check run nonce=a1b2c3d4e5f60718 boot=0d1c2b3a49586776 fault=7 1fe42416",
    );
}

#[test]
fn request_to_resend() {
    let mut numbers = Numbers::default();
    for number in [0, 2, 3, 4] {
        numbers.insert(number);
    }
    assert_request(
        &Request::Resend(numbers),
        RUN.nonce,
        "board-check resend nonce=5f3a9b2144c7e018 boot=0d1c2b3a49586776 lines=0,2-4 150a08d4",
    );
}

#[test]
fn request_to_list() {
    assert_request(
        &Request::List,
        ASKED.nonce,
        "board-check list nonce=a1b2c3d4e5f60718 boot=0d1c2b3a49586776 29b64934",
    );
}

#[test]
fn request_to_power_off() {
    assert_request(
        &Request::Off,
        ASKED.nonce,
        "board-check off nonce=a1b2c3d4e5f60718 boot=0d1c2b3a49586776 29928e03",
    );
}
