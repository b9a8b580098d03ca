//! bench-speed: the suite `speed` beside a plain program in C with its libc, in the same
//! boots of QEMU. `make bench-speed` builds what it needs.

use std::collections::BTreeMap;
use std::path::Path;

use bench_qemu::{ROUNDS, load, median};
use qemu_tests::{BOARD, IMAGE, Machine, Report, folder_of, image, judge};

/// The checks of an area, and what of libc's each is compared with.
const BESIDE: [(&str, &str); 4] = [
    ("copy", "memcpy"),
    ("copy", "words"),
    ("read", "read"),
    ("write", "memset"),
];

fn main() {
    let program = std::env::args_os().nth(1).expect("the path of memcpy");
    let image = folder_of(&list(Path::new(&program)));
    let boots: Vec<_> = (0..ROUNDS).map(|_| boot(image.path())).collect();

    println!(
        "Medians of {ROUNDS} boots of {BOARD} (load {}). libc, in MiB/s:",
        load()
    );
    for name in ["memcpy", "words", "read", "memset"] {
        let speeds = boots.iter().map(|boot| boot.libc[name]);
        println!("  {name:8}{:9.1}", median(speeds));
    }
    print!("\n{:14}", "area");
    BESIDE
        .iter()
        .for_each(|(check, libc)| print!("{:>16}", format!("{check}/{libc}")));
    println!();
    for area in boots[0].areas() {
        print!("{area:14}");
        for (check, libc) in BESIDE {
            let ratios = boots
                .iter()
                .map(|boot| boot.speed(area, check) / boot.libc[libc]);
            print!("{:16.2}", median(ratios));
        }
        println!();
    }
}

/// What was measured in one boot, in MiB/s.
struct Boot {
    libc: BTreeMap<String, f64>,
    report: Report,
}

impl Boot {
    /// The areas, in the order of their checks.
    fn areas(&self) -> impl Iterator<Item = &str> {
        let names = self.report.checks.iter().map(|check| check.name.as_str());
        names.filter_map(|name| name.strip_prefix("speed.")?.strip_suffix(".copy"))
    }

    fn speed(&self, area: &str, check: &str) -> f64 {
        let name = format!("speed.{area}.{check}");
        let checks = &self.report.checks;
        let found = checks.iter().find(|check| check.name == name);
        let speed = found.and_then(|check| check.figures.get("mean_mib_s")?.as_f64());
        speed.unwrap_or_else(|| panic!("{name} has no mean_mib_s"))
    }
}

/// The files of the image: `program` is process 1 until it has measured.
fn list(program: &Path) -> String {
    let built = image(IMAGE);
    format!(
        "file /init {} 755 0 0\nfile /board-verify {} 755 0 0\nfile /mmap_areas.ko {} 644 0 0\n\
         dir /proc 755 0 0\ndir /sys 755 0 0\n",
        program.display(),
        built.join("board-verify").display(),
        built.join("module/mmap_areas.ko").display(),
    )
}

fn boot(image: &Path) -> Boot {
    let machine = Machine::boot_image(BOARD, image);
    let log = machine.read_until("MiB/s");
    let libc = String::from_utf8_lossy(&log);
    let libc = libc.lines().find(|line| line.starts_with("libc "));
    let libc = libc.expect("a line of libc").split(' ').filter_map(|word| {
        let (name, speed) = word.split_once('=')?;
        Some((name.to_owned(), speed.parse().expect("a speed")))
    });
    let libc = libc.collect();
    let report = judge(&machine, &["--only", "speed.*"]);
    assert_eq!(report.verdict, "PASS", "{report:#?}");
    Boot { libc, report }
}
