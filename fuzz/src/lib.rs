//! What must hold for any bytes at all. The fuzzer calls these functions, and so does a
//! test with a corpus and with random bytes.
//!
//! Each panics where a promise is broken: a control byte for the terminal, a failure
//! that has become a PASS, a run that depends on how its bytes were cut into reads.

use std::time::Duration;

use board_check::capture::{About, Reader};
use board_check::collector::{Collector, Event};
use board_check::console::Sieve;
use board_check::judge::{Verdict, judge};
use board_check::replay::replay;
use board_check::report::{Format, Report};
use board_check::run::{Ended, Run, Source};
use board_check::session::Heard;

mod spice;

use spice::{request, spiced};

/// The line of a board: the same in reads of any size, and never a PASS.
pub fn line(data: &[u8]) {
    let bytes = spiced(data);
    for source in [Source::Session, Source::ForeignLog] {
        let whole = collected(source, &bytes, bytes.len().max(1));
        let size = 1 + usize::from(data.first().copied().unwrap_or(0) % 32);
        let pieces = collected(source, &bytes, size);
        assert_eq!(whole.line, pieces.line);
        assert_eq!(whole.kernel, pieces.kernel);
        let count = |run: &Run| run.records.as_ref().map_or(0, |records| records.count());
        assert_eq!(count(&whole), count(&pieces));
        assert_eq!(judge(&whole, None), judge(&pieces, None));
        if source == Source::Session {
            assert_reports(&whole);
        }
    }
}

/// A file that is said to be a capture.
pub fn capture(data: &[u8]) {
    let Ok(mut reader) = Reader::open(data) else {
        return;
    };
    let run = replay(&mut reader, assert_harmless).expect("memory can be read");
    assert_no_pass(&run);
    assert_reports(&run);
}

/// The console that other tools read: the check that fails is never shown as passed.
pub fn console(data: &[u8]) {
    let bytes = spiced(data);
    let mut collector = Collector::new(Source::Session);
    let mut sieve = Sieve::default();
    collector.sent(Duration::ZERO, request().as_bytes());
    sieve.asked();
    let mut shown = Vec::new();
    for (index, bytes) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let at = Duration::from_millis(index as u64 * 7);
        let events = collector.received(at, bytes);
        let heard = Heard {
            at,
            bytes,
            events: &events,
            records: collector.records(),
        };
        shown.extend(sieve.heard(&heard));
        shown.extend(sieve.quiet(at + Duration::from_millis(data.len() as u64)));
    }
    let run = collector.finish(Duration::from_secs(1), Ended::Complete);
    shown.extend(sieve.finish(&run, &judge(&run, None), &[]));
    let passes = |line: &[u8]| line.starts_with(spice::FAILING_AS_PASSED.as_bytes());
    assert!(!shown.split(|&byte| byte == b'\n').any(passes));
}

fn collected(source: Source, bytes: &[u8], size: usize) -> Run {
    let mut collector = Collector::new(source);
    collector.sent(Duration::ZERO, request().as_bytes());
    for piece in bytes.chunks(size) {
        let events = collector.received(Duration::ZERO, piece);
        events.iter().for_each(assert_harmless);
    }
    let run = collector.finish(Duration::ZERO, Ended::Complete);
    assert_no_pass(&run);
    run
}

/// Nothing that a terminal would carry out.
fn assert_harmless(event: &Event) {
    if let Event::Text { text, .. } = event {
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }
}

/// No run here is a whole one in which all passed.
fn assert_no_pass(run: &Run) {
    let judgement = judge(run, None);
    assert_ne!(judgement.verdict, Verdict::Pass, "{judgement:?}");
}

/// A report has no control bytes and is what it says it is, whatever a board puts into names
/// and details.
fn assert_reports(run: &Run) {
    let report = Report::new(run, &judge(run, None), &About::default(), None);
    let [json, junit, html] = [Format::Json, Format::Junit, Format::Html].map(|format| {
        let text = format.write(&report);
        assert!(text.bytes().all(|byte| byte == b'\n' || byte >= b' '));
        text
    });
    serde_json::from_str::<serde::de::IgnoredAny>(&json).expect("it is JSON");
    let mut xml = quick_xml::Reader::from_str(&junit);
    while xml.read_event().expect("it is XML") != quick_xml::events::Event::Eof {}
    assert!(!html.to_ascii_lowercase().contains("<script"));
}
