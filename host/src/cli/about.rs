//! Options of the commands that are about board-check itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// The shells that there are completions for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Shell {
    /// `bash`, with the package bash-completion or without.
    #[value(help = None::<&str>)]
    Bash,
    /// `zsh`.
    #[value(help = None::<&str>)]
    Zsh,
    /// `fish`.
    #[value(help = None::<&str>)]
    Fish,
}

/// Options of `man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Folder for the pages of all commands; without it the
    /// first page goes to the standard output
    #[arg(verbatim_doc_comment)]
    pub dir: Option<PathBuf>,
}
