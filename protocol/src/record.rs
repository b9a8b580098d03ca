//! What the board says.

use core::fmt::{self, Write};

use crate::seal::Sealed;
use crate::text::{Words, cut, decimal, hex, is_detail, is_name, is_word};
use crate::{CHECKS_MAX, Context, Direction, RESENT_MAX, Text};

/// One line from the board.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Record<'a> {
    /// The board is idle and listens.
    Ready(Ready),
    /// Record 0 of a run.
    Header(Header<'a>),
    /// Records 1 to n of a run.
    Check(CheckResult<'a>),
    /// Record n + 1 of a run.
    End(End),
    /// In the context of a request: it came while a run goes on, and will not be carried
    /// out. In the context of a run: the run goes on, in a check that takes long.
    Busy,
    /// The request could not be carried out.
    Error {
        /// Why.
        reason: ErrorReason,
        /// The word at fault, or what the kernel said; `?` where there is none.
        detail: &'a str,
    },
    /// How many checks the list has.
    List {
        /// Number of [`Record::Listed`] that follow.
        checks: usize,
    },
    /// One check of the list.
    Listed {
        /// Its number, from 1.
        number: usize,
        /// Its name.
        name: &'a str,
    },
    /// The board powers off now.
    Off,
}

/// The board is idle and listens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ready {
    /// This boot.
    pub boot: u64,
    /// Runs that the verifier has finished.
    pub runs: u32,
}

/// What a run is a run of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header<'a> {
    /// Nonce, boot and number of the run: the context of all its records.
    pub context: Context,
    /// Number of results that follow.
    pub checks: usize,
    /// Digest of the names of all checks that the verifier has, selected or not.
    pub list: u32,
    /// Release of the image.
    pub image: &'a str,
    /// Name of the board as its image knows it, `?` if it does not.
    pub board: &'a str,
    /// First `compatible` of the device tree, `?` without one.
    pub machine: &'a str,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It found what it expects.
    Pass,
    /// It did not.
    Fail,
    /// It could not run here; the first word of the detail says why.
    Skip,
}

impl Outcome {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Pass => ("ok", "pass"),
            Self::Fail => ("not ok", "fail"),
            Self::Skip => ("ok", "SKIP"),
        }
    }
}

/// One result.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CheckResult<'a> {
    /// Its number in the run, from 1.
    pub number: usize,
    /// Its name, `suite.area.what`.
    pub name: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub milliseconds: u32,
    /// Figures as `key=value`, or the reason of a skip; may be empty.
    pub detail: &'a str,
}

/// The sums of a run, and what the kernel counted meanwhile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct End {
    /// Number of results.
    pub checks: usize,
    /// How many passed.
    pub pass: usize,
    /// How many failed.
    pub fail: usize,
    /// How many were skipped.
    pub skip: usize,
    /// Flags of `/proc/sys/kernel/tainted` now; `None` where it cannot be read.
    pub tainted: Option<u64>,
    /// Growth of `/sys/kernel/oops_count` during the run.
    pub oops: Option<u64>,
    /// Growth of `/sys/kernel/warn_count` during the run.
    pub warn: Option<u64>,
    /// [`crate::Digest`] over header and results.
    pub digest: u64,
}

/// Why a request is not carried out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorReason {
    /// It did not arrive whole.
    Crc,
    /// It is meant for another boot of this board.
    Boot,
    /// The board does not know such a request.
    Verb,
    /// The request has a key that the board does not know, or one key twice.
    Key,
    /// A value is not of the key's form, or missing.
    Value,
    /// No record of that run is held.
    Run,
    /// The filter selects no check.
    NoChecks,
    /// The image was built without deliberate faults.
    NoFaults,
    /// The kernel module could not be loaded.
    Module,
}

const ERROR_WORDS: [(ErrorReason, &str); 9] = [
    (ErrorReason::Crc, "crc"),
    (ErrorReason::Boot, "boot"),
    (ErrorReason::Verb, "verb"),
    (ErrorReason::Key, "key"),
    (ErrorReason::Value, "value"),
    (ErrorReason::Run, "run"),
    (ErrorReason::NoChecks, "no-checks"),
    (ErrorReason::NoFaults, "no-faults"),
    (ErrorReason::Module, "module"),
];

impl fmt::Display for ErrorReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = ERROR_WORDS.iter().find(|(reason, _)| reason == self);
        f.write_str(word.map_or("?", |(_, word)| word))
    }
}

/// A count that the kernel may not offer.
struct Count(Option<u64>);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(count) => write!(f, "{count}"),
            None => f.write_str("?"),
        }
    }
}

