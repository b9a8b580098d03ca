//! What the host asks of the board.

use core::fmt::{self, Write};

use crate::seal::Sealed;
use crate::text::{cut, decimal, hex, is_word, split};
use crate::{Context, Direction, ErrorReason, Filter, Numbers, Text};

/// One line to the board.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request<'a> {
    /// Run the checks.
    Run {
        /// Which.
        filter: Filter<'a>,
        /// The deliberate fault to load the module with; 0 is none.
        fault: u32,
    },
    /// Say these records of the last run again. The nonce names the run.
    Resend(Numbers),
    /// Name all checks.
    List,
    /// Power off.
    Off,
}

/// Why a line is no request that can be carried out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequestError<'a> {
    /// For [`crate::Record::Error`].
    pub reason: ErrorReason,
    /// The word at fault, `?` where there is none.
    pub detail: &'a str,
    /// The nonce of the request; 0 where the request did not arrive whole.
    pub nonce: u64,
}

const PREFIX: &str = "board-check ";

/// Most bytes of a word at fault that an error record repeats, so that the record
/// fits a line whatever the request was.
const DETAIL_MAX: usize = 64;

impl<'a> Request<'a> {
    /// The sealed line, without line end. `nonce` is fresh for each run, list and
    /// off, and that of the run for a resend.
    ///
    /// # Errors
    /// When the line would be longer than [`crate::LINE_MAX`], or when
    /// [`Request::decode`] would refuse it: a filter that is empty or has a space or
    /// anything but printable ASCII, a resend of nothing, a run with nonce 0.
    pub fn encode(&self, nonce: u64, boot: u64) -> Result<Text, fmt::Error> {
        let sound = match self {
            Self::Run { filter, .. } => {
                let words = [filter.only, filter.skip];
                nonce != 0 && words.into_iter().flatten().all(is_word)
            }
            Self::Resend(numbers) => !numbers.is_empty(),
            Self::List | Self::Off => true,
        };
        if !sound {
            return Err(fmt::Error);
        }
        let mut line = Text::new();
        write!(
            line,
            "{PREFIX}{} nonce={nonce:016x} boot={boot:016x}",
            self.verb()
        )?;
        match self {
            Self::Run { filter, fault } => {
                if let Some(only) = filter.only {
                    write!(line, " only={only}")?;
                }
                if let Some(skip) = filter.skip {
                    write!(line, " skip={skip}")?;
                }
                if *fault != 0 {
                    write!(line, " fault={fault}")?;
                }
            }
            Self::Resend(numbers) => write!(line, " lines={numbers}")?,
            Self::List | Self::Off => {}
        }
        context(nonce, boot).seal(Direction::ToBoard, &mut line)?;
        Ok(line)
    }

    /// Reads a line that reached the board of this `boot`. `Ok(None)` is a line
    /// that is not meant as a request at all.
    ///
    /// # Errors
    /// What is wrong with the request, to be answered with an error record; a detail
    /// that is longer than fits one is cut.
    pub fn decode(line: &'a [u8], boot: u64) -> Result<Option<(u64, Self)>, RequestError<'a>> {
        if !line.starts_with(PREFIX.as_bytes()) {
            return Ok(None);
        }
        let damaged = RequestError {
            reason: ErrorReason::Crc,
            detail: "?",
            nonce: 0,
        };
        let sealed = Sealed::split(line).ok_or(damaged)?;
        // A line of two words has no body behind the prefix.
        let mut words = split(sealed.body.strip_prefix(PREFIX).ok_or(damaged)?, b' ');
        let verb = words.next().ok_or(damaged)?;
        let number = |word: Option<&str>, key| hex(word?.strip_prefix(key)?, 16);
        let nonce = number(words.next(), "nonce=").ok_or(damaged)?;
        let meant = number(words.next(), "boot=").ok_or(damaged)?;
        if !context(nonce, meant).verifies(Direction::ToBoard, &sealed) {
            return Err(damaged);
        }
        let error = |reason, detail: &'a str| RequestError {
            reason,
            detail: match detail.get(..DETAIL_MAX).unwrap_or(detail) {
                word if is_word(word) => word,
                _ => "?",
            },
            nonce,
        };
        if meant != boot {
            return Err(error(ErrorReason::Boot, "?"));
        }
        let mut request = match verb {
            "run" => Self::Run {
                filter: Filter::default(),
                fault: 0,
            },
            "resend" => Self::Resend(Numbers::default()),
            "list" => Self::List,
            "off" => Self::Off,
            _ => return Err(error(ErrorReason::Verb, verb)),
        };
        while let Some(word) = words.next() {
            let (key, value) = cut(word, b'=').unwrap_or((word, ""));
            let key_of = |other: &'a str| cut(other, b'=').map_or(other, |(key, _)| key);
            if words.clone().any(|later| key_of(later) == key) {
                return Err(error(ErrorReason::Key, word));
            }
            request
                .set(key, value)
                .map_err(|reason| error(reason, word))?;
        }
        match &request {
            Self::Run { .. } if nonce == 0 => Err(error(ErrorReason::Value, "nonce")),
            Self::Resend(numbers) if numbers.is_empty() => Err(error(ErrorReason::Value, "lines")),
            _ => Ok(Some((nonce, request))),
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            Self::Run { .. } => "run",
            Self::Resend(_) => "resend",
            Self::List => "list",
            Self::Off => "off",
        }
    }

