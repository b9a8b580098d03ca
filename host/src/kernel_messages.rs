//! What kernel text on the line means: crash, warning, restart.
//!
//! Works on text that is no verified record. It cannot tell a kernel message from
//! a program that prints the same words; such a program would be at fault.

/// A way in which the kernel says that it is no longer sound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Alarm {
    /// An exception in the kernel.
    Oops,
    /// The kernel stopped.
    Panic,
    /// A broken assumption (`BUG`).
    Bug,
    /// A processor does not come back.
    Lockup,
}

impl Alarm {
    /// The subject of a sentence that ends in "on the line".
    pub fn name(self) -> &'static str {
        match self {
            Self::Oops => "a kernel oops",
            Self::Panic => "a kernel panic",
            Self::Bug => "a kernel BUG",
            Self::Lockup => "a kernel lockup",
        }
    }
}

/// Words that stand in no other message, and others that stand somewhere behind them. Their
/// place in the kernel's source is above them; the lines were compared with Linux 7.3.
const ALARMS: [(&str, &str, Alarm); 15] = [
    // kernel/watchdog.c
    ("watchdog: ", "soft lockup", Alarm::Lockup),
    ("watchdog: ", "hard LOCKUP", Alarm::Lockup),
    // kernel/rcu/{tree_stall.h,tree_exp.h,tasks.h}; "self-detected stall", too
    ("rcu: INFO: ", "detected stall", Alarm::Lockup),
    ("rcu: INFO: ", "detected expedited stalls", Alarm::Lockup),
    // kernel/hung_task.c
    ("INFO: task ", " for more than ", Alarm::Lockup),
    // kernel/workqueue.c
    ("BUG: workqueue lockup", "", Alarm::Lockup),
    // kernel/panic.c
    ("Kernel panic - not syncing", "", Alarm::Panic),
    // arch/{arm,arm64,riscv}/mm/fault.c
    ("Unable to handle kernel", "", Alarm::Oops),
    // arch/{arm,arm64}/kernel/traps.c: "Internal error: Oops: 5 [#1] SMP ARM"
    ("Internal error: ", " [#", Alarm::Oops),
    (
        "Insufficient stack space to handle exception",
        "",
        Alarm::Oops,
    ),
    // arch/riscv/kernel/traps.c: "Oops - illegal instruction [#1]", "Kernel BUG [#1]"
    ("Oops", " [#", Alarm::Oops),
    ("Kernel BUG [#", "", Alarm::Bug),
    // lib/bug.c
    ("kernel BUG at", "", Alarm::Bug),
    // mm/page_poison.c: a page that was written after it was freed
    ("pagealloc: memory corruption", "", Alarm::Bug),
    ("pagealloc: single bit error", "", Alarm::Bug),
];

/// What a kernel says first, with or without a timestamp.
const KERNEL_BANNERS: [&str; 2] = ["Booting Linux on physical CPU", "Linux version "];

/// What runs before the kernel says first.
const BOOTLOADER_BANNERS: [&str; 10] = [
    "U-Boot SPL 20",
    "U-Boot TPL 20",
    "U-Boot 20",
    "barebox 20",
    "OpenSBI v",
    // Trusted Firmware-A
    "NOTICE:  Booting Trusted Firmware",
    "NOTICE:  BL1: v",
    "NOTICE:  BL2: v",
    "NOTICE:  BL31: v",
    // Zynq
    "First Stage Boot Loader",
];

/// What `text`, a message without its timestamp, says of the kernel's health.
pub fn alarm(text: &str) -> Option<Alarm> {
    let says = |&&(words, behind, _): &&(&str, &str, Alarm)| {
        let found = text.split_once(words);
        found.is_some_and(|(_, rest)| rest.contains(behind))
    };
    let found = ALARMS.iter().find(says).map(|&(.., alarm)| alarm);
    found.or_else(|| is_bug(beginning(text)).then_some(Alarm::Bug))
}

