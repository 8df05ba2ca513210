//! Durations and sizes as people write them: `"10min"`, `"500GB"`.
//!
//! Pure; runs on the caller's thread. Policy: a number without its unit is a mistake, because bytes
//! taken for gigabytes would empty a disk.

use std::time::Duration;

use bytesize::ByteSize;
use camwall_words::{DurationFault, ValueMistake};
use humantime::DurationError;
use serde::{Deserialize, Deserializer};

use super::mistake::raise;

/// A duration: `"500ms"`, `"1m 30s"`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text)
        .map_err(|why| raise(ValueMistake::Duration { why: fault(&text, why) }))
}

/// Why `text` is no duration.
fn fault(text: &str, why: DurationError) -> DurationFault {
    match why {
        DurationError::UnknownUnit { unit, value, .. } if unit.is_empty() => {
            DurationFault::NoUnit { number: value }
        }
        DurationError::UnknownUnit { unit, .. } => DurationFault::UnknownUnit { unit },
        DurationError::InvalidCharacter(at) => text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(DurationFault::NoNumber, DurationFault::Character),
        DurationError::NumberExpected(_) => DurationFault::NoNumber,
        DurationError::NumberOverflow => DurationFault::Number,
        DurationError::Empty => DurationFault::Empty,
    }
}

/// A duration, or `None`.
pub(super) fn maybe_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Written(#[serde(deserialize_with = "duration")] Duration);
    Ok(Option::<Written>::deserialize(deserializer)?.map(|Written(value)| value))
}

/// A size in bytes: `"500GB"`, `"64 MB"`, `"1.5TiB"`. `MB` is 1000 × 1000 bytes, `MiB` 1024 × 1024.
pub(super) fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    read_size(&text).ok_or_else(|| raise(ValueMistake::Size))
}

/// A size in bytes, or `None`.
pub(super) fn maybe_size<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Written(#[serde(deserialize_with = "size")] u64);
    Ok(Option::<Written>::deserialize(deserializer)?.map(|Written(value)| value))
}

fn read_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let has_unit = text.ends_with(|c: char| c.is_ascii_alphabetic());
    text.parse().ok().filter(|_| has_unit).map(|ByteSize(bytes)| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("500GB", 500_000_000_000),
            ("64 MB", 64_000_000),
            (" 64mb ", 64_000_000),
            ("1.5TiB", 3 << 39),
            ("1MiB", 1 << 20),
            ("0B", 0),
            ("7k", 7000),
            ("99999999999999999999EB", u64::MAX),
        ] {
            assert_eq!(read_size(text), Some(bytes), "{text}");
        }
        for text in ["", "500", "GB", "-1GB", "5 Gigabyte", "5GB free", "1.2.3GB", "5,5GB", "1e3B"]
        {
            assert_eq!(read_size(text), None, "{text}");
        }
    }
}
