//! What can be wrong between the ledger and the files, as data.
//!
//! Plain data. Policy: the text of a [`FaultKind`] says what was found; what an operator can do
//! about it is said by the command that lists the faults.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::Cause;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file that it is wrong with.
    pub path: PathBuf,
    /// The number of the line in `path`, from 1, where `path` is a ledger.
    pub line: Option<usize>,
    /// What is wrong.
    pub kind: FaultKind,
}

impl Fault {
    /// Something is wrong with a file.
    pub(super) fn of_file(path: &Path, kind: FaultKind) -> Self {
        Self { path: path.to_owned(), line: None, kind }
    }

    /// `PATH` or `PATH:LINE`.
    #[must_use]
    pub fn location(&self) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{}{line}", self.path.display())
    }
}

/// What is wrong with a file or a line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// A line of the ledger that can't be read, and why.
    #[error("{0}")]
    BadEntry(String),
    /// A second line about a segment that says something else than the first.
    #[error("says a second time what {file} is")]
    Repeated {
        /// The segment's file name.
        file: String,
    },
    /// The ledger says that retention removed the file, but the file is there.
    #[error("is still there, but removed, says the ledger")]
    NotRemoved,
    /// The ledger says that the segment was begun, but there is no file.
    #[error("was begun, says the ledger, but is not there")]
    BegunOnly,
    /// A `.part` file that the ledger knows.
    #[error("was left unfinished")]
    Unfinished,
    /// A `.part` file that the ledger does not know.
    #[error("was left unfinished, and no line of the ledger waits for it")]
    UnfinishedUnknown,
    /// A file under its final name whose segment the ledger has not closed.
    #[error("is not closed in the ledger")]
    NotClosed,
    /// A file that the ledger does not know.
    #[error("is not in the ledger")]
    Unknown,
    /// A file or folder that can't be read, and why.
    #[error("can't be read: {0}")]
    Unreadable(String),
    /// There is no file for a closed segment.
    #[error("is missing")]
    Missing,
    /// The file has another size than the ledger says.
    #[error("has {found} bytes; the ledger says {expected}")]
    Size {
        /// Size of the file, bytes.
        found: u64,
        /// Size in the ledger, bytes.
        expected: u64,
    },
    /// The file has another hash than the ledger says; the file's own, as 64 hex digits.
    #[error("has other content than the ledger says: its hash is {0}")]
    Content(String),
    /// The ledger has no valid hash for the file, and why.
    #[error("has no sound hash in the ledger: {0}")]
    BadHash(String),
    /// A segment or gap begins before another ends.
    #[error("{what} begins at {start:.3}, {} before {last} ends", format_length(*by))]
    Overlap {
        /// What begins too early.
        what: IntervalName,
        /// When it begins.
        start: Timestamp,
        /// How much too early.
        by: SignedDuration,
        /// What ends after `start`.
        last: IntervalName,
    },
    /// Neither a segment nor a gap covers this time.
    #[error(
        "nothing tells what was from {from:.3} to {to:.3} ({})",
        format_length(to.duration_since(*from))
    )]
    Hole {
        /// End of what came before.
        from: Timestamp,
        /// Start of what comes next.
        to: Timestamp,
    },
    /// A segment or gap begins where nothing ends, and nothing ended before.
    #[error("{what} begins at {start:.3}, where nothing ends")]
    Loose {
        /// What begins there.
        what: IntervalName,
        /// When it begins.
        start: Timestamp,
    },
    /// A segment or gap that ends before it begins.
    #[error("{what} ends before it begins")]
    Reversed {
        /// The segment's file name, or "the gap".
        what: String,
    },
}

/// Something in the ledger that covers time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntervalName {
    /// A segment, by its file's name.
    Segment(String),
    /// A gap, by its cause.
    Gap(Cause),
}

impl fmt::Display for IntervalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(file) => f.write_str(file),
            Self::Gap(cause) => write!(f, "the gap ({cause:?})"),
        }
    }
}

/// A length as 1:02:03.456.
#[must_use]
pub fn format_length(length: SignedDuration) -> String {
    let (ms, sign) =
        (length.unsigned_abs().as_millis(), if length.is_negative() { "-" } else { "" });
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{sign}{hours}:{minutes:02}:{seconds:02}.{:03}", ms % 1000)
}
