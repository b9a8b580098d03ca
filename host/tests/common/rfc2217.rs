//! A server of serial ports, written from RFC 854, 855, 856 and 2217 and sharing no
//! code with the client.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use super::Board;
use super::server::{Client, Server};

const IAC: u8 = 0xff;
const SB: u8 = 0xfa;
const SE: u8 = 0xf0;
const WILL: u8 = 0xfb;
const WONT: u8 = 0xfc;
const DO: u8 = 0xfd;
const DONT: u8 = 0xfe;

/// How a server takes what the client asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Manners {
    /// Agrees, and answers each command with its value.
    Answers,
    /// Agrees to the option, and answers no command at all, as some do with a purge.
    NeverAnswers,
    /// Refuses every option.
    Refuses,
    /// Says nothing of telnet.
    Mute,
    /// Asks for many options of its own, again and again, and sends notifications.
    Pesters,
}

/// What the client sent besides the board's bytes.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Verb and option of each negotiation.
    pub(crate) negotiated: Vec<(u8, u8)>,
    /// Code and value of each command for the serial port.
    pub(crate) commands: Vec<(u8, Vec<u8>)>,
}

/// A board behind a server with these manners, which writes down what it hears.
pub(crate) fn serve(board: Board, manners: Manners, heard: &Arc<Mutex<Heard>>) -> Server {
    let heard = Arc::clone(heard);
    Server::tcp_with("rfc2217", board, move |client| {
        speak(client, manners, Arc::clone(&heard))
    })
}

/// Puts the server between a client and the board.
pub(crate) fn speak(
    client: Box<dyn Client>,
    manners: Manners,
    heard: Arc<Mutex<Heard>>,
) -> Box<dyn Client> {
    Box::new(Line {
        client,
        manners,
        heard,
        pending: VecDeque::new(),
        escape: Vec::new(),
        pestered: 0,
    })
}

/// Speaks telnet with the client, and plain bytes with the board.
struct Line {
    client: Box<dyn Client>,
    manners: Manners,
    heard: Arc<Mutex<Heard>>,
    /// Bytes for the board.
    pending: VecDeque<u8>,
    /// An escape sequence that has not ended.
    escape: Vec<u8>,
    pestered: u32,
}

impl Line {
    fn byte(&mut self, byte: u8) -> io::Result<()> {
        if self.escape.is_empty() && byte != IAC {
            self.pending.push_back(byte);
            return Ok(());
        }
        self.escape.push(byte);
        match self.escape.as_slice() {
            [IAC, IAC] => self.pending.push_back(IAC),
            [IAC, verb @ WILL..=DONT, option] => {
                let (verb, option) = (*verb, *option);
                self.heard.lock().unwrap().negotiated.push((verb, option));
                self.negotiate(verb, option)?;
            }
            [IAC, SB, 44, code, value @ .., IAC, SE] if whole(value) => {
                let (code, value) = (*code, single(value));
                self.heard
                    .lock()
                    .unwrap()
                    .commands
                    .push((code, value.clone()));
                self.answer(code, &value)?;
            }
            [IAC] | [IAC, WILL..=DONT] | [IAC, SB, ..] => return Ok(()),
            other => panic!("no telnet that a client sends: {other:x?}"),
        }
        self.escape.clear();
        Ok(())
    }

    fn negotiate(&mut self, verb: u8, option: u8) -> io::Result<()> {
        let agrees = matches!(option, 0 | 3 | 44) && self.manners != Manners::Refuses;
        let reply = match verb {
            _ if self.manners == Manners::Mute => return Ok(()),
            WILL if agrees => DO,
            WILL => DONT,
            DO if agrees => WILL,
            DO => WONT,
            _ => return Ok(()),
        };
        self.client.write_all(&[IAC, reply, option])
    }

    fn answer(&mut self, code: u8, value: &[u8]) -> io::Result<()> {
        if !matches!(self.manners, Manners::Answers | Manners::Pesters) {
            return Ok(());
        }
        let value = value.iter().flat_map(|&byte| match byte {
            IAC => vec![IAC, IAC],
            byte => vec![byte],
        });
        let head = [IAC, SB, 44, code + 100];
        let answer: Vec<u8> = head.into_iter().chain(value).chain([IAC, SE]).collect();
        self.client.write_all(&answer)
    }

    fn pester(&mut self) -> io::Result<()> {
        self.pestered += 1;
        if self.manners == Manners::Pesters && self.pestered < 200 {
            let echo_and_others = [IAC, WILL, 1, IAC, DO, 24, IAC, DO, 31, IAC, 0xf1];
            let modem_state = [IAC, SB, 44, 107, 0xb0, IAC, SE];
            self.client.write_all(&echo_and_others)?;
            self.client.write_all(&modem_state)?;
        }
        Ok(())
    }
}

/// True if the last byte of `value` is no half of an escaped one.
fn whole(value: &[u8]) -> bool {
    let ends = value.iter().rev().take_while(|&&byte| byte == IAC).count();
    ends % 2 == 0
}

fn single(value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = value.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(byte);
        if byte == IAC {
            assert_eq!(rest.next(), Some(&IAC));
        }
    }
    bytes
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pester()?;
        let count = self.client.read(buffer)?;
        if count == 0 {
            return Ok(0);
        }
        for &byte in &buffer[..count] {
            self.byte(byte)?;
        }
        let bytes: Vec<u8> = self.pending.drain(..).collect();
        buffer[..bytes.len()].copy_from_slice(&bytes);
        match bytes.len() {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let escaped: Vec<u8> = bytes
            .iter()
            .flat_map(|&byte| std::iter::repeat_n(byte, 1 + usize::from(byte == IAC)))
            .collect();
        self.client.write_all(&escaped)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.client.flush()
    }
}
