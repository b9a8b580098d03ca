//! From bytes in chunks of any size to lines.

/// One line as it arrived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line<'a> {
    /// The bytes before the line end; carriage returns at either end are gone.
    pub bytes: &'a [u8],
    /// True if the line was longer than the reader holds and its tail was dropped.
    pub cut: bool,
}

/// Collects bytes up to a line feed; keeps at most `N` of a line.
#[derive(Clone, Debug)]
pub struct LineReader<const N: usize> {
    buffer: heapless::Vec<u8, N>,
    cut: bool,
    complete: bool,
}

impl<const N: usize> Default for LineReader<N> {
    fn default() -> Self {
        Self {
            buffer: heapless::Vec::new(),
            cut: false,
            complete: false,
        }
    }
}

impl<const N: usize> LineReader<N> {
    /// Takes bytes from the front of `chunk` up to the end of the first line.
    ///
    /// Returns the line, if it is complete, and the bytes that were not taken;
    /// call again with those until no line comes back.
    pub fn feed<'a, 'c>(&'a mut self, chunk: &'c [u8]) -> (Option<Line<'a>>, &'c [u8]) {
        if self.complete {
            self.buffer.clear();
            self.cut = false;
            self.complete = false;
        }
        let end = line_end(chunk);
        let mut piece = &chunk[..end.unwrap_or(chunk.len())];
        // A carriage return at either end is no part of the line: it must not take the
        // place of its last byte.
        while let (true, Some(rest)) = (self.buffer.is_empty(), piece.strip_prefix(b"\r")) {
            piece = rest;
        }
        let (held, over) = piece.split_at(piece.len().min(N - self.buffer.len()));
        self.cut |= self.buffer.extend_from_slice(held).is_err();
        self.cut |= over.iter().any(|&byte| byte != b'\r');
        match end {
            None => (None, &[]),
            Some(end) => {
                self.complete = true;
                (Some(self.line()), &chunk[end + 1..])
            }
        }
    }

    /// The bytes of the line that is not complete yet.
    pub fn pending(&self) -> &[u8] {
        if self.complete { &[] } else { &self.buffer }
    }

    fn line(&self) -> Line<'_> {
        let mut bytes = self.buffer.as_slice();
        while let Some(rest) = bytes.strip_suffix(b"\r") {
            bytes = rest;
        }
        Line {
            bytes,
            cut: self.cut,
        }
    }
}

#[cfg(feature = "fast")]
fn line_end(chunk: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', chunk)
}

#[cfg(not(feature = "fast"))]
fn line_end(chunk: &[u8]) -> Option<usize> {
    chunk.iter().position(|&byte| byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_line(text: &[u8], bytes: &[u8], cut: bool) {
        let mut reader = LineReader::<4>::default();
        let (line, rest) = reader.feed(text);
        assert_eq!(line, Some(Line { bytes, cut }));
        assert_eq!(rest, b"");
    }

    #[test]
    fn keeps_a_line_that_just_fits_whatever_ends_it() {
        assert_line(b"abcd\n", b"abcd", false);
        assert_line(b"abcd\r\n", b"abcd", false);
        assert_line(b"\r\rabcd\r\r\n", b"abcd", false);
    }

    #[test]
    fn says_when_it_dropped_the_tail() {
        assert_line(b"abcde\n", b"abcd", true);
        assert_line(b"abcd\re\n", b"abcd", true);
    }

    #[test]
    fn is_whole_again_after_a_line_too_long() {
        let mut reader = LineReader::<4>::default();
        let (_, rest) = reader.feed(b"abcdefgh\nij");
        assert_eq!(reader.feed(rest), (None, &b""[..]));
        assert_eq!(reader.pending(), b"ij");
        let (line, rest) = reader.feed(b"\nk");
        let expected = Line {
            bytes: b"ij",
            cut: false,
        };
        assert_eq!((line, rest), (Some(expected), &b"k"[..]));
        assert_eq!(reader.pending(), b"");
    }
}
