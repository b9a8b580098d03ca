//! What a person would see on the last line of the console: where prompts stand, which
//! no line end follows.

use crate::kernel_messages::{is_bootloader_banner, is_kernel_banner, stamp_length};

/// Bytes of the last line that are looked at.
const LINE_MAX: usize = 256;

/// Bootloader prompts, as they end. A shell on Linux has none of these by default.
const BOOTLOADER_PROMPTS: [&str; 5] = ["=>", "U-Boot>", "U-Boot >", "grub>", "barebox>"];

/// What the last line asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Prompt {
    /// A user's name.
    Login,
    /// A password.
    Password,
    /// A command for a shell.
    Shell,
    /// A command for a bootloader.
    Bootloader,
    /// Something that is not known; or it is no prompt.
    Unknown,
    /// The last line is empty.
    None,
}

/// Which program has the console.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Phase {
    /// Nothing was said.
    #[default]
    Unknown,
    /// A bootloader, where any key may stop the boot.
    Bootloader,
    /// The kernel, or what runs on it.
    Linux,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Escape {
    #[default]
    None,
    Started,
    /// In `ESC [ …`, which a letter ends.
    Control,
    /// In `ESC ] …`, which BEL or `ESC \` ends.
    Text,
}

/// The end of what the board has said.
#[derive(Debug, Default)]
pub(super) struct Screen {
    line: Vec<u8>,
    escape: Escape,
    phase: Phase,
    /// The last line with anything in it, of those that ended.
    last_said: String,
    refused: bool,
}

impl Screen {
    /// Takes bytes from the board.
    pub(super) fn show(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.escape = match (self.escape, byte) {
                (Escape::None, 0x1b) => Escape::Started,
                (Escape::None, b'\n' | b'\r') => {
                    self.end_line();
                    Escape::None
                }
                (Escape::None, b' '..=b'~') => {
                    if self.line.len() == LINE_MAX {
                        self.line.remove(0);
                    }
                    self.line.push(byte);
                    Escape::None
                }
                (Escape::None, _) => Escape::None,
                (Escape::Started, b'[') => Escape::Control,
                (Escape::Started, b']') => Escape::Text,
                (Escape::Started, _) => Escape::None,
                (Escape::Control, b'@'..=b'~') => Escape::None,
                (Escape::Control, _) => Escape::Control,
                (Escape::Text, 7) => Escape::None,
                // The backslash that ends it is taken for a second one.
                (Escape::Text, 0x1b) => Escape::Started,
                (Escape::Text, b'\n') => Escape::None,
                (Escape::Text, _) => Escape::Text,
            };
        }
    }

    /// Something was sent: what is seen from now on comes after it.
    pub(super) fn answered(&mut self) {
        self.line.clear();
        self.refused = false;
        self.last_said.clear();
    }

    /// What the last line asks for.
    pub(super) fn prompt(&self) -> Prompt {
        let line = self.line();
        let line = line.trim_end();
        let lower = line.to_ascii_lowercase();
        let ends = |ends: &[&str]| ends.iter().any(|end| line.ends_with(end));
        if line.is_empty() {
            Prompt::None
        } else if lower.ends_with("login:") || lower.ends_with("username:") {
            Prompt::Login
        } else if lower.contains("password") && line.ends_with(':') {
            Prompt::Password
        } else if ends(&BOOTLOADER_PROMPTS) || line.starts_with("barebox@") {
            Prompt::Bootloader
        } else if ends(&["#", "$", "%", ">"]) && !shows_progress(line) {
            match self.phase {
                Phase::Bootloader => Prompt::Bootloader,
                Phase::Linux | Phase::Unknown => Prompt::Shell,
            }
        } else {
            Prompt::Unknown
        }
    }

    /// Which program has the console.
    pub(super) fn phase(&self) -> Phase {
        match self.line().contains("autoboot") {
            true => Phase::Bootloader,
            false => self.phase,
        }
    }

    /// True if a login was refused since the last answer.
    pub(super) fn refused(&self) -> bool {
        self.refused
    }

    /// The last line that ended since the last answer, but for its echo.
    pub(super) fn last_said(&self) -> &str {
        &self.last_said
    }

    fn line(&self) -> String {
        String::from_utf8_lossy(&self.line).into_owned()
    }

    fn end_line(&mut self) {
        let line = self.line();
        self.line.clear();
        let message = &line[stamp_length(line.as_bytes()).unwrap_or(0)..];
        let stamped = message.len() < line.len();
        if stamped || is_kernel_banner(message) {
            self.phase = Phase::Linux;
        } else if is_bootloader_banner(message) {
            self.phase = Phase::Bootloader;
        }
        if !stamped && !line.trim().is_empty() {
            self.refused |= line.to_ascii_lowercase().contains("incorrect");
            self.last_said = line;
        }
    }
}

