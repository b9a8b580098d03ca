//! Reads one file of settings.

use std::fs;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Form, Key, PORT};
use super::{ConfigError, Origin, Setting};
use crate::escape::escape;

/// The table of ports that have names.
const PORTS: &str = "ports";

/// What a file sets.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) values: Vec<Setting>,
    pub(super) ports: Vec<Setting>,
}

/// Reads `path`; `None` if there is no such file, or it lies in a folder of somebody
/// else: with sudo the home folder may still be that of the caller.
pub(super) fn read(path: &Path) -> Result<Option<Found>, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => File { path, text: &text }.parse().map(Some),
        Err(_) if !path.exists() => Ok(None),
        Err(source) => Err(ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn parse(&self) -> Result<Found, ConfigError> {
        let table = DeTable::parse(self.text).map_err(|error| ConfigError::Syntax {
            origin: self.line(error.span().map_or(0, |span| span.start)),
            message: error.message().trim_end().replace('\n', ", "),
        })?;
        let mut found = Found::default();
        for (name, value) in table.get_ref() {
            let origin = self.line(name.span().start);
            let name = name.get_ref().as_ref();
            if name == PORTS {
                found.ports = self.ports(value.get_ref(), origin)?;
                continue;
            }
            let Some(key) = Key::of(name) else {
                let key = escape(name.as_bytes());
                return Err(ConfigError::Key { origin, key });
            };
            let value = self.value(key, value.get_ref(), &origin)?;
            found.values.push(key.setting(value, origin)?);
        }
        // As in the file: the table is sorted by name.
        found.ports.sort_by_key(|port| line_of(&port.origin));
        found.values.sort_by_key(|value| line_of(&value.origin));
        Ok(found)
    }

    fn ports(&self, value: &DeValue<'_>, origin: Origin) -> Result<Vec<Setting>, ConfigError> {
        let Some(table) = value.as_table() else {
            let wanted = "a table, as in [ports]";
            return Err(type_error(PORTS, wanted, value, origin));
        };
        let port = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
            let origin = self.line(name.span().start);
            let name = escape(AsRef::<str>::as_ref(name.get_ref()).as_bytes());
            match value.get_ref().as_str() {
                Some(value) => {
                    let port = PORT.setting(value.to_owned(), origin)?;
                    Ok(Setting { name, ..port })
                }
                None => Err(type_error(&name, TEXT, value.get_ref(), origin)),
            }
        };
        table.iter().map(port).collect()
    }

    /// The value as it would stand on the command line.
    fn value(
        &self,
        key: &Key,
        value: &DeValue<'_>,
        origin: &Origin,
    ) -> Result<String, ConfigError> {
        let (wanted, text) = match (key.form, value) {
            (Form::Text, value) => (TEXT, value.as_str().map(str::to_owned)),
            (Form::NameOrPath, value) => (TEXT, value.as_str().map(|text| self.beside(text))),
            (Form::Number, DeValue::Integer(number)) => (NUMBER, Some(number.to_string())),
            (Form::Number, DeValue::Float(number)) => (NUMBER, Some(number.to_string())),
            (Form::Number, _) => (NUMBER, None),
        };
        text.ok_or_else(|| type_error(key.name, wanted, value, origin.clone()))
    }

    /// A relative path as seen from the folder of the file; a name as it is.
    fn beside(&self, text: &str) -> String {
        match self.path.parent() {
            Some(folder) if text.contains('/') => folder.join(text).display().to_string(),
            _ => text.to_owned(),
        }
    }

    /// The line that has byte `at`.
    fn line(&self, at: usize) -> Origin {
        let before = self.text.bytes().take(at);
        let line = 1 + before.filter(|&byte| byte == b'\n').count();
        Origin::File(self.path.to_owned(), line)
    }
}

const TEXT: &str = "a text in quotes";
const NUMBER: &str = "a number";

fn type_error(key: &str, wanted: &'static str, found: &DeValue<'_>, origin: Origin) -> ConfigError {
    ConfigError::Type {
        origin,
        key: key.to_owned(),
        wanted,
        found: found.type_str(),
    }
}

fn line_of(origin: &Origin) -> usize {
    match origin {
        Origin::File(_, line) => *line,
        Origin::Environment(_) => 0,
    }
}
