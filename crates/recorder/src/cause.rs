//! Why nothing is recorded: the causes that ledger and tile tell apart.

use std::io;

use serde::{Deserialize, Serialize};

/// Why there is a gap in a camera's recording. The snake-case names are written into the
/// ledger, where other tools read them: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No connection to the camera.
    CameraOffline,
    /// Connected, but no pictures came, or none that a file can begin with.
    CameraStalled,
    /// The camera refused the login.
    LoginRefused,
    /// The source was a file and is over.
    SourceEnded,
    /// No space left, or less than the wall file keeps free.
    DiskFull,
    /// The disk could not keep up, and the queue was full.
    DiskSlow,
    /// The disk can't be written to.
    DiskReadOnly,
    /// The folder is missing, not ours to write to, or in use by another camwall.
    NoFolder,
    /// Reading or writing failed.
    DiskError,
    /// The container can't hold this kind of stream.
    NotRecordable,
    /// Somebody ended the recording by key.
    StoppedByHand,
    /// Outside the hours of the wall file.
    NotScheduled,
    /// camwall was ended.
    ProgramEnded,
    /// camwall was killed, or the machine went down.
    ProgramKilled,
    /// The system's clock was set.
    ClockChanged,
    /// A mistake of camwall's own.
    Internal,
}

impl Cause {
    /// Whether somebody meant it: such a gap is no loss.
    #[must_use]
    pub fn is_intended(self) -> bool {
        matches!(self, Self::StoppedByHand | Self::NotScheduled | Self::ProgramEnded)
    }
}

/// Sorts errors of the file system.
pub(crate) fn cause_of(error: &io::Error) -> Cause {
    use io::ErrorKind::{
        IsADirectory, NotADirectory, NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem,
        StorageFull,
    };
    match error.kind() {
        StorageFull | QuotaExceeded => Cause::DiskFull,
        ReadOnlyFilesystem => Cause::DiskReadOnly,
        NotFound | NotADirectory | IsADirectory | PermissionDenied => Cause::NoFolder,
        _ => Cause::DiskError,
    }
}
