//! Which configuration option brings a file of the kernel, as its Makefiles say it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::{Object, ObjectSymbol};

use crate::kernel::Table;

/// A kernel's build tree.
#[derive(Debug)]
pub struct Options {
    build: PathBuf,
    /// The objects that were built, without the folder of the tree.
    objects: Vec<PathBuf>,
    config: String,
}

impl Options {
    /// Looks into a build tree; its link `source` says where the Makefiles are.
    ///
    /// # Panics
    /// If it is no build tree of a kernel.
    pub fn read(build: &Path) -> Self {
        let config = build.join(".config");
        let mut objects = Vec::new();
        for folder in ["arch", "drivers", "kernel"] {
            collect(build, Path::new(folder), &mut objects);
        }
        Self {
            build: build.to_owned(),
            objects,
            config: fs::read_to_string(&config)
                .unwrap_or_else(|error| panic!("{config:?}: {error}")),
        }
    }

    /// The option that brings the code of `table`; `None` if the code is in every kernel.
    pub fn of(&self, table: &Table) -> Option<String> {
        let name = Path::new(&table.file).with_extension("o");
        let mut objects = self
            .objects
            .iter()
            .filter(|object| object.file_name() == name.file_name());
        // Many a file is called core.c.
        let object = objects
            .clone()
            .find(|object| self.defines(object, &table.symbol));
        let object = object.or_else(|| objects.next())?;
        let name = object.file_name()?.to_str()?;
        self.option(object.parent()?, name)
    }

    /// Whether the configuration has this option built in.
    pub fn is_set(&self, option: &str) -> bool {
        let wanted = format!("{option}=y");
        self.config.lines().any(|line| line == wanted)
    }

    /// The options with code for a device of this name in the kernel's sources, whether
    /// they are set or not.
    ///
    /// # Panics
    /// If there is no grep.
    pub fn for_name(&self, compatible: &str) -> BTreeSet<String> {
        let source = self.build.join("source");
        let grep = Command::new("grep")
            .args(["-rlF", "--include=*.c", &format!("\"{compatible}\"")])
            .args(["drivers", "arch"])
            .current_dir(&source)
            .output()
            .expect("grep runs");
        let files = String::from_utf8_lossy(&grep.stdout).into_owned();
        let option = |file: &str| {
            let object = Path::new(file).with_extension("o");
            self.option(object.parent()?, object.file_name()?.to_str()?)
        };
        files.lines().filter_map(option).collect()
    }

    fn defines(&self, object: &Path, symbol: &str) -> bool {
        let bytes = fs::read(self.build.join(object)).unwrap_or_default();
        let Ok(file) = object::File::parse(&*bytes) else {
            return false;
        };
        let mut symbols = file.symbols();
        symbols.any(|found| found.is_definition() && found.name() == Ok(symbol))
    }

    /// The option of `target`, an object or a folder with a slash, in the Makefile of `folder`.
    fn option(&self, folder: &Path, target: &str) -> Option<String> {
        let source = self.build.join("source").join(folder);
        let makefile = ["Kbuild", "Makefile"]
            .iter()
            .find_map(|name| fs::read_to_string(source.join(name)).ok())?;
        let makefile = makefile.replace("\\\n", " ");
        let list = makefile.lines().find_map(|line| {
            let (list, targets) = line.split_once("+=").or_else(|| line.split_once('='))?;
            let is_in = targets.split_whitespace().any(|word| word == target);
            is_in.then(|| list.trim_end_matches([':', ' ', '\t']))
        })?;
        let (whole, condition) = list.rsplit_once('-')?;
        if let Some(option) = condition.strip_prefix("$(") {
            return Some(option.trim_end_matches(')').to_owned());
        }
        // A part of another object, or a folder that another Makefile asks for.
        if whole != "obj" {
            return self.option(folder, &format!("{whole}.o"));
        }
        let folder_name = format!("{}/", folder.file_name()?.to_str()?);
        self.option(folder.parent()?, &folder_name)
    }
}

/// All objects in `folder` of the tree.
fn collect(build: &Path, folder: &Path, objects: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(build.join(folder)) else {
        return;
    };
    for entry in entries.flatten() {
        let path = folder.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(build, &path, objects);
        } else if path.extension().is_some_and(|extension| extension == "o") {
            objects.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kind;

    /// A tree that is its own source.
    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, text).expect("it is written");
        };
        std::os::unix::fs::symlink(".", folder.path().join("source")).expect("a link");
        write(
            ".config",
            "CONFIG_ACME=y\n# CONFIG_OTHER is not set\nCONFIG_MODULE=m\n",
        );
        write(
            "drivers/Makefile",
            "obj-y += clk/\nobj-$(CONFIG_ACME_PIN)\t+= pin/\n",
        );
        let makefile = "obj-$(CONFIG_ACME) += \\\n\tclk-acme.o acme.o\nacme-y := part.o\n\
                        acme-$(CONFIG_ACME_MORE) += more.o\nobj-y += core.o\n";
        write("drivers/clk/Makefile", makefile);
        write("drivers/clk/part.c", "{ .compatible = \"acme,part\" }");
        write("drivers/pin/Makefile", "obj-y += pin.o\n");
        for object in [
            "clk/clk-acme",
            "clk/part",
            "clk/more",
            "clk/core",
            "pin/pin",
        ] {
            write(&format!("drivers/{object}.o"), "");
        }
        folder
    }

    #[test]
    fn the_option_of_a_file_is_found_through_makefiles() {
        let folder = tree();
        let options = Options::read(folder.path());
        for (file, option) in [
            ("clk-acme.c", Some("CONFIG_ACME")),
            ("part.c", Some("CONFIG_ACME")),
            ("more.c", Some("CONFIG_ACME_MORE")),
            ("core.c", None),
            ("pin.c", Some("CONFIG_ACME_PIN")),
            ("none.c", None),
            ("", None),
        ] {
            let table = Table {
                kind: Kind::Driver,
                symbol: String::new(),
                file: file.into(),
                entries: Vec::new(),
            };
            assert_eq!(options.of(&table).as_deref(), option, "{file}");
        }
        assert!(options.is_set("CONFIG_ACME"));
        assert!(!options.is_set("CONFIG_OTHER") && !options.is_set("CONFIG_MODULE"));
        assert!(options.for_name("acme,part").iter().eq(["CONFIG_ACME"]));
        assert!(options.for_name("acme,par").is_empty());
    }
}
