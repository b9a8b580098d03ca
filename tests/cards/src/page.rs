//! `docs/boards.md`, made of the boards' files and of what was built of them.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use board_check::board::{self as tool, Board as Known};

use crate::board::{Board, root};
use crate::fdt;
use crate::tree::{ROOT, Tree};

const INTRODUCTION: &str = "# The boards

Made by `make boards-doc` of `board/` and of what was built; do not edit it. `make check-cards`
fails while it is not up to date.

No board was ever booted by us on hardware. *Booted* says what was: QEMU's machine of the
board, and how much of the card ran there (`make boot-BOARD`, or `make BOARD` without a card).
Where QEMU has no such machine, the card was looked
into as far as that goes without one: partition table, boot loader and its checksums, the boot
loader's files, kernel, device tree, hashes; and whether the kernel has a driver for all that
the console needs (`docs/testing.md`).

U-Boot boots the card if nobody has told it otherwise: where an environment of its own was
saved, as in the SPI flash of `visionfive2` and `hifive-unleashed`, `env default -a` at its
prompt, then `boot`, is as if it had not been.
";

/// Where the page is.
pub fn path() -> PathBuf {
    root().join("docs/boards.md")
}

/// The page.
///
/// # Panics
/// If a board's files cannot be read, or it was not built.
pub fn page(boards: &[Board]) -> String {
    let mut text = format!(
        "{INTRODUCTION}\n| board | what | architecture | card | booted |\n|---|---|---|---|---|\n"
    );
    let facts: Vec<Facts> = boards.iter().map(Facts::read).collect();
    for facts in &facts {
        // Nothing that is written to a string fails.
        let _ = writeln!(
            text,
            "| [`{0}`](#{0}) | {1} | {2} | {3} | {4} |",
            facts.board.name,
            facts.model(),
            facts.board.fact("arch"),
            facts.size(),
            facts.start().table
        );
    }
    for facts in &facts {
        let _ = facts.write(&mut text);
    }
    text
}

/// How far a board was booted.
struct Start {
    table: &'static str,
    text: &'static str,
}

/// By what the machine in QEMU is given: the names that mk/scripts/qemu.sh has for it.
const STARTS: [(&str, Start); 5] = [
    (
        "@boot-loader@",
        Start {
            table: "QEMU, from U-Boot on",
            text: "The card in QEMU, from U-Boot on, which is not on the card.",
        },
    ),
    (
        "@partition1@",
        Start {
            table: "QEMU, from SPL on",
            text: "The card in QEMU, from SPL on: QEMU has no boot ROM that reads the card, so it gets SPL out of its partition.",
        },
    ),
    (
        "@fat@",
        Start {
            table: "QEMU, the kernel",
            text: "In QEMU, the kernel with device tree and initramfs out of the card: QEMU does not run the board's firmware.",
        },
    ),
    (
        "@card@",
        Start {
            table: "QEMU, from the boot ROM on",
            text: "The card in QEMU, from the boot ROM on: the bytes that go on a card.",
        },
    ),
    (
        "",
        Start {
            table: "QEMU, the kernel",
            text: "In QEMU, which loads kernel and initramfs by itself.",
        },
    ),
];

struct Facts<'a> {
    board: &'a Board,
    known: Known,
    tree: Tree,
    /// The machine in QEMU, if there is one.
    machine: Option<String>,
    /// Bytes of the card, if there is one.
    card: Option<u64>,
}

impl<'a> Facts<'a> {
    fn read(board: &'a Board) -> Self {
        let path = board.output().join("board.dtb");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let card = board.output().join("sdcard.img");
        let has_card = !board.fact("card").is_empty();
        let machine = ["qemu-card", "qemu"]
            .iter()
            .find_map(|name| board.file(name));
        Self {
            board,
            known: tool::released(&board.name).expect("a board of this release"),
            tree: fdt::parse(&bytes).unwrap_or_else(|error| panic!("{path:?}: {error}")),
            machine,
            card: has_card.then(|| {
                let card = fs::metadata(&card).unwrap_or_else(|error| panic!("{card:?}: {error}"));
                card.len()
            }),
        }
    }

