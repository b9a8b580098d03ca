//! What holds for every record, request, filter and stream of bytes.

use board_check_protocol::{
    CHECKS_MAX, CheckResult, Context, Digest, Direction, End, ErrorReason, Filter, Header,
    LINE_MAX, LineReader, Numbers, Outcome, RESENT_MAX, Ready, Record, Request, foreign_protocol,
    matches, resend,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A record that owns its text, as [`Record`] borrows it.
#[derive(Clone, Debug)]
struct Owned {
    kind: usize,
    words: [String; 3],
    detail: String,
    context: Context,
    numbers: [usize; 4],
    counts: [Option<u64>; 3],
    value: u64,
    outcome: Outcome,
    reason: ErrorReason,
}

const KINDS: usize = 9;

impl Owned {
    fn record(&self) -> Record<'_> {
        let [first, second, third] = &self.words;
        let [checks, pass, fail, skip] = self.numbers;
        let number = checks.max(1);
        let value32 = self.value as u32;
        let [tainted, oops, warn] = self.counts;
        match self.kind {
            0 => Record::Ready(Ready {
                boot: self.value,
                runs: value32,
            }),
            1 => Record::Header(Header {
                context: self.context,
                checks,
                list: value32,
                image: first,
                board: second,
                machine: third,
            }),
            2 => Record::Check(CheckResult {
                number,
                name: first,
                outcome: self.outcome,
                milliseconds: value32,
                detail: &self.detail,
            }),
            3 => Record::End(End {
                checks,
                pass,
                fail,
                skip,
                tainted,
                oops,
                warn,
                digest: self.value,
            }),
            4 => Record::Busy,
            5 => Record::Error {
                reason: self.reason,
                detail: first,
            },
            6 => Record::List { checks },
            7 => Record::Listed {
                number,
                name: first,
            },
            _ => Record::Off,
        }
    }

    fn line(&self) -> String {
        self.record().encode(&self.context).unwrap().to_string()
    }
}

const REASONS: [ErrorReason; 9] = [
    ErrorReason::Crc,
    ErrorReason::Boot,
    ErrorReason::Verb,
    ErrorReason::Key,
    ErrorReason::Value,
    ErrorReason::Run,
    ErrorReason::NoChecks,
    ErrorReason::NoFaults,
    ErrorReason::Module,
];

/// Words of any printable ASCII but `#`, which a name cannot hold.
const WORD: &str = "[!-\"$-~]{1,24}";

/// Details that look like parts of a record, and any others.
const DETAIL: &str = "( ?(ok|not|fail|SKIP|pass|ms|[0-9a-f]{8}|[ -\"$-~]{1,8})){0,8}";

fn any_context() -> impl Strategy<Value = Context> {
    (any::<u64>(), any::<u64>(), any::<u32>()).prop_map(|(nonce, boot, count)| Context {
        nonce,
        boot,
        count,
    })
}

fn any_record_of(kinds: impl Strategy<Value = usize>) -> impl Strategy<Value = Owned> {
    let words = [WORD, WORD, WORD];
    let number = || 0..=CHECKS_MAX;
    let numbers = [number(), number(), number(), number()];
    let outcome = select(vec![Outcome::Pass, Outcome::Fail, Outcome::Skip]);
    let rest = (
        any::<[Option<u64>; 3]>(),
        any::<u64>(),
        outcome,
        select(&REASONS[..]),
    );
    (kinds, words, DETAIL, any_context(), numbers, rest).prop_map(
        |(kind, words, detail, context, numbers, (counts, value, outcome, reason))| Owned {
            kind,
            words,
            detail,
            context,
            numbers,
            counts,
            value,
            outcome,
            reason,
        },
    )
}

fn any_record() -> impl Strategy<Value = Owned> {
    any_record_of(0..KINDS)
}

/// Sets of record numbers that fit a request.
fn any_numbers() -> impl Strategy<Value = Numbers> {
    let apart = btree_set(0..=CHECKS_MAX + 1, 1..40);
    let run =
        (0..=CHECKS_MAX + 1, 0..=CHECKS_MAX + 1).prop_map(|(a, b)| (a.min(b)..=a.max(b)).collect());
    prop_oneof![apart, run].prop_map(|numbers| {
        let mut set = Numbers::default();
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    })
}

#[derive(Clone, Debug)]
enum OwnedRequest {
    Run(Option<String>, Option<String>, u32),
    Resend(Numbers),
    List,
    Off,
}

impl OwnedRequest {
    fn request(&self) -> Request<'_> {
        match self {
            Self::Run(only, skip, fault) => Request::Run {
                filter: Filter {
                    only: only.as_deref(),
                    skip: skip.as_deref(),
                },
                fault: *fault,
            },
            Self::Resend(numbers) => Request::Resend(numbers.clone()),
            Self::List => Request::List,
            Self::Off => Request::Off,
        }
    }
}

