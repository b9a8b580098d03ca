//! A Unix socket, such as QEMU's `-serial unix:PATH,server=on,wait=off`.

use std::path::Path;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use super::duplex::Duplex;
use super::{Endpoint, PortError, port_error};

/// Connects to the socket at `path`.
pub(super) fn open(path: &Path, endpoint: &Endpoint) -> Result<Duplex, PortError> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None);
    let address = SocketAddrUnix::new(path);
    let connected = socket.and_then(|socket| {
        connect(&socket, &address?)?;
        Ok(socket)
    });
    let socket = connected.map_err(|errno| failed(errno, path, endpoint))?;
    Duplex::of_one(socket, "the other side closed the connection")
        .map_err(|error| PortError::other(endpoint, &error))
}

fn failed(errno: Errno, path: &Path, endpoint: &Endpoint) -> PortError {
    let port = endpoint.to_string();
    let (why, advice) = match errno {
        Errno::ACCESS | Errno::PERM => return port_error::denied(path),
        // Its queue is full: it does not wait for a client.
        Errno::AGAIN => {
            let holder = "as many clients as it takes".to_owned();
            return PortError::Busy { port, holder };
        }
        Errno::NOENT => (
            "there is no such file",
            "Is the server of the socket running?",
        ),
        Errno::CONNREFUSED if path.exists() && !port_error::is_socket(path) => (
            "it is no socket",
            "The path of a serial port is given without unix:.",
        ),
        Errno::CONNREFUSED => (
            "the connection was refused",
            "Is the server of the socket still running?",
        ),
        Errno::PROTOTYPE => ("it is no stream socket", "Is that the socket of a console?"),
        Errno::NAMETOOLONG | Errno::INVAL => (
            "the path is too long for a socket",
            "A relative path is shorter.",
        ),
        errno => {
            let error = errno.into();
            return PortError::other(endpoint, &error);
        }
    };
    let why = why.to_owned();
    PortError::Unreachable { port, why, advice }
}
