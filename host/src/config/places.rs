//! Where settings are looked for.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::xdg;

/// The file of a project.
const PROJECT_FILE: &str = "board-check.toml";

/// The user's own file, in the folder of XDG.
const PERSONAL_FILE: &str = "board-check/config.toml";

/// Where settings are looked for.
#[derive(Clone, Debug)]
pub struct Places {
    /// The folder that the command runs in.
    pub current: PathBuf,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The user's folder of configurations.
    pub personal: Option<PathBuf>,
    /// The environment.
    pub variable: fn(&str) -> Option<OsString>,
}

impl Places {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self {
            current: env::current_dir().unwrap_or_default(),
            home: xdg::home(),
            personal: xdg::folder("XDG_CONFIG_HOME", ".config"),
            variable: |name| env::var_os(name),
        }
    }

    /// The files that may be there, strongest first.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let personal = self
            .personal
            .as_ref()
            .map(|folder| folder.join(PERSONAL_FILE));
        self.project_file().into_iter().chain(personal)
    }

    /// The nearest one from here up to the root of the repository, or to the home
    /// folder. Elsewhere only this folder counts: those above it are anybody's.
    fn project_file(&self) -> Option<PathBuf> {
        let above = || self.current.ancestors();
        let is_home = |folder: &&std::path::Path| Some(*folder) == self.home.as_deref();
        let root = above()
            .find(|folder| folder.join(".git").exists())
            .or_else(|| above().find(is_home))
            .unwrap_or(&self.current);
        above()
            .take_while(|folder| folder.starts_with(root))
            .map(|folder| folder.join(PROJECT_FILE))
            .find(|path| path.is_file())
    }
}