fn any_request() -> impl Strategy<Value = OwnedRequest> {
    let pattern = || option::of("[!-~]{1,40}");
    let fault = prop_oneof![Just(0), any::<u32>()];
    prop_oneof![
        (pattern(), pattern(), fault)
            .prop_map(|(only, skip, fault)| OwnedRequest::Run(only, skip, fault)),
        any_numbers().prop_map(OwnedRequest::Resend),
        Just(OwnedRequest::List),
        Just(OwnedRequest::Off),
    ]
}

/// A line with the CRC that `docs/protocol.md` defines, computed here bit by bit,
/// around any body.
fn sealed(direction: Direction, context: &Context, body: &str) -> String {
    let seed = match direction {
        Direction::FromBoard => b'B',
        Direction::ToBoard => b'H',
    };
    let mut crc = u32::MAX;
    let bytes = [seed]
        .into_iter()
        .chain(context.nonce.to_le_bytes())
        .chain(context.boot.to_le_bytes())
        .chain(context.count.to_le_bytes())
        .chain(body.bytes());
    for byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let low = crc & 1;
            crc = (crc >> 1) ^ (0xedb8_8320 * low);
        }
    }
    format!("{body} {:08x}", !crc)
}

fn body(line: &str) -> &str {
    line.rsplit_once(' ').unwrap().0
}

/// `text` with one small change of the kind that makes a second spelling.
fn respelled(text: &str, at: prop::sample::Index, change: usize) -> String {
    let at = at.index(text.len() + 1);
    let (front, back) = text.split_at(at);
    let skipped = back.get(1..).unwrap_or("");
    match change {
        0 => format!("{front} {back}"),
        1 => format!("{front}0{back}"),
        2 => format!("{front}+{back}"),
        3 => format!("{front}{skipped}"),
        4 => format!("{front}#{back}"),
        5 => format!(
            "{front}{}{skipped}",
            back.get(..1).unwrap_or("").to_uppercase()
        ),
        6 => format!("{front}\t{back}"),
        7 => format!("{front}={back}"),
        8 => format!("{front} # pass 1 ms{back}"),
        _ => format!("{front}{}{back}", back.get(..1).unwrap_or("")),
    }
}

