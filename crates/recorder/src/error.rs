//! What goes wrong with recordings: what was tried, with which file or folder, and why it failed.
//!
//! Pure. Policy: one type for all rooms. Its cause is for the ledger and the tile; its own text names the
//! file and what the system said for the log. Advice for operators is not said here.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Cause;
use super::cause::cause_of;
use camwall_media::{MuxError, SnapshotError};

/// What can't be done.
#[derive(Clone, Debug, thiserror::Error)]
#[error("can't {attempt} {}: {why}", path.display())]
pub struct Error {
    /// What was tried: a verb, such as "make".
    pub attempt: &'static str,
    /// With which file or folder.
    pub path: PathBuf,
    /// Why it failed.
    pub why: Why,
}

/// Why something failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Why {
    /// The system refused it.
    #[error("{}", words_of(.0))]
    Io(Arc<io::Error>),
    /// The muxer refused a stream or a packet.
    #[error("{0}")]
    Mux(Arc<MuxError>),
    /// The packets give no picture.
    #[error("{0}")]
    Picture(SnapshotError),
    /// The recording folder can't be used.
    #[error("not ready: {0:?}")]
    NotReady(Cause),
    /// The disk that the folder was on is not mounted any more.
    #[error("its disk is gone")]
    Unmounted,
    /// Another process holds the lock.
    #[error("another camwall records into it")]
    InUse,
    /// The file was replaced while it was held.
    #[error("it is another file by now")]
    Replaced,
    /// Something else has that name.
    #[error("it is no folder")]
    NotAFolder,
    /// A link leads nowhere, often to a disk that is not mounted.
    #[error("it is a link that leads nowhere")]
    DeadLink,
    /// All names of that second are taken.
    #[error("all names are taken")]
    NoFreeName,
    /// A file does not begin as Matroska or MP4.
    #[error("neither Matroska nor MP4")]
    Foreign,
    /// A file is damaged otherwise than by being unfinished; nothing was changed.
    #[error("damaged at byte {at}, {rest} bytes before its end")]
    Damaged {
        /// Byte at which the structure breaks off.
        at: u64,
        /// Bytes that follow.
        rest: u64,
    },
    /// A mistake of camwall's own, or a file whose structure is whole and that FFmpeg can't read; in words.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// It failed to `attempt` something with `path`.
    pub(crate) fn new(attempt: &'static str, path: &Path, why: impl Into<Why>) -> Self {
        Self { attempt, path: path.to_owned(), why: why.into() }
    }

    /// For the ledger and the tile.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match &self.why {
            Why::Io(error) => cause_of(error),
            Why::Mux(error) if matches!(**error, MuxError::NotRecordable { .. }) => {
                Cause::NotRecordable
            }
            Why::NotReady(cause) => *cause,
            Why::Unmounted | Why::InUse | Why::Replaced | Why::NotAFolder | Why::DeadLink => {
                Cause::NoFolder
            }
            Why::NoFreeName => Cause::DiskError,
            _ => Cause::Internal,
        }
    }
}

impl From<io::Error> for Why {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

impl From<MuxError> for Why {
    /// Writing packets into a file failed: the disk, or the muxer itself.
    fn from(error: MuxError) -> Self {
        match error {
            MuxError::Io(error) => error.into(),
            error => Self::Mux(Arc::new(error)),
        }
    }
}

/// What the system said, shorter where that is often met.
fn words_of(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "no permission".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        _ => error.to_string(),
    }
}