/// True if `text` starts as what the kernel's core says of a broken assumption. Drivers have
/// such words for troubles of their own, behind their names.
fn is_bug(text: &str) -> bool {
    // kernel/locking/lockdep.c: "[ BUG: Invalid wait context ]"
    let bug = text.starts_with("BUG: ") || text.starts_with("[ BUG: ");
    // mm/slub.c: "[Right Redzone overwritten] 0xc2a4d8c0-0xc2a4d8c0 @offset=2240. First byte …",
    // then "BUG kmalloc-64 (Not tainted): Object corrupt".
    let slab = text.starts_with("BUG ") && text.contains("): ")
        || text.starts_with('[') && text.contains(" overwritten] 0x");
    bug || slab
}

/// A message without its level (`<5>`), and without bytes before it that are no text, as a
/// power-up leaves them.
fn beginning(text: &str) -> &str {
    let text = text.trim_start_matches(|of: char| !of.is_ascii_graphic());
    let level = text.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    match level {
        Some((level, message)) if level.parse::<u8>().is_ok() => message,
        _ => text,
    }
}

/// How warnings start, and what stands behind that. Only those of `panic.c` are in
/// `/sys/kernel/warn_count`.
const WARNINGS: [(&str, &str); 6] = [
    // kernel/panic.c, kernel/locking/lockdep.c
    ("WARNING: ", ""),
    ("INFO: trying to register non-static key.", ""),
    // lib/ubsan.c
    ("UBSAN: ", " in "),
    // mm/kmemleak.c
    ("kmemleak: ", "new suspected memory leaks"),
    // kernel/dma/debug.c
    ("DMA-API: ", "debugging out of memory"),
    ("DMA-API: ", "device driver "),
];

/// True if `text` starts a warning, with or without a trace.
pub fn is_warning(text: &str) -> bool {
    WARNINGS.iter().any(|(start, words)| {
        text.strip_prefix(start)
            .is_some_and(|rest| rest.contains(words))
    })
}

/// True if `text` is the last line of a trace.
pub fn ends_trace(text: &str) -> bool {
    text.contains("---[ end ")
}

/// True if the kernel says nothing after `text`, since it stops or restarts.
pub fn is_last_word(text: &str) -> bool {
    text.contains("---[ end Kernel panic") || text.starts_with("Rebooting in ")
}

/// True if `text`, a message without its timestamp, is what a kernel says when it starts.
/// One that was damaged is missed: the other boot id of the next `ready` shows the reset, too.
pub fn is_kernel_banner(text: &str) -> bool {
    let text = beginning(text);
    KERNEL_BANNERS.iter().any(|banner| text.starts_with(banner))
}

/// True if `text` has what a bootloader says when it starts, or firmware before it;
/// bytes from the power-up may stand before it.
pub fn is_bootloader_banner(text: &str) -> bool {
    BOOTLOADER_BANNERS
        .iter()
        .any(|banner| text.contains(banner))
}

/// True if `line`, which may have a timestamp, is of a board that has not powered itself
/// off: its kernel halts instead or breaks, or it starts anew.
pub fn shows_life(line: &str) -> bool {
    let stamp = stamp_length(line.as_bytes());
    let message = &line[stamp.unwrap_or(0)..];
    // kernel/reboot.c: "Power off not available: System halted instead"
    let halts = message.contains("System halted");
    let starts = is_kernel_banner(message) || stamp.is_none() && is_bootloader_banner(message);
    halts || starts || alarm(message).is_some()
}

/// Length of the printk timestamp that `line` starts with, the space behind it and
/// the caller (`[    T1]`) included: `[`, spaces, digits, `.`, six digits, `]`.
pub fn stamp_length(line: &[u8]) -> Option<usize> {
    let seconds = line.strip_prefix(b"[")?;
    let spaces = count(seconds, |byte| byte == b' ');
    let digits = count(&seconds[spaces..], |byte| byte.is_ascii_digit());
    let point = 1 + spaces + digits;
    let bracket = point + 7;
    let stamp = digits > 0
        && line.get(point) == Some(&b'.')
        && line.get(point + 1..bracket)?.iter().all(u8::is_ascii_digit)
        && line.get(bracket) == Some(&b']');
    if !stamp {
        return None;
    }
    let after = &line[bracket + 1..];
    let caller = match after.first() {
        Some(b'[') => after.iter().take(16).position(|&byte| byte == b']')? + 1,
        _ => 0,
    };
    (after.get(caller) == Some(&b' ')).then_some(bracket + 1 + caller + 1)
}

