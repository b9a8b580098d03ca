//! The external tree by itself: a defconfig for each board, in step with what it is made of,
//! and all that is named is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use buildroot_tests::{boards, defconfig, external, root, script};
use sha2::{Digest, Sha256};

#[test]
fn what_is_made_of_other_files_is_in_step() {
    let output = script("buildroot-files.sh")
        .arg("--check")
        .output()
        .expect("the script runs");
    assert!(output.status.success(), "{output:?}");
}

/// In a copy of the checkout, where a board has gone or another kernel is asked for.
#[test]
fn what_is_not_in_step_is_named() {
    let changes: [(&str, &str); 2] = [
        ("rm -r board/rock64", "rock64_defconfig"),
        ("sed -i s/7.3.4/7.3.5/ br2-external/fragments/base", "7.3.5"),
    ];
    for (change, named) in changes {
        let place = tempfile::tempdir().expect("a folder for the copy");
        let copy = Command::new("cp")
            .args(["-r", "mk", "board", "br2-external", "--parents"])
            .arg("-t")
            .arg(place.path())
            .current_dir(root())
            .status();
        assert!(copy.expect("cp runs").success());
        let changed = Command::new("sh")
            .args(["-c", change])
            .current_dir(place.path())
            .status();
        assert!(changed.expect("sh runs").success(), "{change}");
        let output = Command::new(place.path().join("mk/scripts/buildroot-files.sh"))
            .arg("--check")
            .output()
            .expect("the script runs");
        assert_eq!(output.status.code(), Some(1), "{change}: {output:?}");
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(said.contains(named), "{change}: {said}");
        assert!(said.contains("run mk/scripts/buildroot-files.sh"), "{said}");
    }
}

#[test]
fn each_board_has_a_defconfig_and_no_other_has() {
    let files = fs::read_dir(external().join("configs")).expect("configs/");
    let names: BTreeSet<String> = files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .map(|name| name.trim_end_matches("_defconfig").to_owned())
        .collect();
    assert_eq!(names, boards().into_iter().collect());
}

#[test]
fn the_kernel_config_of_each_defconfig_is_that_of_the_direct_builder() {
    for board in boards() {
        let build = root().join(format!("board/{board}/build"));
        let build = fs::read_to_string(build).expect("the file build");
        let arch = build
            .lines()
            .find_map(|line| line.strip_prefix("arch="))
            .expect("arch=");
        let line = format!(
            "BR2_LINUX_KERNEL_CUSTOM_CONFIG_FILE=\"$(BR2_EXTERNAL_BOARD_CHECK_PATH)/../board/kernel/{arch}.config\""
        );
        assert!(defconfig(&board).contains(&line), "{board}");
        assert!(root().join(format!("board/kernel/{arch}.config")).is_file());
    }
}

/// Buildroot needs them to be there when it parses, and says little when they are not.
#[test]
fn each_package_is_whole() {
    let config = fs::read_to_string(external().join("Config.in")).expect("Config.in");
    for package in [
        "mmap-areas",
        "board-verify",
        "board-verify-crates",
        "board-check-rust-src",
    ] {
        let folder = external().join("package").join(package);
        assert!(folder.join(format!("{package}.mk")).is_file(), "{package}");
        // What has no menu entry is a package for the host.
        assert_eq!(
            folder.join("Config.in").is_file(),
            config.contains(&format!("package/{package}/Config.in")),
            "{package}"
        );
    }
}

#[test]
fn the_hashes_of_the_licences_are_theirs() {
    for (package, folder) in [("mmap-areas", "module"), ("board-verify", ".")] {
        let file = external().join(format!("package/{package}/{package}.hash"));
        let text = fs::read_to_string(file).expect("the hashes");
        let mut checked = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [kind, hash, name] = words[..] else {
                panic!("{line}");
            };
            assert_eq!(kind, "sha256");
            assert_eq!(sha256(&root().join(folder).join(name)), hash, "{name}");
            checked += 1;
        }
        assert_ne!(checked, 0, "{package}");
    }
}

fn sha256(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
