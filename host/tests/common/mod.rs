//! A board made from the protocol crate's own encoder. It knows no time but the one
//! it is told, and no port: `sim.rs` puts it behind a link, `pty.rs` behind a tty,
//! `server.rs` behind a socket.

use std::time::Duration;

use board_check_protocol::{
    CheckResult, Context, Digest, End, ErrorReason, Filter, Header, LineReader, Outcome, Ready,
    Record, Request, checks, resend,
};

pub(crate) mod browser;
pub(crate) mod place;
pub(crate) mod pty;
pub(crate) mod rfc2217;
pub(crate) mod server;
pub(crate) mod sim;

/// Makes bytes out of a line that the board says; normally the line and CR LF.
pub(crate) type Mangle = Box<dyn FnMut(&str) -> Vec<u8> + Send>;

pub(crate) struct Board {
    pub(crate) boot: u64,
    pub(crate) runs: u32,
    pub(crate) name: &'static str,
    pub(crate) image: &'static str,
    pub(crate) machine: &'static str,
    pub(crate) names: Vec<&'static str>,
    pub(crate) list: u32,
    /// Outcome and detail of checks that do not just pass.
    pub(crate) results: Vec<(&'static str, Outcome, &'static str)>,
    /// The run, from 1, that has them; all if `None`.
    pub(crate) results_in: Option<u32>,
    pub(crate) tainted: Option<u64>,
    pub(crate) oops: Option<u64>,
    pub(crate) warn: Option<u64>,
    pub(crate) refuse: Option<(ErrorReason, &'static str)>,
    pub(crate) mangle: Mangle,
    /// Requests that never arrive.
    pub(crate) deaf_for: usize,
    /// Requests that arrive damaged.
    pub(crate) damage_for: usize,
    /// Between two `ready`, and between two results.
    pub(crate) ready_each: Duration,
    pub(crate) check_takes: Duration,
    /// Text before the first `ready`.
    pub(crate) boot_text: &'static str,
    /// Says nothing from the result with this number on.
    pub(crate) dies_at: Option<usize>,
    /// Says that it goes on, so many times and each 2 s, before the result with this number.
    pub(crate) busy_at: Option<(usize, u32)>,
    /// What comes of it when it has said that it powers off, and cannot.
    pub(crate) after_off: Option<&'static str>,
    /// Begins the next run of its own when one has ended.
    pub(crate) restless: bool,
    /// What it has been asked, as it came.
    pub(crate) asked: Vec<String>,
    pub(crate) state: State,
}

/// What it does now.
#[derive(Default)]
pub(crate) struct State {
    reader: LineReader<512>,
    context: Context,
    records: Vec<String>,
    said: usize,
    next_at: Duration,
    out: Vec<u8>,
    off: bool,
}

impl State {
    /// Says nothing by itself before `at`.
    pub(crate) fn start_at(&mut self, at: Duration) {
        self.next_at = at;
    }
}

impl Default for Board {
    fn default() -> Self {
        Self {
            boot: 0xb007_0000_0000_0001,
            runs: 0,
            name: "qemu-aarch64",
            image: "0.1.0",
            machine: "linux,dummy-virt",
            names: checks::NAMES.to_vec(),
            list: checks::DIGEST,
            results: Vec::new(),
            results_in: None,
            tainted: Some(0x1000),
            oops: Some(0),
            warn: Some(0),
            refuse: None,
            mangle: Box::new(line),
            deaf_for: 0,
            damage_for: 0,
            ready_each: Duration::from_secs(1),
            check_takes: Duration::from_millis(3),
            boot_text: "[    0.000000] Booting Linux on physical CPU 0x0000000000\r\n",
            dies_at: None,
            busy_at: None,
            after_off: None,
            restless: false,
            asked: Vec::new(),
            state: State::default(),
        }
    }
}

pub(crate) const FAILING: &str = "data.vmalloc.two-mappings";

/// A board on which one check fails.
pub(crate) fn failing() -> Board {
    Board {
        results: vec![(FAILING, Outcome::Fail, "offset=64 got=0xdead")],
        ..Board::default()
    }
}

/// A line as the board's tty sends it.
pub(crate) fn line(text: &str) -> Vec<u8> {
    format!("{text}\r\n").into_bytes()
}

/// Mangles the first `times` lines that start with `start`.
pub(crate) fn mangle(
    start: &'static str,
    mut times: usize,
    how: impl Fn(&str) -> Vec<u8> + Send + 'static,
) -> Mangle {
    Box::new(move |text| {
        if times > 0 && text.starts_with(start) {
            times -= 1;
            return how(text);
        }
        line(text)
    })
}

pub(crate) const MESSAGE: &str = "[   12.345678] usb 1-1: new high-speed USB device\r\n";

/// A line in which two kernel messages land.
pub(crate) fn cut_by_messages(text: &str) -> Vec<u8> {
    let (head, tail) = text.split_at(text.len() / 2);
    [head, MESSAGE, MESSAGE, tail, "\r\n"].concat().into_bytes()
}

/// Bytes of any value, the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..length).map(|_| byte()).collect()
}

