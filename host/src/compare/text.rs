//! The comparison for people. 80 columns.

use std::fmt::Write;

use super::{Change, Comparison, Conclusion, Direction, Side};
use crate::escape::escape;
use crate::report::human::{GREEN, RED, YELLOW, wrap};

/// Changes of one direction that are shown; the JSON has them all.
const SHOWN: usize = 20;

/// The comparison as text with styles.
pub fn write(comparison: &Comparison) -> String {
    let mut text = String::new();
    let (label, style) = match comparison.conclusion {
        Conclusion::NoRegression => ("NO REGRESSION", GREEN),
        Conclusion::CannotTell => ("CANNOT TELL", YELLOW),
        Conclusion::Regression => ("REGRESSION", RED),
    };
    let mut body = String::new();
    wrap(
        &mut body,
        &" ".repeat(label.len() + 2),
        "  ",
        &comparison.sentence(),
    );
    let _ = write!(text, "{style}{label}{style:#}{}", &body[label.len()..]);
    side(&mut text, "  before:  ", &comparison.before);
    side(&mut text, "  after:   ", &comparison.after);
    for (direction, head) in [
        (Direction::Worse, "  worse:   "),
        (Direction::Other, "  changed: "),
        (Direction::Better, "  better:  "),
    ] {
        let changes = comparison.changes.iter();
        let changes: Vec<&Change> = changes
            .filter(|change| change.direction == direction)
            .collect();
        for change in changes.iter().take(SHOWN) {
            line(&mut text, head, change);
        }
        if changes.len() > SHOWN {
            let _ = writeln!(
                text,
                "{head}and {} more; the JSON has all",
                changes.len() - SHOWN
            );
        }
    }
    for note in &comparison.notes {
        wrap(&mut text, "  note:    ", "           ", note);
    }
    text
}

fn side(text: &mut String, head: &str, side: &Side) {
    let known =
        |name: &str, word: &Option<String>| word.as_ref().map(|word| format!("{name}{word}"));
    let words = [
        Some(side.verdict.to_string()),
        known("image ", &side.image),
        known("kernel ", &side.kernel),
        known("", &side.started),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    wrap(
        text,
        head,
        "           ",
        &escape(words.join(", ").as_bytes()),
    );
}

fn line(text: &mut String, head: &str, change: &Change) {
    let percent = change
        .percent
        .map_or(String::new(), |percent| format!(" ({percent:+} %)"));
    let name = escape(change.name.as_bytes());
    let words = format!("{name}: {} -> {}{percent}", change.before, change.after);
    wrap(text, head, "           ", &words);
}
