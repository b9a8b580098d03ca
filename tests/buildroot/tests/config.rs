//! What Buildroot makes of the external tree, without building an image: BUILDROOT is the tree.
//!
//! The kernels are configured as in a build, so their sources and a toolchain of each architecture
//! are fetched, unless BUILDROOT_FRAGMENT has others.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use buildroot_tests::{boards, defconfig, external, root, script};

/// The boards whose kernels are configured, one of each architecture.
const KERNELS: [&str; 3] = ["qemu-aarch64", "qemu-arm", "qemu-riscv64"];

fn tree() -> PathBuf {
    let output = script("buildroot-tree.sh").output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim_end())
}

/// Buildroot's make, in the output folder `out`.
fn make(out: &Path, arguments: &[&str]) -> Output {
    let output = Command::new("make")
        .arg("--silent")
        .arg("--directory")
        .arg(tree())
        .arg(format!("O={}", out.display()))
        .arg(format!("BR2_EXTERNAL={}", external().display()))
        .args(arguments)
        .env_remove("MAKEFLAGS")
        .output();
    output.expect("make runs")
}

fn made(out: &Path, arguments: &[&str]) -> String {
    let output = make(out, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// The value of a variable.
fn variable(out: &Path, name: &str) -> String {
    made(out, &["printvars", &format!("VARS={name}")])
}

/// A configuration of our own, of the defconfig of `board` and more lines.
fn configured(out: &Path, board: &str, more: &str) {
    let file = out.join("test_defconfig");
    let text = defconfig(board).join("\n") + "\n" + more;
    fs::write(&file, text).expect("the configuration");
    made(
        out,
        &[&format!("BR2_DEFCONFIG={}", file.display()), "defconfig"],
    );
}

#[test]
fn every_defconfig_keeps_every_option_it_names() {
    let out = tempfile::tempdir().expect("a folder");
    for board in boards() {
        made(out.path(), &[&format!("{board}_defconfig")]);
        let config = fs::read_to_string(out.path().join(".config")).expect(".config");
        for option in defconfig(&board) {
            assert!(
                config.lines().any(|line| line == option),
                "{board}: {option}"
            );
        }
    }
}

#[test]
fn the_kernel_is_given_preinstalled_tools_by_absolute_path() {
    for board in KERNELS {
        let out = tempfile::tempdir().expect("a folder");
        made(out.path(), &[&format!("{board}_defconfig")]);
        let flags = variable(out.path(), "LINUX_MAKE_FLAGS");
        let last = |key: &str| {
            let mut values = flags.split(' ').filter_map(|word| word.strip_prefix(key));
            values
                .next_back()
                .unwrap_or_else(|| panic!("{key}: {flags}"))
                .to_owned()
        };
        for tool in ["RUSTC=", "HOSTRUSTC=", "RUSTDOC="] {
            assert!(last(tool).starts_with('/'), "{flags}");
        }
        // The last HOSTCC is what the kernel takes; the linker of its proc macros is one word.
        assert!(last("HOSTCC=").ends_with("gcc\""), "{flags}");
        assert_eq!(flags.contains(" CC="), board == "qemu-riscv64", "{flags}");
        let environment = variable(out.path(), "LINUX_MAKE_ENV");
        assert!(environment.contains("RUST_LIB_SRC=/"), "{environment}");
    }
}

/// Only what is there when `linux.mk` reads it becomes a prerequisite of the kernel's kconfig.
#[test]
fn tools_that_buildroot_builds_are_there_before_the_kernel_is_configured() {
    let out = tempfile::tempdir().expect("a folder");
    let built = "BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_BUILT=y\n";
    configured(out.path(), "qemu-riscv64", built);
    let database = Command::new("make")
        .args(["--print-data-base", "--dry-run", "--silent", "--directory"])
        .arg(tree())
        .arg(format!("O={}", out.path().display()))
        .arg("printvars")
        .arg("VARS=LINUX_DIR")
        .output()
        .expect("make runs");
    let database = String::from_utf8_lossy(&database.stdout).into_owned();
    // linux-backports is a package with kconfig, too.
    let folder = variable(out.path(), "LINUX_DIR");
    let folder = folder.trim_end().rsplit('=').next().expect("a folder");
    let target = format!("{folder}/.stamp_dotconfig:");
    let rule = database
        .lines()
        .find(|line| line.starts_with(&target) && line.contains('|'))
        .unwrap_or_else(|| panic!("no rule of {target}"));
    for tool in [
        "host-rustc",
        "host-board-check-rust-src",
        "host-rust-bindgen",
    ] {
        assert!(rule.split(' ').any(|word| word == tool), "{tool}: {rule}");
    }
    let flags = variable(out.path(), "LINUX_MAKE_FLAGS");
    assert!(flags.contains("bin/clang.br_real"), "{flags}");
    // The sources of rustc's own version, and their hash is known.
    let version = variable(out.path(), "BOARD_CHECK_RUST_SRC_VERSION");
    let version = version.trim_end().rsplit('=').next().expect("a version");
    let hashes = external().join("package/board-check-rust-src/board-check-rust-src.hash");
    let hashes = fs::read_to_string(hashes).expect("the hashes");
    assert!(
        hashes.contains(&format!(" rust-src-{version}.tar.xz")),
        "{version}"
    );
}

#[test]
fn a_missing_tool_stops_the_build_before_it_begins() {
    let out = tempfile::tempdir().expect("a folder");
    let missing = "BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_RUSTC=\"/nowhere/rustc\"\n";
    configured(out.path(), "qemu-aarch64", missing);
    let output = make(out.path(), &["linux-configure"]);
    assert!(!output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no Rust compiler '/nowhere/rustc'"), "{said}");
    assert!(!out.path().join("build/toolchain-external-bootlin").exists());
}

/// A product of somebody else: a stock defconfig, our tree and our two packages.
#[test]
fn our_packages_can_be_added_to_a_stock_defconfig() {
    let out = tempfile::tempdir().expect("a folder");
    let stock = tree().join("configs/qemu_aarch64_virt_defconfig");
    let ours = "BR2_PACKAGE_MMAP_AREAS=y\nBR2_PACKAGE_BOARD_VERIFY=y\n";
    let text = fs::read_to_string(stock).expect("the stock defconfig") + ours;
    let file = out.path().join("stock_defconfig");
    fs::write(&file, text).expect("the configuration");
    made(
        out.path(),
        &[&format!("BR2_DEFCONFIG={}", file.display()), "defconfig"],
    );
    let config = fs::read_to_string(out.path().join(".config")).expect(".config");
    for option in ours
        .lines()
        .chain(["BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST=y"])
    {
        assert!(config.lines().any(|line| line == option), "{option}");
    }
    let fixups = variable(out.path(), "PACKAGES_LINUX_CONFIG_FIXUPS");
    assert!(fixups.contains("CONFIG_RUST"), "{fixups}");
}

/// The hook of the external tree fails where CONFIG_RUST is dropped.
#[test]
fn the_kernels_are_configured_with_rust() {
    for board in KERNELS {
        let output = script("buildroot.sh")
            .args([board, "linux-configure"])
            .current_dir(root())
            .output()
            .expect("the script runs");
        assert!(output.status.success(), "{board}: {output:?}");
        let build = root().join(format!("output/buildroot/{board}/build"));
        let kernels = fs::read_dir(build).expect("the build folder");
        let configs: Vec<String> = kernels
            .map(|folder| folder.expect("a folder").path().join(".config"))
            .filter(|file| file.display().to_string().contains("/linux-"))
            .filter_map(|file| fs::read_to_string(file).ok())
            .collect();
        assert!(
            configs
                .iter()
                .any(|text| text.lines().any(|line| line == "CONFIG_RUST=y")),
            "{board}"
        );
    }
}

#[test]
fn check_package_has_no_warning() {
    let output = Command::new("sh")
        .arg("-c")
        // With the modules that `make setup` installs, whatever python3 comes first.
        .arg("find \"$0\" -type f | xargs /usr/bin/python3 \"$1/utils/check-package\" --br2-external")
        .arg(external())
        .arg(tree())
        .output()
        .expect("check-package runs");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    assert!(said.contains("0 warnings generated"), "{said}");
}
