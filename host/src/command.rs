//! A command that the shell runs, in a process group of its own: it is ended with all
//! that it has started.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, test_kill_process_group,
    waitid,
};

use crate::timeouts::{COMMAND_END, POLL};

/// A running command, ended when it is dropped. Its error output stays where ours is.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
}

impl Group {
    /// Has the shell start `command`.
    ///
    /// # Errors
    /// When there is no shell, or no process can be started.
    pub(crate) fn start(command: &OsStr, stdin: Stdio, stdout: Stdio) -> io::Result<Self> {
        let child = Command::new("/bin/sh")
            .arg("-c")
            .arg(command)
            .stdin(stdin)
            .stdout(stdout)
            .process_group(0)
            .spawn()?;
        Ok(Self { child })
    }

    /// Its output and input, if they are pipes, once.
    pub(crate) fn pipes(&mut self) -> Option<(ChildStdout, ChildStdin)> {
        self.child.stdout.take().zip(self.child.stdin.take())
    }

    /// How it ended; `None` while it runs. It is left to be waited for, so that its
    /// number stays its own.
    pub(crate) fn ended(&self) -> Option<End> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.pid()), options).ok().flatten();
        status.map(End)
    }

    /// True while anybody of the group is left. The shell is waited for first: until then
    /// it counts, and the number stays that of the group.
    fn is_alive(&mut self) -> bool {
        let _ = self.child.try_wait();
        test_kill_process_group(self.pid()) != Err(Errno::SRCH)
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = kill_process_group(self.pid(), Signal::TERM);
        let deadline = Instant::now() + COMMAND_END;
        while self.is_alive() {
            if Instant::now() >= deadline {
                let _ = kill_process_group(self.pid(), Signal::KILL);
                break;
            }
            thread::sleep(POLL / 10);
        }
        let _ = self.child.wait();
    }
}

/// How a command ended.
pub(crate) struct End(WaitIdStatus);

impl End {
    /// True for exit status 0.
    pub(crate) fn is_success(&self) -> bool {
        self.0.exit_status() == Some(0)
    }

    /// "ended with exit status 1", or by a signal.
    pub(crate) fn words(&self) -> String {
        match (self.0.exit_status(), self.0.terminating_signal()) {
            (Some(code), _) => format!("ended with exit status {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended".to_owned(),
        }
    }
}

/// Waits at most `limit` for the end of a command whose pipes are closed already.
pub(crate) fn await_end(group: &Group, limit: Duration) -> Option<End> {
    let deadline = Instant::now() + limit;
    loop {
        let ended = group.ended();
        if ended.is_some() || Instant::now() >= deadline {
            return ended;
        }
        thread::sleep(POLL / 10);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{BufRead, BufReader};

    use super::*;

    /// The shell takes the signal at once, what it has started needs a moment.
    #[test]
    fn what_a_command_has_started_has_time_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ended");
        let child = format!("trap 'sleep 0.3; echo > {}; exit' TERM", file.display());
        let command = format!("({child}; echo up; while :; do sleep 0.05; done) & wait");
        let started = Group::start(command.as_ref(), Stdio::piped(), Stdio::piped());
        let mut group = started.unwrap();
        let (output, _input) = group.pipes().unwrap();
        BufReader::new(output)
            .read_line(&mut String::new())
            .unwrap();
        drop(group);
        assert!(fs::exists(file).unwrap());
    }

    #[test]
    fn what_does_not_end_is_made_to() {
        let command = "trap '' TERM; (trap '' TERM; echo up; exec sleep 60) & wait";
        let started = Group::start(command.as_ref(), Stdio::piped(), Stdio::piped());
        let mut group = started.unwrap();
        let (output, _input) = group.pipes().unwrap();
        let mut output = BufReader::new(output);
        output.read_line(&mut String::new()).unwrap();
        drop(group);
        // Nobody holds the other end any more.
        assert_eq!(output.read_line(&mut String::new()).unwrap(), 0);
    }
}
