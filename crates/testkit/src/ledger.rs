//! The lines of a recording's ledger, as docs/recording.md promises them to other tools: every field must
//! be there, and no other.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};

/// One line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    Open {
        file: String,
        #[serde(deserialize_with = "time")]
        start: Timestamp,
        /// Only where the file before is still to be finished.
        #[serde(default, deserialize_with = "known_time")]
        after: Option<Timestamp>,
    },
    Segment(Segment),
    Gap(Gap),
    Off {
        #[serde(deserialize_with = "time")]
        at: Timestamp,
        cause: String,
    },
    Keep {
        file: String,
        keep: bool,
        #[serde(deserialize_with = "time")]
        at: Timestamp,
    },
    Hold {
        on: bool,
        #[serde(deserialize_with = "time")]
        at: Timestamp,
    },
    Removed {
        file: String,
        #[serde(deserialize_with = "time")]
        at: Timestamp,
        why: String,
    },
}

/// A closed segment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    pub file: String,
    #[serde(deserialize_with = "time")]
    pub start: Timestamp,
    #[serde(deserialize_with = "time")]
    pub end: Timestamp,
    pub duration_ms: u64,
    pub packets: u64,
    pub audio_packets: u64,
    pub bytes: u64,
    pub keyframes: u64,
    pub lost: u64,
    pub hash: String,
    pub video: String,
    #[serde(deserialize_with = "present")]
    pub audio: Option<String>,
    pub recovered: bool,
    /// Only where it is not 0.
    #[serde(default)]
    pub damaged: u64,
}

/// A time that is not recorded.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    #[serde(deserialize_with = "time")]
    pub start: Timestamp,
    #[serde(deserialize_with = "time")]
    pub end: Timestamp,
    pub cause: String,
    #[serde(deserialize_with = "present")]
    pub detail: Option<String>,
}

impl Line {
    /// Reads one line.
    pub fn parse(line: &str) -> Self {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))
    }
}

impl Gap {
    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.end.duration_since(self.start).as_secs_f64()
    }
}

/// A time that a line may have or not.
fn known_time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    time(from).map(Some)
}

/// UTC with exactly three decimals.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    if text.len() != "2026-11-22T07:20:00.123Z".len() || !text.ends_with('Z') {
        return Err(de::Error::custom(format!("not a time of the ledger: {text}")));
    }
    text.parse().map_err(de::Error::custom)
}

/// serde takes a missing `Option` for `None`, unless it is read by a function.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(from)
}
