//! What a built kernel has drivers for, read from its `vmlinux`.
//!
//! There are two ways for code to say which nodes of a device tree it is for, and both
//! leave tables of `struct of_device_id` in the kernel's memory:
//!
//! - `CLK_OF_DECLARE` and its like put entries into a table of their kind, which has a
//!   symbol of a fixed name.
//! - A driver has a `struct device_driver`, which points to its table. No symbol says
//!   where those are, so all data is searched for what has the form of one: a pointer to a
//!   name, the fields that are empty until the driver is registered, a pointer to a table.
//!
//! `modules.builtin.modinfo` has aliases of built-in code, too, but only of drivers that
//! could be modules: pinctrl-sun8i-h3 or clk-starfive-jh7110-sys are not in it. It serves
//! as a check of the search: what is in there must have been found. And it is where the
//! tables of AMBA drivers come from, that match a number of the device and not a name.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::memory::{Memory, Symbol, printable};

/// What kind of code a table is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Clocks that are there before any device.
    Clock,
    /// Interrupt controllers that are there before any device.
    InterruptController,
    /// Timers.
    Timer,
    /// Users of reserved memory.
    ReservedMemory,
    /// Ways to start a CPU, by `enable-method`.
    CpuMethod,
    /// Buses, whose children become devices.
    Bus,
    /// The firmware that starts CPUs.
    Psci,
    /// Registers that several drivers share.
    Syscon,
    /// A driver of a device.
    Driver,
    /// A driver of a device with ARM's identification registers; its entries are patterns
    /// of that number.
    Amba,
}

impl Kind {
    /// Whether Linux has to make a device of a node before the code comes into play.
    pub(crate) fn is_device(self) -> bool {
        matches!(self, Self::Driver | Self::Amba | Self::Bus)
    }
}

/// Which nodes some code of the kernel is for.
#[derive(Debug, Clone)]
pub struct Table {
    /// What the code is.
    pub kind: Kind,
    /// The symbol of the table or of its entry.
    pub symbol: String,
    /// The C file, without its folder.
    pub file: String,
    /// The `compatible` strings.
    pub entries: Vec<String>,
}

/// A built kernel.
#[derive(Debug, Clone)]
pub struct Kernel {
    tables: Vec<Table>,
}

/// Why a kernel cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file is not there.
    #[error("{0} cannot be read: {1}. Is the kernel built? Run: make kernel-ARCH")]
    File(PathBuf, #[source] io::Error),
    /// `vmlinux` is damaged.
    #[error("{0} is no whole ELF file: {1}.")]
    Elf(PathBuf, #[source] object::Error),
    /// The kernel has code that this does not see.
    #[error(
        "No table in vmlinux has {0}, but modules.builtin.modinfo does. Has struct device_driver \
         or of_device_id changed? Compare include/linux/device/driver.h with this file."
    )]
    Blind(String),
}

/// Tables whose symbol is their first entry, after which they go on to an empty one.
const DECLARED: [(&str, Kind); 5] = [
    ("__clk_of_table", Kind::Clock),
    ("__irqchip_of_table", Kind::InterruptController),
    ("__timer_of_table", Kind::Timer),
    ("__reservedmem_of_table", Kind::ReservedMemory),
    // No macro, but code that looks for nodes by itself.
    ("psci_of_match", Kind::Psci),
];

impl Kernel {
    /// Reads the kernel in a build tree.
    ///
    /// # Errors
    /// If it is not built, or not of a form that is known.
    pub fn read(tree: &Path) -> Result<Self, Error> {
        let file = |name: &str| {
            let path = tree.join(name);
            fs::read(&path).map_err(|error| Error::File(path, error))
        };
        let vmlinux = file("vmlinux")?;
        let memory =
            Memory::read(&vmlinux).map_err(|error| Error::Elf(tree.join("vmlinux"), error))?;
        let mut tables = declared(&memory);
        tables.extend(cpu_methods(&memory));
        tables.extend(syscon(&memory));
        tables.extend(drivers(&memory));
        let aliases = Aliases(file("modules.builtin.modinfo")?);
        for compatible in aliases.with_prefix("of:N*T*C") {
            let is_there = |table: &Table| table.entries.iter().any(|entry| entry == compatible.1);
            if !compatible.1.ends_with("C*") && !tables.iter().any(is_there) {
                return Err(Error::Blind(compatible.1.to_owned()));
            }
        }
        tables.extend(
            aliases
                .with_prefix("amba:d")
                .map(|(module, pattern)| Table {
                    kind: Kind::Amba,
                    symbol: module.to_owned(),
                    file: format!("{}.c", module.replace('_', "-")),
                    entries: vec![pattern.to_owned()],
                }),
        );
        Ok(Self { tables })
    }

