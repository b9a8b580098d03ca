//! What the kernel's command line asks for.

use board_check_protocol::text::decimal;

use crate::beside::Beside;
use crate::cycles;
use crate::fail_nth::Part;
use crate::fuzz::{self, THREADS_MAX};

/// What is to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Task {
    /// Fail each allocation in turn, of one part of the steps or of all.
    FailNth(Option<Part>),
    /// Random calls.
    Fuzz(fuzz::Options),
    /// A test of the kernel's sources.
    Kselftest,
    /// Load and unload, bind and unbind.
    Cycles(cycles::Options),
}

/// A task, and the deliberate fault of the module with which it is done; 0 is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Asked {
    /// The task.
    pub task: Task,
    /// The fault.
    pub fault: u32,
}

/// Reads the arguments: the name of the task, then `key=value`.
///
/// # Errors
/// A sentence that says what they could be.
pub fn parse<'a>(mut arguments: impl Iterator<Item = &'a str>) -> Result<Asked, &'static str> {
    const USAGE: &str = "Say behind -- what to do: fail-nth part=calls|mappings|blocks|binding|loading, fuzz seed= ops= threads= pages=, kselftest, or cycles count= pages= beside=cpu|memory; and fault= besides.";
    let mut task = match arguments.next() {
        Some("fail-nth") => Task::FailNth(None),
        Some("fuzz") => Task::Fuzz(fuzz::Options::default()),
        Some("kselftest") => Task::Kselftest,
        Some("cycles") => Task::Cycles(cycles::Options::default()),
        _ => return Err(USAGE),
    };
    let mut fault = 0;
    for argument in arguments {
        let (key, value) = argument.split_once('=').ok_or(USAGE)?;
        let number = || -> Result<u32, _> { decimal(value).ok_or(USAGE) };
        match (key, &mut task) {
            ("fault", _) => fault = number()?,
            ("part", Task::FailNth(part)) => *part = Some(Part::named(value).ok_or(USAGE)?),
            ("seed", Task::Fuzz(options)) => options.seed = number()?,
            ("ops", Task::Fuzz(options)) => options.operations = number()?,
            ("threads", Task::Fuzz(options)) => options.threads = number()? as usize,
            ("pages", Task::Fuzz(options)) => options.pages = Some(number()? as usize),
            ("count", Task::Cycles(options)) => options.count = number()?,
            ("pages", Task::Cycles(options)) => options.pages = Some(number()? as usize),
            ("beside", Task::Cycles(options)) => {
                options.beside = Some(Beside::named(value).ok_or(USAGE)?);
            }
            _ => return Err(USAGE),
        }
    }
    if let Task::Fuzz(options) = task
        && !(1..=THREADS_MAX).contains(&options.threads)
    {
        return Err("There can be 1, 2 or 4 threads, for each has its own part of an area.");
    }
    Ok(Asked { task, fault })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Asked, &'static str> {
        parse(text.split_whitespace())
    }

    #[test]
    fn takes_a_task_with_its_own_keys_alone() {
        let fuzz =
            parsed("fuzz seed=7 ops=10 threads=2 pages=1024 fault=40").map(|asked| asked.task);
        let options = fuzz::Options {
            seed: 7,
            operations: 10,
            threads: 2,
            pages: Some(1024),
        };
        assert_eq!(fuzz, Ok(Task::Fuzz(options)));
        assert_eq!(
            parsed("cycles count=3 beside=cpu fault=9"),
            Ok(Asked {
                task: Task::Cycles(cycles::Options {
                    count: 3,
                    pages: None,
                    beside: Some(Beside::Cpu)
                }),
                fault: 9
            })
        );
        assert_eq!(
            parsed("fail-nth part=binding fault=77"),
            Ok(Asked {
                task: Task::FailNth(Some(Part::Binding)),
                fault: 77
            })
        );
        for bad in [
            "",
            "fail-nth part=all",
            "cycles part=calls",
            "cycles beside=me",
            "frob",
            "fuzz seed",
            "fuzz seed=x",
            "cycles seed=1",
            "fuzz threads=0",
        ] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }
}
