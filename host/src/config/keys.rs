//! All that can be set.

use super::{ConfigError, Origin, Setting};
use crate::cli::values;
use crate::link::Endpoint;
use crate::reset::Reset;

/// Something that can be set: an option that the command line need not repeat.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name in a file, and that of the option.
    pub name: &'static str,
    /// Its variable in the environment.
    pub variable: &'static str,
    /// What it is.
    pub about: &'static str,
    /// How a file writes it.
    pub(super) form: Form,
    /// Says what is wrong with a value.
    check: fn(&str) -> Result<(), String>,
}

/// How a file writes a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Text,
    /// As text that may be a path: a relative one starts at the folder of the file.
    NameOrPath,
    Number,
}

/// The port; those of `[ports]` are the same but for their names.
pub(super) const PORT: Key = Key {
    name: "port",
    variable: "BOARD_CHECK_PORT",
    about: "the port, or the name of one in [ports]",
    form: Form::Text,
    check: port,
};

/// All keys.
pub const KEYS: [Key; 6] = [
    PORT,
    Key {
        name: "baud",
        variable: "BOARD_CHECK_BAUD",
        about: "its speed, in bit/s",
        form: Form::Number,
        check: |text| values::baud(text).map(drop),
    },
    Key {
        name: "timeout",
        variable: "BOARD_CHECK_TIMEOUT",
        about: "the longest wait, in seconds",
        form: Form::Number,
        check: |text| values::seconds(text).map(drop),
    },
    Key {
        name: "board",
        variable: "BOARD_CHECK_BOARD",
        about: "the rules of the board: its name, or a board.toml",
        form: Form::NameOrPath,
        check: |_| Ok(()),
    },
    Key {
        name: "reset",
        variable: "BOARD_CHECK_RESET",
        about: "how the board is reset first: dtr, rts or cmd:COMMAND",
        form: Form::Text,
        check: reset,
    },
    Key {
        name: "shell",
        variable: "BOARD_CHECK_SHELL",
        about: "the user to log in as, where a login owns the console",
        form: Form::Text,
        check: |text| values::user(text).map(drop),
    },
];

fn port(text: &str) -> Result<(), String> {
    let endpoint = Endpoint::parse(text.as_ref());
    endpoint.map(drop).map_err(|error| error.to_string())
}

fn reset(text: &str) -> Result<(), String> {
    let reset = Reset::parse(text.as_ref());
    reset.map(drop).map_err(|error| error.to_string())
}

impl Key {
    /// The key of that name.
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// A setting of this key, if `value` can be meant.
    pub(super) fn setting(&self, value: String, origin: Origin) -> Result<Setting, ConfigError> {
        match (self.check)(&value) {
            Ok(()) if value.is_empty() => Err("it is empty".to_owned()),
            checked => checked,
        }
        .map_err(|message| ConfigError::Value {
            origin: origin.clone(),
            key: self.name,
            value: value.clone(),
            message,
        })?;
        Ok(Setting {
            name: self.name.to_owned(),
            value,
            origin,
        })
    }
}
