//! What kernel messages and echoes do to records on the line they share.

use board_check_protocol::{CheckResult, Context, LineReader, Outcome, Record, Request};

const RUN: Context = Context {
    nonce: 0x5f3a_9b21_44c7_e018,
    boot: 0x0d1c_2b3a_4958_6776,
    count: 3,
};

/// Lines of `capture` as a host reads them, those that verify as records.
fn records(capture: &str) -> Vec<String> {
    let mut reader = LineReader::<1024>::default();
    let mut rest = capture.as_bytes();
    let mut verified = Vec::new();
    while let (Some(line), behind) = reader.feed(rest) {
        if let Some(record) = Record::decode(line.bytes, &RUN) {
            verified.push(format!("{record:?}"));
        }
        rest = behind;
    }
    verified
}

fn failed() -> String {
    let record = Record::Check(CheckResult {
        number: 3,
        name: "eth.phy",
        outcome: Outcome::Fail,
        milliseconds: 2000,
        detail: "no link",
    });
    record.encode(&RUN).unwrap().to_string()
}

/// `docs/decisions/0001-ktap-with-proof.md`: kunit.py, prove, LAVA and Linaro's
/// parser all read this as a pass.
#[test]
fn a_failure_cut_by_a_kernel_message_is_no_pass() {
    let line = failed();
    let tail = line.strip_prefix("not ").unwrap();
    assert!(tail.starts_with("ok 3 eth.phy # "));
    let message = "[   12.345678] usb 1-1: new high-speed USB device number 2";

    let capture = format!("1..3\r\nnot {message}\r\n{tail}\r\n");
    assert_eq!(capture.lines().count(), 3);
    assert!(records(&capture).is_empty());

    assert_eq!(records(&format!("{message}\r\n{line}\r\n")).len(), 1);
}

#[test]
fn a_resent_failure_cut_by_a_kernel_message_is_no_pass() {
    let line = failed();
    let tail = line.strip_prefix("not ").unwrap();
    let capture = format!("#r 3 not [   12.345678] usb 1-1: reset\r\n{tail}\r\n#r 3 {tail}\r\n");
    assert!(records(&capture).is_empty());
}

#[test]
fn a_failure_without_its_first_bytes_is_no_pass() {
    let line = failed();
    for start in 1..line.len() {
        assert_eq!(Record::decode(&line.as_bytes()[start..], &RUN), None);
    }
    for end in 0..line.len() {
        assert_eq!(Record::decode(&line.as_bytes()[..end], &RUN), None);
    }
}

#[test]
fn a_message_behind_or_inside_a_record_makes_it_unverified() {
    let line = failed();
    for at in 1..=line.len() {
        let (front, back) = line.split_at(at);
        let spliced = format!("{front}[   12.345678] x{back}");
        assert_eq!(Record::decode(spliced.as_bytes(), &RUN), None);
    }
}

#[test]
fn an_echoed_request_is_no_record() {
    let request = Request::List.encode(RUN.nonce, RUN.boot).unwrap();
    assert_eq!(Record::decode(request.as_bytes(), &RUN), None);
    let marked = format!("# {request}");
    assert_eq!(Record::decode(marked.as_bytes(), &RUN), None);
}

#[test]
fn an_echoed_record_is_no_request() {
    let record = Record::Busy.encode(&RUN).unwrap();
    assert_eq!(Request::decode(record.as_bytes(), RUN.boot), Ok(None));
}