    /// All tables.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The tables for a device of one of these names.
    pub fn matching<'a>(&'a self, compatible: &'a [&str]) -> impl Iterator<Item = &'a Table> {
        let named = |entry: &String| compatible.contains(&entry.as_str());
        self.tables
            .iter()
            .filter(move |table| table.kind != Kind::Amba && table.entries.iter().any(named))
    }

    /// The tables for a device with this number in its identification registers.
    pub fn amba(&self, id: u32) -> impl Iterator<Item = &Table> {
        let number = format!("{id:08X}");
        self.tables.iter().filter(move |table| {
            table.kind == Kind::Amba && table.entries.iter().any(|entry| fits(entry, &number))
        })
    }

    /// The same kernel without the tables of which `gone` says yes.
    #[must_use]
    pub fn without(&self, gone: impl Fn(&Table) -> bool) -> Self {
        let mut kernel = self.clone();
        kernel.tables.retain(|table| !gone(table));
        kernel
    }
}

/// One digit for each of the pattern's: the same, `?` for any, or one of those in brackets.
fn fits(pattern: &str, number: &str) -> bool {
    let mut pattern = pattern.chars();
    number.chars().all(|digit| match pattern.next() {
        Some('?') => true,
        Some('[') => {
            let choice: String = pattern.by_ref().take_while(|&c| c != ']').collect();
            choice.contains(digit)
        }
        same => same == Some(digit),
    }) && pattern.next().is_none()
}

/// The lines `MODULE.alias=ALIAS` of a file in which a zero byte ends each.
struct Aliases(Vec<u8>);

impl Aliases {
    /// Module and the rest of each alias that begins with `prefix`.
    fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.split(|&byte| byte == 0).filter_map(move |line| {
            let (module, alias) = str::from_utf8(line).ok()?.split_once(".alias=")?;
            Some((module, alias.strip_prefix(prefix)?))
        })
    }
}

/// `struct of_device_id`: name, type, compatible, data.
const NAME_BYTES: u64 = 32;
const TYPE_BYTES: u64 = 32;
const COMPATIBLE_BYTES: u64 = 128;

fn entry_bytes(memory: &Memory) -> u64 {
    NAME_BYTES + TYPE_BYTES + COMPATIBLE_BYTES + memory.pointer
}

/// The `compatible` of an entry: `None` if there is no entry, empty if it is the last one
/// or matches only by name and type.
fn compatible_at(memory: &Memory, address: u64) -> Option<&str> {
    let bytes = memory.bytes(address, entry_bytes(memory))?;
    let (_, rest) = field(bytes, NAME_BYTES)?;
    let (_, rest) = field(rest, TYPE_BYTES)?;
    let (compatible, _) = field(rest, COMPATIBLE_BYTES)?;
    Some(compatible)
}

/// A text with zeros behind it that fill the field, and the bytes behind the field.
fn field(bytes: &[u8], length: u64) -> Option<(&str, &[u8])> {
    let (field, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    let end = field.iter().position(|&byte| byte == 0)?;
    let is_filled = field[end..].iter().all(|&byte| byte == 0);
    let text = if end == 0 {
        Some("")
    } else {
        printable(&field[..end])
    };
    Some((text.filter(|_| is_filled)?, rest))
}

/// The entries from `address` on, with their addresses.
fn entries(memory: &Memory, address: u64) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    let mut at = address;
    while let Some(compatible) = compatible_at(memory, at).filter(|text| !text.is_empty()) {
        found.push((at, compatible.to_owned()));
        at += entry_bytes(memory);
    }
    found
}

/// The tables with a symbol. Each entry of a macro's table is of another file.
fn declared(memory: &Memory) -> Vec<Table> {
    let mut tables = Vec::new();
    let named = DECLARED
        .iter()
        .filter_map(|&(name, kind)| Some((memory.symbol(name)?, kind)));
    // A variable of a function: compilers name it in different ways.
    let is_bus =
        |symbol: &&Symbol| symbol.file == "platform.c" && symbol.name.contains("match_table");
    let buses = memory
        .symbols()
        .iter()
        .filter(is_bus)
        .map(|symbol| (symbol, Kind::Bus));
    for (symbol, kind) in named.chain(buses) {
        for (address, compatible) in entries(memory, symbol.address) {
            let owner = memory.object_at(address).unwrap_or(symbol);
            tables.push(Table {
                kind,
                symbol: owner.name.clone(),
                file: owner.file.clone(),
                entries: vec![compatible],
            });
        }
    }
    tables
}

