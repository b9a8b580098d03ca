//! Settings: what options are when the command line does not give them.
//!
//! The environment comes first, then `board-check.toml` of the project, then the
//! user's own `config.toml`. [`KEYS`] is the list of all that can be set.

mod error;
mod file;
mod keys;
mod places;

pub use error::ConfigError;
pub use keys::{KEYS, Key};
pub use places::Places;

use std::fmt;
use std::path::PathBuf;

/// A value, and where it comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    /// A key of [`KEYS`], or the name of a port.
    pub name: String,
    /// The value, as it would stand on the command line.
    pub value: String,
    /// Where it was found.
    pub origin: Origin,
}

/// Where a value was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// This variable of the environment.
    Environment(&'static str),
    /// A line of a file, from 1.
    File(PathBuf, usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(variable) => f.write_str(variable),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
        }
    }
}

/// All settings that apply.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Settings {
    /// The values of [`KEYS`] that are set somewhere, each once.
    pub values: Vec<Setting>,
    /// The ports that have names, each once.
    pub ports: Vec<Setting>,
}

impl Settings {
    /// Reads environment and files.
    ///
    /// # Errors
    /// When a file cannot be read, or something in it, or in the environment, is no
    /// setting.
    pub fn load(places: &Places) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        for key in &KEYS {
            if let Some(value) = (places.variable)(key.variable) {
                let origin = Origin::Environment(key.variable);
                let value = value.to_string_lossy().into_owned();
                settings.add(key.setting(value, origin)?);
            }
        }
        for path in places.files() {
            let Some(found) = file::read(&path)? else {
                continue;
            };
            found.values.into_iter().for_each(|one| settings.add(one));
            for port in found.ports {
                if settings.port(&port.name).is_none() {
                    settings.ports.push(port);
                }
            }
        }
        Ok(settings)
    }

    /// The setting of a key of [`KEYS`].
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.values.iter().find(|setting| setting.name == name)
    }

    /// The port that is called `name`.
    pub fn port(&self, name: &str) -> Option<&Setting> {
        self.ports.iter().find(|port| port.name == name)
    }

    /// Puts the settings in the place of the defaults of `command` and of its
    /// subcommands.
    pub fn apply(&self, command: clap::Command) -> clap::Command {
        let set = |option: clap::Arg| {
            let setting = option.get_long().and_then(|name| self.get(name));
            match setting.map(|setting| setting.value.clone()) {
                Some(value) => option.default_value(value),
                None => option,
            }
        };
        let command = command.mut_args(set);
        command.mut_subcommands(|subcommand| self.apply(subcommand))
    }

    /// What was found before is stronger.
    fn add(&mut self, setting: Setting) {
        if self.get(&setting.name).is_none() {
            self.values.push(setting);
        }
    }
}

#[cfg(test)]
mod tests;
