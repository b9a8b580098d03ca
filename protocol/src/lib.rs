//! What board-check and a board say to each other over the serial line.
//!
//! The line is KTAP version 1 in which every record proves itself: it ends in a
//! CRC over a nonce that the host chose, the board's boot id, the number of the
//! run and the text. `docs/protocol.md` has the bytes; this crate writes and
//! reads them and knows nothing of ports, time or checks that run.
//!
//! The flow is: the board says [`Record::Ready`] each second, the host sends a
//! [`Request`], the board answers with records, the host asks again for those
//! that did not arrive whole.
#![no_std]
#![forbid(unsafe_code)]

pub mod checks;
mod digest;
mod filter;
mod lines;
mod mend;
mod numbers;
mod record;
mod request;
mod seal;
pub mod text;

pub use digest::Digest;
pub use filter::{Filter, matches};
pub use lines::{Line, LineReader};
pub use mend::mend;
pub use numbers::Numbers;
pub use record::{
    CheckResult, End, ErrorReason, Header, Outcome, Ready, Record, foreign_protocol, resend,
};
pub use request::{Request, RequestError};
pub use seal::{Context, Direction};

/// The protocol version that this crate speaks. It changes when a line that an
/// older reader accepts would mean something else; see `docs/protocol.md`.
pub const VERSION: u32 = 1;

/// Longest line of the protocol in bytes, its CRC included, its line end not.
pub const LINE_MAX: usize = 240;

/// Longest resend in bytes: what stands before the line of up to [`LINE_MAX`] that
/// it repeats is `#r `, a record number and a space.
pub const RESENT_MAX: usize = LINE_MAX + 8;

const _: () = assert!(CHECKS_MAX < 9999 && "#r 9999 ".len() == RESENT_MAX - LINE_MAX);

/// Most checks that one run can have.
pub const CHECKS_MAX: usize = 512;

/// Bytes of a written line.
pub type Text = heapless::String<LINE_MAX>;
