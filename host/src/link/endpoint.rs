//! What `--port` names.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// Where the console of a board is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// A serial port, or anything else that is a tty, by its path.
    Serial(PathBuf),
    /// A TCP port that gives the bytes of the console as they are.
    Tcp(Address),
    /// A serial port behind a server that speaks RFC 2217.
    Rfc2217(Address),
    /// A listening Unix socket, by its path.
    Unix(PathBuf),
    /// The standard input and output of a command, which the shell starts.
    Exec(OsString),
    /// The standard input and output of this process.
    Stdio,
}

/// Host and port of a network connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    /// A name or an IP address; an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Why a text names no endpoint.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EndpointError {
    /// Nothing at all.
    #[error("the port is empty; it is a path such as /dev/ttyUSB0, or one of {KNOWN}")]
    Empty,
    /// A URL, or what looks like one, of a kind that is not known.
    #[error("\"{scheme}\" is no kind of port; there are {KNOWN}, and paths.{advice}")]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
        /// What may be meant.
        advice: String,
    },
    /// A network address without a host.
    #[error("the host is missing, as in {scheme}//localhost:2000")]
    NoHost {
        /// The kind of port.
        scheme: &'static str,
    },
    /// A network address without a port.
    #[error("the port is missing, as in {scheme}//{host}:2000")]
    NoPort {
        /// The kind of port.
        scheme: &'static str,
        /// The host, as it was given.
        host: String,
    },
    /// A port that is none.
    #[error("\"{port}\" is no network port; it is a number from 1 to 65535")]
    WrongPort {
        /// What was given.
        port: String,
    },
    /// An IPv6 address without brackets.
    #[error("the IPv6 address needs brackets, as in {scheme}//[::1]:2000")]
    NoBrackets {
        /// The kind of port.
        scheme: &'static str,
    },
    /// A host that is neither name nor address.
    #[error("\"{host}\" is no host; only a host and a port follow {scheme}//")]
    WrongHost {
        /// The kind of port.
        scheme: &'static str,
        /// What was given.
        host: String,
    },
    /// `unix:` without a path.
    #[error("the path is missing, as in unix:/run/console")]
    NoPath,
    /// `exec:` without a command.
    #[error("the command is missing, as in exec:'ssh lab cat /dev/ttyUSB0'")]
    NoCommand,
}

const KNOWN: &str = "tcp://HOST:PORT, rfc2217://HOST:PORT, unix:PATH, exec:COMMAND and -";

const TCP: &str = "tcp:";
const RFC2217: &str = "rfc2217:";

/// Names that other tools have for what is meant.
const OTHER_NAMES: [(&str, &str); 4] = [
    (
        "telnet",
        " A server of serial ports that speaks telnet is rfc2217://.",
    ),
    ("socket", " Raw TCP is tcp://."),
    ("serial", " A serial port is named by its path alone."),
    ("file", " A path is given alone."),
];