impl Count {
    fn parse(word: &str) -> Option<Option<u64>> {
        match word {
            "?" => Some(None),
            _ => decimal(word).map(Some),
        }
    }
}

impl<'a> Record<'a> {
    /// The sealed line, without line end. `run` is the context of the run or,
    /// outside a run, of the request that is answered.
    ///
    /// # Errors
    /// When the line would be longer than [`crate::LINE_MAX`], or when a field holds what
    /// [`Record::decode`] would refuse: a name, image, board, machine or error
    /// detail that is not one word of printable ASCII, a `#` in a name or result
    /// detail, a number above [`CHECKS_MAX`].
    pub fn encode(&self, run: &Context) -> Result<Text, fmt::Error> {
        if !self.is_sound() {
            return Err(fmt::Error);
        }
        let mut line = Text::new();
        self.write_body(&mut line, run)?;
        self.context(run).seal(Direction::FromBoard, &mut line)?;
        Ok(line)
    }

    /// Reads a line, resent (`#r N …`) or not, and verifies it in `run`; `None`
    /// if it is no record of `run` or did not arrive whole.
    ///
    /// [`Record::Ready`] and [`Record::Header`] carry their own context: they are
    /// verified in that, and who asks must compare it with what was asked for.
    pub fn decode(line: &'a [u8], run: &Context) -> Option<Self> {
        let (number, line) = match line.strip_prefix(RESENT.as_bytes()) {
            None => (None, line),
            Some(rest) => {
                let space = rest.iter().position(|&byte| byte == b' ')?;
                let number = core::str::from_utf8(&rest[..space]).ok()?;
                (Some(decimal::<usize>(number)?), &rest[space + 1..])
            }
        };
        let sealed = Sealed::split(line)?;
        let record = Self::parse(sealed.body, run)?;
        let numbered_right = number.is_none() || number == record.number();
        let genuine = numbered_right
            && record.is_sound()
            && record.context(run).verifies(Direction::FromBoard, &sealed);
        genuine.then_some(record)
    }

    /// The number of this record in its run; `None` if it belongs to no run.
    pub fn number(&self) -> Option<usize> {
        match self {
            Self::Header(_) => Some(0),
            Self::Check(result) => Some(result.number),
            Self::End(end) => Some(end.checks + 1),
            _ => None,
        }
    }

    /// True if each field can be told from its text: what [`Record::encode`] writes
    /// and [`Record::decode`] accepts.
    fn is_sound(&self) -> bool {
        let in_run = |number: usize| (1..=CHECKS_MAX).contains(&number);
        match *self {
            Self::Ready(_) | Self::Busy | Self::Off => true,
            Self::Header(Header {
                checks,
                image,
                board,
                machine,
                ..
            }) => checks <= CHECKS_MAX && [image, board, machine].into_iter().all(is_word),
            Self::Check(CheckResult {
                number,
                name,
                detail,
                ..
            }) => in_run(number) && is_name(name) && is_detail(detail),
            Self::End(End {
                checks,
                pass,
                fail,
                skip,
                ..
            }) => [checks, pass, fail, skip]
                .iter()
                .all(|&sum| sum <= CHECKS_MAX),
            Self::Error { detail, .. } => is_word(detail),
            Self::List { checks } => checks <= CHECKS_MAX,
            Self::Listed { number, name } => in_run(number) && is_name(name),
        }
    }

    fn context(&self, run: &Context) -> Context {
        match self {
            Self::Ready(ready) => Context {
                boot: ready.boot,
                ..Context::default()
            },
            Self::Header(header) => header.context,
            Self::Check(_) | Self::End(_) => *run,
            _ => Context { count: 0, ..*run },
        }
    }

    fn write_body(&self, line: &mut Text, run: &Context) -> fmt::Result {
        match self {
            Self::Ready(Ready { boot, runs }) => write!(
                line,
                "# board-check ready protocol={} boot={boot:016x} runs={runs}",
                crate::VERSION
            ),
            Self::Header(header) => header.write_body(line),
            Self::Check(result) => result.write_body(line),
            Self::End(end) => end.write_body(line, run),
            Self::Busy => write!(line, "# board-check busy nonce={:016x}", run.nonce),
            Self::Error { reason, detail } => write!(
                line,
                "# board-check error nonce={:016x} reason={reason} detail={detail}",
                run.nonce
            ),
            Self::List { checks } => {
                write!(
                    line,
                    "# board-check list nonce={:016x} n={checks}",
                    run.nonce
                )
            }
            Self::Listed { number, name } => write!(line, "#l {number} {name}"),
            Self::Off => write!(line, "# board-check off nonce={:016x}", run.nonce),
        }
    }

