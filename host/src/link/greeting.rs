//! The first moment of a network connection.
//!
//! A server of ports that cannot give the port takes the connection all the same, says
//! why in a line of text, and closes it. Nothing is sent before that is out: a server
//! that has bytes to read when it closes makes the system forget what it said.

use std::io;
use std::time::Instant;

use super::duplex::Duplex;
use super::port::Connection as _;
use super::{Endpoint, PortError};
use crate::escape::escape;
use crate::timeouts::GREETING;

/// Words of a server for a port that somebody else has: of ser2net, "Port already in
/// use" and "Port's device already in use".
const IN_USE: &str = "in use";

/// Longest text of a server that is repeated, in bytes.
const WORDS_MAX: usize = 120;

/// Looks whether the connection is kept; gives what came meanwhile. `text` takes out
/// of it what is no text of the server.
pub(super) fn await_keeping(
    connection: &mut Duplex,
    endpoint: &Endpoint,
    text: impl Fn(&[u8]) -> Vec<u8>,
) -> Result<Vec<u8>, PortError> {
    let deadline = Instant::now() + GREETING;
    let mut came = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(came);
        }
        let mut buffer = [0; 512];
        match connection.read(&mut buffer, left) {
            Ok(count) => came.extend_from_slice(&buffer[..count]),
            Err(error) => return Err(closed(&error, &text(&came), endpoint)),
        }
    }
}

fn closed(error: &io::Error, text: &[u8], endpoint: &Endpoint) -> PortError {
    let port = endpoint.to_string();
    let words = text.trim_ascii();
    let words = escape(&words[..words.len().min(WORDS_MAX)]);
    if words.contains(IN_USE) {
        let holder = format!("somebody else, as its server says (\"{words}\")");
        return PortError::Busy { port, holder };
    }
    let why = match words.as_str() {
        "" => format!("{error} at once"),
        words => format!("{error} at once, and said \"{words}\""),
    };
    PortError::Unreachable {
        port,
        why,
        advice: "Has its server the port of the board, and is that free?",
    }
}
