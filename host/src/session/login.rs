//! Logs in where a login owns the console, and starts the verifier there.
//!
//! Sends nothing to a bootloader: a prompt is answered only when the line has been
//! quiet behind it.

use std::fmt;
use std::time::Duration;

use super::Session;
use super::screen::{Phase, Prompt};
use crate::link::Link;
use crate::mark::Mark;
use crate::run::{Ended, NoShell};
use crate::timeouts::{BOOTLOADER_QUIET, LOGIN_NUDGE, PROMPT_QUIET, SHELL_QUIET};

/// What the shell is told.
const COMMAND: &str = "board-verify --serve";

/// Who logs in.
#[derive(Clone, Eq, PartialEq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password, if there is one.
    pub password: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, .. } = self;
        f.debug_struct("Login")
            .field("user", user)
            .finish_non_exhaustive()
    }
}

/// What has been done.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    user: bool,
    password: bool,
    command: bool,
}

impl<L: Link> Session<'_, L> {
    /// Gets the verifier to serve, unless it does so already.
    pub(super) fn log_in(&mut self, login: &Login) -> Result<(), Ended> {
        let mut done = Done::default();
        let mut last_step = self.now();
        let mut last_byte = self.now();
        let mut last_sent = self.now();
        while self.collector.ready().is_none() {
            if self.pump(self.now() + PROMPT_QUIET)?.any_bytes {
                last_byte = self.now();
            }
            let now = self.now();
            if now >= last_step + self.setup.patience {
                return Err(self.no_step(&done));
            }
            let quiet = now.saturating_sub(last_byte.max(last_sent));
            let sent = match self.screen.prompt() {
                prompt @ (Prompt::Unknown | Prompt::None) => {
                    self.without_prompt(prompt, quiet, &mut done)?
                }
                Prompt::Bootloader if quiet < BOOTLOADER_QUIET => None,
                Prompt::Bootloader => return Err(no_shell(NoShell::Bootloader)),
                _ if quiet < PROMPT_QUIET => None,
                Prompt::Login => Some(self.answer_login(login, &mut done)?),
                Prompt::Password => Some(self.answer_password(login, &mut done)?),
                Prompt::Shell => Some(self.answer_shell(&mut done)?),
            };
            if let Some(step) = sent {
                last_sent = self.now();
                if step {
                    last_step = last_sent;
                }
            }
        }
        Ok(())
    }

    /// What stands in the way when there was no step forward for too long.
    fn no_step(&self, done: &Done) -> Ended {
        let waited = self.setup.patience;
        match self.screen.prompt() {
            _ if done.command => Ended::NotReady { waited },
            Prompt::Bootloader => no_shell(NoShell::Bootloader),
            _ => no_shell(NoShell::NoPrompt),
        }
    }

    /// A return makes a login or shell say its prompt again. True would be a step
    /// forward; this is none.
    fn without_prompt(
        &mut self,
        prompt: Prompt,
        quiet: Duration,
        done: &mut Done,
    ) -> Result<Option<bool>, Ended> {
        let logged_in = done.user && !done.command;
        if prompt == Prompt::Unknown && logged_in && quiet >= SHELL_QUIET {
            // Who is let in gets a shell, whatever its prompt looks like.
            return self.answer_shell(done).map(Some);
        }
        let after_reset = self.setup.start.reset.is_some();
        let may_nudge = match self.screen.phase() {
            Phase::Linux => true,
            // A board that was just reset will say its prompt by itself.
            Phase::Unknown => !after_reset,
            Phase::Bootloader => false,
        };
        if quiet < LOGIN_NUDGE || !may_nudge || done.command {
            return Ok(None);
        }
        self.type_line("", false);
        Ok(Some(false))
    }

    fn answer_login(&mut self, login: &Login, done: &mut Done) -> Result<bool, Ended> {
        if done.command {
            return Err(self.ended_shell());
        }
        if done.password || done.user && self.screen.refused() {
            return Err(no_shell(NoShell::Refused));
        }
        // Not refused: the name was lost, as when a login starts while it is typed.
        let first = !done.user;
        done.user = true;
        self.type_line(&login.user, false);
        Ok(first)
    }

    fn answer_password(&mut self, login: &Login, done: &mut Done) -> Result<bool, Ended> {
        let Some(password) = &login.password else {
            return Err(no_shell(NoShell::PasswordNeeded));
        };
        if done.password {
            return Err(no_shell(NoShell::Refused));
        }
        if !done.user {
            // Of somebody else's try to log in: an empty one ends it.
            self.type_line("", false);
            return Ok(false);
        }
        done.password = true;
        self.type_line(password, true);
        Ok(true)
    }

    fn answer_shell(&mut self, done: &mut Done) -> Result<bool, Ended> {
        if done.command {
            return Err(self.ended_shell());
        }
        done.command = true;
        self.type_line(COMMAND, false);
        Ok(true)
    }

    /// The verifier did not stay; the last line may say why.
    fn ended_shell(&self) -> Ended {
        no_shell(NoShell::Ended {
            said: self.screen.last_said().to_owned(),
        })
    }

    /// What a person would type, with the return key.
    fn type_line(&mut self, text: &str, secret: bool) {
        self.screen.answered();
        let line = format!("{text}\r");
        match secret {
            false => self.send_bytes(self.at(), line.as_bytes()),
            true => {
                self.mark(&Mark::Secret);
                self.send_unseen(line.as_bytes());
            }
        }
    }
}

fn no_shell(why: NoShell) -> Ended {
    Ended::NoShell(why)
}