impl Endpoint {
    /// Reads what `--port` was given.
    ///
    /// # Errors
    /// When it is malformed; whether anything is there is not looked at.
    pub fn parse(text: &OsStr) -> Result<Self, EndpointError> {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return Err(EndpointError::Empty);
        }
        if bytes == b"-" {
            return Ok(Self::Stdio);
        }
        let scheme = scheme(bytes);
        let rest = &bytes[scheme.map_or(0, |scheme| scheme.len() + 1)..];
        match scheme {
            None => Ok(Self::Serial(text.into())),
            Some("tcp") => Ok(Self::Tcp(address(TCP, rest)?)),
            Some("rfc2217") => Ok(Self::Rfc2217(address(RFC2217, rest)?)),
            Some("unix") if rest.is_empty() => Err(EndpointError::NoPath),
            Some("unix") => Ok(Self::Unix(OsString::from_vec(rest.to_vec()).into())),
            Some("exec") if rest.trim_ascii().is_empty() => Err(EndpointError::NoCommand),
            Some("exec") => Ok(Self::Exec(OsString::from_vec(rest.to_vec()))),
            Some(other) => Err(unknown(other, rest)),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(path) => path.display().fmt(f),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Rfc2217(address) => write!(f, "rfc2217://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Exec(command) => write!(f, "exec:{}", command.display()),
            Self::Stdio => f.write_str("-"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// The letters before the first colon, if no slash stands before it: a path to a
/// device may have colons, too.
fn scheme(text: &[u8]) -> Option<&str> {
    let end = text.iter().position(|byte| matches!(byte, b':' | b'/'))?;
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme = text[..end].iter().all(letter) && text[end] == b':' && end > 0;
    std::str::from_utf8(&text[..end]).ok().filter(|_| scheme)
}

fn unknown(scheme: &str, rest: &[u8]) -> EndpointError {
    let known = OTHER_NAMES.iter().find(|(name, _)| *name == scheme);
    let advice = match known {
        Some((_, advice)) => (*advice).to_owned(),
        None if rest.starts_with(b"//") => String::new(),
        None => format!(" A path is meant? Then ./{scheme}:…"),
    };
    EndpointError::UnknownScheme {
        scheme: scheme.to_owned(),
        advice,
    }
}

/// Reads `//HOST:PORT`.
fn address(scheme: &'static str, text: &[u8]) -> Result<Address, EndpointError> {
    let text = String::from_utf8_lossy(text);
    let text = text.strip_prefix("//").unwrap_or(&text);
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').unwrap_or((rest, ""));
            (host, rest.strip_prefix(':'))
        }
        None if text.matches(':').count() > 1 => return Err(EndpointError::NoBrackets { scheme }),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let bracketed = text.starts_with('[');
    let host_byte = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_')
            || bracketed && matches!(byte, b':' | b'%')
    };
    if host.is_empty() {
        return Err(EndpointError::NoHost { scheme });
    }
    if !host.bytes().all(host_byte) {
        let host = host.to_owned();
        return Err(EndpointError::WrongHost { scheme, host });
    }
    let port = port.filter(|port| !port.is_empty());
    let port = port.ok_or_else(|| EndpointError::NoPort {
        scheme,
        host: text.trim_end_matches(':').to_owned(),
    })?;
    let wrong = || EndpointError::WrongPort {
        port: port.to_owned(),
    };
    Ok(Address {
        host: host.to_owned(),
        port: port
            .parse()
            .ok()
            .filter(|&port: &u16| port > 0)
            .ok_or_else(wrong)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Endpoint, EndpointError> {
        Endpoint::parse(OsStr::new(text))
    }

    fn tcp(host: &str, port: u16) -> Endpoint {
        let host = host.to_owned();
        Endpoint::Tcp(Address { host, port })
    }

    #[test]
    fn each_kind_of_port_is_read_and_written_alike() {
        for (text, endpoint) in [
            ("/dev/ttyUSB0", Endpoint::Serial("/dev/ttyUSB0".into())),
            (
                "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0",
                Endpoint::Serial("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0".into()),
            ),
            ("./a:b", Endpoint::Serial("./a:b".into())),
            ("console", Endpoint::Serial("console".into())),
            ("tcp://lab-1.example:2000", tcp("lab-1.example", 2000)),
            ("tcp://127.0.0.1:1", tcp("127.0.0.1", 1)),
            ("tcp://[::1]:65535", tcp("::1", 65535)),
            ("tcp://[fe80::1%eth0]:22", tcp("fe80::1%eth0", 22)),
            (
                "rfc2217://lab:4001",
                Endpoint::Rfc2217(Address {
                    host: "lab".to_owned(),
                    port: 4001,
                }),
            ),
            ("unix:/run/x y", Endpoint::Unix("/run/x y".into())),
            ("exec:nc -U x:y", Endpoint::Exec("nc -U x:y".into())),
            ("-", Endpoint::Stdio),
        ] {
            assert_eq!(parse(text), Ok(endpoint.clone()), "{text}");
            assert_eq!(endpoint.to_string(), text);
        }
    }

    #[test]
    fn a_path_need_not_be_text() {
        let path = OsStr::from_bytes(b"/dev/\xff");
        assert_eq!(Endpoint::parse(path), Ok(Endpoint::Serial(path.into())));
    }

    #[test]
    fn what_is_malformed_is_said_with_what_to_write_instead() {
        for (text, words) in [
            ("", "the port is empty"),
            ("telnet://lab:23", "\"telnet\" is no kind of port"),
            ("rfc2217://lab", "as in rfc2217://lab:2000"),
            ("rfc2217://lab:1?ign", "\"1?ign\" is no network port"),
            ("socket://lab:23", "Raw TCP is tcp://"),
            ("http:x", "./http:…"),
            ("tcp:", "the host is missing, as in tcp://localhost"),
            ("tcp://", "the host is missing"),
            ("tcp://:2000", "the host is missing"),
            ("tcp://[]:2000", "the host is missing"),
            ("tcp://lab", "the port is missing, as in tcp://lab:2000"),
            ("tcp://lab:", "the port is missing, as in tcp://lab:2000"),
            ("tcp://[::1]", "the port is missing, as in tcp://[::1]:2000"),
            ("tcp://[::1", "the port is missing"),
            ("tcp://::1:2000", "needs brackets"),
            ("tcp://lab:ssh", "\"ssh\" is no network port"),
            ("tcp://lab:0", "\"0\" is no network port"),
            ("tcp://lab:65536", "\"65536\" is no network port"),
            ("tcp://lab:2000/x", "\"2000/x\" is no network port"),
            ("tcp://me@lab:2000", "\"me@lab\" is no host"),
            ("unix:", "the path is missing"),
            ("exec: ", "the command is missing"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
