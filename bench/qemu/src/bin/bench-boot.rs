//! bench-boot: how long the direct image takes from the start of QEMU to `ready` and to the
//! verdict, beside the time to the login of a Buildroot image of ours, on the same machines.
//! `make bench-boot` builds what it needs but the Buildroot images.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use bench_qemu::{ROUNDS, load, median};
use qemu_tests::{Machine, architecture_of, folder_of, image, judge};
use tempfile::TempDir;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let images = arguments.next().expect("the folder of images, then boards");
    let boards: Vec<String> = arguments.collect();
    let of = |board: &str| Path::new(&images).join(board).join("images");
    let missing = match boards.is_empty() {
        true => Some(of("BOARD")),
        false => boards
            .iter()
            .map(|board| of(board))
            .find(|image| !image.join("initramfs.cpio.gz").is_file()),
    };
    if let Some(missing) = missing {
        eprintln!(
            "bench-boot: There is no image of Buildroot in {}. Build it with make BOARD \
             BUILDER=buildroot, or say where such images are: BUILDROOT_IMAGES=PATH.",
            missing.display()
        );
        return ExitCode::FAILURE;
    }
    println!("Seconds from the start of QEMU, medians of {ROUNDS} rounds (least to most).\n");
    println!(
        "{:16}{:>20}{:>20}{:>20}{:>15}{:>17}{:>8}",
        "board", "ready", "verdict", "Buildroot login", "ready / login", "verdict / login", "load"
    );
    for board in boards {
        measure(&board, &of(&board));
    }
    ExitCode::SUCCESS
}

fn measure(board: &str, buildroot: &Path) {
    let direct = image(&architecture_of(board));
    let with_login = without_wait(buildroot);
    let mut seconds = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let [ready, verdict, login] = &mut seconds;
        ready.push(until_said(board, &direct, "# board-check ready "));
        verdict.push(until_verdict(board, &direct));
        login.push(until_said(board, with_login.path(), " login:"));
    }
    print!("{board:16}");
    for figures in &seconds {
        let least = figures.iter().copied().reduce(f64::min).expect("a round");
        let most = figures.iter().copied().reduce(f64::max).expect("a round");
        let middle = median(figures.iter().copied());
        print!("{:>20}", format!("{middle:.1} ({least:.1}-{most:.1})"));
    }
    let [ready, verdict, login] = seconds;
    let beside_login = |figures: &[f64]| median(figures.iter().zip(&login).map(|(a, b)| a / b));
    println!(
        "{:>15.2}{:>17.2}{:>8}",
        beside_login(&ready),
        beside_login(&verdict),
        load()
    );
}

fn until_said(board: &str, image: &Path, mark: &str) -> f64 {
    let start = Instant::now();
    Machine::boot_image(board, image).read_until(mark);
    start.elapsed().as_secs_f64()
}

fn until_verdict(board: &str, image: &Path) -> f64 {
    let start = Instant::now();
    let machine = Machine::boot_image(board, image);
    let report = judge(&machine, &[]);
    assert_eq!(report.verdict, "PASS", "{report:#?}");
    start.elapsed().as_secs_f64()
}

/// The image of Buildroot, whose init script does not wait for a request on the console
/// before the login.
fn without_wait(images: &Path) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the image");
    let setting = folder.path().join("setting");
    fs::write(&setting, "CONSOLE_SECONDS=0\n").expect("the setting can be written");
    let list = format!(
        "dir /etc 755 0 0\ndir /etc/default 755 0 0\nfile /etc/default/board-verify {} 644 0 0\n",
        setting.display()
    );
    let read = |path: PathBuf| fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    // The kernel unpacks one archive after the other; each begins at a multiple of 4.
    let mut archives = read(images.join("initramfs.cpio.gz"));
    archives.resize(archives.len().next_multiple_of(4), 0);
    archives.extend(read(folder_of(&list).path().join("initramfs.cpio.gz")));
    fs::write(folder.path().join("initramfs.cpio.gz"), archives).expect("the archives fit");
    for kernel in ["Image", "zImage"] {
        let built = images.join(kernel);
        if let Ok(built) = built.canonicalize() {
            symlink(built, folder.path().join(kernel)).expect("a link to the kernel");
        }
    }
    folder
}