/// `enable-method`s: `CPU_METHOD_OF_DECLARE`, whose entries are two pointers, and those
/// that the architectures know without a table.
fn cpu_methods(memory: &Memory) -> Vec<Table> {
    const KNOWN: [(&str, &str); 3] = [
        ("psci", "cpu_psci_ops"),
        ("psci", "psci_smp_ops"),
        ("spin-table", "smp_spin_table_ops"),
    ];
    let known = KNOWN
        .iter()
        .filter_map(|(method, symbol)| Some((method.to_string(), memory.symbol(symbol)?)));
    let declared = memory
        .symbol("__cpu_method_of_table")
        .into_iter()
        .flat_map(|first| {
            (first.address..)
                .step_by(2 * memory.pointer as usize)
                .map_while(|address| {
                    let method = memory.text_at(memory.pointer_at(address)?)?;
                    Some((method.to_owned(), memory.object_at(address)?))
                })
        });
    known
        .chain(declared)
        .map(|(method, symbol)| Table {
            kind: Kind::CpuMethod,
            symbol: symbol.name.clone(),
            file: symbol.file.clone(),
            entries: vec![method],
        })
        .collect()
}

/// Drivers ask for these registers by a function; no table names them.
fn syscon(memory: &Memory) -> Option<Table> {
    memory.symbol("syscon_node_to_regmap").map(|symbol| Table {
        kind: Kind::Syscon,
        symbol: symbol.name.clone(),
        file: "syscon.c".into(),
        entries: vec!["syscon".into()],
    })
}

/// All that has the form of a `struct device_driver` with a table. Its fields: name, bus,
/// owner, mod_name, suppress_bind_attrs and probe_type, of_match_table.
fn drivers(memory: &Memory) -> Vec<Table> {
    let driver = |at: u64| {
        let field = |number| memory.pointer_at(at + number * memory.pointer);
        // The bus is filled in when the driver is registered; nothing owns built-in code.
        let is_empty = field(1)? == 0 && field(2)? == 0 && field(3)? == 0;
        // A bool, padding, and an enum of three.
        let flags = memory.bytes(at + 4 * memory.pointer, 8)?;
        let are_flags =
            flags[0] <= 1 && flags[1..4] == [0; 3] && flags[4] <= 2 && flags[5..] == [0; 3];
        if !is_empty || !are_flags {
            return None;
        }
        memory.text_at(field(0)?)?;
        let table = memory.pointer_at(at + 4 * memory.pointer + 8)?;
        let entries = entries(memory, table);
        let symbol = memory.object_at(at).filter(|_| !entries.is_empty())?;
        Some(Table {
            kind: Kind::Driver,
            symbol: symbol.name.clone(),
            file: symbol.file.clone(),
            entries: entries
                .into_iter()
                .map(|(_, compatible)| compatible)
                .collect(),
        })
    };
    memory.places().filter_map(driver).collect()
}

#[cfg(test)]
impl Kernel {
    /// A kernel with a table for each of these names.
    pub(crate) fn of(tables: &[(Kind, &str)]) -> Self {
        let table = |&(kind, name): &(Kind, &str)| Table {
            kind,
            symbol: String::new(),
            file: String::new(),
            entries: vec![name.to_owned()],
        };
        Self {
            tables: tables.iter().map(table).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_their_patterns() {
        for (pattern, number, fit) in [
            ("???41011", "00241011", true),
            ("???41011", "00241012", false),
            ("0[01]241011", "01241011", true),
            ("0[01]241011", "02241011", false),
            ("???4101", "00241011", false),
            ("???410111", "00241011", false),
        ] {
            assert_eq!(fits(pattern, number), fit, "{pattern} {number}");
        }
    }

    #[test]
    fn an_entry_that_is_no_text_is_none() {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(b"uart");
        assert_eq!(field(&bytes, 32).map(|(text, _)| text), Some("uart"));
        assert_eq!(field(&[0; 32], 32).map(|(text, _)| text), Some(""));
        // Something behind the text; no end; no text; fewer bytes.
        bytes[31] = 1;
        assert_eq!(field(&bytes, 32), None);
        assert_eq!(field(&[b'a'; 32], 32), None);
        assert_eq!(field(&[1; 32], 32), None);
        assert_eq!(field(&[0; 31], 32), None);
    }
}
