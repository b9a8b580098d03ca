//! A TCP connection: what ser2net calls `raw`, and QEMU `-serial tcp:`.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::duplex::Duplex;
use super::endpoint::Address;
use super::{Endpoint, PortError, greeting};
use crate::timeouts::{CONNECT, POLL};

/// What the end of a connection means.
const CLOSED: &str = "the other side closed the connection";

/// Connects, and takes the bytes as they are.
pub(super) fn open(
    address: &Address,
    endpoint: &Endpoint,
    stop: &AtomicBool,
) -> Result<Duplex, PortError> {
    let mut bytes = connect(address, endpoint, stop)?;
    let came = greeting::await_keeping(&mut bytes, endpoint, <[u8]>::to_vec)?;
    bytes.put_back(came);
    Ok(bytes)
}

/// Connects to the first address of the host that answers, within [`CONNECT`].
pub(super) fn connect(
    address: &Address,
    endpoint: &Endpoint,
    stop: &AtomicBool,
) -> Result<Duplex, PortError> {
    let (sender, connected) = channel();
    let target = address.clone();
    // The system's look-up of names can neither be limited nor interrupted.
    thread::spawn(move || sender.send(try_each(&target)));
    let deadline = Instant::now() + CONNECT;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(PortError::Interrupted);
        }
        match connected.recv_timeout(POLL) {
            Ok(Ok(stream)) => {
                return Duplex::of_one(stream.into(), CLOSED)
                    .map_err(|error| PortError::other(endpoint, &error));
            }
            Ok(Err(error)) => return Err(failed(&error, endpoint)),
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Err(_) => return Err(failed(&io::ErrorKind::TimedOut.into(), endpoint)),
        }
    }
}

fn try_each(address: &Address) -> io::Result<TcpStream> {
    let resolved = (address.host.as_str(), address.port).to_socket_addrs();
    let addresses: Vec<_> = resolved.map_err(io::Error::other)?.collect();
    let share = CONNECT / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    let mut error = io::Error::other("the name has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, share.max(Duration::from_millis(1))) {
            Ok(stream) => {
                // A request is a few bytes that the board waits for.
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                return Ok(stream);
            }
            Err(met) => error = met,
        }
    }
    Err(error)
}

fn failed(error: &io::Error, endpoint: &Endpoint) -> PortError {
    let port = endpoint.to_string();
    match error.kind() {
        io::ErrorKind::PermissionDenied => PortError::Denied {
            port,
            advice: "A firewall of this machine forbids it.".to_owned(),
        },
        io::ErrorKind::ConnectionRefused => PortError::Unreachable {
            port,
            why: "the connection was refused".to_owned(),
            advice: "Is the server of the port running there, and is that its number?",
        },
        io::ErrorKind::TimedOut => PortError::Unreachable {
            port,
            why: format!("no answer within {} s", CONNECT.as_secs()),
            advice: "Is the host up, and is there a firewall between?",
        },
        _ => PortError::Unreachable {
            port,
            why: error.to_string(),
            advice: "Is the name of the host right, and is there a network?",
        },
    }
}
