//! Why a check did not pass: small values, put into words in one place.

use core::fmt;

use board_check_protocol::text::split;

use crate::memory_type::{Answer, word};
use crate::pattern::Difference;
use crate::sys::{Ending, Errno};

/// Why a check did not pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// It cannot run here; a word says why.
    Skip(&'static str),
    /// A step that must succeed did not.
    Error {
        /// The step.
        what: &'static str,
        /// What the kernel said.
        errno: Errno,
    },
    /// Something that must be refused was allowed, or refused with another error.
    NotRefused {
        /// What was tried.
        what: &'static str,
        /// The error that belongs there.
        want: Errno,
        /// The error that came; `None` if it was allowed.
        got: Option<Errno>,
    },
    /// A word of memory is not as it should be.
    Word {
        /// Which, and how.
        difference: Difference,
        /// The place of the area, in bytes, to which the word belongs that is there.
        belongs: Option<u32>,
    },
    /// A figure is not as it should be.
    Figure {
        /// Of what.
        what: &'static str,
        /// What it should be.
        want: u64,
        /// What it is.
        got: u64,
    },
    /// Something is there that must not be, or not there that must.
    Finding {
        /// What was looked at.
        what: &'static str,
        /// How it was found.
        found: &'static str,
    },
    /// A page has another memory type than it should.
    MemoryType {
        /// Whose address was asked about.
        side: &'static str,
        /// Which page of the area.
        page: u32,
        /// The type that should be there, `TYPE_*`.
        want: u32,
        /// What is there.
        got: Answer,
    },
    /// The permissions of the device node.
    Mode(u32),
    /// A child process ended in another way than it should.
    Child(Ending),
}

/// What a check that passes has seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Note {
    /// Nothing worth saying.
    #[default]
    Nothing,
    /// The memory type of all pages.
    MemoryType {
        /// Of the address that was asked about.
        address: Answer,
        /// Of the pages' place in the kernel's map of all memory, `TYPE_*`.
        linear: Option<u32>,
    },
    /// A figure.
    Figure(&'static str, u32),
    /// How fast something is, in tenths.
    Speed {
        /// Of what.
        unit: &'static str,
        /// The mean of all rounds.
        mean: u64,
        /// Their standard deviation.
        deviation: u64,
    },
    /// `key=value`.
    Word(&'static str),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Nothing => Ok(()),
            Self::MemoryType { address, linear } => {
                address.fmt(f)?;
                match linear {
                    Some(linear) => write!(f, " linear={}", word(linear)),
                    None => Ok(()),
                }
            }
            Self::Figure(what, figure) => write!(f, "{what}={figure}"),
            Self::Speed {
                unit,
                mean,
                deviation,
            } => ["mean", " stddev"]
                .iter()
                .zip([mean, deviation])
                .try_for_each(|(what, tenths)| {
                    write!(f, "{what}_{unit}={}.{}", tenths / 10, tenths % 10)
                }),
            Self::Word(word) => f.write_str(word),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pte={} hw={}", word(self.table), word(self.hardware))
    }
}

/// What a check found.
pub type Checked = Result<(), Trouble>;

impl fmt::Display for Trouble {
    /// Writes the detail of the result: `key=value` words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Skip(reason) => f.write_str(reason),
            Self::Error { what, errno } => write!(f, "{what}={}", Name(errno)),
            Self::NotRefused { what, want, got } => {
                write!(f, "{what} want={} got=", Name(want))?;
                match got {
                    Some(errno) => Name(errno).fmt(f),
                    None => f.write_str("allowed"),
                }
            }
            Self::Word {
                difference,
                belongs,
            } => {
                let Difference {
                    offset_bytes,
                    want,
                    got,
                } = difference;
                write!(f, "offset={offset_bytes:#x} want={want:08x} got={got:08x}")?;
                match belongs {
                    Some(place) => write!(f, " belongs={place:#x}"),
                    None => Ok(()),
                }
            }
            Self::Figure { what, want, got } => write!(f, "{what} want={want:#x} got={got:#x}"),
            Self::Finding { what, found } => write!(f, "{what}={found}"),
            Self::MemoryType {
                side,
                page,
                want,
                got,
            } => write!(f, "{side} page={page} want={} {got}", word(want)),
            Self::Mode(mode) => write!(f, "want=0600 got={mode:04o}"),
            Self::Child(Ending::Exited(status)) => write!(f, "child=exit{status}"),
            Self::Child(Ending::Killed(signal)) => write!(f, "child=signal{signal}"),
        }
    }
}

