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

/// The first that is found in a line counts.
const ALARMS: [(&str, Alarm); 14] = [
    ("Kernel panic - not syncing", Alarm::Panic),
    ("soft lockup", Alarm::Lockup),
    ("hard LOCKUP", Alarm::Lockup),
    ("detected stalls", Alarm::Lockup),
    ("detected expedited stalls", Alarm::Lockup),
    ("self-detected stall", Alarm::Lockup),
    ("Unable to handle kernel", Alarm::Oops),
    ("Internal error: ", Alarm::Oops),
    ("Oops [#", Alarm::Oops),
    ("Oops: ", Alarm::Oops),
    ("Kernel BUG", Alarm::Bug),
    ("kernel BUG at", Alarm::Bug),
    ("Kernel stack overflow", Alarm::Oops),
    ("Insufficient stack space", Alarm::Oops),
];

const BOOT_BANNERS: [&str; 4] = [
    "Booting Linux on physical CPU",
    "Linux version ",
    "U-Boot SPL 20",
    "U-Boot 20",
];

const LOCKUP_SPEAKERS: [&str; 2] = ["watchdog: ", "rcu: INFO: "];

/// What `text`, a message without its timestamp, says of the kernel's health.
pub fn alarm(text: &str) -> Option<Alarm> {
    let found = ALARMS.iter().find(|(words, alarm)| {
        let spoken = LOCKUP_SPEAKERS.iter().any(|speaker| text.contains(speaker));
        text.contains(words) && (*alarm != Alarm::Lockup || spoken)
    });
    let bug = text.starts_with("BUG: ") || text.contains(" BUG: ");
    found
        .map(|(_, alarm)| *alarm)
        .or_else(|| bug.then_some(Alarm::Bug))
}

/// True if `text` starts a warning with its trace.
pub fn is_warning(text: &str) -> bool {
    text.starts_with("WARNING: ")
}

/// True if `text` is the last line of a trace.
pub fn ends_trace(text: &str) -> bool {
    text.contains("---[ end ")
}

/// True if the kernel says nothing after `text`, since it stops or restarts.
pub fn is_last_word(text: &str) -> bool {
    text.contains("---[ end Kernel panic") || text.starts_with("Rebooting in ")
}

/// True if `text` has what a bootloader or kernel says when it starts; bytes from
/// the power-up may stand before it.
pub fn is_boot_banner(text: &str) -> bool {
    BOOT_BANNERS.iter().any(|banner| text.contains(banner))
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
        for (text, expected) in [
            (
                "Unable to handle kernel NULL pointer dereference at virtual address 0",
                Alarm::Oops,
            ),
            (
                "Internal error: Oops: 0000000096000004 [#1]  SMP",
                Alarm::Oops,
            ),
            ("Oops [#1]", Alarm::Oops),
            ("Kernel BUG [#1]", Alarm::Bug),
            ("kernel BUG at mm/slub.c:4523!", Alarm::Bug),
            (
                "Kernel panic - not syncing: Oops: Fatal exception",
                Alarm::Panic,
            ),
            (
                "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [x:1]",
                Alarm::Lockup,
            ),
            (
                "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
                Alarm::Lockup,
            ),
            (
                "rcu: INFO: rcu_preempt self-detected stall on CPU",
                Alarm::Lockup,
            ),
            ("BUG: Bad page state in process x  pfn:12345", Alarm::Bug),
            ("list_add corruption. BUG: next is wrong", Alarm::Bug),
        ] {
            assert_eq!(alarm(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn leaves_harmless_text_alone() {
        for text in [
            "DEBUG: BUGs are elsewhere",
            "usb 1-1: new high-speed USB device",
            "watchdog: Delayed init of the lockup detector",
            "rcu: RCU event tracing is enabled.",
            "mmap_areas: no soft lockup seen",
        ] {
            assert_eq!(alarm(text), None, "{text}");
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
