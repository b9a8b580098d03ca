//! What the values of options may be.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::link::Endpoint;

/// A port, whose name need not be text.
pub(super) fn endpoint() -> impl TypedValueParser<Value = Endpoint> {
    OsStringValueParser::new().try_map(|text| Endpoint::parse(&text))
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    let most = Duration::from_secs(24 * 60 * 60);
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|&duration| duration > Duration::ZERO && duration <= most)
        .ok_or_else(|| "must be more than 0 and at most a day".to_owned())
}

pub(super) fn patterns(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_graphic();
    match !text.is_empty() && text.bytes().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("patterns are separated by commas, without spaces".to_owned()),
    }
}

pub(super) fn output(text: &str) -> Result<PathBuf, String> {
    match text.split_once('=') {
        Some(("json", file)) if !file.is_empty() => Ok(file.into()),
        Some(("json", _)) => Err("the file is missing, as in json=report.json".to_owned()),
        Some((format, _)) => Err(format!("no format \"{format}\"; there is json")),
        None => Err("is FORMAT=FILE, as in json=report.json".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_be_meant_are_refused() {
        for text in ["0", "-1", "x", "inf", "1e30"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(patterns("seed.* data.*").is_err());
        assert!(output("xml=x").is_err());
        assert!(output("x.json").is_err());
        assert_eq!(output("json=-"), Ok("-".into()));
    }
}
