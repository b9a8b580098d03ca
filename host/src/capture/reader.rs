//! Reads a capture, or a log that another tool wrote, piece by piece.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use super::{About, FORMAT, MAGIC, ended, marks};
use crate::escape::{unescape, unescape_into};
use crate::mark::Mark;
use crate::run::Ended;

/// Longest line of a capture, in bytes: one read of the port, escaped, and more.
const LINE_MAX: u64 = 64 * 1024;

/// Bytes of a foreign log that are taken at a time.
const CHUNK: usize = 16 * 1024;

/// Something that happened on the line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Entry<'a> {
    /// Bytes from the board.
    Received(Duration, &'a [u8]),
    /// Bytes to the board.
    Sent(Duration, &'a [u8]),
    /// Something that happened to the line itself.
    Marked(Duration, Mark),
    /// The end of the session.
    Ended(Duration, Ended),
    /// The capture is not as it was written; what follows is not read.
    Damaged(String),
}

/// Why a file cannot be replayed at all.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file cannot be read.
    #[error("Cannot read the capture")]
    Unreadable(#[from] io::Error),
    /// The file has another format.
    #[error(
        "The capture has format {found}, this release reads {FORMAT}. Use the release of \
         board-check that wrote it."
    )]
    OtherFormat {
        /// The version of its format.
        found: String,
    },
    /// Something before the bytes is not as it was written.
    #[error("Line {number} of the capture, \"{line}\", is none that this release writes.")]
    Head {
        /// Number of the line, from 1.
        number: usize,
        /// The line, escaped.
        line: String,
    },
    /// The file ends before the bytes begin.
    #[error("The capture ends before the first byte from the board.")]
    CutHead,
}

/// A capture or foreign log, being read.
pub struct Reader<R> {
    input: R,
    about: Option<About>,
    /// The line that was read last, and its number.
    line: Vec<u8>,
    number: usize,
    /// The bytes of the entry that was read last.
    bytes: Vec<u8>,
    /// The end of the session was read.
    ended: bool,
    /// Nothing more is read.
    over: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads what comes before the bytes.
    ///
    /// # Errors
    /// When the file cannot be read, or is a capture of another format.
    pub fn open(mut input: R) -> Result<Self, CaptureError> {
        let ours = input.fill_buf()?.starts_with(MAGIC.as_bytes());
        let mut reader = Self {
            input,
            about: None,
            line: Vec::new(),
            number: 0,
            bytes: Vec::new(),
            ended: false,
            over: false,
        };
        if ours {
            reader.about = Some(reader.head()?);
        }
        Ok(reader)
    }

    /// What the capture says of its session; `None` for a foreign log.
    pub fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    /// The next entry; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_entry(&mut self) -> io::Result<Option<Entry<'_>>> {
        if self.over {
            return Ok(None);
        }
        if self.about.is_none() {
            self.bytes.resize(CHUNK, 0);
            let count = self.input.read(&mut self.bytes)?;
            let chunk = &self.bytes[..count];
            return Ok((count > 0).then_some(Entry::Received(Duration::ZERO, chunk)));
        }
        if !self.next_line()? {
            self.over = true;
            return Ok(None);
        }
        let number = self.number;
        let entry = match self.line.strip_suffix(b"\n") {
            _ if self.ended => Entry::Damaged(format!("line {number} follows its end")),
            None => Entry::Damaged(format!("line {number} is cut off")),
            Some(line) => parse_entry(line, &mut self.bytes)
                .unwrap_or_else(|| Entry::Damaged(format!("line {number} cannot be read"))),
        };
        self.ended = matches!(entry, Entry::Ended(..));
        self.over = matches!(entry, Entry::Damaged(_));
        Ok(Some(entry))
    }

    fn head(&mut self) -> Result<About, CaptureError> {
        self.next_line()?;
        let found = String::from_utf8_lossy(&self.line[MAGIC.len()..])
            .trim_end()
            .to_owned();
        if found != FORMAT.to_string() {
            let found = crate::escape::escape(found.as_bytes());
            return Err(CaptureError::OtherFormat { found });
        }
        let mut about = About::default();
        loop {
            self.next_line()?;
            let line = self.line.strip_suffix(b"\n");
            let line = line.ok_or(CaptureError::CutHead)?;
            if line == b"begin" {
                return Ok(about);
            }
            set(&mut about, line).ok_or_else(|| CaptureError::Head {
                number: self.number,
                line: crate::escape::escape(&line[..line.len().min(80)]),
            })?;
        }
    }

    /// Reads the next line with its line feed, which only the last may lack; false at the
    /// end of the file.
    fn next_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.input
            .by_ref()
            .take(LINE_MAX)
            .read_until(b'\n', &mut self.line)?;
        self.number += 1;
        Ok(!self.line.is_empty())
    }
}