    fn start(&self) -> &'static Start {
        const NONE: Start = Start {
            table: "no",
            text: "Never: QEMU has no machine that boots its card.",
        };
        let Some(machine) = &self.machine else {
            return &NONE;
        };
        let mut starts = STARTS.iter();
        let arguments = machine.lines().filter(|line| !line.starts_with('#'));
        let arguments: String = arguments.collect();
        let found = starts.find(|(given, _)| arguments.contains(given));
        found.map_or(&NONE, |(_, start)| start)
    }

    /// What it is sold as, or what QEMU calls it.
    fn model(&self) -> String {
        if !self.board.is_qemu_only() {
            return self
                .tree
                .text(ROOT, "model")
                .unwrap_or("unknown")
                .to_owned();
        }
        let machine = self.board.file("qemu").unwrap_or_default();
        let name = machine.lines().find_map(|line| line.strip_prefix("-M "));
        format!("QEMU's `{}`", name.unwrap_or("unknown"))
    }

    fn size(&self) -> String {
        self.card
            .map_or("none".into(), |bytes| format!("{} MiB", bytes >> 20))
    }

    /// The CPUs that are switched on, those of one name together.
    fn cpus(&self) -> String {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        let cpus = self
            .tree
            .find("/cpus")
            .into_iter()
            .flat_map(|cpus| self.tree.children(cpus));
        for cpu in cpus.filter(|&cpu| self.tree.text(cpu, "device_type") == Some("cpu")) {
            let name = self.tree.text(cpu, "compatible").unwrap_or("unknown");
            match counts.iter_mut().find(|(found, _)| *found == name) {
                _ if !self.tree.available(cpu) => {}
                Some((_, count)) => *count += 1,
                None => counts.push((name, 1)),
            }
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(name, count)| format!("{count} × `{name}`"))
            .collect();
        counts.join(", ")
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let fact = |name| self.board.fact(name);
        let console = &self.known.console;
        writeln!(text, "\n## {}\n", self.board.name)?;
        let soc = self.tree.compatible(ROOT);
        writeln!(
            text,
            "- {}, `{}`, {}",
            self.model(),
            soc.last().unwrap_or(&"unknown"),
            self.cpus()
        )?;
        writeln!(
            text,
            "- Console: `{}`, {} bit/s. {}",
            console.device, console.baud, console.wiring
        )?;
        let tree = match (fact("device_tree"), self.board.file("board.dts")) {
            ("", None) => "QEMU's".to_owned(),
            ("", Some(_)) => format!("`board/{}/board.dts`", self.board.name),
            (name, _) => format!("Linux' `{name}`"),
        };
        writeln!(
            text,
            "- Device tree: {tree}, with `board/dts/mmap-areas.dtso`"
        )?;
        if self.card.is_some() {
            let loader = match fact("boot") {
                "raspberrypi" => "Firmware",
                _ => "Boot loader",
            };
            writeln!(
                text,
                "- Card: `make sdcard-{}`, {}",
                self.board.name,
                self.size()
            )?;
            writeln!(text, "- {loader}: Debian's `{}`", fact("package"))?;
        }
        if self.known.bus_master {
            writeln!(
                text,
                "- Its DMA engine has to play the device: data that did not go through it are no PASS."
            )?;
        }
        for (why, skips) in self.skips() {
            writeln!(text, "- May be skipped: {skips}. {why}")?;
        }
        writeln!(text, "- Booted by us: {}", self.start().text)?;
        if !self.board.is_qemu_only() {
            writeln!(text, "- **Never booted by us on hardware.**")?;
        }
        Ok(())
    }

    /// The comment above each group of SKIPs that are allowed, and the group.
    fn skips(&self) -> Vec<(String, String)> {
        let text = self.board.file("board.toml").unwrap_or_default();
        let mut groups: Vec<(String, String)> = Vec::new();
        let mut why = String::new();
        let mut skips = self.known.allow_skip.iter();
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                why = [why.as_str(), comment].join(" ").trim().to_owned();
            } else if line == "[[allow_skip]]" {
                let Some(skip) = skips.next() else {
                    break;
                };
                let skip = format!("`{}` ({})", skip.check, skip.reason);
                match groups.last_mut() {
                    Some((_, group)) if why.is_empty() => {
                        *group = [group, skip.as_str()].join(", ");
                    }
                    _ => groups.push((std::mem::take(&mut why), skip)),
                }
            } else if !line.is_empty() {
                why.clear();
            }
        }
        groups
    }
}
