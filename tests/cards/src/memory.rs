//! The kernel's own data, as it lies in `vmlinux`.

use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind, elf};

/// What a `vmlinux` puts into memory.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Address and bytes of each section with data.
    sections: Vec<(u64, Vec<u8>)>,
    symbols: Vec<Symbol>,
    /// Bytes of a pointer.
    pub(crate) pointer: u64,
}

/// A name for an address.
#[derive(Debug)]
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) address: u64,
    /// Bytes; 0 for a name that only marks a place.
    pub(crate) size: u64,
    /// The C or assembler file, without its folder; empty for what the linker made, and
    /// for what other files may use: ELF does not say it of those.
    pub(crate) file: String,
}

impl Memory {
    /// Reads an ELF file.
    pub(crate) fn read(vmlinux: &[u8]) -> Result<Self, object::Error> {
        let file = object::File::parse(vmlinux)?;
        let mut sections = Vec::new();
        for section in file.sections() {
            let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
                continue;
            };
            let is_data =
                sh_flags.contains(elf::SHF_ALLOC) && !sh_flags.contains(elf::SHF_EXECINSTR);
            let data = section.data()?;
            if is_data && !data.is_empty() {
                sections.push((section.address(), data.to_owned()));
            }
        }
        let mut symbols = Vec::new();
        let mut source = "";
        for symbol in file.symbols() {
            let name = symbol.name()?;
            if symbol.kind() == SymbolKind::File {
                source = name;
            } else if symbol.address() != 0 && !name.is_empty() {
                symbols.push(Symbol {
                    name: name.to_owned(),
                    address: symbol.address(),
                    size: symbol.size(),
                    file: if symbol.is_local() { source } else { "" }.to_owned(),
                });
            }
        }
        Ok(Self {
            sections,
            symbols,
            pointer: if file.is_64() { 8 } else { 4 },
        })
    }

    /// Up to `length` bytes from `address` on; `None` where nothing is.
    pub(crate) fn bytes(&self, address: u64, length: u64) -> Option<&[u8]> {
        self.sections.iter().find_map(|(start, data)| {
            let from = usize::try_from(address.checked_sub(*start)?).ok()?;
            let to = from.checked_add(usize::try_from(length).ok()?)?;
            data.get(from..to)
        })
    }

    /// The pointer at `address`.
    pub(crate) fn pointer_at(&self, address: u64) -> Option<u64> {
        Some(little_endian(self.bytes(address, self.pointer)?))
    }

    /// The text at `address`: printable, and as long as a name is.
    pub(crate) fn text_at(&self, address: u64) -> Option<&str> {
        const LONGEST: usize = 64;
        let (start, data) = self.sections.iter().find(|(start, data)| {
            address
                .checked_sub(*start)
                .is_some_and(|at| at < data.len() as u64)
        })?;
        let from = usize::try_from(address - start).ok()?;
        let bytes = &data[from..data.len().min(from + LONGEST)];
        let end = bytes.iter().position(|&byte| byte == 0)?;
        printable(&bytes[..end])
    }

    /// The addresses where a pointer may be.
    pub(crate) fn places(&self) -> impl Iterator<Item = u64> {
        self.sections.iter().flat_map(|(start, data)| {
            let first = start.next_multiple_of(self.pointer);
            (first..start + data.len() as u64).step_by(self.pointer as usize)
        })
    }

    /// All symbols.
    pub(crate) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The symbol of this name.
    pub(crate) fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.iter().find(|symbol| symbol.name == name)
    }

    /// The symbol with data of its own around `address`.
    pub(crate) fn object_at(&self, address: u64) -> Option<&Symbol> {
        self.symbols
            .iter()
            .find(|symbol| (symbol.address..symbol.address + symbol.size).contains(&address))
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The text of bytes that are all printable, and at least one.
pub(crate) fn printable(bytes: &[u8]) -> Option<&str> {
    let is_text = !bytes.is_empty() && bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    is_text.then(|| str::from_utf8(bytes).ok()).flatten()
}
