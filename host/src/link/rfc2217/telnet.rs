//! Telnet (RFC 854, 855, 856) from the client's side, with the options that a serial
//! port needs and no other. Knows no socket and no time.

const SE: u8 = 240;
const SB: u8 = 250;
const WILL: u8 = 251;
const WONT: u8 = 252;
const DO: u8 = 253;
const DONT: u8 = 254;
const IAC: u8 = 255;

/// The bytes between them are not changed by the protocol (RFC 856).
const BINARY: u8 = 0;
/// Nobody waits for a "go ahead" (RFC 858); without it lines are half duplex.
const SUPPRESS_GO_AHEAD: u8 = 3;
/// Commands for the serial port (RFC 2217).
pub(super) const COM_PORT: u8 = 44;

/// What each side may do.
const WANTED_OF_US: [u8; 3] = [BINARY, SUPPRESS_GO_AHEAD, COM_PORT];
const WANTED_OF_SERVER: [u8; 3] = [BINARY, SUPPRESS_GO_AHEAD, COM_PORT];
/// What is asked for at the start. The commands are ours to send; a server need not.
const ASKED_OF_SERVER: [u8; 2] = [BINARY, SUPPRESS_GO_AHEAD];

/// Longest answer to a command that is kept, in bytes. RFC 2217 has none above it but
/// a server's text about itself, which nobody reads here.
const ANSWER_MAX: usize = 256;

/// Whether a side does what an option says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Agreed {
    /// It does not; also if it was asked to and refused.
    #[default]
    No,
    /// It was asked to.
    Asked,
    /// It does.
    Yes,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Data,
    /// After a carriage return, which a server that is not binary puts a NUL behind.
    Return,
    Command,
    Option(u8),
    /// In what belongs to an option, of which this many bytes came.
    Inside(usize),
    InsideCommand(usize),
}

/// One connection.
#[derive(Debug)]
pub(super) struct Telnet {
    state: State,
    us: [Agreed; 256],
    server: [Agreed; 256],
}

impl Telnet {
    /// A connection that has begun, and what is to be sent first.
    pub(super) fn start() -> (Self, Vec<u8>) {
        let mut telnet = Self {
            state: State::Data,
            us: [Agreed::No; 256],
            server: [Agreed::No; 256],
        };
        let mut first = Vec::new();
        for option in WANTED_OF_US {
            telnet.us[usize::from(option)] = Agreed::Asked;
            first.extend([IAC, WILL, option]);
        }
        for option in ASKED_OF_SERVER {
            telnet.server[usize::from(option)] = Agreed::Asked;
            first.extend([IAC, DO, option]);
        }
        (telnet, first)
    }

    /// Whether commands for the serial port may be sent.
    pub(super) fn takes_commands(&self) -> Agreed {
        self.us[usize::from(COM_PORT)]
    }

    /// Takes bytes from the server: those of the board are put behind `data`, and what
    /// must be answered behind `answer`.
    pub(super) fn receive(&mut self, bytes: &[u8], data: &mut Vec<u8>, answer: &mut Vec<u8>) {
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (State::Data | State::Return, IAC) => State::Command,
                (State::Return, 0) if self.server[usize::from(BINARY)] != Agreed::Yes => {
                    State::Data
                }
                (State::Data | State::Return, byte) => {
                    data.push(byte);
                    match byte {
                        b'\r' => State::Return,
                        _ => State::Data,
                    }
                }
                (State::Command, IAC) => {
                    data.push(IAC);
                    State::Data
                }
                (State::Command, WILL..=DONT) => State::Option(byte),
                (State::Command, SB) => State::Inside(0),
                (State::Command, _) => State::Data,
                (State::Option(verb), option) => {
                    self.negotiate(verb, option, answer);
                    State::Data
                }
                // The server has forgotten to end it, and the rest is the board's.
                (State::Inside(ANSWER_MAX..), _) => State::Data,
                (State::Inside(count), IAC) => State::InsideCommand(count),
                (State::Inside(count), _) => State::Inside(count + 1),
                (State::InsideCommand(_), SE) => State::Data,
                (State::InsideCommand(count), _) => State::Inside(count + 1),
            };
        }
    }

    /// Writes the board's bytes so that none is taken for a command.
    pub(super) fn encode(&self, bytes: &[u8]) -> Vec<u8> {
        let binary = self.us[usize::from(BINARY)] == Agreed::Yes;
        let mut encoded = Vec::with_capacity(bytes.len());
        for (index, &byte) in bytes.iter().enumerate() {
            encoded.push(byte);
            match byte {
                IAC => encoded.push(IAC),
                b'\r' if !binary && bytes.get(index + 1) != Some(&b'\n') => encoded.push(0),
                _ => {}
            }
        }
        encoded
    }

    /// Answers only what changes something, or asks for what is not done: two sides
    /// that answer each other's answers would never end (RFC 1143).
    fn negotiate(&mut self, verb: u8, option: u8, answer: &mut Vec<u8>) {
        let (side, wanted, yes, no) = match verb {
            DO | DONT => (&mut self.us, &WANTED_OF_US, WILL, WONT),
            _ => (&mut self.server, &WANTED_OF_SERVER, DO, DONT),
        };
        let agreed = &mut side[usize::from(option)];
        let (next, reply) = match (verb, *agreed) {
            (DO | WILL, Agreed::No) if !wanted.contains(&option) => (Agreed::No, Some(no)),
            (DO | WILL, Agreed::No) => (Agreed::Yes, Some(yes)),
            (DO | WILL, _) => (Agreed::Yes, None),
            (_, Agreed::Yes) => (Agreed::No, Some(no)),
            (_, _) => (Agreed::No, None),
        };
        *agreed = next;
        answer.extend(reply.into_iter().flat_map(|reply| [IAC, reply, option]));
    }
}

