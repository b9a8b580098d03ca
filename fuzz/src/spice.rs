//! Makes of the fuzzer's bytes a line in which whole records can stand: no fuzzer finds
//! a CRC.

use board_check_protocol::{
    CheckResult, Context, End, Filter, Header, Outcome, Ready, Record, Request, checks,
};

/// The run that is asked for.
const RUN: Context = Context {
    nonce: 0x5f3a_9b21_44c7_e018,
    boot: 0x0d1c_2b3a_4958_6776,
    count: 1,
};

/// How result 2, which fails, would begin if it had passed.
pub(crate) const FAILING_AS_PASSED: &str = "ok 2 ";

/// The request for the run.
pub(crate) fn request() -> String {
    let filter = Filter::default();
    let request = Request::Run { filter, fault: 0 };
    let line = request.encode(RUN.nonce, RUN.boot);
    line.expect("it fits a line").as_str().to_owned()
}

/// What a page or an XML file would take for its own.
const MARKUP: &str = "<script>&nbsp;]]>\"'";

/// `data`, in which each byte from 80 on stands for a record or a part of a kernel
/// message.
pub(crate) fn spiced(data: &[u8]) -> Vec<u8> {
    let records = records();
    let mut line = Vec::new();
    for &byte in data {
        match byte.checked_sub(0x80) {
            None => line.push(byte),
            // What a record must not hold stays possible, too.
            Some(0x7f) => line.push(byte),
            Some(place) => {
                let record = &records[usize::from(place) % records.len()];
                line.extend_from_slice(record.as_bytes());
            }
        }
    }
    line
}

fn records() -> Vec<String> {
    let result = |number, outcome| {
        Record::Check(CheckResult {
            number,
            name: checks::NAMES[number - 1],
            outcome,
            milliseconds: 1,
            detail: match outcome {
                Outcome::Fail => MARKUP,
                _ => "",
            },
        })
    };
    let header = |context| {
        Record::Header(Header {
            context,
            checks: 3,
            list: checks::DIGEST,
            image: "0.1.0",
            board: "?",
            machine: "?",
        })
    };
    let other = Context { nonce: 7, ..RUN };
    let end = Record::End(End {
        checks: 3,
        pass: 2,
        fail: 1,
        skip: 0,
        tainted: Some(0),
        oops: Some(0),
        warn: Some(0),
        digest: 0,
    });
    let ready = |boot| Record::Ready(Ready { boot, runs: 0 });
    let ours = [
        header(RUN),
        result(1, Outcome::Pass),
        result(2, Outcome::Fail),
        result(3, Outcome::Skip),
        end,
        ready(RUN.boot),
        ready(9),
        Record::Busy,
    ];
    let line = |record: &Record<'_>, context: &Context| {
        let line = record.encode(context).expect("it fits a line");
        line.as_str().to_owned()
    };
    let mut pieces: Vec<String> = ours.iter().map(|record| line(record, &RUN)).collect();
    pieces.push(line(&header(other), &other));
    pieces.push(line(&result(2, Outcome::Pass), &other));
    let resent = format!("#r 2 {}", pieces[2]);
    pieces.extend([
        resent,
        "\r\n".to_owned(),
        "[    1.000000] usb 1-1: new device\r\n".to_owned(),
        "[    1.000000] Oops [#1]\r\n".to_owned(),
        format!("[    1.000000] WARNING: {MARKUP}\r\n"),
        "\r\nU-Boot SPL 2026.01\r\n".to_owned(),
        "not ".to_owned(),
        pieces[2][..20].to_owned(),
        pieces[2][20..].to_owned(),
    ]);
    pieces
}
