//! `make flash-NAME`: it writes what was built, reads it back, and refuses what it must.
//! Loop devices are the cards; only root can make them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use card_tests::board::root;
use tempfile::TempDir;

const BOARD: &str = "orangepi-pc";
const MIB: u64 = 1 << 20;
/// What is on a card from its earlier use.
const BEFORE: u8 = 0xa5;

/// A block device that is a file; gone when dropped.
struct Card {
    device: String,
    file: PathBuf,
    _folder: TempDir,
}

impl Card {
    fn of(bytes: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the card");
        let file = folder.path().join("card");
        let before = vec![BEFORE; usize::try_from(bytes).expect("a size")];
        fs::write(&file, before).expect("a file");
        let output = Command::new("losetup")
            .args(["--find", "--show"])
            .arg(&file)
            .output()
            .expect("losetup runs");
        assert!(
            output.status.success(),
            "{output:?}. Loop devices take root."
        );
        let device = String::from_utf8(output.stdout).expect("a path");
        Self {
            device: device.trim_end().to_owned(),
            file,
            _folder: folder,
        }
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _ = Command::new("losetup").args(["-d", &self.device]).status();
    }
}

fn built() -> PathBuf {
    root().join("output").join(BOARD)
}

fn flash(device: &str) -> Command {
    let mut command = Command::new(root().join("mk/scripts/flash.sh"));
    command.args([BOARD, device]).stdin(Stdio::null());
    command.env_remove("CONFIRM");
    command
}

fn run(command: &mut Command) -> (Output, String) {
    let output = command.output().expect("flash.sh runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

/// Runs it, which must fail with these words.
fn refuses(command: &mut Command, words: &str) {
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(words), "{words:?} is not in {said}");
}

#[test]
fn writes_the_card_and_reads_it_back() {
    let card = Card::of(32 * MIB);
    let (output, said) = run(flash(&card.device).env("CONFIRM", &card.device));
    assert!(output.status.success(), "{said}");
    // What would be erased is named before.
    assert!(
        said.contains(&format!("erases all of {}", card.device)),
        "{said}"
    );
    assert!(said.contains("32M"), "{said}");
    let image = fs::read(built().join("sdcard.img")).expect("the image");
    let written = fs::read(&card.file).expect("the card");
    assert!(written[..image.len()] == image, "the card is not the image");
}

#[test]
fn a_card_that_does_not_keep_what_is_written() {
    let card = Card::of(32 * MIB);
    // A bmaptool that only says that it has written.
    let tools = tempfile::tempdir().expect("a folder");
    let tool = tools.path().join("bmaptool");
    fs::write(&tool, "#!/bin/sh\n").expect("a script");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("executable");
    let path = format!(
        "{}:{}",
        tools.path().display(),
        std::env::var("PATH").expect("PATH")
    );
    let mut command = flash(&card.device);
    command.env("CONFIRM", &card.device).env("PATH", path);
    refuses(&mut command, "does not hold what was written: ");
}

#[test]
fn asks_and_takes_only_yes() {
    let card = Card::of(32 * MIB);
    refuses(&mut flash(&card.device), "no terminal to ask at");
    refuses(
        flash(&card.device).env("CONFIRM", "yes"),
        "CONFIRM=/dev/loop",
    );

    // `script` gives it a terminal.
    let command = format!(
        "{}/mk/scripts/flash.sh {BOARD} {}",
        root().display(),
        card.device
    );
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script runs");
    let mut keys = terminal.stdin.take().expect("piped");
    keys.write_all(b"y\n").expect("typed");
    let output = terminal.wait_with_output().expect("it ends");
    drop(keys);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Type yes to erase"), "{said}");
    assert!(said.contains("Nothing was written"), "{said}");
    assert!(!output.status.success());
    let written = fs::read(&card.file).expect("the card");
    assert!(written.iter().all(|&byte| byte == BEFORE), "it was written");
}

#[test]
fn what_is_no_card() {
    refuses(&mut flash(""), "To which device?");
    refuses(&mut flash("/dev/null"), "/dev/null is no block device");
    refuses(&mut flash("/nosuch"), "/nosuch is no block device");
    let card = Card::of(MIB);
    let confirmed = &mut flash(&card.device);
    refuses(confirmed.env("CONFIRM", &card.device), "has 1048576 bytes");
}

#[test]
fn the_disk_of_this_system() {
    let source = Command::new("findmnt")
        .args(["--noheadings", "--output", "SOURCE", "/"])
        .output()
        .expect("findmnt runs");
    let device = String::from_utf8(source.stdout).expect("a path");
    let device = device.trim_end();
    assert!(Path::new(device).exists(), "/ is on {device:?}, no device");
    let confirmed = &mut flash(device);
    // A partition is refused before that, for being one.
    let (output, said) = run(confirmed.env("CONFIRM", device));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("holds this system") || said.contains("is a partition"),
        "{said}"
    );
}

#[test]
fn a_card_that_is_mounted() {
    let card = Card::of(32 * MIB);
    let run = |program: &str, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).status();
        assert!(status.expect(program).success(), "{program} {arguments:?}");
    };
    run("mkfs.ext4", &["-q", &card.device]);
    let folder = tempfile::tempdir().expect("a folder to mount at");
    let place = folder.path().to_str().expect("UTF-8");
    run("mount", &[&card.device, place]);
    let mut confirmed = flash(&card.device);
    let (output, said) = self::run(confirmed.env("CONFIRM", &card.device));
    run("umount", &[place]);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("on {place}. Unmount it first")),
        "{said}"
    );
}

#[test]
fn an_image_that_is_damaged() {
    // A checkout whose image has one flipped bit.
    let place = tempfile::tempdir().expect("a folder for the checkout");
    for name in ["mk", "board"] {
        symlink(
            root().canonicalize().expect("a path").join(name),
            place.path().join(name),
        )
        .expect("a link");
    }
    let folder = place.path().join("output").join(BOARD);
    fs::create_dir_all(&folder).expect("a folder");
    for name in ["sdcard.img", "sdcard.bmap", "manifest.spdx"] {
        fs::copy(built().join(name), folder.join(name)).expect("a copy");
    }
    let image = folder.join("sdcard.img");
    let mut bytes = fs::read(&image).expect("the image");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&image, bytes).expect("written back");
    let card = Card::of(32 * MIB);
    let mut command = Command::new(place.path().join("mk/scripts/flash.sh"));
    command.args([BOARD, &card.device]).stdin(Stdio::null());
    command.env("CONFIRM", &card.device);
    refuses(&mut command, "is damaged");
    let written = fs::read(&card.file).expect("the card");
    assert!(written.iter().all(|&byte| byte == BEFORE), "it was written");
}
