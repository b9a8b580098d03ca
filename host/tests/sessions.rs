//! Recorded sessions and exactly what is said of them: `sessions/NAME.capture`,
//! `NAME.txt`, `NAME.json`. With UPDATE=1 what is said is written instead.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn assert_same(path: &Path, found: &str) {
    if env::var_os("UPDATE").is_some() {
        fs::write(path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(expected, found, "{}; UPDATE=1 accepts it", path.display());
}

#[test]
fn recorded_sessions_are_reported_as_ever() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let mut captures: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "capture")
        })
        .collect();
    captures.sort();
    assert!(captures.len() >= 2);
    let scratch = tempfile::tempdir().unwrap();
    let json = scratch.path().join("json");
    for capture in captures {
        let output = Command::new(env!("CARGO_BIN_EXE_board-check"))
            .current_dir(&folder)
            .arg("replay")
            .arg(capture.file_name().unwrap())
            .arg("--out")
            .arg(format!("json={}", json.display()))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_same(&capture.with_extension("txt"), &text);
        assert_same(
            &capture.with_extension("json"),
            &fs::read_to_string(&json).unwrap(),
        );
    }
}
