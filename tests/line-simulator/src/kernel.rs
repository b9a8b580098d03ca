//! What a kernel and a boot loader write on the console.

use std::time::Duration;

/// A message that means no harm, as printk writes it: whole, with its line end, in a
/// panic with one before it, too.
pub(crate) fn harmless(at: Duration, stamps: bool, random: &mut fastrand::Rng) -> Vec<u8> {
    let texts = [
        "usb 1-1: new high-speed USB device number 4 using xhci_hcd",
        "random: crng init done",
        "mmc0: new ultra high speed SDR104 SDHC card at address 0001",
        "not ok 1",
        "IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready",
        "clk: Disabling unused clocks",
    ];
    let text = texts[random.usize(..texts.len())];
    let start = if random.u8(..8) == 0 { "\r\n" } else { "" };
    let stamp = if stamps { stamp(at) } else { String::new() };
    format!("{start}{stamp}{text}\r\n").into_bytes()
}

/// An exception that the kernel survives.
pub(crate) fn oops(at: Duration) -> Vec<u8> {
    lines(
        at,
        &[
            "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000",
            "Internal error: Oops: 0000000096000004 [#1]  SMP",
            "CPU: 0 UID: 0 PID: 1 Comm: board-verify Tainted: G           O        7.3.4 #1",
            "pc : mmap_fault+0x20/0x80 [mmap_areas]",
            "---[ end trace 0000000000000000 ]---",
        ],
    )
}

/// The end of a kernel.
pub(crate) fn panic(at: Duration) -> Vec<u8> {
    lines(
        at,
        &[
            "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
            "CPU: 0 UID: 0 PID: 1 Comm: board-verify Tainted: G           O        7.3.4 #1",
            "Call trace:",
            " panic+0x58/0x5c",
            "---[ end Kernel panic - not syncing: Attempted to kill init! ]---",
        ],
    )
}

/// From the reset to the first program.
pub(crate) fn boot() -> Vec<u8> {
    let mut text = b"\x00\xff\r\nU-Boot SPL 2026.01 (Jan 12 2026 - 00:00:00 +0000)\r\n\
        Hit any key to stop autoboot:  2 \x08\x08\x08 1 \x08\x08\x08 0 \r\nStarting kernel ...\r\n\r\n"
        .to_vec();
    text.extend(lines(
        Duration::ZERO,
        &[
            "Booting Linux on physical CPU 0x0000000000 [0x410fd083]",
            "Linux version 7.3.4 (build@host) (clang version 19.1.7) #1 SMP",
            "Machine model: linux,dummy-virt",
            "watchdog: Delayed init of the lockup detector failed: -19",
            "Run /init as init process",
        ],
    ));
    text
}

fn lines(at: Duration, texts: &[&str]) -> Vec<u8> {
    let line = |text: &&str| format!("{}{text}\r\n", stamp(at));
    texts.iter().map(line).collect::<String>().into_bytes()
}

fn stamp(at: Duration) -> String {
    format!("[{:5}.{:06}] ", at.as_secs(), at.subsec_micros())
}