/// A line on which each byte is flipped, lost or joined by another one, each with a
/// chance of one in `one_in`.
pub(crate) fn noisy(seed: u64, one_in: u64) -> Mangle {
    let mut state = seed;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    Box::new(move |text| {
        let mut bytes = Vec::new();
        for byte in line(text) {
            match random(one_in * 3) {
                0 => bytes.push(byte ^ (1 << random(8))),
                1 => {}
                2 => bytes.extend([byte, random(256) as u8]),
                _ => bytes.push(byte),
            }
        }
        bytes
    })
}

impl Board {
    /// Goes at a fast pace, for tests that wait in earnest.
    pub(crate) fn hurry(&mut self) {
        self.ready_each = Duration::from_millis(50);
        self.check_takes = Duration::from_micros(100);
    }

    /// Boots again, and has forgotten everything.
    pub(crate) fn reset(&mut self, now: Duration) {
        self.boot += 1;
        self.runs = 0;
        self.state = State {
            next_at: now + self.ready_each,
            ..State::default()
        };
    }

    /// When it next says something by itself.
    pub(crate) fn next_at(&self) -> Duration {
        self.state.next_at
    }

    pub(crate) fn is_off(&self) -> bool {
        self.state.off
    }

    /// What it says up to `now`.
    pub(crate) fn poll(&mut self, now: Duration) -> Vec<u8> {
        self.state
            .out
            .extend(std::mem::take(&mut self.boot_text).bytes());
        while now >= self.state.next_at && !self.state.off {
            if self.state.said < self.state.records.len() {
                self.state.next_at += self.check_takes;
                if let Some((number, times @ 1..)) = self.busy_at
                    && number == self.state.said
                {
                    self.busy_at = Some((number, times - 1));
                    self.state.next_at += Duration::from_secs(2);
                    let busy = Record::Busy.encode(&self.state.context).unwrap();
                    self.say(&busy);
                    continue;
                }
                if self.dies_at == Some(self.state.said) {
                    self.state.off = true;
                    break;
                }
                let text = self.state.records[self.state.said].clone();
                if self.state.said == 0 {
                    self.state.out.extend(b"KTAP version 1\r\n");
                }
                self.say(&text);
                self.state.said += 1;
                if self.state.said == self.state.records.len() {
                    self.runs += 1;
                    self.state.next_at = now + self.ready_each / 2;
                    if self.restless {
                        self.start(now, 0, &Filter::default());
                    }
                }
            } else {
                self.state.next_at = now + self.ready_each;
                let ready = Ready {
                    boot: self.boot,
                    runs: self.runs,
                };
                self.answer(&Record::Ready(ready), 0);
            }
        }
        std::mem::take(&mut self.state.out)
    }

    /// Takes bytes from the host.
    pub(crate) fn feed(&mut self, now: Duration, bytes: &[u8]) {
        let mut rest = bytes;
        loop {
            let (line, left) = self.state.reader.feed(rest);
            let Some(line) = line else { return };
            let line = line.bytes.to_vec();
            rest = left;
            if line.is_empty() {
                continue;
            }
            self.asked.push(String::from_utf8(line.clone()).unwrap());
            if self.deaf_for > 0 {
                self.deaf_for -= 1;
                continue;
            }
            let mut line = line;
            if self.damage_for > 0 {
                self.damage_for -= 1;
                line[20] ^= 1;
            }
            self.request(now, &line);
        }
    }