/// True if `line` ends as one that shows how far something is: `####`, `45%`.
fn shows_progress(line: &str) -> bool {
    match line.as_bytes() {
        [.., before, last] => before == last || *last == b'%' && before.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Screen {
        let mut screen = Screen::default();
        screen.show(text.as_bytes());
        screen
    }

    #[test]
    fn prompts_are_known_with_colours_and_with_what_stood_before() {
        for (text, prompt) in [
            ("", Prompt::None),
            ("Welcome\r\n", Prompt::None),
            ("\r\nbuildroot login: ", Prompt::Login),
            (
                "Debian GNU/Linux 13 bench ttyS0\n\nbench login:",
                Prompt::Login,
            ),
            ("Password: ", Prompt::Password),
            ("root's password: ", Prompt::Password),
            ("(Cannot change password now)", Prompt::Unknown),
            ("# ", Prompt::Shell),
            ("~ # \x1b[6n", Prompt::Shell),
            (
                "\x1b[?2004h\x1b[01;32mroot@bench\x1b[00m:\x1b[01;34m~\x1b[00m# ",
                Prompt::Shell,
            ),
            ("\x1b]0;root@bench: ~\x07root@bench:~$ ", Prompt::Shell),
            ("\x1b]0;root@bench: ~\x1b\\root@bench:~$ ", Prompt::Shell),
            ("user@bench % ", Prompt::Shell),
            ("Loading: ########", Prompt::Unknown),
            ("unpacking  45%", Prompt::Unknown),
            ("board>> ", Prompt::Unknown),
            ("=> ", Prompt::Bootloader),
            ("barebox@Phytec AM335x:/ ", Prompt::Bootloader),
            ("U-Boot 2025.01\nSTM32MP> ", Prompt::Bootloader),
            ("[    1.0000", Prompt::Unknown),
            ("Last login: Sat Nov 28 on ttyS0", Prompt::Unknown),
        ] {
            assert_eq!(after(text).prompt(), prompt, "{text:?}");
        }
    }

    #[test]
    fn a_prompt_of_long_ago_is_none() {
        let mut screen = after("bench login: ");
        screen.show(b"\r\n[   12.000000] random: crng init done\r\n");
        assert_eq!(screen.prompt(), Prompt::None);
        let mut screen = after("# ");
        screen.answered();
        assert_eq!(screen.prompt(), Prompt::None);
    }

    #[test]
    fn it_is_known_who_has_the_console() {
        for (text, phase) in [
            ("", Phase::Unknown),
            ("hello\n", Phase::Unknown),
            ("U-Boot SPL 2024.01 (Jan 01 2024)\r\n", Phase::Bootloader),
            (
                "U-Boot 2024.01\r\nHit any key to stop autoboot:  2",
                Phase::Bootloader,
            ),
            (
                "Hit any key to stop autoboot:  2 \x08\x08\x08 1 ",
                Phase::Bootloader,
            ),
            (
                "U-Boot 2024.01\n[    0.000000] Booting Linux on\n",
                Phase::Linux,
            ),
            (
                "U-Boot 2024.01\n[    0.000000] x\nU-Boot SPL 2024.01\n",
                Phase::Bootloader,
            ),
        ] {
            assert_eq!(after(text).phase(), phase, "{text:?}");
        }
    }

    #[test]
    fn the_shell_s_last_words_are_kept_but_for_the_kernel_s() {
        let mut screen = after("# ");
        screen.answered();
        let said = b"-sh: board-verify: not found\r\n[   12.000000] usb 1-1: new\r\n# ";
        screen.show(said);
        assert_eq!(screen.last_said(), "-sh: board-verify: not found");
        assert!(!screen.refused());
        screen.show(b"\r\nLogin incorrect\r\n");
        assert!(screen.refused());
    }

    #[test]
    fn no_byte_makes_it_grow_or_stop() {
        let mut screen = Screen::default();
        for byte in 0..=255 {
            screen.show(&[0x1b, byte].repeat(300));
            screen.show(&[byte; 1000]);
        }
        assert!(screen.line.len() <= LINE_MAX);
        screen.show(b"\n\nbench login: ");
        assert_eq!(screen.prompt(), Prompt::Login);
    }
}
