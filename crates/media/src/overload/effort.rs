//! How much of a stream is decoded.
//!
//! Pure data, the steps in their order.

use std::fmt;

/// How much of a stream is decoded; each does less than the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Effort {
    /// All of it.
    #[default]
    Full,
    /// Without the loop filter, and without the pictures that no other refers to.
    NoFilter,
    /// Without the loop filter, and of every other group of pictures no more than the key frame.
    Half,
    /// Key frames only.
    KeyFrames,
    /// Key frames only, and the camera's smaller stream is wanted.
    SubStream,
}

impl Effort {
    /// All steps, from doing all to doing least.
    pub const ALL: [Self; 5] =
        [Self::Full, Self::NoFilter, Self::Half, Self::KeyFrames, Self::SubStream];

    /// The step of that number; the last where there is none.
    pub fn of(number: u8) -> Self {
        Self::ALL[usize::from(number).min(Self::ALL.len() - 1)]
    }
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "in full",
            Self::NoFilter => "without the loop filter",
            Self::Half => "every other group of pictures",
            Self::KeyFrames => "key frames only",
            Self::SubStream => "key frames only, and sub streams are called for",
        })
    }
}
