//! Why a port cannot be opened, and what to do about it.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::io::Errno;

use super::{Endpoint, holder};
use crate::exit::Exit;

/// Why a port cannot be opened. `port` is the port as `--port` names it.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// There is nothing of that name, or no device behind it.
    #[error(
        "No port {port}. Is the cable plugged in? `board-check ports` lists those that are there."
    )]
    Absent {
        /// The port.
        port: String,
    },
    /// Something else than a serial port.
    #[error("{port} is no serial port. {advice}")]
    NotATty {
        /// The port.
        port: String,
        /// What it is instead, or where serial ports are.
        advice: String,
    },
    /// Nobody answers there.
    #[error("Cannot reach {port}: {why}. {advice}")]
    Unreachable {
        /// The port.
        port: String,
        /// What was met.
        why: String,
        /// What to look at.
        advice: &'static str,
    },
    /// Another process has it.
    #[error("{port} is in use by {holder}. End that and try again.")]
    Busy {
        /// The port.
        port: String,
        /// The process.
        holder: String,
    },
    /// The user may not open it.
    #[error("No permission to open {port}. {advice}")]
    Denied {
        /// The port.
        port: String,
        /// What gives the permission.
        advice: String,
    },
    /// Anything else.
    #[error("Cannot open {port}: {message}.")]
    Other {
        /// The port.
        port: String,
        /// What the system said.
        message: String,
    },
    /// The user ended it before the port was open.
    #[error("Interrupted before the port was open.")]
    Interrupted,
}

impl PortError {
    /// The exit code for this error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Absent { .. }
            | Self::NotATty { .. }
            | Self::Unreachable { .. }
            | Self::Other { .. } => Exit::PortAbsent,
            Self::Busy { .. } => Exit::PortBusy,
            Self::Denied { .. } => Exit::PortDenied,
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// An error that has no case of its own.
    pub(super) fn other(endpoint: &Endpoint, error: &io::Error) -> Self {
        Self::Other {
            port: endpoint.to_string(),
            message: error.to_string(),
        }
    }
}

/// The error for what opening the file said.
pub(super) fn from_errno(path: &Path, errno: Errno) -> PortError {
    let port = path.display().to_string();
    match errno {
        Errno::NXIO if is_socket(path) => no_tty(path),
        Errno::NOENT | Errno::NODEV | Errno::NXIO | Errno::IO => PortError::Absent { port },
        Errno::ISDIR | Errno::NOTDIR | Errno::LOOP | Errno::TXTBSY => no_tty(path),
        Errno::BUSY => busy(path),
        Errno::ACCESS | Errno::PERM => denied(path),
        errno => PortError::Other {
            port,
            message: io::Error::from(errno).to_string(),
        },
    }
}

/// The error for a path that leads to something else.
pub(super) fn no_tty(path: &Path) -> PortError {
    let port = path.display().to_string();
    let advice = match is_socket(path) {
        true => format!("It is a socket: give --port unix:{port}."),
        false => "`board-check ports` lists those that are there.".to_owned(),
    };
    PortError::NotATty { port, advice }
}

pub(super) fn is_socket(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.file_type().is_socket())
}

/// The error for what serialport said about a port that can be opened as a file.
pub(super) fn from_open(path: &Path, error: &serialport::Error) -> PortError {
    match error.kind {
        serialport::ErrorKind::NoDevice => busy(path),
        _ => PortError::Other {
            port: path.display().to_string(),
            message: error.description.clone(),
        },
    }
}

fn busy(path: &Path) -> PortError {
    let holder = holder::find(path).unwrap_or_else(|| "another process of another user".to_owned());
    PortError::Busy {
        port: path.display().to_string(),
        holder,
    }
}

/// The error for a path that this user may not open.
pub(super) fn denied(path: &Path) -> PortError {
    let advice = match fs::metadata(path) {
        Ok(file) => advice(file.mode(), file.uid(), file.gid()),
        Err(_) => "A folder above it cannot be searched.".to_owned(),
    };
    PortError::Denied {
        port: path.display().to_string(),
        advice,
    }
}

/// What gives the permission to open a device with this mode and owner.
fn advice(mode: u32, owner: u32, group: u32) -> String {
    let user = name_of("/etc/passwd", rustix::process::geteuid().as_raw());
    let owner = name_of("/etc/passwd", owner);
    let group = name_of("/etc/group", group);
    if mode & 0o060 == 0o060 {
        format!(
            "It belongs to the group {group}: run `sudo usermod -aG {group} {user}`, then log out \
             and in again."
        )
    } else {
        format!(
            "Its mode {:04o} lets only its owner {owner} in, not the group {group}: change it with a \
             udev rule, or run as {owner}.",
            mode & 0o7777
        )
    }
}

/// The name behind a user or group number, or the number itself.
fn name_of(table: &str, id: u32) -> String {
    let text = fs::read_to_string(table).unwrap_or_default();
    find_name(&text, id).unwrap_or_else(|| id.to_string())
}

/// Looks in lines of `name:password:id:…`.
fn find_name(table: &str, id: u32) -> Option<String> {
    let mut lines = table.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_port_names_its_group_and_the_command() {
        let advice = advice(0o660, 0, 0);
        assert!(advice.contains("group root"), "{advice}");
        assert!(advice.contains("sudo usermod -aG root "), "{advice}");
    }

    #[test]
    fn a_group_that_may_not_either_is_not_recommended() {
        let advice = advice(0o600, 0, 0);
        assert!(!advice.contains("usermod"), "{advice}");
        assert!(advice.contains("0600"), "{advice}");
    }

    #[test]
    fn finds_names_by_their_third_field() {
        let table = "root:x:0:\ndialout:x:20:me\n";
        assert_eq!(find_name(table, 20).as_deref(), Some("dialout"));
        assert_eq!(find_name(table, 21), None);
    }
}