proptest! {
    #[test]
    fn record_survives(owned in any_record()) {
        let line = owned.line();
        prop_assert!(line.len() <= LINE_MAX);
        prop_assert_eq!(Record::decode(line.as_bytes(), &owned.context), Some(owned.record()));
        prop_assert_eq!(&line, &sealed(Direction::FromBoard, &match owned.record() {
            Record::Ready(ready) => Context { boot: ready.boot, ..Context::default() },
            Record::Header(_) | Record::Check(_) | Record::End(_) => owned.context,
            _ => Context { count: 0, ..owned.context },
        }, body(&line)));
    }

    #[test]
    fn resent_record_survives_under_its_own_number_only(
        owned in any_record(),
        other in 0..=CHECKS_MAX + 1,
    ) {
        let (record, line) = (owned.record(), owned.line());
        if let Some(number) = record.number() {
            let resent = resend(number, &line).unwrap();
            prop_assert!(resent.len() <= RESENT_MAX);
            prop_assert_eq!(Record::decode(resent.as_bytes(), &owned.context), Some(record));
            let twice = format!("#r {number} {resent}");
            prop_assert_eq!(Record::decode(twice.as_bytes(), &owned.context), None);
        }
        if record.number() != Some(other) {
            let resent = resend(other, &line).unwrap();
            prop_assert_eq!(Record::decode(resent.as_bytes(), &owned.context), None);
        }
    }

    #[test]
    fn record_of_a_run_is_refused_in_another_context(
        owned in any_record_of(2..KINDS),
        field in 0..3,
        change in 1..=u32::MAX,
    ) {
        let mut other = owned.context;
        match field {
            0 => other.nonce ^= u64::from(change) << 16,
            1 => other.boot ^= u64::from(change) << 16,
            _ => other.count ^= change,
        }
        // Outside a run there is no run counter.
        let outside = !matches!(owned.record(), Record::Check(_) | Record::End(_));
        let expected = (field == 2 && outside).then(|| owned.record());
        let line = owned.line();
        prop_assert_eq!(Record::decode(line.as_bytes(), &other), expected);
    }

    #[test]
    fn ready_and_header_name_their_own_context(
        owned in any_record_of(0..=1_usize),
        other in any_context(),
    ) {
        let line = owned.line();
        prop_assert_eq!(Record::decode(line.as_bytes(), &other), Some(owned.record()));
    }

    #[test]
    fn record_sealed_as_a_request_is_refused(owned in any_record()) {
        let line = owned.line();
        let echoed = sealed(Direction::ToBoard, &owned.context, body(&line));
        prop_assert_eq!(Record::decode(echoed.as_bytes(), &owned.context), None);
    }

    #[test]
    fn request_sealed_as_a_record_is_refused(
        owned in any_request(),
        nonce in 1..=u64::MAX,
        boot: u64,
    ) {
        let line = owned.request().encode(nonce, boot).unwrap();
        let context = Context { nonce, boot, count: 0 };
        let answered = sealed(Direction::FromBoard, &context, body(&line));
        let error = Request::decode(answered.as_bytes(), boot).unwrap_err();
        prop_assert_eq!(error.reason, ErrorReason::Crc);
        prop_assert_eq!(Record::decode(answered.as_bytes(), &context), None);
        prop_assert_eq!(Record::decode(line.as_bytes(), &context), None);
    }

    #[test]
    fn record_with_one_byte_changed_is_refused(
        owned in any_record(),
        at: prop::sample::Index,
        resent: bool,
        change in 1..=u8::MAX,
    ) {
        let mut line = owned.line().into_bytes();
        let (record, context) = (owned.record(), owned.context);
        if let (true, Some(number)) = (resent, record.number()) {
            line = resend(number, &owned.line()).unwrap().into_bytes().to_vec();
        }
        let at = at.index(line.len());
        line[at] ^= change;
        prop_assert_eq!(Record::decode(&line, &context), None);
    }

    #[test]
    fn request_with_one_byte_changed_is_refused(
        owned in any_request(),
        nonce in 1..=u64::MAX,
        boot: u64,
        at: prop::sample::Index,
        change in 1..=u8::MAX,
    ) {
        let mut line = owned.request().encode(nonce, boot).unwrap().into_bytes();
        let at = at.index(line.len());
        line[at] ^= change;
        let decoded = Request::decode(&line, boot);
        prop_assert!(!matches!(decoded, Ok(Some(_))), "{:?}", decoded);
    }

    #[test]
    fn record_has_one_spelling(
        owned in any_record(),
        at: prop::sample::Index,
        change in 0..10_usize,
    ) {
        let line = owned.line();
        // The context of the text as it was; a changed one cannot verify anyway.
        let context = match owned.record() {
            Record::Ready(ready) => Context { boot: ready.boot, ..Context::default() },
            Record::Header(_) | Record::Check(_) | Record::End(_) => owned.context,
            _ => Context { count: 0, ..owned.context },
        };
        let other = sealed(Direction::FromBoard, &context, &respelled(body(&line), at, change));
        if let Some(record) = Record::decode(other.as_bytes(), &context) {
            prop_assert_eq!(record.encode(&context).unwrap(), &*other);
        }
    }

    #[test]
    fn request_survives(owned in any_request(), nonce in 1..=u64::MAX, boot: u64) {
        let line = owned.request().encode(nonce, boot).unwrap();
        let decoded = Request::decode(line.as_bytes(), boot);
        prop_assert_eq!(decoded, Ok(Some((nonce, owned.request()))));
    }

    #[test]
    fn request_to_another_boot_is_refused_by_name(
        owned in any_request(),
        nonce in 1..=u64::MAX,
        boot: u64,
        change in 1..=u64::MAX,
    ) {
        let line = owned.request().encode(nonce, boot).unwrap();
        let error = Request::decode(line.as_bytes(), boot ^ change).unwrap_err();
        prop_assert_eq!((error.reason, error.nonce), (ErrorReason::Boot, nonce));
    }

    #[test]
    fn what_is_wrong_with_a_request_fits_an_error_record(
        owned in any_request(),
        at: prop::sample::Index,
        change in 0..10_usize,
        extra in "( [ -~]{0,160})?",
        boot: u64,
    ) {
        let nonce = 9;
        let context = Context { nonce, boot, count: 0 };
        let line = owned.request().encode(nonce, boot).unwrap();
        let changed = respelled(body(&line), at, change) + &extra;
        let line = sealed(Direction::ToBoard, &context, &changed);
        if let Err(error) = Request::decode(line.as_bytes(), boot) {
            let context = Context { nonce: error.nonce, ..context };
            let record = Record::Error { reason: error.reason, detail: error.detail };
            let line = record.encode(&context).unwrap();
            prop_assert_eq!(Record::decode(line.as_bytes(), &context), Some(record));
        }
    }

    #[test]
    fn numbers_survive_and_iterate_in_order(
        numbers in btree_set(0..2 * CHECKS_MAX, 0..50),
    ) {
        let mut set = Numbers::default();
        numbers.iter().for_each(|&number| set.insert(number));
        let possible: Vec<_> = numbers.into_iter().filter(|&number| number <= CHECKS_MAX + 1).collect();
        prop_assert_eq!(set.iter().collect::<Vec<_>>(), possible.clone());
        prop_assert_eq!(set.is_empty(), possible.is_empty());
        for number in 0..2 * CHECKS_MAX {
            prop_assert_eq!(set.contains(number), possible.contains(&number));
        }
    }

    #[test]
    fn matching_is_what_the_definition_says(
        pattern in "[ab*.]{0,9}",
        name in "[ab.]{0,9}",
    ) {
        fn naive(pattern: &[u8], name: &[u8]) -> bool {
            match (pattern, name) {
                ([], name) => name.is_empty(),
                ([b'*', after @ ..], []) => naive(after, name),
                ([b'*', after @ ..], [_, rest @ ..]) => naive(after, name) || naive(pattern, rest),
                ([p, after @ ..], [n, rest @ ..]) => p == n && naive(after, rest),
                (_, []) => false,
            }
        }
        prop_assert_eq!(matches(&pattern, &name), naive(pattern.as_bytes(), name.as_bytes()));
    }

    #[test]
    fn lines_do_not_depend_on_the_chunks(
        stream in vec(select(&b"abc\r\n\n\x00\xff"[..]), 0..200),
        mut cuts in vec(0..200_usize, 0..20),
    ) {
        cuts.retain(|&cut| cut <= stream.len());
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();

        let mut reader = LineReader::<8>::default();
        let mut lines = Vec::new();
        for range in cuts.windows(2) {
            let mut chunk = &stream[range[0]..range[1]];
            while let (Some(line), rest) = reader.feed(chunk) {
                lines.push((line.bytes.to_vec(), line.cut));
                chunk = rest;
            }
        }
        let mut expected: Vec<_> = stream.split(|&byte| byte == b'\n').map(reference::<8>).collect();
        let (pending, _) = expected.pop().unwrap();
        prop_assert_eq!(lines, expected);
        let trimmed = |bytes: &[u8]| reference::<8>(bytes).0;
        prop_assert_eq!(trimmed(reader.pending()), pending);
    }

    #[test]
    fn any_bytes_are_read_without_panic(
        bytes in prop_oneof![
            vec(any::<u8>(), 0..300),
            vec(select(&b" #=-,0123456789abcdefokrnt\r\xc3\xa9"[..]), 0..80),
        ],
    ) {
        read(&bytes);
    }

    #[test]
    fn any_words_are_read_without_panic(
        words in vec(prop_oneof![
            select(&[
                "board-check", "#", "#r", "#l", "ok", "not ok", "ready", "1", "end", "busy", "error",
                "list", "off", "run", "resend", "protocol=1", "boot=0000000000000000",
                "nonce=0000000000000000", "run=0000000000000000", "lines=0-513", "n=512", "ms", "",
                "00000000", "\u{e9}", "99999999999999999999999",
            ][..]).prop_map(String::from),
            "\\PC{0,5}",
        ], 0..12),
        whole: bool,
    ) {
        let text = words.join(" ");
        read(text.as_bytes());
        if whole {
            let context = Context::default();
            read(sealed(Direction::FromBoard, &context, &text).as_bytes());
            read(sealed(Direction::ToBoard, &context, &text).as_bytes());
        }
    }
}

/// One line, as [`LineReader`] must give it, by the shortest definition.
fn reference<const N: usize>(line: &[u8]) -> (Vec<u8>, bool) {
    let returns = |bytes: &[u8]| bytes.iter().take_while(|&&byte| byte == b'\r').count();
    let line = &line[returns(line)..];
    let trimmed_end = |bytes: &[u8]| {
        let last = bytes.iter().rposition(|&byte| byte != b'\r');
        last.map_or(0, |last| last + 1)
    };
    let line = &line[..trimmed_end(line)];
    let held = &line[..line.len().min(N)];
    (held[..trimmed_end(held)].to_vec(), line.len() > N)
}

fn read(bytes: &[u8]) {
    let _ = Record::decode(bytes, &Context::default());
    let _ = Request::decode(bytes, 0);
    let _ = foreign_protocol(bytes);
    let mut prefixed = b"board-check ".to_vec();
    prefixed.extend(bytes);
    let _ = Request::decode(&prefixed, 0);
    if let Ok(text) = std::str::from_utf8(bytes) {
        Digest::new(&Context::default()).add(text);
        let _ = resend(usize::MAX, text);
        let _ = matches(text, text);
    }
}
