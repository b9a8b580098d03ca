//! What cannot be built with Buildroot stops early: one sentence, with what to try next.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use buildroot_tests::{external, refusal, root, script};
use tempfile::TempDir;

fn place() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
    fs::write(path, text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
}

#[test]
fn a_folder_that_is_no_buildroot() {
    let said = refusal(script("buildroot-tree.sh").env("BUILDROOT", root()));
    assert!(said.contains("is no Buildroot tree"), "{said}");
    assert!(said.contains("BUILDROOT=/path"), "{said}");
}

#[test]
fn a_buildroot_that_is_too_old() {
    let tree = place();
    write(&tree.path().join("support/scripts/br2-external"), "");
    let makefile = tree.path().join("Makefile");
    write(&makefile, "export BR2_VERSION := 2024.02.9\n");
    let said = refusal(script("buildroot-tree.sh").env("BUILDROOT", tree.path()));
    assert!(said.contains("is Buildroot 2024.02.9"), "{said}");
    assert!(said.contains("2026.05"), "{said}");
    write(&makefile, "export BR2_VERSION := 2026.08-rc1\n");
    let taken = script("buildroot-tree.sh")
        .env("BUILDROOT", tree.path())
        .output()
        .expect("the script runs");
    assert!(taken.status.success(), "{taken:?}");
}

/// The pinned tag in a repository of this machine, with another commit.
#[test]
fn a_tag_that_has_moved() {
    let versions = fs::read_to_string(root().join("mk/versions")).expect("mk/versions");
    let fact = |key: &str| {
        let line = versions.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap_or_else(|| panic!("{key}")).to_owned()
    };
    let folder = place();
    let repository = folder.path().join("repository");
    let url = repository.display().to_string();
    for arguments in [
        vec!["init", "--quiet", &url],
        vec![
            "-C",
            &url,
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "another",
        ],
        vec!["-C", &url, "tag", &fact("BUILDROOT_TAG=")],
    ] {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
        let status = Command::new("git").args(identity).args(arguments).status();
        assert!(status.expect("git runs").success());
    }
    let cache = folder.path().join("cache");
    let said = refusal(
        script("buildroot-tree.sh")
            .env_remove("BUILDROOT")
            .env("XDG_CACHE_HOME", &cache)
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("url.{url}.insteadOf"))
            .env("GIT_CONFIG_VALUE_0", fact("BUILDROOT_URL=")),
    );
    assert!(said.contains(&fact("BUILDROOT_COMMIT=")), "{said}");
    assert!(said.contains("BUILDROOT=/path"), "{said}");
    let kept = cache
        .join("board-check/buildroot")
        .join(fact("BUILDROOT_TAG="));
    assert!(!kept.exists());
}

#[test]
fn a_board_that_is_none_and_a_fragment_that_is_not_there() {
    let said = refusal(script("buildroot.sh").arg("qemu-arm64"));
    assert!(said.contains("No board 'qemu-arm64'."), "{said}");
    let said = refusal(
        script("buildroot.sh")
            .arg("qemu-aarch64")
            .env("BUILDROOT_FRAGMENT", "/nowhere"),
    );
    assert!(said.contains("BUILDROOT_FRAGMENT=/nowhere"), "{said}");
}

