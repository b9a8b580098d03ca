//! The figures in the detail of a result.

use serde_json::{Map, Number, Value};

/// The `key=value` words of a detail; of two with the same key the last.
pub(super) fn figures(detail: &str) -> Map<String, Value> {
    let words = detail.split(' ').filter_map(|word| word.split_once('='));
    words
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, text)| (key.to_owned(), value(text)))
        .collect()
}

/// A number if the text is the plain decimal spelling of one.
fn value(text: &str) -> Value {
    let plain = text.strip_prefix('-').unwrap_or(text);
    let digits = plain
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let leading_zero = plain.len() > 1 && plain.starts_with('0') && !plain.starts_with("0.");
    let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let whole = ends(plain.bytes().next()) && ends(plain.bytes().last());
    if !digits || leading_zero || !whole {
        return Value::from(text);
    }
    let integer = text.parse::<i64>().map(Number::from);
    let number = integer
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
        .or_else(|| Number::from_f64(text.parse().ok()?).filter(|_| text.contains('.')));
    number.map_or_else(|| Value::from(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_numbers_where_they_are_spelled_as_such() {
        let found = figures(
            "offset=64 got=0xaffe0001 mean=1.5 id=007 low=-3 skip-me a=b=c big=18446744073709551615 dot=1. x=",
        );
        assert_eq!(
            Value::Object(found),
            json!({
                "offset": 64,
                "got": "0xaffe0001",
                "mean": 1.5,
                "id": "007",
                "low": -3,
                "a": "b=c",
                "big": 18_446_744_073_709_551_615_u64,
                "dot": "1.",
                "x": "",
            })
        );
    }
}
