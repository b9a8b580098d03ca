//! How many missing records to ask for in one request.
//!
//! Each request has some 80 bytes besides its numbers, and each answer a `ready` behind
//! it, so few requests are best on a good line. On a bad one a long request hardly ever
//! arrives whole.

use board_check_protocol::{Numbers, Request};

/// Bytes that an attempt costs besides its request, whether it arrives or not: an error
/// record or the next `ready`.
const ANSWER_BYTES: f64 = 72.0;

/// The first of `numbers`, as many as cost the fewest bytes each when `damage` of all
/// bytes arrive damaged. Empty only if `numbers` is.
pub(super) fn worth_asking(numbers: &Numbers, damage: f64) -> Numbers {
    let mut asked = Numbers::default();
    let mut best = (f64::INFINITY, Numbers::default());
    for (count, number) in (1..).zip(numbers.iter()) {
        asked.insert(number);
        let request = Request::Resend(asked.clone()).encode(u64::MAX, u64::MAX);
        let Ok(request) = request else { break };
        let bytes = request.len() as f64 + 2.0;
        let arrives = (1.0 - damage).powf(bytes);
        let cost = (bytes + ANSWER_BYTES) / (arrives * f64::from(count));
        if cost < best.0 || best.1.is_empty() {
            best = (cost, asked.clone());
        }
    }
    best.1
}

/// The share of bytes that arrive damaged, if `damaged` of `lines` lines did.
pub(super) fn damage(damaged: u64, lines: u64) -> f64 {
    /// Bytes of a usual record.
    const RECORD_BYTES: f64 = 50.0;
    // As if two more lines had come, one of them damaged: few lines tell little.
    let whole = (lines - damaged.min(lines) + 1) as f64 / (lines + 2) as f64;
    1.0 - whole.powf(1.0 / RECORD_BYTES)
}

#[cfg(test)]
mod tests {
    use board_check_protocol::CHECKS_MAX;

    use super::*;

    fn every_second() -> Numbers {
        let mut numbers = Numbers::default();
        (0..CHECKS_MAX + 2)
            .step_by(2)
            .for_each(|number| numbers.insert(number));
        numbers
    }

    #[test]
    fn what_is_asked_for_is_the_first_of_what_is_missing_and_fits_a_request() {
        for damage in [0.0, 1e-3, 1e-2, 0.5, 1.0] {
            let numbers = every_second();
            let asked = worth_asking(&numbers, damage);
            let count = asked.iter().count();
            assert!(count > 0, "{damage}");
            assert!(asked.iter().eq(numbers.iter().take(count)), "{damage}");
            Request::Resend(asked).encode(u64::MAX, u64::MAX).unwrap();
        }
    }

    #[test]
    fn requests_are_long_on_a_good_line_and_short_on_a_bad_one() {
        let count = |damage| worth_asking(&every_second(), damage).iter().count();
        assert!(count(0.0) > 30, "{}", count(0.0));
        assert!((15..30).contains(&count(1e-2)), "{}", count(1e-2));
        assert!((1..12).contains(&count(5e-2)), "{}", count(5e-2));
    }

    #[test]
    fn nothing_missing_is_no_request() {
        assert!(worth_asking(&Numbers::default(), 0.0).is_empty());
    }

    #[test]
    fn damage_is_estimated_from_lines() {
        assert!(damage(0, 1000) < 1e-4);
        let bad = damage(395, 1000);
        assert!((0.009..0.011).contains(&bad), "{bad}");
        assert!(damage(1000, 1000) < 1.0);
    }
}
