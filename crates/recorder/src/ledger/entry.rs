//! The entries of the gap ledger, one JSON object a line.
//!
//! Plain data. The names and forms here are a stable interface: other tools read them. docs/recording.md
//! describes them for people.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Cause;

/// One line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LedgerEntry {
    /// A segment is begun.
    Open {
        /// Its file's name once it is closed.
        file: String,
        /// When its first picture arrived.
        #[serde(with = "millis")]
        start: Timestamp,
        /// Where nobody knows yet where the file before it ends: the start of that one. The gap that is told
        /// later says where it ends.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "maybe_millis")]
        after: Option<Timestamp>,
    },
    /// A segment is closed.
    Segment(SegmentRecord),
    /// Nothing is recorded in between; written when it is over.
    Gap {
        /// End of what was recorded before.
        #[serde(with = "millis")]
        start: Timestamp,
        /// Start of what is recorded next.
        #[serde(with = "millis")]
        end: Timestamp,
        /// Why nothing is recorded.
        cause: Cause,
        /// More about it, in words.
        detail: Option<String>,
    },
    /// From here on nothing is recorded; written when it begins.
    Off {
        /// Since when nothing is recorded.
        #[serde(with = "millis")]
        at: Timestamp,
        /// Why nothing is recorded.
        cause: Cause,
    },
    /// A segment is protected from retention, or released.
    Keep {
        /// Its file's name.
        file: String,
        /// Whether it is protected.
        keep: bool,
        /// When the key was pressed.
        #[serde(with = "millis")]
        at: Timestamp,
    },
    /// From here on, or up to here, all that is recorded is protected from retention: each segment has
    /// its own `keep` line as well, and this one says whether the next begins so.
    Hold {
        /// Whether a span begins that is protected; else one ends.
        on: bool,
        /// When the key was pressed.
        #[serde(with = "millis")]
        at: Timestamp,
    },
    /// Retention takes a segment away.
    Removed {
        /// Its file's name.
        file: String,
        /// When retention removed it.
        #[serde(with = "millis")]
        at: Timestamp,
        /// By which rule.
        why: RetentionRule,
    },
}

/// A closed segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// The file's name.
    pub file: String,
    /// When its first picture arrived.
    #[serde(with = "millis")]
    pub start: Timestamp,
    /// When it ends: the start of what joins it, or the end of its last picture.
    #[serde(with = "millis")]
    pub end: Timestamp,
    /// Length by the camera's own clock, ms.
    pub duration_ms: u64,
    /// Video packets.
    pub packets: u64,
    /// Audio packets.
    pub audio_packets: u64,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// Key frames among the video packets.
    pub keyframes: u64,
    /// RTP packets of the video lost on the way.
    pub lost: u64,
    /// Bytes of the file that were damaged, with whole ones behind them: players pass over them.
    #[serde(default, skip_serializing_if = "is_none")]
    pub damaged: u64,
    /// BLAKE3 of the file as 64 hex digits, as `b3sum` prints it.
    pub hash: String,
    /// "h264 1920x1080".
    pub video: String,
    /// "aac 16000 Hz 1 ch".
    pub audio: Option<String>,
    /// Whether it was finished by a later start of the program.
    pub recovered: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Which rule of `keep` took a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionRule {
    /// Older than `age`.
    Age,
    /// All cameras together are larger than `total`.
    Total,
    /// One camera is larger than `per_camera`.
    PerCamera,
    /// The disk has less than `free` left.
    Free,
}

impl SegmentRecord {
    /// How long a picture of it lasts.
    pub(crate) fn picture(&self) -> Duration {
        Duration::from_millis(self.duration_ms / self.packets.max(1))
    }
}

/// The same where there may be none.
mod maybe_millis {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Millis(#[serde(with = "super::millis")] Timestamp);

    pub(crate) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(Millis).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Option::<Millis>::deserialize(from).map(|at| at.map(|Millis(at)| at))
    }
}

/// RFC 3339 in UTC with exactly three decimals.
mod millis {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:.3}", crate::clock::to_millis(*at)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(crate::clock::to_millis).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_as_it_was_written() {
        let start: Timestamp = "2026-11-22T07:20:00.1Z".parse().unwrap();
        let line = LedgerEntry::Gap { start, end: start, cause: Cause::DiskFull, detail: None };
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(
            text,
            "{\"type\":\"gap\",\"start\":\"2026-11-22T07:20:00.100Z\",\
             \"end\":\"2026-11-22T07:20:00.100Z\",\"cause\":\"disk_full\",\"detail\":null}"
        );
        assert_eq!(serde_json::from_str::<LedgerEntry>(&text).unwrap(), line);
        let finer = text.replace("100Z", "100999+00:00");
        assert_eq!(
            serde_json::from_str::<LedgerEntry>(&finer).unwrap(),
            line,
            "another's precision"
        );
    }
}
