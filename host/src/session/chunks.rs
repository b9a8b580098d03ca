//! Cuts a set of missing records into requests that fit a line.

use std::fmt::Write;

use board_check_protocol::{CHECKS_MAX, Numbers};

/// Bytes of `lines=…` in one request; verb, nonce, boot and CRC need the rest.
const NUMBERS_MAX: usize = board_check_protocol::LINE_MAX - 100;

/// Sets that together are `numbers` and each fit one request.
pub(super) fn chunks(numbers: &Numbers) -> Vec<Numbers> {
    let mut chunks = Vec::new();
    let mut chunk = Numbers::default();
    for number in numbers.iter().filter(|&number| number <= CHECKS_MAX + 1) {
        let mut longer = chunk.clone();
        longer.insert(number);
        let mut text = String::new();
        let _ = write!(text, "{longer}");
        if text.len() > NUMBERS_MAX {
            chunks.push(chunk);
            longer = Numbers::default();
            longer.insert(number);
        }
        chunk = longer;
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use board_check_protocol::Request;

    use super::*;

    #[test]
    fn every_second_record_of_the_longest_run_fits_several_requests() {
        let mut numbers = Numbers::default();
        (0..CHECKS_MAX + 2)
            .step_by(2)
            .for_each(|number| numbers.insert(number));
        let mut together = Numbers::default();
        for chunk in chunks(&numbers) {
            chunk.iter().for_each(|number| together.insert(number));
            Request::Resend(chunk).encode(u64::MAX, u64::MAX).unwrap();
        }
        assert_eq!(together, numbers);
    }

    #[test]
    fn nothing_missing_is_no_request() {
        assert!(chunks(&Numbers::default()).is_empty());
    }
}
