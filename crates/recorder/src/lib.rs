//! Cameras' packets on disk: segments, the gap ledger, retention.
//!
//! ```text
//! main stream's packet hub ──Subscription──▶ ID.record: segment (remux) ─▶ disk
//!                                                └▶ ledger (one line a segment, a gap)
//! Storage (one a wall): the folder's lock, the thread `retention`, the floor of free space
//! ```
//!
//! Plain threads; nothing here knows of Bevy, and FFmpeg stays behind [`camwall_media`]. One
//! thread a camera muxes and writes, so that one slow disk write stalls nothing but that camera's
//! recording, whose packets then wait in the hub, which is bounded in bytes. Policies:
//! - the pre-roll is an older position in the hub; who records nothing reads nothing and sleeps;
//! - nothing is decoded or encoded; files begin and rotate on key frames;
//! - a file is `….part` until it is whole; it is flushed several times a second and synced every second,
//!   and plays after a kill at any moment; the next start finishes it;
//! - every second from a camera's first segment on is either in a segment or in a gap with its
//!   cause, in the camera's ledger;
//! - trouble with the disk ends the segment, is shown on the tile, and is tried again for ever.
//!
//! Layout of the folder, all in UTC:
//! ```text
//! DIR/.camwall.lock
//! DIR/.camwall.archive                                        which archive this is
//! DIR/CAMERA/2026/11/22/CAMERA_2026-11-22T07-20-00Z.mkv        (.mkv.part while written)
//! DIR/CAMERA/2026/11/22/CAMERA_2026-11-22.ledger.jsonl
//! DIR/CAMERA/2026/11/22/CAMERA_2026-11-22T07-20-00Z.png        snapshots
//! ```

#![forbid(unsafe_code)]

mod backoff;
mod camera;
mod cause;
mod clock;
mod container;
mod disk;
mod error;
mod events;
#[cfg(any(test, feature = "fixtures"))]
#[allow(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a promise that is broken is a panic, which is what a fuzzer looks for"
)]
pub mod fuzzing;
mod hash;
mod keeper;
mod ledger;
mod pace;
mod paths;
pub mod reader;
mod repair;
#[cfg(any(test, feature = "fixtures"))]
#[allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "for tests alone: what fails here fails the test"
)]
pub mod simulation;
mod system;
mod verify;
mod writer;

use jiff::Timestamp;

pub use self::camera::snapshot::save_beside;
pub use self::camera::{Recorder, RecorderSpec};
pub use self::cause::Cause;
pub use self::clock::ClockWord;
pub use self::disk::check::check_folder;
pub use self::error::{Error, Why};
pub use self::events::{
    Note, RecorderEvent, RecorderHandler, StorageEvent, StorageHandler, Trouble,
};
pub use self::keeper::RetentionLimits;
pub use self::keeper::storage::{Storage, StorageSpec};
pub use self::ledger::entry::{RetentionRule, SegmentRecord};
pub use self::ledger::history::{
    BadEntry, EntryPosition, Gap, History, OpenSegment, RecordedSegment, RecordedSpan,
    RecordingOff, recorded_folders,
};
pub use self::paths::MARKER;
pub use self::verify::{Fault, FaultKind, IntervalName, format_length, is_recording, verify};
pub use self::writer::rules::Intent;
pub use self::writer::segment::SegmentSettings;

/// The state of a camera's recording, at this instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecorderStatus {
    /// Whether it is to be recorded: by the wall file, its schedule or a key.
    pub wanted: bool,
    /// Whether its bytes reach the disk. This is what lights REC.
    pub writing: bool,
    /// Why it is not recorded although it should be; none in the first moments of a recording.
    pub fault: Option<Cause>,
    /// Whether a span is open that is protected from retention: all that is recorded, up to the next
    /// press of the key.
    pub kept: bool,
    /// When an earlier run of the program was killed that was to record it: up to when it is recorded. Known
    /// a moment after the start, or when the folder is there.
    pub interrupted: Option<Timestamp>,
    /// What is to be said of the archive beside.
    pub doubts: Doubts,
}

/// What an operator should know of a camera's archive although it is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Whether the system's clock contradicts what is recorded; where that is a minute and more, nothing is
    /// removed by age.
    pub clock: bool,
    /// The limit of the wall file that kept segments make impossible to meet.
    pub limit: Option<RetentionRule>,
}