/// A command for the serial port with its value (RFC 2217, section 2).
pub(super) fn command(code: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![IAC, SB, COM_PORT, code];
    for &byte in value {
        bytes.push(byte);
        if byte == IAC {
            bytes.push(IAC);
        }
    }
    bytes.extend([IAC, SE]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `bytes` in pieces of every size; the result must not depend on it.
    fn receive(setup: &[u8], bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let all = |piece: usize| {
            let (mut telnet, _) = Telnet::start();
            telnet.receive(setup, &mut Vec::new(), &mut Vec::new());
            let (mut data, mut answer) = (Vec::new(), Vec::new());
            for piece in bytes.chunks(piece) {
                telnet.receive(piece, &mut data, &mut answer);
            }
            (data, answer)
        };
        let whole = all(bytes.len().max(1));
        for piece in 1..bytes.len() {
            assert_eq!(all(piece), whole, "in pieces of {piece}");
        }
        whole
    }

    const BINARY_BOTH: &[u8] = &[IAC, DO, BINARY, IAC, WILL, BINARY];

    #[test]
    fn every_byte_of_the_board_comes_through_and_goes_out_again() {
        let (mut telnet, _) = Telnet::start();
        telnet.receive(BINARY_BOTH, &mut Vec::new(), &mut Vec::new());
        let all: Vec<u8> = (0..=255)
            .chain([IAC, IAC, b'\r', 0, b'\r', b'\n'])
            .collect();
        let encoded = telnet.encode(&all);
        assert_eq!(encoded.len(), all.len() + 3, "each 255 is doubled");
        assert_eq!(receive(BINARY_BOTH, &encoded), (all, vec![]));
    }

    /// A server that means harm: every order of bytes that mean something.
    #[test]
    fn no_bytes_are_answered_more_than_once_or_otherwise_in_other_pieces() {
        const BYTES: [u8; 7] = [IAC, SB, SE, WILL, DO, COM_PORT, b'a'];
        for number in 0..BYTES.len().pow(6) {
            let digit = |place| number / BYTES.len().pow(place) % BYTES.len();
            let bytes: Vec<u8> = (0..6).map(|place| BYTES[digit(place)]).collect();
            let (data, answer) = receive(&[], &bytes);
            let commands = bytes.iter().filter(|&&byte| byte == IAC).count();
            assert!(data.len() <= bytes.len(), "{bytes:?}");
            assert!(answer.len() <= 3 * commands, "{bytes:?}");
        }
    }

    #[test]
    fn without_binary_a_bare_carriage_return_has_a_nul_behind_it() {
        let (telnet, _) = Telnet::start();
        assert_eq!(telnet.encode(b"root\ra\r\n"), b"root\r\0a\r\n");
        assert_eq!(receive(&[], b"a\r\0b\r\nc\0").0, b"a\rb\r\nc\0");
    }

    #[test]
    fn what_is_needed_is_agreed_to_once_and_the_rest_refused() {
        let asked = [IAC, WILL, SUPPRESS_GO_AHEAD, IAC, DO, COM_PORT];
        assert_eq!(receive(&[], &asked), (vec![], vec![]), "an answer to ours");
        // ECHO, TERMINAL-TYPE, NAWS
        let others = [IAC, WILL, 1, IAC, DO, 24, IAC, DO, 31];
        let refused = vec![IAC, DONT, 1, IAC, WONT, 24, IAC, WONT, 31];
        assert_eq!(receive(&[], &others), (vec![], refused));
        let taken_back = [IAC, DONT, BINARY, IAC, WONT, BINARY];
        let confirmed = vec![IAC, WONT, BINARY, IAC, DONT, BINARY];
        assert_eq!(receive(BINARY_BOTH, &taken_back), (vec![], confirmed));
        assert_eq!(receive(&[], &taken_back), (vec![], vec![]), "a refusal");
        let once_more = [IAC, WILL, COM_PORT, IAC, WILL, COM_PORT];
        assert_eq!(receive(&[], &once_more).1, [IAC, DO, COM_PORT]);
    }

    #[test]
    fn commands_are_taken_out_and_one_without_an_end_does_not_take_all() {
        let bytes = [
            &b"a"[..],
            &[IAC, 241],
            b"b",
            &[IAC, SB, COM_PORT, 107, IAC, IAC, SE, IAC, SE],
            b"c",
        ];
        assert_eq!(receive(&[], &bytes.concat()).0, b"abc");
        let endless = [&[IAC, SB, COM_PORT][..], &[b'x'; ANSWER_MAX + 50]].concat();
        let data = receive(&[], &endless).0;
        assert!(data.len() >= 40, "{} bytes", data.len());
    }

    #[test]
    fn a_command_has_its_value_escaped() {
        assert_eq!(
            command(1, &[0, 255, 1, 255]),
            [IAC, SB, COM_PORT, 1, 0, IAC, IAC, 1, IAC, IAC, IAC, SE]
        );
    }
}
