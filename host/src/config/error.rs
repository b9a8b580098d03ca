//! Why settings cannot be used.

use std::io;
use std::path::PathBuf;

use super::{KEYS, Origin};
use crate::escape::escape;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is there and cannot be read.
    #[error("Cannot read the settings {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no TOML.
    #[error("{origin}: this is no TOML: {message}.")]
    Syntax {
        /// The place.
        origin: Origin,
        /// What the parser said.
        message: String,
    },
    /// A key that does not exist.
    #[error("{origin}: there is no setting \"{key}\"; there are {}.", known())]
    Key {
        /// The place.
        origin: Origin,
        /// The key, escaped.
        key: String,
    },
    /// A value of another type.
    #[error("{origin}: {key} is {wanted}, not {found}.")]
    Type {
        /// The place.
        origin: Origin,
        /// The key.
        key: String,
        /// What it must be.
        wanted: &'static str,
        /// The type that is there.
        found: &'static str,
    },
    /// A value that cannot be meant.
    #[error("{origin}: {key} cannot be \"{}\": {message}.", escape(value.as_bytes()))]
    Value {
        /// The place.
        origin: Origin,
        /// The key.
        key: &'static str,
        /// What is there.
        value: String,
        /// What is wrong with it.
        message: String,
    },
}

fn known() -> String {
    let keys = KEYS.map(|key| key.name).join(", ");
    format!("{keys} and [ports]")
}
