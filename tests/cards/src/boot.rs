//! How the kernel is found on a card: extlinux.conf for U-Boot, config.txt for the firmware of
//! the Raspberry Pi.

use crate::fat::Files;

/// What is started, by the names of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boot {
    /// The kernel.
    pub kernel: String,
    /// The file system that the kernel starts from.
    pub initramfs: String,
    /// The device tree.
    pub device_tree: String,
    /// The kernel command line.
    pub command_line: String,
}

/// Reads the files of a kind (a folder of `board/boot/`), and sees that all that they name is
/// there.
///
/// # Errors
/// If something is missing.
pub fn read(kind: &str, files: &Files) -> Result<Boot, String> {
    let boot = match kind {
        "extlinux" => extlinux(&text(files, "extlinux/extlinux.conf")?)?,
        "raspberrypi" => raspberry_pi(&text(files, "config.txt")?, files)?,
        other => return Err(format!("No form of boot files is known for {other}.")),
    };
    for name in [&boot.kernel, &boot.initramfs, &boot.device_tree] {
        if files.get(name).is_none_or(Vec::is_empty) {
            return Err(format!(
                "The boot files name {name}, which is not on the card."
            ));
        }
    }
    Ok(boot)
}

fn text(files: &Files, name: &str) -> Result<String, String> {
    let bytes = files
        .get(name)
        .ok_or_else(|| format!("There is no {name} on the card."))?;
    String::from_utf8(bytes.clone()).map_err(|_| format!("{name} is no text."))
}

/// The label that is started without anybody at the console: boot/pxe_utils.c of U-Boot.
fn extlinux(text: &str) -> Result<Boot, String> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let words = lines.map(|line| line.split_once([' ', '\t']).unwrap_or((line, "")));
    let words: Vec<(String, &str)> = words
        .map(|(key, value)| (key.to_lowercase(), value.trim()))
        .collect();
    let first = |key: &str| {
        words
            .iter()
            .find(|(found, _)| found == key)
            .map(|(_, value)| *value)
    };
    let label = first("default")
        .or(first("label"))
        .ok_or("extlinux.conf has no label.")?;
    let own = words
        .iter()
        .skip_while(|(key, value)| key != "label" || *value != label)
        .skip(1);
    let own: Vec<&(String, &str)> = own.take_while(|(key, _)| key != "label").collect();
    if own.is_empty() {
        return Err(format!(
            "extlinux.conf has no label {label}, which is its default."
        ));
    }
    let value = |keys: &[&str]| {
        let found = own.iter().find(|(key, _)| keys.contains(&key.as_str()));
        found.map(|(_, value)| value.trim_start_matches('/').to_owned())
    };
    let needed = |keys: &[&str]| {
        value(keys).ok_or_else(|| format!("The label {label} of extlinux.conf has no {}.", keys[0]))
    };
    Ok(Boot {
        kernel: needed(&["kernel", "linux"])?,
        initramfs: needed(&["initrd"])?,
        device_tree: needed(&["fdt", "devicetree"])?,
        command_line: needed(&["append"])?,
    })
}

fn raspberry_pi(config: &str, files: &Files) -> Result<Boot, String> {
    let needed = |prefix: &str| {
        let mut lines = config
            .lines()
            .filter_map(|line| line.trim().strip_prefix(prefix));
        let line = lines
            .next()
            .ok_or_else(|| format!("config.txt has no {prefix}"))?;
        Ok::<_, String>(line.trim().to_owned())
    };
    for name in ["start4.elf", "fixup4.dat"] {
        if files.get(name).is_none_or(Vec::is_empty) {
            return Err(format!(
                "There is no {name} on the card: the boot ROM finds no firmware."
            ));
        }
    }
    if needed("arm_64bit=")? != "1" || needed("enable_uart=")? != "1" {
        return Err("config.txt does not ask for 64 bit and for the UART.".into());
    }
    let initramfs = needed("initramfs ")?;
    let initramfs = initramfs
        .strip_suffix(" followkernel")
        .ok_or("config.txt has no place for the initramfs.")?;
    Ok(Boot {
        kernel: needed("kernel=")?,
        initramfs: initramfs.to_owned(),
        device_tree: needed("device_tree=")?,
        command_line: text(files, "cmdline.txt")?.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = "# a comment\ntimeout 10\ndefault two\n\
        label one\n\tkernel /one\n\
        LABEL two\n\tLINUX /Image\n\tinitrd /initramfs\n\tfdt /board.dtb\n\tappend console=ttyS0 quiet\n";

    #[test]
    fn the_label_that_is_started_by_itself_counts() {
        let boot = extlinux(CONFIGURATION).expect("a label");
        let expected = Boot {
            kernel: "Image".into(),
            initramfs: "initramfs".into(),
            device_tree: "board.dtb".into(),
            command_line: "console=ttyS0 quiet".into(),
        };
        assert_eq!(boot, expected);
    }

    #[test]
    fn a_configuration_that_starts_nothing_is_refused() {
        for (old, new, problem) in [
            ("default two", "default three", "no label three"),
            ("default two", "default one", "has no initrd"),
            ("LINUX", "#", "has no kernel"),
            ("\tappend", "\t#", "has no append"),
            ("\tfdt", "\tfdtdir", "has no fdt"),
        ] {
            let error = extlinux(&CONFIGURATION.replace(old, new)).expect_err(new);
            assert!(error.contains(problem), "{error}");
        }
        assert!(extlinux("timeout 10\n").is_err());
    }

    #[test]
    fn what_the_boot_files_name_must_be_there() {
        let mut files = Files::new();
        assert!(read("extlinux", &files).is_err());
        files.insert("extlinux/extlinux.conf".into(), CONFIGURATION.into());
        for name in ["Image", "initramfs", "board.dtb"] {
            let error = read("extlinux", &files).expect_err("a file is missing");
            assert!(error.contains(name), "{error}");
            // An empty file is none.
            files.insert(name.into(), Vec::new());
            assert_eq!(read("extlinux", &files), Err(error));
            files.insert(name.into(), vec![0]);
        }
        assert!(read("extlinux", &files).is_ok());
        assert!(read("grub", &files).is_err());
        let firmware = "arm_64bit=1\nkernel=Image\ninitramfs initramfs followkernel\n\
                        device_tree=board.dtb\nenable_uart=1\n";
        files.insert("cmdline.txt".into(), "console=ttyS1\n".into());
        files.insert("start4.elf".into(), vec![0]);
        files.insert("fixup4.dat".into(), vec![0]);
        for line in firmware.lines() {
            files.insert("config.txt".into(), firmware.replace(line, "").into_bytes());
            assert!(read("raspberrypi", &files).is_err(), "{line}");
        }
        files.insert("config.txt".into(), firmware.into());
        let boot = read("raspberrypi", &files).expect("all is there");
        assert_eq!(boot.command_line, "console=ttyS1");
        files.remove("start4.elf");
        assert!(read("raspberrypi", &files).is_err());
    }
}
