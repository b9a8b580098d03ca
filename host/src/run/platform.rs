//! What the kernel says of itself and of its CPU when it boots.

use crate::escape::escape;

/// Kernel and CPU, as far as the board was heard booting.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Platform {
    /// The kernel's release, such as `7.3.4`.
    pub kernel: Option<String>,
    /// The CPU, in words.
    pub cpu: Option<String>,
}

/// Part numbers of Arm's own cores, from MIDR bits 15 to 4, as in the manuals of the cores.
const ARM_CORES: [(u32, &str); 18] = [
    (0xc05, "Cortex-A5"),
    (0xc07, "Cortex-A7"),
    (0xc08, "Cortex-A8"),
    (0xc09, "Cortex-A9"),
    (0xc0e, "Cortex-A17"),
    (0xc0f, "Cortex-A15"),
    (0xd01, "Cortex-A32"),
    (0xd02, "Cortex-A34"),
    (0xd03, "Cortex-A53"),
    (0xd04, "Cortex-A35"),
    (0xd05, "Cortex-A55"),
    (0xd07, "Cortex-A57"),
    (0xd08, "Cortex-A72"),
    (0xd09, "Cortex-A73"),
    (0xd0a, "Cortex-A75"),
    (0xd0b, "Cortex-A76"),
    (0xd41, "Cortex-A78"),
    (0xd46, "Cortex-A510"),
];

impl Platform {
    /// Takes a kernel message without its timestamp.
    pub fn line(&mut self, message: &str) {
        if let Some(version) = message.strip_prefix("Linux version ") {
            let release = version.split(' ').next().unwrap_or_default();
            self.kernel = Some(escape(release.as_bytes()));
        } else if let Some(cpu) = message.strip_prefix("Booting Linux on physical CPU ") {
            // AArch64 has the MIDR behind the number of the CPU; ARMv7 has only that.
            self.cpu = bracketed(cpu).map(arm);
        } else if let Some(cpu) = message.strip_prefix("CPU: ARMv7 Processor ") {
            self.cpu = bracketed(cpu).map(arm);
        } else if let Some(letters) = message.strip_prefix("riscv: base ISA extensions ") {
            self.cpu = Some(format!("RISC-V {}", escape(letters.as_bytes())));
        }
    }
}

/// The hexadecimal number in square brackets.
fn bracketed(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once('[')?;
    let (digits, _) = rest.split_once(']')?;
    u32::from_str_radix(digits.strip_prefix("0x").unwrap_or(digits), 16).ok()
}

fn arm(midr: u32) -> String {
    let core = ARM_CORES
        .iter()
        .find(|(part, _)| *part == midr >> 4 & 0xfff);
    match core {
        Some((_, name)) if midr >> 24 == 0x41 => {
            format!("{name} r{}p{}", midr >> 20 & 15, midr & 15)
        }
        _ => format!("MIDR {midr:#010x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(message: &str) -> Option<String> {
        let mut platform = Platform::default();
        platform.line(message);
        platform.cpu
    }

    #[test]
    fn the_cpu_is_named_where_the_kernel_says_which_it_is() {
        for (message, name) in [
            (
                "Booting Linux on physical CPU 0x0000000000 [0x410fd034]",
                Some("Cortex-A53 r0p4"),
            ),
            (
                "Booting Linux on physical CPU 0x0000000000 [0x000f0510]",
                Some("MIDR 0x000f0510"),
            ),
            ("Booting Linux on physical CPU 0x0", None),
            (
                "CPU: ARMv7 Processor [412fc0f1] revision 1 (ARMv7), cr=30c5387d",
                Some("Cortex-A15 r2p1"),
            ),
            ("riscv: base ISA extensions acdfhim", Some("RISC-V acdfhim")),
            ("CPU: 0 PID: 1", None),
        ] {
            assert_eq!(cpu(message).as_deref(), name, "{message}");
        }
    }

    #[test]
    fn the_release_is_one_word() {
        let mut platform = Platform::default();
        platform.line("Linux version 7.3.4 (board-check@board-check) (clang)");
        assert_eq!(platform.kernel.as_deref(), Some("7.3.4"));
    }
}