/// Turns an error into a failure that says which step it was.
pub trait OrFail<T> {
    /// `Err` becomes [`Trouble::Error`].
    ///
    /// # Errors
    /// That failure.
    fn or_fail(self, what: &'static str) -> Result<T, Trouble>;
}

impl<T> OrFail<T> for Result<T, Errno> {
    fn or_fail(self, what: &'static str) -> Result<T, Trouble> {
        self.map_err(|errno| Trouble::Error { what, errno })
    }
}

/// Passes if `result` is the error `want`.
///
/// # Errors
/// [`Trouble::NotRefused`] if it is not.
pub fn expect_refusal<T>(what: &'static str, result: Result<T, Errno>, want: Errno) -> Checked {
    refused(what, result.err(), want)
}

#[inline(never)]
fn refused(what: &'static str, got: Option<Errno>, want: Errno) -> Checked {
    match got {
        Some(errno) if errno == want => Ok(()),
        got => Err(Trouble::NotRefused { what, want, got }),
    }
}

/// Passes if the figures are equal.
///
/// # Errors
/// [`Trouble::Figure`] if they are not.
#[inline(never)]
pub fn expect_figure(what: &'static str, want: u64, got: u64) -> Checked {
    if want == got {
        return Ok(());
    }
    Err(Trouble::Figure { what, want, got })
}

/// The name of an error number.
pub struct Name(pub Errno);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = ERRNOS.iter().position(|&errno| errno == self.0);
        match place.and_then(|place| split(ERRNO_NAMES, b' ').nth(place)) {
            Some(name) => f.write_str(name),
            None => write!(f, "errno{}", self.0.raw_os_error()),
        }
    }
}

/// Makes two tables, as in `checks/mod.rs`.
macro_rules! errnos {
    ($($errno:ident $name:literal,)*) => {
        static ERRNOS: &[Errno] = &[$(Errno::$errno),*];
        static ERRNO_NAMES: &str = concat!($($name, " "),*);
    };
}

errnos! {
    ACCESS "EACCES",
    AGAIN "EAGAIN",
    BADF "EBADF",
    BUSY "EBUSY",
    EXIST "EEXIST",
    FAULT "EFAULT",
    INVAL "EINVAL",
    IO "EIO",
    NODEV "ENODEV",
    NOENT "ENOENT",
    NOEXEC "ENOEXEC",
    NOMEM "ENOMEM",
    NOSYS "ENOSYS",
    NOTTY "ENOTTY",
    NXIO "ENXIO",
    OPNOTSUPP "EOPNOTSUPP",
    OVERFLOW "EOVERFLOW",
    PERM "EPERM",
    TIMEDOUT "ETIMEDOUT",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_should_have_been_refused() {
        let allowed = expect_refusal("exec", Ok(()), Errno::ACCESS).unwrap_err();
        assert_eq!(allowed.to_string(), "exec want=EACCES got=allowed");
        let other = expect_refusal::<()>("exec", Err(Errno::IO), Errno::ACCESS).unwrap_err();
        assert_eq!(other.to_string(), "exec want=EACCES got=EIO");
        assert_eq!(
            expect_refusal::<()>("exec", Err(Errno::ACCESS), Errno::ACCESS),
            Ok(())
        );
    }

    #[test]
    fn says_where_a_displaced_word_belongs() {
        let difference = Difference {
            offset_bytes: 0x1000,
            want: 1,
            got: 2,
        };
        let trouble = Trouble::Word {
            difference,
            belongs: Some(0x2000),
        };
        let text = "offset=0x1000 want=00000001 got=00000002 belongs=0x2000";
        assert_eq!(trouble.to_string(), text);
    }

    #[test]
    fn an_error_without_a_name_shows_its_number() {
        assert_eq!(Name(Errno::from_raw_os_error(122)).to_string(), "errno122");
        assert_eq!(Name(Errno::ACCESS).to_string(), "EACCES");
        assert_eq!(Name(Errno::TIMEDOUT).to_string(), "ETIMEDOUT");
    }
}