fn count(bytes: &[u8], fits: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|&&byte| fits(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_ways_in_which_a_kernel_goes_down() {
        use Alarm::{Bug, Lockup, Oops, Panic};
        // As Linux 7.3 prints them; where architectures differ, all of ours.
        for (text, expected) in [
            // arm64
            (
                "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000",
                Oops,
            ),
            ("Internal error: Oops: 0000000096000004 [#1]  SMP", Oops),
            (
                "Internal error: Oops - BUG: 00000000f2000800 [#1]  SMP",
                Oops,
            ),
            (
                "Internal error: synchronous external abort: 0000000096000410 [#1]  SMP",
                Oops,
            ),
            ("Insufficient stack space to handle exception!", Oops),
            (
                "Kernel panic - not syncing: Asynchronous SError Interrupt",
                Panic,
            ),
            // 32-bit ARM
            (
                "Unable to handle kernel paging request at virtual address 7f000000 when write",
                Oops,
            ),
            ("Internal error: Oops: 5 [#1] SMP ARM", Oops),
            (
                "Internal error: Oops - undefined instruction: 0 [#1] SMP ARM",
                Oops,
            ),
            ("Internal error: : 1028 [#1] SMP ARM", Oops),
            (
                "Internal error: kernel stack overflow: 0 [#1] SMP ARM",
                Oops,
            ),
            // RISC-V
            ("Oops [#1]", Oops),
            ("Oops - illegal instruction [#1]", Oops),
            ("Oops - load access fault [#1]", Oops),
            ("Kernel BUG [#1]", Bug),
            ("Kernel panic - not syncing: Kernel stack overflow", Panic),
            // all
            ("kernel BUG at mm/slub.c:4523!", Bug),
            ("Kernel panic - not syncing: Oops: Fatal exception", Panic),
            ("BUG: Bad page state in process x  pfn:12345", Bug),
            ("BUG: KASAN: slab-out-of-bounds in x", Bug),
            ("[ BUG: Invalid wait context ]", Bug),
            ("<1>BUG: Bad page map in process x  pte:1 pmd:2", Bug),
            // x86
            ("Oops: Oops: 0002 [#1] SMP PTI", Oops),
            (
                "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [x:1]",
                Lockup,
            ),
            (
                "watchdog: CPU1: Watchdog detected hard LOCKUP on cpu 0",
                Lockup,
            ),
            (
                "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
                Lockup,
            ),
            ("rcu: INFO: rcu_preempt self-detected stall on CPU", Lockup),
            (
                "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-... }",
                Lockup,
            ),
            ("rcu: INFO: rcu_tasks detected stalls on tasks:", Lockup),
            (
                "INFO: task sh:71 blocked for more than 120 seconds.",
                Lockup,
            ),
            (
                "INFO: task sh:71 blocked in I/O wait for more than 120 seconds.",
                Lockup,
            ),
            (
                "BUG kmalloc-64 (Tainted: G           O       ): Right Redzone overwritten",
                Bug,
            ),
            (
                "[Right Redzone overwritten] 0xc2a4d8c0-0xc2a4d8c0 @offset=2240. First byte 0x1 instead of 0xcc",
                Bug,
            ),
            (
                "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 30s!",
                Lockup,
            ),
        ] {
            assert_eq!(alarm(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn knows_what_sanitizers_say() {
        for text in [
            "WARNING: possible circular locking dependency detected",
            "WARNING: suspicious RCU usage",
            "WARNING: CPU: 0 PID: 1 at kernel/dma/debug.c:881 check_unmap+0x1c0/0x8c0",
            "INFO: trying to register non-static key.",
            "UBSAN: invalid-load in kernel/params.c:325:9",
            "kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
            "DMA-API: debugging out of memory - disabling",
            "DMA-API: mmap_areas mmap-areas-0: device driver frees DMA memory with different size",
        ] {
            assert!(is_warning(text), "{text}");
        }
        for text in [
            "kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)",
            "DMA-API: preallocated 65536 debug entries",
            "DMA-API: debugging enabled by kernel config",
            "a program: WARNING: low battery",
        ] {
            assert!(!is_warning(text), "{text}");
        }
    }

    #[test]
    fn knows_a_page_that_was_written_after_it_was_freed() {
        for text in [
            "pagealloc: memory corruption",
            "pagealloc: single bit error",
        ] {
            assert_eq!(alarm(text), Some(Alarm::Bug), "{text}");
        }
    }

    #[test]
    fn leaves_harmless_text_alone() {
        for text in [
            "DEBUG: BUGs are elsewhere",
            "usb 1-1: new high-speed USB device",
            "watchdog: Delayed init of the lockup detector failed: -22",
            "rcu: RCU event tracing is enabled.",
            "rcu: INFO: Stall ended before state dump start",
            "mmap_areas: no soft lockup seen",
            "INFO: task sh:71 is blocked on a mutex likely owned by task sh:72.",
            "Oopsie, a program says",
            "updater: Oops: no such file",
            "compiler: Internal error: try again",
            "loader: Insufficient stack space for 8 threads",
            "macb ff0e0000.ethernet eth0: BUG: halt tx timed out",
            "em28xx-audio: BUG: em28xx can't find device struct. Can't proceed with open",
            "see https://example.org/Kernel BUGs",
        ] {
            assert_eq!(alarm(text), None, "{text}");
        }
    }

    #[test]
    fn knows_what_is_said_at_a_start() {
        for text in [
            "\0\0U-Boot SPL 2024.01 (Jan 01 2024 - 00:00:00 +0000)",
            "U-Boot TPL 2025.10 (Oct 06 2025 - 00:00:00)",
            "U-Boot 2025.01-rc1-00012-gabcdef (Jan 01 2025)",
            "barebox 2024.05.0 #1 Mon Jan 1 00:00:00 UTC 2024",
            "OpenSBI v1.5.1",
            "NOTICE:  Booting Trusted Firmware",
            "NOTICE:  BL31: v2.10.0(release):v2.10",
            "Xilinx Zynq MP First Stage Boot Loader",
        ] {
            assert!(is_bootloader_banner(text), "{text}");
            assert!(!is_kernel_banner(text), "{text}");
        }
        for text in [
            "Booting Linux on physical CPU 0x0000000000 [0x410fd034]",
            "Linux version 7.3.4 (me@bench)",
            "<5>Linux version 7.3.4 (me@bench)",
            "\0\u{fffd}\rLinux version 7.3.4 (me@bench)",
        ] {
            assert!(is_kernel_banner(text), "{text}");
            assert!(!is_bootloader_banner(text), "{text}");
        }
        for text in [
            "efi: EFI v2.11 by Das U-Boot",
            "SBI specification v2.0 detected",
            "klogd started: BusyBox v1.36; Linux version 7.3.4 (gcc)",
            "<Linux version 7.3.4",
        ] {
            assert!(
                !is_bootloader_banner(text) && !is_kernel_banner(text),
                "{text}"
            );
        }
    }

    #[test]
    fn a_stamp_is_brackets_seconds_and_microseconds() {
        for (line, length) in [
            ("[    0.000000] Linux", Some(15)),
            ("[12345.678901] x", Some(15)),
            ("[    1.234567][    T1] x", Some(23)),
            ("[  .123456] x", None),
            ("[ 1.12345] x", None),
            ("[ 1.1234567] x", None),
            ("[ 1.123456]x", None),
            ("[ 1.12", None),
            ("[", None),
            ("x[    0.000000] y", None),
        ] {
            assert_eq!(stamp_length(line.as_bytes()), length, "{line}");
        }
    }
}
