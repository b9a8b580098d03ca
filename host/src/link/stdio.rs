//! The standard input and output of this process: for socat, inetd and their like.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};

use rustix::stdio::{dup2_stdout, stderr};

use super::duplex::Duplex;
use super::{Endpoint, PortError};

/// Takes the standard input and output. What this process prints on its standard
/// output goes to the standard error output from now on: the board must not get it.
pub(super) fn open(endpoint: &Endpoint) -> Result<Duplex, PortError> {
    if io::stdin().is_terminal() || io::stdout().is_terminal() {
        return Err(PortError::NotATty {
            port: endpoint.to_string(),
            advice: "Standard input or output is a terminal, where a pipe or socket to the board \
                     has to be."
                .to_owned(),
        });
    }
    let copy = |file: &dyn AsFd| -> io::Result<OwnedFd> { file.as_fd().try_clone_to_owned() };
    let taken = || -> io::Result<(OwnedFd, OwnedFd)> {
        let both = (copy(&io::stdin())?, copy(&io::stdout())?);
        dup2_stdout(stderr())?;
        Ok(both)
    };
    let (input, out) = taken().map_err(|error| PortError::other(endpoint, &error))?;
    Ok(Duplex::of_two(input, out, "the standard input ended"))
}
