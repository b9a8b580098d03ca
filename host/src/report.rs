//! What the user, or a program, gets to see.

mod attributes;
mod content;
mod figures;
mod format;
pub mod human;
pub mod json;
pub mod junit;
pub mod ktap;
mod lab;
mod live;
pub mod page;
mod several;
pub mod speed;
mod time_left;

pub use attributes::Attribute;
pub use content::{
    CheckReport, Ending, KernelReport, LineReport, LinkReport, LogLine, Report, RequestReport,
    RunId, SCHEMA_VERSION,
};
pub use format::Format;
pub use lab::{Lab, Place, Unread};
pub use live::Live;
pub use several::Several;