fn set(about: &mut About, line: &[u8]) -> Option<()> {
    let space = line.iter().position(|&byte| byte == b' ')?;
    let value = String::from_utf8(unescape(&line[space + 1..])?).ok()?;
    match &line[..space] {
        b"version" => about.version = value,
        b"started" => about.started = value,
        b"port" => about.port = value,
        b"baud" => about.baud_bits_per_second = value.parse().ok()?,
        b"board" => about.board = Some(value),
        b"board-file" => about.board_file = Some(value),
        b"place" => about.place = Some(value),
        b"only" => about.only = Some(value),
        b"skip" => about.skip = Some(value),
        b"fault" => about.fault = value.parse().ok()?,
        b"boot" => about.boot = Some(u64::from_str_radix(&value, 16).ok()?),
        b"note" => about.notes.push(value),
        _ => return None,
    }
    Some(())
}

/// Reads a line after `begin`; `bytes` become those of the entry.
fn parse_entry<'a>(line: &[u8], bytes: &'a mut Vec<u8>) -> Option<Entry<'a>> {
    let mut words = line.splitn(3, |&byte| byte == b' ');
    let at = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let at = Duration::from_millis(at);
    let kind = words.next()?;
    let rest = words.next()?;
    let text = || std::str::from_utf8(rest).ok();
    let unescaped = |bytes: &'a mut Vec<u8>| {
        bytes.clear();
        unescape_into(rest, bytes)?;
        Some(bytes.as_slice())
    };
    Some(match kind {
        b"<" => Entry::Received(at, unescaped(bytes)?),
        b">" => Entry::Sent(at, unescaped(bytes)?),
        b"!" => Entry::Marked(at, marks::read(text()?)?),
        b"end" => Entry::Ended(at, ended::read(text()?)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "board-check capture 1\nversion 0.1.0\nport /dev/x\nbaud 9600\nbegin\n";

    /// All entries, which live on.
    fn read(text: &str) -> Vec<Entry<'static>> {
        let mut reader = Reader::open(text.as_bytes()).unwrap();
        let mut entries = Vec::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            entries.push(match entry {
                Entry::Received(at, bytes) => Entry::Received(at, bytes.to_vec().leak()),
                Entry::Sent(at, bytes) => Entry::Sent(at, bytes.to_vec().leak()),
                Entry::Marked(at, mark) => Entry::Marked(at, mark),
                Entry::Ended(at, ended) => Entry::Ended(at, ended),
                Entry::Damaged(what) => Entry::Damaged(what),
            });
        }
        entries
    }

    #[test]
    fn reads_both_directions_and_the_end() {
        let at = Duration::from_millis;
        assert_eq!(
            read(&format!("{HEAD}5 < a\\r\\n\n7 > \\nb\\n\n9 end complete\n")),
            [
                Entry::Received(at(5), b"a\r\n"),
                Entry::Sent(at(7), b"\nb\n"),
                Entry::Ended(at(9), Ended::Complete),
            ]
        );
    }

    #[test]
    fn says_where_a_capture_is_damaged_or_cut() {
        let damaged = |text: &str| Entry::Damaged(text.to_owned());
        assert_eq!(
            read(&format!("{HEAD}5 ? a\n6 < b\n")),
            [damaged("line 6 cannot be read")]
        );
        assert_eq!(
            read(&format!("{HEAD}5 < a")),
            [damaged("line 6 is cut off")]
        );
        assert_eq!(read(HEAD), []);
        let ended = Entry::Ended(Duration::ZERO, Ended::Complete);
        assert_eq!(
            read(&format!("{HEAD}0 end complete\n{HEAD}")),
            [ended, damaged("line 7 follows its end")]
        );
    }

    #[test]
    fn refuses_another_format_and_a_head_that_it_does_not_know() {
        let error = |text: &str| Reader::open(text.as_bytes()).err().unwrap().to_string();
        assert!(error("board-check capture 2\n").contains("format 2"));
        assert!(error("board-check capture 1\ncolour blue\n").contains("\"colour blue\""));
        assert!(error("board-check capture 1\nport x\n").contains("ends before"));
    }

    #[test]
    fn a_log_of_another_tool_is_taken_as_bytes() {
        let log = "\u{0}\r\nhello";
        assert_eq!(read(log), [Entry::Received(Duration::ZERO, log.as_bytes())]);
        assert!(Reader::open(log.as_bytes()).unwrap().about().is_none());
    }
}
