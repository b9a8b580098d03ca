//! Everything that was received, as the judge gets it.

use std::time::Duration;

use board_check_protocol::{ErrorReason, Ready};

use crate::kernel_messages::Alarm;
use crate::records::RunRecords;
use crate::request::RunRequest;

mod log;
mod platform;

pub use log::{Log, Said, Speaker};
pub use platform::Platform;

/// One session, collected. The judge needs nothing else but the board's rules.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where the bytes come from.
    pub source: Source,
    /// What was asked for last; `None` if no run was asked for.
    pub request: Option<RunRequest>,
    /// Run requests sent, repeats included.
    pub requests: u32,
    /// The last verified `ready`.
    pub ready: Option<Ready>,
    /// The run to judge; empty records if the board did not answer.
    pub records: Option<RunRecords>,
    /// The last refusal of a run request, with its detail.
    pub refused: Option<(ErrorReason, String)>,
    /// The version that at least two `ready` lines named, if it is not ours.
    pub foreign_protocol: Option<u32>,
    /// The names of the board's checks, if it was asked for them and all came.
    pub listed: Option<Vec<String>>,
    /// What the kernel said.
    pub kernel: KernelText,
    /// Kernel and CPU.
    pub platform: Platform,
    /// What was said besides the records.
    pub log: Log,
    /// What the line did.
    pub line: LineCounts,
    /// Why the session ended.
    pub ended: Ended,
    /// When the session ended, from its start.
    pub duration: Duration,
    /// After a reset the board still ran the boot from before it.
    pub reset_in_vain: bool,
    /// What is wrong with the capture that is replayed.
    pub capture_fault: Option<String>,
    /// What the user should know besides.
    pub notes: Vec<String>,
}

impl Run {
    /// A session in which nothing has happened yet.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            request: None,
            requests: 0,
            ready: None,
            records: None,
            refused: None,
            foreign_protocol: None,
            listed: None,
            kernel: KernelText::default(),
            platform: Platform::default(),
            log: Log::default(),
            line: LineCounts::default(),
            ended: Ended::CaptureEnds,
            duration: Duration::ZERO,
            reset_in_vain: false,
            capture_fault: None,
            notes: Vec::new(),
        }
    }
}

/// Where the bytes come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// A session of this tool, now or replayed from its capture.
    Session,
    /// A log that another tool wrote: what was asked for is unknown.
    ForeignLog,
}

/// What the kernel said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KernelText {
    /// The first alarm after the run was asked for. If none was, that of the last boot that
    /// had one since the board was last ready.
    pub alarm: Option<(Alarm, String)>,
    /// How many boots had an alarm since the board was last ready.
    pub crashes: u32,
    /// The line or boot id that shows that the board was reset meanwhile.
    pub reset: Option<String>,
    /// `WARNING:` messages.
    pub warnings: u32,
    /// The lines of alarms and warnings with their traces, escaped.
    pub evidence: Vec<String>,
}

/// What the line did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LineCounts {
    /// Bytes received.
    pub bytes: u64,
    /// Bytes that are neither printable ASCII nor white space.
    pub unprintable: u64,
    /// Lines received.
    pub lines: u64,
    /// Lines that look like records and did not verify.
    pub damaged: u64,
    /// Records of which one bit was put right, or from which a kernel message was taken
    /// out.
    pub healed: u64,
    /// Records that came by a resend.
    pub resent: u64,
    /// Requests for missing records.
    pub rounds: u64,
    /// Records of runs that this session did not ask for.
    pub other_runs: u64,
    /// Lines with a kernel timestamp.
    pub kernel: u64,
    /// Lines that look like a login or shell prompt.
    pub prompts: u64,
    /// Lines from a bootloader.
    pub bootloader: u64,
}

/// Why a session ended. No PASS depends on it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ended {
    /// Every record is here.
    Complete,
    /// The board never said `ready`, or was busy with another run for too long.
    NotReady {
        /// How long it was waited for.
        waited: Duration,
    },
    /// No new record came any more, of the run or of another one that the board is busy with.
    Silent {
        /// How long it was waited for.
        waited: Duration,
    },
    /// No request was answered.
    NoAnswer,
    /// Missing records were asked for again and again in vain.
    GaveUp,
    /// The board refused the request.
    Refused,
    /// The board speaks another protocol version.
    OtherProtocol,
    /// The kernel crashed, or the board was reset.
    Crashed,
    /// The port went away.
    PortLost {
        /// What the system said.
        error: String,
    },
    /// The board said that it powers off, and did not.
    StaysOn {
        /// What it said instead.
        said: String,
    },
    /// The board could not be reset.
    NoReset {
        /// Why.
        why: String,
    },
    /// There was no shell to start the verifier in, or it did not stay.
    NoShell(NoShell),
    /// Interrupted by Ctrl-C or a signal.
    Interrupted,
    /// The capture or log has no end of a session.
    CaptureEnds,
}

/// Why `--shell` came to nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NoShell {
    /// Neither a login nor a shell asked for anything.
    NoPrompt,
    /// A bootloader asks for commands.
    Bootloader,
    /// A password is asked for, and none is known.
    PasswordNeeded,
    /// The login refused the user or the password.
    Refused,
    /// The verifier ended, or there is none.
    Ended {
        /// The last line before the prompt came back, as it was said.
        said: String,
    },
}
