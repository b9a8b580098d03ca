//! `board-check config`: the settings, and where each comes from.

use std::fmt::Write as _;
use std::io;

use clap::CommandFactory as _;

use super::outputs::write_or_closed;
use crate::cli::Cli;
use crate::config::{KEYS, Places, Settings};
use crate::escape::escape;
use crate::exit::Exit;

pub(super) fn run() -> anyhow::Result<Exit> {
    let places = Places::of_process();
    let settings = Settings::load(&places)?;
    let mut rows = Vec::new();
    for key in &KEYS {
        rows.push(match settings.get(key.name) {
            Some(setting) => (
                key.name.to_owned(),
                setting.value.clone(),
                setting.origin.to_string(),
            ),
            None => (key.name.to_owned(), default(key.name), "default".to_owned()),
        });
    }
    for port in &settings.ports {
        let name = format!("ports.{}", port.name);
        rows.push((name, port.value.clone(), port.origin.to_string()));
    }
    let width = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let (names, values) = (width(|row| row.0.len()), width(|row| row.1.len()));
    let mut text = String::new();
    for (name, value, origin) in &rows {
        let value = escape(value.as_bytes());
        let _ = writeln!(text, "{name:names$}  {value:values$}  {origin}");
    }
    write_or_closed(&mut io::stdout(), &text)?;
    Ok(Exit::Pass)
}

/// Name, value and origin.
type Row = (String, String, String);

fn default(name: &str) -> String {
    let command = Cli::command();
    let mut options = command.get_arguments();
    let option = options.find(|option| option.get_long() == Some(name));
    let defaults = option.map(|option| option.get_default_values());
    let default = defaults.and_then(|defaults| defaults.first());
    default.map_or_else(
        || "-".to_owned(),
        |value| value.to_string_lossy().into_owned(),
    )
}
