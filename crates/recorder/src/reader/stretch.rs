//! What a ledger has one behind the other: files and gaps.
//!
//! Plain data.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::ledger::history::Gap;

/// Something that a ledger has.
#[derive(Clone, Debug)]
pub(super) enum Stretch {
    /// A file: where it is once it is whole, and the times of its line; it is open where it has no end.
    File {
        path: PathBuf,
        start: Timestamp,
        end: Option<Timestamp>,
    },
    Gap(Gap),
}

impl Stretch {
    /// Whether it is the same file, or the same gap.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { path, .. }, Self::File { path: other, .. }) => path == other,
            (Self::Gap(gap), Self::Gap(other)) => gap.position == other.position,
            _ => false,
        }
    }

    /// From when to when it is; none where the clock was set back.
    pub fn times(&self) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::File { start, end, .. } => Some((*start, end.unwrap_or(Timestamp::MAX))),
            Self::Gap(gap) if gap.is_backward() => None,
            Self::Gap(gap) => Some((gap.start, gap.end)),
        }
    }

    pub fn is_closed_file(&self) -> bool {
        matches!(self, Self::File { end: Some(_), .. })
    }
}
