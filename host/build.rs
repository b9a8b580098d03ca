//! Puts every `board/NAME/board.toml` of the repository into the binary.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let boards = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../board");
    println!("cargo::rerun-if-changed={}", boards.display());
    let mut names: Vec<String> = fs::read_dir(&boards)
        .expect("board/ of the repository is readable")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| boards.join(name).join("board.toml").is_file())
        .collect();
    names.sort();
    let mut table = String::from("&[\n");
    for name in names {
        let file = boards.join(&name).join("board.toml");
        writeln!(table, "    ({name:?}, include_str!({file:?})),").expect("a string grows");
    }
    table.push(']');
    let out = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("boards.rs");
    fs::write(out, table).expect("cargo's output folder is writable");
}