    fn parse(body: &'a str, run: &Context) -> Option<Self> {
        if let Some(rest) = body.strip_prefix("# board-check ") {
            return Self::parse_comment(rest, run);
        }
        if let Some(rest) = body.strip_prefix("#l ") {
            let mut words = Words::of(rest);
            let listed = Self::Listed {
                number: decimal(words.next()?)?,
                name: words.next()?,
            };
            return words.end().map(|()| listed);
        }
        CheckResult::parse(body).map(Self::Check)
    }

    fn parse_comment(rest: &'a str, run: &Context) -> Option<Self> {
        let mut words = Words::of(rest);
        // The CRC is over the nonce of `run`; the text must name no other.
        let nonce = |word: &str| hex(word, 16).filter(|&nonce| nonce == run.nonce);
        let record = match words.next()? {
            "ready" => {
                let version: u32 = decimal(words.value("protocol")?)?;
                if version != crate::VERSION {
                    return None;
                }
                Self::Ready(Ready {
                    boot: hex(words.value("boot")?, 16)?,
                    runs: decimal(words.value("runs")?)?,
                })
            }
            "1" => Self::Header(Header::parse(&mut words)?),
            "end" => {
                nonce(words.value("run")?)?;
                Self::End(End::parse(&mut words)?)
            }
            "busy" => {
                nonce(words.value("nonce")?)?;
                Self::Busy
            }
            "error" => {
                nonce(words.value("nonce")?)?;
                let word = words.value("reason")?;
                Self::Error {
                    reason: ERROR_WORDS.iter().find(|(_, known)| *known == word)?.0,
                    detail: words.value("detail")?,
                }
            }
            "list" => {
                nonce(words.value("nonce")?)?;
                Self::List {
                    checks: decimal(words.value("n")?)?,
                }
            }
            "off" => {
                nonce(words.value("nonce")?)?;
                Self::Off
            }
            _ => return None,
        };
        words.end().map(|()| record)
    }
}

impl<'a> Header<'a> {
    fn write_body(&self, line: &mut Text) -> fmt::Result {
        let Context { nonce, boot, count } = self.context;
        write!(
            line,
            "# board-check 1 run={nonce:016x} boot={boot:016x} count={count} n={} list={:08x} \
             image={} board={} machine={}",
            self.checks, self.list, self.image, self.board, self.machine
        )
    }

    fn parse(words: &mut Words<'a>) -> Option<Self> {
        Some(Self {
            context: Context {
                nonce: hex(words.value("run")?, 16)?,
                boot: hex(words.value("boot")?, 16)?,
                count: decimal(words.value("count")?)?,
            },
            checks: decimal(words.value("n")?)?,
            list: u32::try_from(hex(words.value("list")?, 8)?).ok()?,
            image: words.value("image")?,
            board: words.value("board")?,
            machine: words.value("machine")?,
        })
    }
}

impl<'a> CheckResult<'a> {
    fn write_body(&self, line: &mut Text) -> fmt::Result {
        let (status, word) = self.outcome.words();
        write!(
            line,
            "{status} {} {} # {word} {} ms",
            self.number, self.name, self.milliseconds
        )?;
        if !self.detail.is_empty() {
            write!(line, " {}", self.detail)?;
        }
        Ok(())
    }

    /// Reads `[not ]ok NUMBER NAME # WORD MS ms[ DETAIL]`. The word repeats the
    /// verdict, so that one lost `not ` leaves a line that contradicts itself.
    fn parse(body: &'a str) -> Option<Self> {
        let (status, rest) = match body.strip_prefix("not ok ") {
            Some(rest) => ("not ok", rest),
            None => ("ok", body.strip_prefix("ok ")?),
        };
        let (number, rest) = cut(rest, b' ')?;
        let (name, rest) = cut(rest, b' ')?;
        let (word, rest) = cut(rest.strip_prefix("# ")?, b' ')?;
        let (milliseconds, rest) = cut(rest, b' ')?;
        let detail = match rest.strip_prefix("ms")? {
            "" => "",
            rest => rest.strip_prefix(' ').filter(|detail| !detail.is_empty())?,
        };
        let outcome = [Outcome::Pass, Outcome::Fail, Outcome::Skip]
            .into_iter()
            .find(|outcome| outcome.words() == (status, word))?;
        Some(Self {
            number: decimal(number)?,
            name,
            outcome,
            milliseconds: decimal(milliseconds)?,
            detail,
        })
    }
}

