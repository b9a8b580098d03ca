//! What happens to the line itself, besides bytes: a capture notes it, and the
//! collector forgets what it makes void.

/// Something that happened to the line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mark {
    /// A reset of the board begins: what was said before is of an earlier boot.
    Reset {
        /// How it is done.
        how: String,
    },
    /// The port went away.
    Lost {
        /// What the system said.
        error: String,
    },
    /// The port is there again.
    Back,
    /// Something was sent that is nobody's business.
    Secret,
}
