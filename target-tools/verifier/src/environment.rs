//! Where the verifier runs: boot, board, machine, and what the kernel counts.

use board_check_protocol::text::{decimal, split};
use board_check_station::KernelCounts;

use crate::bench::DEFAULT_PAGES;
use crate::platform::Platform;
use crate::sys::{self, read_text};

/// Release of this program, and whether it can do deliberate faults.
pub const IMAGE: &str = if cfg!(feature = "faults") {
    concat!(env!("CARGO_PKG_VERSION"), "+faults")
} else {
    env!("CARGO_PKG_VERSION")
};

/// A word of a record.
pub type Word = heapless::String<48>;

/// What is the same for the whole boot.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Says one boot from another.
    pub boot: u64,
    /// `board_check.board=` of the kernel command line.
    pub board: Word,
    /// First `compatible` of the device tree.
    pub machine: Word,
    /// `mmap_areas.npages=` of the kernel command line, or the default.
    pub pages: usize,
    /// The devices, and what the CPU can do.
    pub platform: Platform,
}

impl Environment {
    /// Looks around. What cannot be known is `?`.
    pub fn read() -> Self {
        let mut buffer = [0; 2048];
        let command_line = read_text(c"/proc/cmdline", &mut buffer);
        let board = parameter(command_line, "board_check.board=").unwrap_or("?");
        let pages = parameter(command_line, "mmap_areas.npages=")
            .and_then(decimal)
            .filter(|&pages| (1..=MOST_PAGES).contains(&pages))
            .unwrap_or(DEFAULT_PAGES);
        let board = word(board);
        let platform = Platform::read(command_line);
        let mut buffer = [0; 64];
        let machine = read_text(c"/proc/device-tree/compatible", &mut buffer);
        Self {
            boot: boot_id(),
            board,
            machine: word(split(machine, 0).next().unwrap_or("")),
            pages,
            platform,
        }
    }
}

/// More pages than any allocator of the kernel has; keeps sizes in range.
const MOST_PAGES: usize = 1 << 16;

/// 64 bits that no other boot has: of the kernel's random boot id or, without
/// that, of the clock.
fn boot_id() -> u64 {
    let mut buffer = [0; 40];
    let id = read_text(c"/proc/sys/kernel/random/boot_id", &mut buffer);
    let digits = id.bytes().filter_map(|byte| char::from(byte).to_digit(16));
    let folded = digits.fold(0u64, |bits, digit| bits.rotate_left(4) ^ u64::from(digit));
    match folded {
        0 => u64::try_from(sys::now().as_nanos()).unwrap_or(1),
        bits => bits,
    }
}

/// The value of the last `key=value` of a command line, as the kernel takes it.
fn parameter<'a>(command_line: &'a str, key: &str) -> Option<&'a str> {
    split(command_line, b' ')
        .filter_map(|word| word.strip_prefix(key))
        .last()
}

/// `text` as a word of a record: `?` if it is empty, too long or has a character
/// that a word cannot have.
fn word(text: &str) -> Word {
    let fits = !text.is_empty() && text.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
    let text = if fits { text } else { "?" };
    Word::try_from(text).unwrap_or_else(|_long| word("?"))
}

/// What the kernel has counted.
pub fn kernel_counts() -> KernelCounts {
    KernelCounts {
        tainted: sys::read_number(c"/proc/sys/kernel/tainted"),
        oops: sys::read_number(c"/sys/kernel/oops_count"),
        warn: sys::read_number(c"/sys/kernel/warn_count"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_parameter_counts() {
        let line = "console=ttyS0 board_check.board=a quiet board_check.board=b";
        assert_eq!(parameter(line, "board_check.board="), Some("b"));
        assert_eq!(parameter(line, "mmap_areas.npages="), None);
    }

    #[test]
    fn a_word_that_cannot_be_in_a_record_is_unknown() {
        assert_eq!(word("linux,dummy-virt"), "linux,dummy-virt");
        for bad in ["", "two words", "t\u{e4}st", &"x".repeat(49)] {
            assert_eq!(word(bad), "?");
        }
    }
}