impl End {
    fn write_body(&self, line: &mut Text, run: &Context) -> fmt::Result {
        write!(
            line,
            "# board-check end run={:016x} n={} pass={} fail={} skip={} tainted={} oops={} warn={} \
             {:016x}",
            run.nonce,
            self.checks,
            self.pass,
            self.fail,
            self.skip,
            Count(self.tainted),
            Count(self.oops),
            Count(self.warn),
            self.digest
        )
    }

    fn parse(words: &mut Words<'_>) -> Option<Self> {
        Some(Self {
            checks: decimal(words.value("n")?)?,
            pass: decimal(words.value("pass")?)?,
            fail: decimal(words.value("fail")?)?,
            skip: decimal(words.value("skip")?)?,
            tainted: Count::parse(words.value("tainted")?)?,
            oops: Count::parse(words.value("oops")?)?,
            warn: Count::parse(words.value("warn")?)?,
            digest: hex(words.next()?, 16)?,
        })
    }
}

/// How a resend begins.
pub(crate) const RESENT: &str = "#r ";

/// The line that repeats record `number`; `line` is that record, sealed. It starts
/// with `#`, so that a KTAP parser does not count the result twice.
///
/// # Errors
/// When the line does not fit its buffer.
pub fn resend(number: usize, line: &str) -> Result<heapless::String<RESENT_MAX>, fmt::Error> {
    let mut resent = heapless::String::new();
    write!(resent, "{RESENT}{number} {line}")?;
    Ok(resent)
}