    fn request(&mut self, now: Duration, line: &[u8]) {
        if self.state.off {
            return;
        }
        let (nonce, request) = match Request::decode(line, self.boot) {
            Ok(None) => return,
            Ok(Some(request)) => request,
            Err(error) => {
                let (reason, detail) = (error.reason, error.detail);
                return self.answer(&Record::Error { reason, detail }, error.nonce);
            }
        };
        if self.state.said < self.state.records.len() {
            return self.answer(&Record::Busy, nonce);
        }
        match request {
            Request::Run { filter, .. } => match self.refuse {
                Some((reason, detail)) => self.answer(&Record::Error { reason, detail }, nonce),
                None => self.start(now, nonce, &filter),
            },
            Request::Resend(numbers) if nonce == self.state.context.nonce => {
                for number in numbers.iter() {
                    let record = self.state.records[number].clone();
                    self.say(&resend(number, &record).unwrap());
                }
            }
            Request::Resend(_) => {
                let (reason, detail) = (ErrorReason::Run, "?");
                self.answer(&Record::Error { reason, detail }, nonce);
            }
            Request::List => {
                let checks = self.names.len();
                self.answer(&Record::List { checks }, nonce);
                for (index, name) in self.names.clone().into_iter().enumerate() {
                    let number = index + 1;
                    self.answer(&Record::Listed { number, name }, nonce);
                }
            }
            Request::Off => {
                self.answer(&Record::Off, nonce);
                self.state.off = self.after_off.is_none();
                self.state
                    .out
                    .extend(self.after_off.iter().flat_map(|text| text.bytes()));
            }
        }
    }

    /// Starts a run; nonce 0 is one that nobody asked for.
    pub(crate) fn start(&mut self, now: Duration, nonce: u64, filter: &Filter<'_>) {
        self.state.context = Context {
            nonce,
            boot: self.boot,
            count: self.runs + 1,
        };
        let names: Vec<_> = self
            .names
            .iter()
            .filter(|name| filter.selects(name))
            .collect();
        let mut records = vec![Record::Header(Header {
            context: self.state.context,
            checks: names.len(),
            list: self.list,
            image: self.image,
            board: self.name,
            machine: self.machine,
        })];
        for (index, name) in names.iter().enumerate() {
            let in_this_run = self
                .results_in
                .is_none_or(|run| run == self.state.context.count);
            let mut results = self.results.iter().filter(|_| in_this_run);
            let special = results.find(|(check, ..)| check == *name);
            let (_, outcome, detail) = *special.unwrap_or(&("", Outcome::Pass, ""));
            records.push(Record::Check(CheckResult {
                number: index + 1,
                name,
                outcome,
                milliseconds: 3,
                detail,
            }));
        }
        let mut lines: Vec<String> = Vec::new();
        let mut digest = Digest::new(&self.state.context);
        for record in &records {
            let line = record.encode(&self.state.context).unwrap();
            digest.add(&line);
            lines.push(line.as_str().to_owned());
        }
        let count = |wanted: Outcome| {
            let is = |record: &&Record<'_>| matches!(record, Record::Check(check) if check.outcome == wanted);
            records.iter().filter(is).count()
        };
        let end = Record::End(End {
            checks: names.len(),
            pass: count(Outcome::Pass),
            fail: count(Outcome::Fail),
            skip: count(Outcome::Skip),
            tainted: self.tainted,
            oops: self.oops,
            warn: self.warn,
            digest: digest.value(),
        });
        lines.push(end.encode(&self.state.context).unwrap().as_str().to_owned());
        self.state.records = lines;
        self.state.said = 0;
        self.state.next_at = now;
    }

    fn answer(&mut self, record: &Record<'_>, nonce: u64) {
        let context = Context {
            nonce,
            boot: self.boot,
            count: 0,
        };
        let text = record.encode(&context).unwrap();
        self.say(&text);
    }

    fn say(&mut self, text: &str) {
        self.state.out.extend((self.mangle)(text));
    }
}
