//! What a ledger has one behind the other: files and gaps.
//!
//! Plain data.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::ledger::history::Gap;

/// Something that a ledger has.
#[derive(Clone, Debug)]
pub(super) enum Stretch {
    File(Place),
    Gap(Gap),
}

/// A file, as its ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it is once it is whole.
    pub path: PathBuf,
    pub start: Timestamp,
    /// None as long as no line closes it.
    pub end: Option<Timestamp>,
}

impl Stretch {
    /// Whether it is the same file, or the same gap.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => one.path == other.path,
            (Self::Gap(gap), Self::Gap(other)) => gap.position == other.position,
            _ => false,
        }
    }

    /// From when to when it is; none where the clock was set back.
    pub fn times(&self) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::File(file) => Some((file.start, file.end.unwrap_or(Timestamp::MAX))),
            Self::Gap(gap) => (!gap.is_backward()).then_some((gap.start, gap.end)),
        }
    }

    pub fn is_closed_file(&self) -> bool {
        matches!(self, Self::File(Place { end: Some(_), .. }))
    }
}
