//! The capture: everything that went over the line in both directions, as text.
//!
//! ```text
//! board-check capture 1
//! version 0.1.0
//! started 2026-11-22T09:30:00Z
//! port /dev/ttyUSB0
//! baud 115200
//! begin
//! 812 < # board-check ready protocol=1 boot=… runs=0 …\r\n
//! 833 > \nboard-check run nonce=… boot=… …\n
//! 940 ! lost the line hung up
//! 1150 ! back
//! 1290 end complete
//! ```
//!
//! Each line after `begin` has the milliseconds since the start, the direction
//! (`<` from the board) and the bytes, escaped; `!` is what happened to the line itself.
//! `end` says why the session ended.

mod ended;
mod marks;
mod reader;
mod writer;

pub use reader::{CaptureError, Entry, Reader};
pub use writer::Writer;

/// First words of a capture; the number is the version of the format.
pub(crate) const MAGIC: &str = "board-check capture ";

/// Version of the format.
pub(crate) const FORMAT: u32 = 1;

/// What a capture says of its session before the bytes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct About {
    /// Release of the tool that wrote it.
    pub version: String,
    /// Start of the session, UTC.
    pub started: String,
    /// The port.
    pub port: String,
    /// Its speed, in bits per second.
    pub baud_bits_per_second: u32,
    /// What `--board` named.
    pub board: Option<String>,
    /// The board file, if `--board` named one that is no part of the release.
    pub board_file: Option<String>,
    /// `--place`.
    pub place: Option<String>,
    /// `--only`, for the reader; what counts is in the requests.
    pub only: Option<String>,
    /// `--skip`, likewise.
    pub skip: Option<String>,
    /// `--fault`, likewise.
    pub fault: u32,
    /// The boot in which the run before this one was, if there was one.
    pub boot: Option<u64>,
    /// Notes from before the first byte.
    pub notes: Vec<String>,
}
