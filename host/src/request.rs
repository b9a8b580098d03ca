//! What is asked of the board, in owned form.

use board_check_protocol::{Filter, Request, checks};

/// A run to ask for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RunRequest {
    /// Patterns of the checks to run; all if `None`.
    pub only: Option<String>,
    /// Patterns of the checks to leave out.
    pub skip: Option<String>,
    /// Deliberate fault to load the module with; 0 is none.
    pub fault: u32,
}

impl RunRequest {
    /// Which checks the run has.
    pub fn filter(&self) -> Filter<'_> {
        Filter {
            only: self.only.as_deref(),
            skip: self.skip.as_deref(),
        }
    }

    /// The names of those checks of this release, in order.
    pub fn selected(&self) -> Vec<&'static str> {
        let filter = self.filter();
        checks::NAMES
            .iter()
            .copied()
            .filter(|name| filter.selects(name))
            .collect()
    }

    /// The request for the wire.
    pub fn as_request(&self) -> Request<'_> {
        Request::Run {
            filter: self.filter(),
            fault: self.fault,
        }
    }
}

/// A request as it was sent, read back from its line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sent {
    /// Fresh for each, but for a resend: there that of the run.
    pub nonce: u64,
    /// The boot that it was addressed to.
    pub boot: u64,
    /// What it asked for.
    pub what: Asked,
}

/// What a request asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Asked {
    /// A run.
    Run(RunRequest),
    /// Records again.
    Resend,
    /// The names of the checks.
    List,
    /// To power off.
    Off,
}

impl Sent {
    /// Reads a line that went to the board; `None` if it is no whole request.
    pub fn read(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let boot = text
            .split(' ')
            .find_map(|word| word.strip_prefix("boot="))?;
        let boot = u64::from_str_radix(boot, 16).ok()?;
        let (nonce, request) = Request::decode(line, boot).ok()??;
        let what = match request {
            Request::Run { filter, fault } => Asked::Run(RunRequest {
                only: filter.only.map(str::to_owned),
                skip: filter.skip.map(str::to_owned),
                fault,
            }),
            Request::Resend(_) => Asked::Resend,
            Request::List => Asked::List,
            Request::Off => Asked::Off,
        };
        Some(Self { nonce, boot, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_back_as_it_was_sent() {
        let request = RunRequest {
            only: Some("seed.*,data.*".to_owned()),
            skip: Some("*.kmalloc.*".to_owned()),
            fault: 7,
        };
        let line = request.as_request().encode(5, 9).unwrap();
        let sent = Sent::read(line.as_bytes()).unwrap();
        assert_eq!((sent.nonce, sent.boot), (5, 9));
        assert_eq!(sent.what, Asked::Run(request));
        assert_eq!(Sent::read(&line.as_bytes()[1..]), None);
    }
}