/// The protocol version that a `ready` line names, if it is not ours.
///
/// Another version may seal its lines in another way, so this reads the one part
/// of the line that stays the same in all versions, unverified.
pub fn foreign_protocol(line: &[u8]) -> Option<u32> {
    let rest = line.strip_prefix(b"# board-check ready protocol=")?;
    let digits = rest.iter().position(|&byte| byte == b' ')?;
    let version = decimal(core::str::from_utf8(&rest[..digits]).ok()?)?;
    (version != crate::VERSION).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Context = Context {
        nonce: u64::MAX,
        boot: u64::MAX,
        count: u32::MAX,
    };

    const RESULT: CheckResult<'_> = CheckResult {
        number: CHECKS_MAX,
        name: "a.b.c",
        outcome: Outcome::Fail,
        milliseconds: u32::MAX,
        detail: "",
    };

    const HEADER: Header<'_> = Header {
        context: RUN,
        checks: CHECKS_MAX,
        list: u32::MAX,
        image: "?",
        board: "?",
        machine: "?",
    };

    fn is_written(record: Record<'_>) -> bool {
        record.encode(&RUN).is_ok()
    }

    /// `body` with its CRC, as a record of `RUN`.
    fn sealed(body: &str) -> Text {
        let mut line = Text::try_from(body).unwrap();
        RUN.seal(Direction::FromBoard, &mut line).unwrap();
        line
    }

    #[test]
    fn longest_end_fits_a_line() {
        let most = Some(u64::MAX);
        assert!(is_written(Record::End(End {
            checks: CHECKS_MAX,
            pass: CHECKS_MAX,
            fail: CHECKS_MAX,
            skip: CHECKS_MAX,
            tainted: most,
            oops: most,
            warn: most,
            digest: u64::MAX,
        })));
    }

    /// The room that docs/protocol.md promises.
    #[test]
    fn header_has_room_for_its_names() {
        let machine = |length| str::from_utf8(&[b'm'; 200][..length]).unwrap();
        let header = |length| {
            Record::Header(Header {
                machine: machine(length),
                ..HEADER
            })
        };
        let longest = (1..200).take_while(|&length| is_written(header(length)));
        assert_eq!(longest.last().unwrap() + 2, HEADER_ROOM);
    }

    const HEADER_ROOM: usize = 113;

    #[test]
    fn result_has_room_for_name_and_detail() {
        let detail = |length| str::from_utf8(&[b'd'; 240][..length]).unwrap();
        let result = |length| {
            Record::Check(CheckResult {
                detail: detail(length),
                ..RESULT
            })
        };
        let longest = (0..240).take_while(|&length| is_written(result(length)));
        assert_eq!(longest.last().unwrap() + RESULT.name.len(), RESULT_ROOM);
    }

    const RESULT_ROOM: usize = 198;

    #[test]
    fn a_result_with_text_that_could_not_be_read_back_is_not_written() {
        assert!(is_written(Record::Check(RESULT)));
        for name in ["", "a b", "a#b", "a # pass 1 ms", "a\n", "\u{e9}"] {
            assert!(!is_written(Record::Check(CheckResult { name, ..RESULT })));
        }
        for detail in ["x # SKIP", "#", "a\nok 1 a.b.c", "a\r", "\u{e9}", "\t"] {
            assert!(!is_written(Record::Check(CheckResult { detail, ..RESULT })));
        }
        for number in [0, CHECKS_MAX + 1, usize::MAX] {
            assert!(!is_written(Record::Check(CheckResult { number, ..RESULT })));
        }
    }

    #[test]
    fn a_header_with_a_name_that_is_no_word_is_not_written() {
        for name in ["", "two words", "line\n", "\u{e9}"] {
            for header in [
                Header {
                    image: name,
                    ..HEADER
                },
                Header {
                    board: name,
                    ..HEADER
                },
                Header {
                    machine: name,
                    ..HEADER
                },
            ] {
                assert!(!is_written(Record::Header(header)));
            }
        }
    }

    #[test]
    fn an_answer_names_the_nonce_that_its_crc_is_over() {
        assert!(Record::decode(sealed("ok 1 a # pass 1 ms").as_bytes(), &RUN).is_some());
        let outside = Context { count: 0, ..RUN };
        for nonce in [
            "ffffffffffffffff",
            "fffffffffffffffe",
            "FFFFFFFFFFFFFFFF",
            "",
            "0",
        ] {
            let mut line = Text::new();
            write!(line, "# board-check busy nonce={nonce}").unwrap();
            outside.seal(Direction::FromBoard, &mut line).unwrap();
            let whole = nonce == "ffffffffffffffff";
            assert_eq!(Record::decode(line.as_bytes(), &RUN).is_some(), whole);
        }
    }

    #[test]
    fn a_result_in_another_spelling_is_refused() {
        for body in [
            "ok 1 a # fail 1 ms",
            "not ok 1 a # pass 1 ms",
            "not ok 1 a # SKIP 1 ms",
            "ok 1 a # skip 1 ms",
            "ok 1 a # PASS 1 ms",
            "ok 0 a # pass 1 ms",
            "ok 513 a # pass 1 ms",
            "ok 01 a # pass 1 ms",
            "ok  1 a # pass 1 ms",
            "ok 1 - a # pass 1 ms",
            "ok 1 a #  pass 1 ms",
            "ok 1 a  # pass 1 ms",
            "ok 1 a # pass 1 ms ",
            "ok 1 a # pass 01 ms",
            "ok 1 a # pass 1 msx",
            "ok 1 a # pass 1 ms x # y",
            "ok 1 # pass 1 ms",
            " ok 1 a # pass 1 ms",
            "not  ok 1 a # fail 1 ms",
            "ok 1 a # pass 4294967296 ms",
        ] {
            assert_eq!(
                Record::decode(sealed(body).as_bytes(), &RUN),
                None,
                "{body}"
            );
        }
    }

    #[test]
    fn a_resend_in_another_spelling_is_refused() {
        let line = sealed("ok 12 a # pass 1 ms");
        for (prefix, whole) in [
            ("#r 12 ", true),
            ("#r 012 ", false),
            ("#r +12 ", false),
            ("#r  12 ", false),
            ("#r 12  ", false),
            ("#r 13 ", false),
            ("#R 12 ", false),
            ("#r 12 #r 12 ", false),
            ("#r ", false),
        ] {
            let mut resent = Text::try_from(prefix).unwrap();
            resent.push_str(&line).unwrap();
            assert_eq!(
                Record::decode(resent.as_bytes(), &RUN).is_some(),
                whole,
                "{prefix}"
            );
        }
    }

    /// The nonce and boot id of a header are in its text and before it in the CRC:
    /// one damaged digit changes both, which must not cancel out.
    #[test]
    fn a_header_with_any_one_digit_changed_is_refused() {
        const DIGITS: &[u8] = b"0123456789abcdef";
        for digit in 0..16_u64 {
            let same = digit * 0x1111_1111_1111_1111;
            let context = Context {
                nonce: same,
                boot: same,
                count: 1,
            };
            let line = Record::Header(Header { context, ..HEADER })
                .encode(&context)
                .unwrap();
            let nonce = "# board-check 1 run=".len();
            let boot = nonce + 16 + " boot=".len();
            for at in (nonce..nonce + 16).chain(boot..boot + 16) {
                for other in DIGITS
                    .iter()
                    .filter(|&&other| other != DIGITS[digit as usize])
                {
                    let mut bytes = [0; crate::LINE_MAX];
                    let bytes = &mut bytes[..line.len()];
                    bytes.copy_from_slice(line.as_bytes());
                    bytes[at] = *other;
                    assert_eq!(Record::decode(bytes, &context), None);
                }
            }
        }
    }
}
