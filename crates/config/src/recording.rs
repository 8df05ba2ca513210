//! What is recorded, where to, and for how long it is kept.
//!
//! Plain data, read on the caller's thread. Policy: nothing is recorded unless asked for; what was
//! recorded is removed only when the disk needs the room, unless the file says otherwise.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{
    schedule::Weekly,
    units::{duration, maybe_duration, maybe_size, size},
};

/// When a camera is recorded. Keys start and stop a recording whatever this says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub enum Record {
    /// Only by key.
    #[default]
    Never,
    /// Always.
    Always,
    /// At these times of the week, local time: `["Mon-Fri 08:00-18:00", "Daily 22:00-06:00"]`.
    Weekly(Weekly),
}

/// What recordings are packed in. Both survive a kill at any moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Container {
    /// Matroska, `.mkv`.
    #[default]
    Matroska,
    /// Fragmented MP4, `.mp4`.
    Mp4,
}

/// How and where cameras are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recording {
    /// The folder. Relative paths start at the wall file's folder. Default: `"recordings"`.
    pub dir: PathBuf,
    /// Whether the folder must be there, as camwall has marked it: it is on a disk that may not be
    /// mounted, and is then not made on the disk below. Default: false.
    pub must_exist: bool,
    /// What recordings are packed in. Default: `Matroska`.
    pub container: Container,
    /// Length of a file, `"1s"` to `"24h"`, on the wall clock. Default: `"10min"`.
    #[serde(deserialize_with = "duration")]
    pub segment: Duration,
    /// Bytes after which a file ends early, from `"1MB"`. Default: `"4GB"`, the largest that FAT
    /// disks hold.
    #[serde(deserialize_with = "size")]
    pub segment_size: u64,
    /// How much of the time before its start a recording begins with, `"0s"` to `"5min"`. Default:
    /// `"10s"`.
    #[serde(deserialize_with = "duration")]
    pub pre_roll: Duration,
    /// Bytes of packets of each camera that may be in memory, for the pre-roll and for what waits for
    /// the disk, `"2MB"` to `"4GB"`; the newest key frame and what follows it stay, up to 24 MiB, however
    /// little that is. Default: `"64MB"`.
    #[serde(deserialize_with = "size")]
    pub memory: u64,
    /// When old recordings are removed. Default: the oldest, while less than `"5GB"` are free.
    pub keep: Retention,
}

impl Recording {
    /// The folder; `base_dir` is that of the wall file.
    #[must_use]
    pub fn folder(&self, base_dir: &Path) -> PathBuf {
        base_dir.join(&self.dir)
    }
}

impl Default for Recording {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("recordings"),
            must_exist: false,
            container: Container::Matroska,
            segment: Duration::from_mins(10),
            segment_size: 4_000_000_000,
            pre_roll: Duration::from_secs(10),
            memory: 64_000_000,
            keep: Retention::default(),
        }
    }
}

/// How long recordings are kept: the oldest closed files are removed first, whichever limit is reached.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename = "Keep", deny_unknown_fields, default)]
pub struct Retention {
    /// Age at which a file is removed, from `"1min"`. Default: any.
    #[serde(deserialize_with = "maybe_duration")]
    pub age: Option<Duration>,
    /// Bytes for all cameras together. Default: what the disk holds.
    #[serde(deserialize_with = "maybe_size")]
    pub total: Option<u64>,
    /// Bytes for each camera. Default: what the disk holds.
    #[serde(deserialize_with = "maybe_size")]
    pub per_camera: Option<u64>,
    /// Bytes that are to stay free on the disk; may be `"0B"`. Below a quarter of them, 256 MB at most,
    /// nothing is recorded. Default: `"5GB"`.
    #[serde(deserialize_with = "size")]
    pub free: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { age: None, total: None, per_camera: None, free: 5_000_000_000 }
    }
}
