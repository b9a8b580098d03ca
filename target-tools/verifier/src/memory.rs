//! How much memory the kernel has in use, as it says itself.

use core::time::Duration;

use board_check_protocol::text::decimal;

use crate::sys::{self, page_size};
use crate::trouble::Trouble;

/// Memory in use, in pages.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    free: u64,
    vmalloc: u64,
}

impl Memory {
    /// Reads what the kernel says, a moment after what went before.
    ///
    /// # Errors
    /// [`Trouble::Skip`] if it says nothing.
    pub fn settled() -> Result<Self, Trouble> {
        sys::sleep(Duration::from_millis(20));
        let (mut free, mut vmalloc) = (None, None);
        // The tables of the kernel's own map are kept for what is mapped next: another place
        // each time, so that they grow for a thousand mappings and more.
        let mut tables = 0;
        sys::each_line(c"/proc/meminfo", &mut |line| {
            free = free.or_else(|| pages(line, "MemFree:"));
            tables += pages(line, "PageTables:").unwrap_or(0);
            vmalloc = vmalloc.or_else(|| pages(line, "VmallocUsed:"));
        });
        // Each CPU keeps free pages of its own, on a large board hundreds, which are not
        // among those.
        let mut kept = 0;
        sys::each_line(c"/proc/zoneinfo", &mut |line| {
            kept += value(line, "count:").unwrap_or(0);
        });
        match (free, vmalloc) {
            (Some(free), Some(vmalloc)) => Ok(Self {
                free: free + kept + tables,
                vmalloc,
            }),
            _ => Err(Trouble::Skip("no-meminfo")),
        }
    }

    /// Pages that are no longer free, and vmalloc pages more than before.
    pub fn growth_since(&self, before: &Self) -> (u64, u64) {
        (
            before.free.saturating_sub(self.free),
            self.vmalloc.saturating_sub(before.vmalloc),
        )
    }
}

/// Pages that a kernel with sanitizers may keep of what was freed: the quarantine of KASAN is
/// a 32nd of all memory (`QUARANTINE_FRACTION` in mm/kasan/quarantine.c). What is lost there
/// the leak detector says.
pub fn quarantine() -> u64 {
    if !cfg!(feature = "debug-kernel") {
        return 0;
    }
    let mut total = 0;
    sys::each_line(c"/proc/meminfo", &mut |line| {
        total += pages(line, "MemTotal:").unwrap_or(0);
    });
    total / 32
}

/// Pages of a line `key N kB`.
fn pages(line: &str, key: &str) -> Option<u64> {
    value(line.strip_suffix(" kB")?, key).map(|kib| kib * 1024 / page_size() as u64)
}

/// The number of a line `key N`.
fn value(line: &str, key: &str) -> Option<u64> {
    decimal(line.trim_ascii().strip_prefix(key)?.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn reads_lines_of_meminfo_and_zoneinfo() {
        assert_eq!(value("MemFree:          214012", "MemFree:"), Some(214_012));
        assert_eq!(value("              count:    164", "count:"), Some(164));
        assert_eq!(value("              high:     164", "count:"), None);
    }
}
