//! Everything behind the `board-check` command.
//!
//! Bytes come in over a [`link`], a [`collector`] turns them into a
//! [`run::Run`], and [`judge`] says what that run proves. A [`session`] decides
//! what to send and when to stop; a replay feeds the same collector and the same
//! judge from a [`capture`]. Nothing here can make a PASS out of silence: the
//! judge starts from what was verified, never from how the session ended.
#![forbid(unsafe_code)]

pub mod board;
pub mod capture;
pub mod cli;
pub mod cmd;
pub mod collector;
mod command;
pub mod compare;
pub mod config;
pub mod console;
pub mod escape;
pub mod exit;
pub mod judge;
pub mod kernel_messages;
pub mod link;
pub mod mark;
pub mod ports;
pub mod records;
pub mod replay;
pub mod report;
pub mod request;
pub mod reset;
pub mod run;
pub mod session;
pub mod timeouts;
pub mod unsplice;
pub mod xdg;
