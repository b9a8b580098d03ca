//! Children, modules, power.

use core::ffi::CStr;
use core::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, waitpid};
use rustix::stdio::{dup2_stderr, dup2_stdout};
use rustix::system;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::{arch, now, outcome, sleep};

/// A child that takes longer is ended.
const CHILD_TIMEOUT: Duration = Duration::from_secs(10);

/// `O_NONBLOCK` for `delete_module(2)`: refuse at once if the module is in use.
const NONBLOCK: i32 = 0o4000;

/// How a child ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Killed(i32),
}

/// Runs `work` in a child process, which ends with the status it returns.
///
/// # Errors
/// As `fork(2)` and `waitpid(2)`; `ETIMEDOUT` if the child takes more than 10 s.
pub fn in_child(work: &mut dyn FnMut() -> u8) -> Result<Ending, Errno> {
    with_child(work, &mut || ())
}

/// Like [`in_child`], and does something `beside` it.
///
/// # Errors
/// As [`in_child`].
pub fn with_child(work: &mut dyn FnMut() -> u8, beside: &mut dyn FnMut()) -> Result<Ending, Errno> {
    let child = fork(work)?;
    beside();
    let deadline = now().saturating_add(CHILD_TIMEOUT);
    loop {
        if let Some((_pid, status)) = waitpid(Some(child), WaitOptions::NOHANG)? {
            return ending_of(status);
        }
        if now() > deadline {
            end(child);
            return Err(Errno::TIMEDOUT);
        }
        sleep(Duration::from_millis(1));
    }
}

/// The child does `work` and ends with the status it returns.
fn fork(work: &mut dyn FnMut() -> u8) -> Result<Pid, Errno> {
    const SIGCHLD: usize = 17;
    // SAFETY: `clone` with no flag but the signal is fork: the child goes on here
    // on a copy of the stack, with this thread alone. These programs have no lock to inherit.
    let result = unsafe { arch::syscall(arch::CLONE, [SIGCHLD, 0, 0, 0, 0]) };
    match i32::try_from(outcome(result)?).ok().and_then(Pid::from_raw) {
        Some(child) => Ok(child),
        None => exit(work()),
    }
}

/// Ends a child that may have ended by itself.
fn end(child: Pid) {
    // Neither fails for a child that nobody has waited for.
    let _ = kill_process(child, Signal::KILL);
    let _ = waitpid(Some(child), WaitOptions::empty());
}

/// A child that goes on until this is dropped, or until somebody else ends it.
#[derive(Debug)]
pub struct Child(Option<Pid>);

impl Child {
    /// Starts a child that does `work`.
    ///
    /// # Errors
    /// As `fork(2)`.
    pub fn start(work: &mut dyn FnMut() -> u8) -> Result<Self, Errno> {
        fork(work).map(|child| Self(Some(child)))
    }

    /// How it ends, however long that takes.
    ///
    /// # Errors
    /// As [`Child::ending`].
    pub fn wait(mut self) -> Result<Ending, Errno> {
        let child = self.0.take().ok_or(Errno::CHILD)?;
        let ended = waitpid(Some(child), WaitOptions::empty())?;
        ended.map_or(Err(Errno::CHILD), |(_pid, status)| ending_of(status))
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// As `waitpid(2)`; `ECHILD` if it was told before.
    pub fn ending(&mut self) -> Result<Option<Ending>, Errno> {
        let child = self.0.ok_or(Errno::CHILD)?;
        let Some((_pid, status)) = waitpid(Some(child), WaitOptions::NOHANG)? else {
            return Ok(None);
        };
        self.0 = None;
        ending_of(status).map(Some)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.0.into_iter().for_each(end);
    }
}

fn ending_of(status: WaitStatus) -> Result<Ending, Errno> {
    let killed = status.terminating_signal().map(Ending::Killed);
    let exited = status.exit_status().map(Ending::Exited);
    killed.or(exited).ok_or(Errno::CHILD)
}

/// The CPUs on which this process may run, as bits; only of the first 64.
pub fn cpus() -> u64 {
    let set = sched_getaffinity(None).unwrap_or_default();
    (0..64).fold(0, |bits, cpu| bits | u64::from(set.is_set(cpu)) << cpu)
}

/// From now on this process runs on the CPUs `bits` alone.
///
/// # Errors
/// As `sched_setaffinity(2)`: `EINVAL` if there is no such CPU.
pub fn pin_to_cpus(bits: u64) -> Result<(), Errno> {
    let mut set = CpuSet::new();
    (0..64)
        .filter(|cpu| bits >> cpu & 1 != 0)
        .for_each(|cpu| set.set(cpu));
    sched_setaffinity(None, &set)
}

/// Most arguments of a program, its name included.
const ARGUMENTS_MAX: usize = 7;

/// Becomes the program `arguments[0]`, whose output goes into the new file `output`. Comes
/// back if that cannot be, and says why.
pub fn execute(arguments: &[&CStr], output: &CStr) -> Errno {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
    let sent = open(output, flags, Mode::RUSR)
        .and_then(|file| dup2_stdout(&file).and_then(|()| dup2_stderr(&file)));
    if let Err(errno) = sent {
        return errno;
    }
    let mut words = [0; ARGUMENTS_MAX + 1];
    for (word, argument) in words.iter_mut().zip(arguments).take(ARGUMENTS_MAX) {
        *word = argument.as_ptr().expose_provenance();
    }
    let environment = 0usize;
    let lists = [&raw const words[0], &raw const environment];
    let [list, environment] = lists.map(|list| list.expose_provenance());
    // SAFETY: The name and each argument end with a NUL, and both lists with a null; all of
    // them outlive the call, which comes back only if it fails.
    let result = unsafe { arch::syscall(arch::EXECVE, [words[0], list, environment, 0, 0]) };
    outcome(result).err().unwrap_or(Errno::NOEXEC)
}

/// Ends this process.
pub fn exit(status: u8) -> ! {
    loop {
        // SAFETY: `exit_group` takes a status and does not come back.
        unsafe { arch::syscall(arch::EXIT_GROUP, [status.into(), 0, 0, 0, 0]) };
    }
}

/// `finit_module(2)`.
///
/// # Errors
/// As `finit_module(2)`: `ENOENT` no such file, `ENOEXEC` built for another
/// kernel, `EINVAL` a parameter that the module refuses.
pub fn load_module(path: &CStr, parameters: &CStr) -> Result<(), Errno> {
    let file = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    system::finit_module(file, parameters, 0)
}

/// `delete_module(2)`, not waiting.
///
/// # Errors
/// As `delete_module(2)`: `EWOULDBLOCK` in use, `ENOENT` not loaded.
pub fn unload_module(name: &CStr) -> Result<(), Errno> {
    system::delete_module(name, NONBLOCK)
}

/// Powers the machine off. Comes back only if the kernel refuses.
pub fn power_off() -> Errno {
    match system::reboot(system::RebootCommand::PowerOff) {
        Ok(()) => Errno::NOSYS,
        Err(errno) => errno,
    }
}
