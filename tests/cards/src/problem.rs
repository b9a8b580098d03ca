//! What is wrong with a kernel for a board, in words.

use std::fmt;

/// A thing that the kernel cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub fault: Fault,
    /// How it was reached: node and property by turns.
    pub path: Vec<String>,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No code in the kernel is for it; its names, best first.
    NoDriver(Vec<String>),
    /// There is a driver, but Linux makes no device of the node: what it is in is no bus.
    NoDevice(String),
    /// A node that is needed is switched off.
    Disabled,
    /// A property refers to a node that does not exist.
    NoNode(String),
    /// No node of the tree is a timer that the kernel knows.
    NoTimer,
    /// The kernel cannot start CPUs in the way that `enable-method` says.
    NoMethod(String),
}

impl Problem {
    /// The path of the node that is concerned.
    pub fn node(&self) -> &str {
        let is_node = |step: &&String| step.starts_with('/');
        self.path.iter().rfind(is_node).map_or("/", String::as_str)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.node();
        match &self.fault {
            Fault::NoDriver(names) if names.is_empty() => {
                write!(
                    f,
                    "{node}: neither it nor what it is in has a name for a driver"
                )
            }
            Fault::NoDriver(names) => {
                write!(
                    f,
                    "{node}: the kernel has no driver for {}",
                    names.join(" or ")
                )
            }
            Fault::NoDevice(bus) => {
                write!(
                    f,
                    "{node}: Linux makes no device of it, because {bus} is no bus"
                )
            }
            Fault::Disabled => write!(f, "{node}: it is needed, and its status is not okay"),
            Fault::NoNode(reference) => write!(f, "{node}: there is no node {reference}"),
            Fault::NoTimer => write!(f, "the kernel knows no timer of this board"),
            Fault::NoMethod(method) => {
                write!(f, "{node}: the kernel cannot start CPUs by {method}")
            }
        }?;
        write!(f, " ({}).", self.path.join(" → "))
    }
}
