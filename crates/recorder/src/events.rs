//! What a recorder and the storage tell their holder while they work, as data.
//!
//! The threads `ID.record` and `ID.still` call the handler of [`RecorderEvent`]s, the thread
//! `retention` that of [`StorageEvent`]s. Policy: the holder finds the words for log and tile; a
//! handler returns at once, because packets wait for it.

use std::path::Path;
use std::sync::Arc;

use crate::error::Error;

/// What a recorder tells.
#[derive(Clone, Copy, Debug)]
pub enum RecorderEvent<'a> {
    /// The status changed, or a [`Note`] waits.
    Changed,
    /// Something is wrong, or no longer.
    Told {
        /// What.
        what: Trouble,
        /// The camera's id.
        camera: &'a str,
        /// What went wrong.
        error: &'a Error,
    },
}

/// What is wrong with a recording, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is recorded; told once for each cause.
    NotRecording,
    /// A file is open again.
    RecordedAgain,
    /// A file could not be closed and is repaired.
    NotClosed,
    /// A whole file lacks its name, which is tried again less and less often; what is recorded goes on.
    /// Told once for each cause.
    NotNamed,
    /// All whole files have their names again.
    NamedAgain,
    /// A snapshot could not be decoded or written; [`Note::SnapshotFailed`] follows.
    NoSnapshot,
}

/// What the storage tells: once for each error, of what is tried again for ever, and when it is over.
#[derive(Clone, Copy, Debug)]
pub struct StorageEvent<'a> {
    /// The recording folder.
    pub root: &'a Path,
    /// Why nothing can be recorded; none where the folder can be recorded to again.
    pub error: Option<&'a Error>,
}

/// Takes what a recorder tells, on its threads `ID.record` and `ID.still`.
pub type RecorderHandler = Arc<dyn Fn(RecorderEvent<'_>) + Send + Sync>;

/// Takes what the storage tells, on the thread `retention`.
pub type StorageHandler = Arc<dyn Fn(StorageEvent<'_>) + Send + Sync>;

/// What came of something that a key asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// All that is recorded from here on is protected from retention, up to the next press.
    Protected,
    /// That is over; what was recorded meanwhile stays protected.
    SpanEnded,
    /// It is taken back: nothing of it is protected.
    Released,
    /// Nothing is being written; the newest segment is protected.
    NewestProtected,
    /// The newest run of protected segments is no longer protected.
    NewestReleased,
    /// The camera has no segment.
    NothingToProtect,
    /// The ledger can't be read; the log says why.
    NotProtected,
    /// A snapshot was saved under this file name.
    SnapshotSaved(String),
    /// No picture came in time for a snapshot.
    SnapshotWithoutPicture,
    /// A snapshot could not be decoded or written; [`Trouble::NoSnapshot`] told why.
    SnapshotFailed,
    /// The thread for a snapshot did not start, or ended without a word.
    SnapshotAborted,
}
