//! What is known of a board: `board/NAME/board.toml`.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

/// Names and texts of the board files of this release.
const RELEASED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/boards.rs"));

/// A board file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Name, that of its folder.
    pub name: String,
    /// First `compatible` of its device tree.
    pub machine: String,
    /// Its serial console.
    pub console: Console,
    /// It has a DMA engine that copies memory, which must then play the device.
    #[serde(default)]
    pub bus_master: bool,
    /// Checks that may be skipped on it.
    #[serde(default)]
    pub allow_skip: Vec<AllowedSkip>,
}

/// The serial console of a board.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Device on the board, as in `console=`.
    pub device: String,
    /// Speed, in bits per second.
    pub baud: u32,
    /// Where to connect what.
    pub wiring: String,
}

/// A SKIP that is no gap on this board.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct AllowedSkip {
    /// Pattern of the check.
    pub check: String,
    /// The reason word that the check must give.
    pub reason: String,
}

/// A board that was given on the command line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GivenBoard {
    /// What was given: a name or a path.
    pub given: String,
    /// The text of the file if it is none of this release: a replay needs it.
    pub text: Option<String>,
    /// The file.
    pub board: Board,
}

/// Why a board file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// Neither a board of this release nor a file.
    #[error(
        "No board \"{given}\". This release knows {known}; a path to a board.toml works as well."
    )]
    Unknown {
        /// What was given.
        given: String,
        /// The names of the boards of this release.
        known: String,
    },
    /// The file cannot be read.
    #[error("Cannot read the board file {path}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not as it should be.
    #[error("The board file {path} cannot be used: {message}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong, with its line.
        message: String,
    },
}

/// The board of this release with that name.
pub fn released(name: &str) -> Option<Board> {
    let (_, text) = RELEASED.iter().find(|(known, _)| *known == name)?;
    parse(name, text).ok()
}

/// Finds what `--board` names: a board of this release, else a file.
///
/// # Errors
/// When it is neither, or the file cannot be used.
pub fn given(given: &str) -> Result<GivenBoard, BoardError> {
    let path = PathBuf::from(given);
    match of_release(given) {
        Err(BoardError::Unknown { .. }) if path.exists() || given.contains('/') => {}
        found => return found,
    }
    let text = fs::read_to_string(&path).map_err(|source| BoardError::Unreadable {
        path: given.to_owned(),
        source,
    })?;
    from_text(given, text)
}

/// The board of this release that is called `given`; no file is opened, so anybody may
/// have chosen the name.
///
/// # Errors
/// When there is none.
pub fn of_release(given: &str) -> Result<GivenBoard, BoardError> {
    let unknown = || {
        let known: Vec<&str> = RELEASED.iter().map(|(name, _)| *name).collect();
        BoardError::Unknown {
            given: given.to_owned(),
            known: known.join(", "),
        }
    };
    Ok(GivenBoard {
        given: given.to_owned(),
        text: None,
        board: released(given).ok_or_else(unknown)?,
    })
}

/// A board whose file was read before, as a capture has it.
///
/// # Errors
/// When the text is no board file.
pub fn from_text(given: &str, text: String) -> Result<GivenBoard, BoardError> {
    Ok(GivenBoard {
        given: given.to_owned(),
        board: parse(given, &text)?,
        text: Some(text),
    })
}

impl Board {
    /// The reason words with which the check `name` may be skipped.
    pub fn reasons_to_skip(&self, name: &str) -> Vec<&str> {
        let rules = self.allow_skip.iter();
        let fits = rules.filter(|rule| board_check_protocol::matches(&rule.check, name));
        fits.map(|rule| rule.reason.as_str()).collect()
    }

    /// True if the check `name` may be skipped with the reason word `reason`.
    pub fn allows_skip(&self, name: &str, reason: &str) -> bool {
        self.reasons_to_skip(name).contains(&reason)
    }
}

fn parse(path: &str, text: &str) -> Result<Board, BoardError> {
    toml::from_str(text).map_err(|error| BoardError::Invalid {
        path: path.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        name = "bench"
        machine = "acme,bench"
        [console]
        device = "ttyS0"
        baud = 9600
        wiring = "J1: 1 ground, 2 TX, 3 RX"
        [[allow_skip]]
        check = "attr.*"
        reason = "not-honoured"
    "#;

    #[test]
    fn every_board_of_the_release_can_be_read_and_has_the_name_of_its_folder() {
        assert!(!RELEASED.is_empty());
        for (name, text) in RELEASED {
            assert_eq!(parse(name, text).unwrap().name, *name);
        }
    }

    #[test]
    fn a_skip_is_allowed_by_pattern_and_reason_together() {
        let board = parse("x", TEXT).unwrap();
        assert!(board.allows_skip("attr.wc.user", "not-honoured"));
        assert!(!board.allows_skip("attr.wc.user", "no-carveout"));
        assert!(!board.allows_skip("data.wc.user", "not-honoured"));
    }

    #[test]
    fn the_file_in_the_documentation_is_one() {
        let (_, section) = include_str!("../../docs/host.md")
            .split_once("## The rules of a board")
            .unwrap();
        let (_, block) = section.split_once("```toml\n").unwrap();
        let (text, _) = block.split_once("```").unwrap();
        let board = parse("docs/host.md", text).unwrap();
        assert!(board.allows_skip("lifetime.device.reload", "module-not-owned"));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let text = TEXT.replace("device =", "devise =");
        let message = parse("x.toml", &text).unwrap_err().to_string();
        assert!(message.contains("x.toml"), "{message}");
        assert!(message.contains("line 5"), "{message}");
        assert!(message.contains("devise"), "{message}");
    }

    #[test]
    fn a_name_that_is_no_board_lists_the_boards() {
        let message = given("nosuch").unwrap_err().to_string();
        assert!(message.contains("qemu-aarch64"), "{message}");
    }
}