#[test]
fn a_builder_that_is_none() {
    let output = Command::new("make")
        .args(["--directory"])
        .arg(root())
        .args(["--dry-run", "help", "BUILDER=yocto"])
        .output()
        .expect("make runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("direct and buildroot"), "{said}");
}

/// A program that is asked for its version.
fn tool(folder: &Path, name: &str, says: &str) -> String {
    let path = folder.join(name);
    write(&path, &format!("#!/bin/sh\necho '{says}'\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    path.display().to_string()
}

#[test]
fn preinstalled_tools_that_are_missing_or_do_not_fit() {
    let folder = place();
    let path = folder.path();
    let rustc = tool(path, "rustc", "rustc 1.95.0 (59807616e 2026-04-14)");
    let bindgen = tool(path, "bindgen", "bindgen 0.73.2");
    let clang = tool(path, "clang", "clang version 19.1.7");
    let library = |version: &str| {
        let library = path.join(version).join("library");
        write(&library.join("core/src/lib.rs"), "");
        write(&path.join(version).join("src/version"), version);
        library.display().to_string()
    };
    let (right, other) = (library("1.95.0"), library("1.94.0"));
    let nowhere = "/nowhere".to_owned();
    // What is given, the option that is named, and a word of the sentence.
    let cases: [([&String; 4], &str, &str); 6] = [
        ([&rustc, &right, &bindgen, &clang], "", ""),
        ([&nowhere, &right, &bindgen, &clang], "RUSTC", "/nowhere"),
        ([&rustc, &nowhere, &bindgen, &clang], "LIBRARY", "rust-src"),
        (
            [&rustc, &other, &bindgen, &clang],
            "LIBRARY",
            "are of 1.94.0",
        ),
        ([&rustc, &right, &nowhere, &clang], "BINDGEN", "bindgen-cli"),
        ([&rustc, &right, &bindgen, &nowhere], "CLANG", "RISC-V"),
    ];
    for (tools, option, word) in cases {
        let output = Command::new(external().join("linux/check-tools.sh"))
            .args(tools)
            .output()
            .expect("the script runs");
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).expect("text");
        assert_eq!(said.is_empty(), option.is_empty(), "{said}");
        assert!(
            said.contains(option) && said.contains(word),
            "{tools:?}: {said}"
        );
        assert!(said.lines().count() <= 1, "{said}");
    }
}

#[test]
fn a_kernel_that_is_too_old_or_has_lost_what_the_module_needs() {
    let folder = place();
    let check = |version: &str, config: &str, diagnosis: &str| {
        let (major, minor) = version.split_once('.').expect("two numbers");
        let makefile = format!("# SPDX\nVERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = 4\n");
        write(&folder.path().join("Makefile"), &makefile);
        write(&folder.path().join(".config"), config);
        let mut command = Command::new(external().join("linux/check-kernel.sh"));
        command.arg(folder.path()).args(["sh", "-c", diagnosis]);
        command
    };
    let right = "CONFIG_RUST=y\nCONFIG_ARM=y\nCONFIG_ARM_LPAE=y\n";
    let output = check("7.3", right, "false").output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let said = refusal(&mut check("6.18", right, "true"));
    assert!(said.contains("Linux 6.18"), "{said}");
    let said = refusal(&mut check(
        "7.3",
        "# CONFIG_RUST is not set\n",
        "echo too old >&2; false",
    ));
    assert!(said.contains("too old\n"), "the kernel's own words: {said}");
    assert!(said.contains("diagnosis is above"), "{said}");
    let said = refusal(&mut check("7.3", "", "true"));
    assert!(said.contains("dropped CONFIG_RUST"), "{said}");
    let said = refusal(&mut check("7.3", "CONFIG_RUST=y\nCONFIG_ARM=y\n", "true"));
    assert!(said.contains("CONFIG_ARM_LPAE=y"), "{said}");
}

/// An output folder that root has left.
#[test]
fn an_output_folder_of_another_user() {
    let place = place();
    for part in ["mk", "board", "br2-external"] {
        let copy = Command::new("cp")
            .args(["-r", part, "-t"])
            .arg(place.path())
            .current_dir(root())
            .status();
        assert!(copy.expect("cp runs").success());
    }
    let tree = place.path().join("buildroot");
    write(&tree.join("support/scripts/br2-external"), "");
    write(&tree.join("Makefile"), "export BR2_VERSION := 2026.05.1\n");
    let out = place.path().join("output/buildroot/qemu-arm");
    fs::create_dir_all(&out).expect("the output folder");
    if std::os::unix::fs::chown(&out, Some(65534), Some(65534)).is_err() {
        eprintln!("only root can give a folder to another user: not tried");
        return;
    }
    let said = refusal(
        Command::new(place.path().join("mk/scripts/buildroot.sh"))
            .arg("qemu-arm")
            .env("BUILDROOT", &tree),
    );
    assert!(said.contains("is of the user nobody"), "{said}");
    assert!(said.contains("rm -rf"), "{said}");
}
