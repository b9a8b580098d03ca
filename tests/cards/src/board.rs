//! What the builders know of a board: `board/NAME/build`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A board.
#[derive(Debug, Clone)]
pub struct Board {
    /// The name of its folder.
    pub name: String,
    facts: HashMap<String, String>,
}

/// The root of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All boards, sorted by name.
///
/// # Panics
/// If a folder or file of `board/` cannot be read.
pub fn boards() -> Vec<Board> {
    let folder = root().join("board");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut boards: Vec<Board> = entries
        .map(|entry| entry.expect("a folder").path())
        .filter(|folder| folder.join("build").is_file())
        .map(|folder| Board::read(&folder))
        .collect();
    boards.sort_by(|a, b| a.name.cmp(&b.name));
    boards
}

impl Board {
    fn read(folder: &Path) -> Self {
        let path = folder.join("build");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let assignment = |line: &str| {
            let (name, value) = line.split_once('=')?;
            let value = value.trim_matches(['\'', '"']);
            (!name.starts_with('#')).then(|| (name.to_owned(), value.to_owned()))
        };
        let name = folder.file_name().expect("a name");
        Self {
            name: name.to_string_lossy().into_owned(),
            facts: text.lines().filter_map(assignment).collect(),
        }
    }

    /// What `build` says of something; empty if nothing.
    pub fn fact(&self, name: &str) -> &str {
        self.facts.get(name).map_or("", String::as_str)
    }

    /// A file of its folder; `None` if it has none of this name.
    pub fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(root().join("board").join(&self.name).join(name)).ok()
    }

    /// Whether there is no such hardware.
    pub fn is_qemu_only(&self) -> bool {
        self.name.starts_with("qemu-")
    }

    /// The folder of what was built for it.
    pub fn output(&self) -> PathBuf {
        root().join("output").join(&self.name)
    }

    /// The build tree of its kernel.
    pub fn kernel(&self) -> PathBuf {
        root().join("output").join(self.fact("arch")).join("kernel")
    }
}
