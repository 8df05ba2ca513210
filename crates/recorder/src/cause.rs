//! Why nothing is recorded: the words of the ledger and of the tile.

use serde::{Deserialize, Serialize};

/// Why there is a gap in a camera's recording. The snake-case names stand in the ledger, where
/// other tools read them: they never change.
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
    /// In the operator's words, lower case.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::CameraOffline => "camera offline",
            Self::CameraStalled => "camera sends no pictures",
            Self::LoginRefused => "login refused",
            Self::SourceEnded => "source ended",
            Self::DiskFull => "disk full",
            Self::DiskSlow => "disk too slow",
            Self::DiskReadOnly => "disk read-only",
            Self::NoFolder => "no folder to write to",
            Self::DiskError => "disk error",
            Self::NotRecordable => "stream not recordable",
            Self::StoppedByHand => "stopped by hand",
            Self::NotScheduled => "not scheduled",
            Self::ProgramEnded => "camwall ended",
            Self::ProgramKilled => "camwall killed",
            Self::ClockChanged => "clock changed",
            Self::Internal => "internal error",
        }
    }

    /// Whether somebody meant it: such a gap is no loss.
    #[must_use]
    pub fn is_intended(self) -> bool {
        matches!(self, Self::StoppedByHand | Self::NotScheduled | Self::ProgramEnded)
    }
}
