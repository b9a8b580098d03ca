//! How long the session waits, and how often it tries; all in one list.

use std::time::Duration;

/// Default of `--timeout`: longest wait for `ready`, and longest time of a run
/// without a new record.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What comes before the line is quiet for this long lay in a buffer; and it has to be
/// quiet this long after `ready` before anything is sent.
pub const SETTLE: Duration = Duration::from_millis(20);

/// A line that never goes quiet is not waited for longer than this.
pub const SETTLE_AT_MOST: Duration = Duration::from_millis(500);

/// A run request is sent again when for this long no record of it came, nor a
/// `ready`, which would tell sooner that it was lost. Doubles each time; loading the
/// module can take seconds.
pub const FIRST_RECORD: Duration = Duration::from_secs(5);

/// `ready` lines of another boot with nothing of the boot that was asked between them, as
/// many and as far apart as this, are no remains of an earlier one.
pub const READY_AGAIN_TIMES: u32 = 3;
/// See [`READY_AGAIN_TIMES`].
pub const READY_AGAIN: Duration = Duration::from_millis(1500);

/// A `ready` this long after a request means that the board did not get it; an
/// earlier one may have crossed it on the wire.
pub const READY_CROSSES: Duration = Duration::from_millis(300);

/// Time without a new record after which missing ones are asked for, although the
/// board has said neither `end` nor `ready`. Doubles each time; a check can take
/// seconds.
pub const RECORD_SILENCE: Duration = Duration::from_secs(5);

/// A check that says that it goes on is waited for this long.
pub const CHECK_AT_MOST: Duration = Duration::from_secs(600);

/// A board that runs its checks for somebody else, or by itself, is waited for this long in
/// all, as long as it says records: on the slowest machine that we know a run takes six
/// minutes, and another may be behind it.
pub const OTHER_RUNS_AT_MOST: Duration = Duration::from_secs(900);

/// A round of resends is over when this long no new record came.
pub const RESEND_SILENCE: Duration = Duration::from_secs(1);

/// An answer to `list` or `off` is waited for this long.
pub const ANSWER: Duration = Duration::from_secs(2);

/// A board that has said that it powers off, and cannot, shows so within this time: Linux
/// gives `gpio-poweroff` 3.2 s before it goes on.
pub const OFF_WATCH: Duration = Duration::from_secs(4);

/// The trace of a crash ends when the kernel says nothing for this long.
pub const TRACE_QUIET: Duration = Duration::from_secs(1);

/// A crash is not followed longer than this.
pub const TRACE_AT_MOST: Duration = Duration::from_secs(5);

/// Reads wait at most this long, so that Ctrl-C is always noticed.
pub const POLL: Duration = Duration::from_millis(100);

/// A console looks at its input, and for an end of what the board says, this often.
pub const CONSOLE_PACE: Duration = Duration::from_millis(10);

/// A console holds a line back that may become a record, for as long as nothing more
/// of it comes.
pub const CONSOLE_HOLD: Duration = Duration::from_secs(1);

/// The same for a line that is likely a prompt; USB adapters send what they have each
/// 16 ms.
pub const CONSOLE_QUIET: Duration = Duration::from_millis(40);

/// A write that the port does not take for this long has failed.
pub const WRITE: Duration = Duration::from_secs(5);

/// Run requests sent before giving up.
pub const RUN_TRIES: u32 = 16;

/// Requests for the check list, or to power off, sent before giving up.
pub const ANSWER_TRIES: u32 = 3;

/// Requests for missing records sent before giving up, whatever they bring: a line on
/// which so many are needed gives no verdict in any time that one would wait.
pub const RESENDS_MAX: u32 = 400;

/// Rounds of resends without a single new record before giving up.
pub const RESEND_ROUNDS: u32 = 16;

/// Finding and reaching the host of a network port takes at most this long.
pub const CONNECT: Duration = Duration::from_secs(5);

/// A server of ports that cannot give the port closes the connection within this time.
pub const GREETING: Duration = Duration::from_millis(100);

/// Time between two tries to open a port that has gone away.
pub const REOPEN: Duration = Duration::from_millis(200);

/// A port that takes no more bytes is read for this long, for what it still has.
pub const LAST_WORDS: Duration = Duration::from_millis(300);

/// A server of ports says within this time whether it takes commands for the port.
pub const AGREEMENT: Duration = Duration::from_secs(2);

/// Longest time between two `ready` of an idle board, with a margin.
pub const READY_EACH: Duration = Duration::from_millis(1200);

/// A control line is switched off for this long to reset a board; the chips that watch
/// such lines ask for 10 ms at most.
pub const RESET_PULSE: Duration = Duration::from_millis(100);

/// A prompt is answered when nothing has come behind it for this long.
pub const PROMPT_QUIET: Duration = Duration::from_millis(300);

/// What looks like a bootloader's prompt is one when nothing has come behind it for this
/// long: U-Boot waits 5 s for a block of TFTP before it says anything.
pub const BOOTLOADER_QUIET: Duration = Duration::from_secs(10);

/// After a login, a line without an end is taken for a prompt when nothing has come
/// behind it for this long.
pub const SHELL_QUIET: Duration = Duration::from_secs(2);

/// A console that says nothing for this long is nudged by a return, to say its prompt
/// again.
pub const LOGIN_NUDGE: Duration = Duration::from_secs(5);

/// After a reset has begun, a `ready` within this time is of the boot before it: it lay
/// in a buffer on the way. No board boots that fast.
pub const RESET_STALE: Duration = Duration::from_millis(500);

/// The command of an `exec:` port is waited for this long when it is to end, and
/// then made to.
pub const COMMAND_END: Duration = Duration::from_secs(1);
