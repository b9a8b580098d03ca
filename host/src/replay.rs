//! Judges a capture again: the bytes and requests of the file go through the same
//! collector and the same judge as those of a live session.

use std::io::{self, BufRead};
use std::time::Duration;

use crate::capture::{Entry, Reader};
use crate::collector::{Collector, Event};
use crate::run::{Ended, Run, Source};

/// Reads the rest of `reader` into a run; `watch` sees each event.
///
/// # Errors
/// When the file cannot be read.
pub fn replay<R: BufRead>(
    reader: &mut Reader<R>,
    mut watch: impl FnMut(&Event),
) -> io::Result<Run> {
    let source = match reader.about() {
        Some(_) => Source::Session,
        None => Source::ForeignLog,
    };
    let mut collector = Collector::new(source);
    if let Some(boot) = reader.about().and_then(|about| about.boot) {
        collector.within_boot(boot);
    }
    let mut now = Duration::ZERO;
    let mut ended = Ended::CaptureEnds;
    let mut fault = None;
    while let Some(entry) = reader.next_entry()? {
        match entry {
            Entry::Received(at, bytes) => {
                now = now.max(at);
                collector.received(now, bytes).iter().for_each(&mut watch);
            }
            Entry::Sent(at, bytes) => {
                now = now.max(at);
                for line in bytes.split(|&byte| byte == b'\n') {
                    collector.sent(now, line);
                }
            }
            Entry::Marked(at, mark) => {
                now = now.max(at);
                collector.mark(now, &mark);
            }
            Entry::Ended(at, end) => {
                now = now.max(at);
                ended = end;
            }
            Entry::Damaged(what) => fault = Some(what),
        }
    }
    let mut run = collector.finish(now, ended);
    if source == Source::Session && run.ended == Ended::CaptureEnds && fault.is_none() {
        fault = Some("it ends before the session did".to_owned());
    }
    run.capture_fault = fault;
    if let Some(about) = reader.about() {
        run.notes.extend(about.notes.iter().cloned());
    }
    Ok(run)
}