    fn set(&mut self, key: &str, value: &'a str) -> Result<(), ErrorReason> {
        let word = is_word(value).then_some(value).ok_or(ErrorReason::Value);
        match (self, key) {
            (Self::Run { filter, .. }, "only") => filter.only = Some(word?),
            (Self::Run { filter, .. }, "skip") => filter.skip = Some(word?),
            (Self::Run { fault, .. }, "fault") => {
                *fault = decimal(word?).ok_or(ErrorReason::Value)?;
            }
            (Self::Resend(numbers), "lines") => {
                *numbers = Numbers::parse(word?).ok_or(ErrorReason::Value)?;
            }
            _ => return Err(ErrorReason::Key),
        }
        Ok(())
    }
}

fn context(nonce: u64, boot: u64) -> Context {
    Context {
        nonce,
        boot,
        count: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: u64 = 7;

    /// A request of `words` with the right CRC.
    fn sealed(nonce: u64, verb: &str, words: &str) -> Text {
        let mut line = Text::new();
        write!(
            line,
            "{PREFIX}{verb} nonce={nonce:016x} boot={BOOT:016x}{words}"
        )
        .unwrap();
        context(nonce, BOOT)
            .seal(Direction::ToBoard, &mut line)
            .unwrap();
        line
    }

    #[track_caller]
    fn assert_refused(line: &str, reason: ErrorReason, detail: &str) {
        let error = Request::decode(line.as_bytes(), BOOT).unwrap_err();
        assert_eq!((error.reason, error.detail), (reason, detail));
    }

    #[test]
    fn a_prefix_and_a_crc_alone_are_refused() {
        for line in [
            "board-check ",
            "board-check 00000000",
            "board-check  00000000",
            "board-check run 00000000",
            "board-check help",
        ] {
            assert_refused(line, ErrorReason::Crc, "?");
        }
    }

    #[test]
    fn another_line_is_no_request() {
        for line in [
            "",
            "board-check",
            "# board-check busy",
            "board-checker run",
            "root",
        ] {
            assert_eq!(Request::decode(line.as_bytes(), BOOT), Ok(None));
        }
    }

    #[test]
    fn a_key_that_the_request_does_not_have_is_named() {
        assert_refused(&sealed(1, "run", " speed=9"), ErrorReason::Key, "speed=9");
        assert_refused(&sealed(1, "run", " lines=1"), ErrorReason::Key, "lines=1");
        assert_refused(&sealed(1, "list", " only=a"), ErrorReason::Key, "only=a");
        assert_refused(&sealed(1, "list", " "), ErrorReason::Key, "?");
        assert_refused(&sealed(1, "reboot", ""), ErrorReason::Verb, "reboot");
    }

    #[test]
    fn a_key_twice_is_refused() {
        let line = sealed(1, "run", " only=a skip=b only=c");
        assert_refused(&line, ErrorReason::Key, "only=a");
    }

    #[test]
    fn a_value_of_another_form_is_refused() {
        for word in [
            "only=",
            "only",
            "fault=",
            "fault=07",
            "fault=4294967296",
            "fault=x",
        ] {
            let mut words = Text::try_from(" ").unwrap();
            words.push_str(word).unwrap();
            assert_refused(&sealed(1, "run", &words), ErrorReason::Value, word);
        }
        assert_refused(
            &sealed(1, "resend", " lines=2-1"),
            ErrorReason::Value,
            "lines=2-1",
        );
    }

    #[test]
    fn a_resend_of_nothing_is_refused() {
        assert_refused(&sealed(1, "resend", ""), ErrorReason::Value, "lines");
        assert!(Request::Resend(Numbers::default()).encode(1, BOOT).is_err());
    }

    /// Nonce 0 is that of the runs that nobody asked for.
    #[test]
    fn a_run_with_nonce_0_is_refused() {
        assert_refused(&sealed(0, "run", ""), ErrorReason::Value, "nonce");
        let run = Request::Run {
            filter: Filter::default(),
            fault: 0,
        };
        assert!(run.encode(0, BOOT).is_err());
    }

    #[test]
    fn keys_come_in_any_order() {
        let line = sealed(1, "run", " fault=3 skip=b only=a");
        let run = Request::Run {
            filter: Filter {
                only: Some("a"),
                skip: Some("b"),
            },
            fault: 3,
        };
        assert_eq!(Request::decode(line.as_bytes(), BOOT), Ok(Some((1, run))));
    }

    #[test]
    fn a_long_word_at_fault_is_cut_to_fit_its_error_record() {
        let word = str::from_utf8(&[b'x'; 160]).unwrap();
        let mut words = Text::try_from(" ").unwrap();
        words.push_str(word).unwrap();
        assert_refused(
            &sealed(1, "run", &words),
            ErrorReason::Key,
            &word[..DETAIL_MAX],
        );
        let record = crate::Record::Error {
            reason: ErrorReason::NoChecks,
            detail: &word[..DETAIL_MAX],
        };
        assert!(record.encode(&context(1, BOOT)).is_ok());
    }

    #[test]
    fn a_filter_that_is_no_word_is_not_written() {
        for pattern in ["", "a b", "a\n", "\u{e9}"] {
            let filter = Filter {
                only: None,
                skip: Some(pattern),
            };
            assert!(Request::Run { filter, fault: 0 }.encode(1, BOOT).is_err());
        }
    }

    #[test]
    fn a_scattered_set_is_too_long_for_one_request() {
        let mut numbers = Numbers::default();
        (0..=crate::CHECKS_MAX)
            .step_by(2)
            .for_each(|number| numbers.insert(number));
        assert!(Request::Resend(numbers).encode(1, BOOT).is_err());
    }
}
