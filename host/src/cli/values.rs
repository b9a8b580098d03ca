//! What the values of options may be.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::link::Endpoint;
use crate::report::Format;

/// A port, whose name need not be text.
pub(super) fn endpoint() -> impl TypedValueParser<Value = Endpoint> {
    OsStringValueParser::new().try_map(|text| Endpoint::parse(&text))
}

/// The slowest speed that ports know, in bit/s.
const BAUD_MIN: u32 = 50;

pub(crate) fn baud(text: &str) -> Result<u32, String> {
    let baud = text.parse().ok().filter(|&baud| baud >= BAUD_MIN);
    baud.ok_or_else(|| format!("must be from {BAUD_MIN} to {}", u32::MAX))
}

pub(crate) fn user(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_graphic();
    match !text.is_empty() && text.bytes().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("is the name of a user on the board".to_owned()),
    }
}

pub(super) fn place(text: &str) -> Result<String, String> {
    match !text.trim().is_empty() && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err("is a name on one line".to_owned()),
    }
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    let most = Duration::from_secs(24 * 60 * 60);
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|&duration| duration > Duration::ZERO && duration <= most)
        .ok_or_else(|| "must be more than 0 and at most a day".to_owned())
}

/// From 0 on; a speed can lose no more than all.
pub(super) fn percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    match (0.0..=100.0).contains(&percent) {
        true => Ok(percent),
        false => Err("must be from 0 to 100".to_owned()),
    }
}

pub(super) fn patterns(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_graphic();
    match !text.is_empty() && text.bytes().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("patterns are separated by commas, without spaces".to_owned()),
    }
}

/// A report to write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Output {
    /// Its format.
    pub format: Format,
    /// Its file; `-` is the standard output.
    pub path: PathBuf,
}

impl Output {
    /// True if it goes to the standard output.
    pub fn is_stdout(&self) -> bool {
        self.path == Path::new("-")
    }
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "as in json=report.json";
        let (format, path) = text
            .split_once('=')
            .ok_or_else(|| format!("is FORMAT=FILE, {example}"))?;
        let format = format.parse()?;
        match path {
            "" => Err(format!("the file is missing, {example}")),
            path => Ok(Self {
                format,
                path: path.into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_be_meant_are_refused() {
        for text in ["fast", "49", "-1", "9600.5", "4294967296"] {
            assert!(baud(text).is_err(), "{text}");
        }
        assert_eq!(baud("50"), Ok(50));
        for text in ["0", "-1", "x", "inf", "1e30"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["-1", "x", "inf", "101"] {
            assert!(percent(text).is_err(), "{text}");
        }
        assert!(patterns("seed.* data.*").is_err());
        for text in ["", " ", "a\nb"] {
            assert!(place(text).is_err(), "{text}");
        }
        assert_eq!(place("rack 3"), Ok("rack 3".to_owned()));
        for text in ["xml=x", "x.json", "json="] {
            assert!(text.parse::<Output>().is_err(), "{text}");
        }
        let output: Output = "junit=a=b.xml".parse().unwrap();
        assert_eq!(
            (output.format, output.path),
            (Format::Junit, "a=b.xml".into())
        );
    }
}
