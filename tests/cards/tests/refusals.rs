//! What `make sdcard-NAME` says when it cannot: one sentence, with what to try next.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use card_tests::board::root;

/// Runs a script, which must fail; gives what it said.
fn refusal(command: &mut Command) -> String {
    let output = command.output().expect("the script runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

fn script(name: &str) -> Command {
    Command::new(root().join("mk/scripts").join(name))
}

#[test]
fn a_board_that_is_none_and_the_nearest_one() {
    let said = refusal(script("card.sh").arg("orangpi-pc"));
    assert!(said.contains("No board 'orangpi-pc'."), "{said}");
    assert!(said.contains("Do you mean orangepi-pc?"), "{said}");
    let said = refusal(script("card.sh").arg("toaster"));
    assert!(!said.contains("Do you mean"), "{said}");
    assert!(said.contains("visionfive2"), "{said}");
}

#[test]
fn a_board_without_a_card() {
    let said = refusal(script("card.sh").arg("qemu-zcu102"));
    assert!(said.contains("qemu-zcu102 has no SD card"), "{said}");
    assert!(said.contains("Boards with one:"), "{said}");
    assert!(said.contains("rock64"), "{said}");
}

#[test]
fn no_genimage() {
    let tools = tempfile::tempdir().expect("a folder for the tools");
    for tool in fs::read_dir("/usr/bin").expect("/usr/bin") {
        let tool = tool.expect("a program");
        if tool.file_name() != "genimage" {
            symlink(tool.path(), tools.path().join(tool.file_name())).expect("a link");
        }
    }
    let said = refusal(
        script("card.sh")
            .arg("orangepi-pc")
            .env("PATH", tools.path()),
    );
    assert!(said.contains("no genimage"), "{said}");
    assert!(said.contains("make setup"), "{said}");
}

/// The mirror has the suite, but no longer the package: an archive on this machine.
#[test]
fn a_package_that_is_gone_from_the_archive() {
    let place = tempfile::tempdir().expect("a folder for the archive");
    let path = |name: &str| place.path().join(name);
    let index = path("dists/trixie/main/binary-armhf");
    fs::create_dir_all(&index).expect("a folder for the index");
    fs::write(index.join("Packages"), "").expect("the index can be written");
    let codename = fs::read_to_string("/etc/os-release").expect("/etc/os-release");
    let codename = codename
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .expect("a code name");
    let mirror = place.path().display();
    let entry = format!("deb [trusted=yes] file:{mirror} {codename} main\n");
    fs::write(path("sources.list"), entry).expect("the sources can be written");
    let settings = format!(
        "Dir::Etc::sourcelist \"{mirror}/sources.list\";\nDir::Etc::sourceparts \"/dev/null\";\n"
    );
    fs::write(path("apt.conf"), settings).expect("the settings can be written");

    let said = refusal(
        script("board-package.sh")
            .args(["arm", "u-boot-sunxi"])
            .env("APT_CONFIG", path("apt.conf"))
            .env("XDG_CACHE_HOME", path("cache")),
    );
    assert!(said.contains("No package u-boot-sunxi of armhf"), "{said}");
    assert!(said.contains("mk/versions"), "{said}");
    let unpacked = path("cache/board-check/board-package");
    assert!(!Path::new(&unpacked).exists());
}
