//! What the user, or a program, gets to see.

use std::path::Path;

use crate::judge::Judgement;
use crate::run::Run;

pub mod human;
pub mod json;
mod live;
mod rows;
mod speed;

pub use live::Live;

/// Everything that a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What was received.
    pub run: &'a Run,
    /// What it proves.
    pub judgement: &'a Judgement,
    /// Start of the session, UTC; empty if unknown.
    pub started: &'a str,
    /// The capture.
    pub capture: Option<&'a Path>,
}
