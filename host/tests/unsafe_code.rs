//! `docs/security.md` says where `unsafe` is, and why; nowhere else is any.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use board_check_protocol::matches;

/// Where the project's Rust code is, but for this crate's tests: they spell the word.
const PARTS: [&str; 7] = [
    "bench",
    "fuzz",
    "host/src",
    "module",
    "protocol/src",
    "target-tools",
    "tests",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files below `folder`, without what cargo has built there.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

fn has_unsafe(source: &str) -> bool {
    let code = source.lines().filter(|line| !line.trim().starts_with("//"));
    let mut words =
        code.flat_map(|line| line.split(|byte: char| !(byte.is_alphanumeric() || byte == '_')));
    words.any(|word| word == "unsafe")
}

#[test]
fn unsafe_code_is_where_the_documentation_says_and_nowhere_else() {
    let text = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let (_, table) = text.split_once("| where | why |").unwrap();
    let rows = table.lines().filter_map(|row| row.strip_prefix("| `"));
    let cells = rows.map(|row| row.split(" | ").next().unwrap());
    let patterns: Vec<&str> = cells
        .flat_map(|cell| cell.trim_end_matches('`').split("`, `"))
        .collect();
    let mut files = Vec::new();
    for part in PARTS {
        sources(&root().join(part), &mut files);
    }
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap();
        let found: Vec<&str> = patterns
            .iter()
            .copied()
            .filter(|pattern| matches(pattern, name))
            .collect();
        if !has_unsafe(&source) {
            continue;
        }
        assert!(!found.is_empty(), "{name} has unsafe code");
        used.extend(found);
    }
    let unused: Vec<&&str> = patterns
        .iter()
        .filter(|pattern| !used.contains(**pattern))
        .collect();
    assert!(unused.is_empty(), "no unsafe code in {unused:?}");
}

#[test]
fn comments_and_longer_words_are_no_unsafe_code() {
    assert!(has_unsafe("let x = unsafe { 1 };"));
    assert!(has_unsafe("#[unsafe(no_mangle)]"));
    assert!(!has_unsafe(
        "    // unsafe, says a comment\n#![forbid(unsafe_code)]"
    ));
}
