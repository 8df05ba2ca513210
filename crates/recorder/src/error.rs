//! What goes wrong with a recording, sorted into causes.
//!
//! Pure. Policy: the cause is for the ledger and the tile; the error's own text names the file and
//! the system's error for the log. Advice for operators is not said here.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Cause;
use super::cause::cause_of;
use camwall_media::{MuxError, SnapshotError};

/// Why a segment can't be begun or gone on with.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RecordError {
    /// The system refused something with a file or folder.
    #[error("can't {attempt} {}: {error}", path.display())]
    Io {
        /// What was tried: a verb, such as "make".
        attempt: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system said.
        error: Arc<io::Error>,
    },
    /// The muxer refused a stream or a packet.
    #[error("{}: {error}", path.display())]
    Mux {
        /// The file.
        path: PathBuf,
        /// What the muxer said.
        error: Arc<MuxError>,
    },
    /// The recording folder can't be used, so no file is begun.
    #[error("can't record into {}", root.display())]
    NotReady {
        /// The recording folder.
        root: PathBuf,
        /// Why it can't be used.
        cause: Cause,
    },
    /// The recording folder can't be used any more, so the open file was ended.
    #[error("can't go on in {}", root.display())]
    Lost {
        /// The recording folder.
        root: PathBuf,
        /// Why it can't be used.
        cause: Cause,
    },
}

impl RecordError {
    /// For the ledger and the tile.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Io { error, .. } => cause_of(error),
            Self::Mux { error, .. } => match **error {
                MuxError::NotRecordable { .. } => Cause::NotRecordable,
                _ => Cause::Internal,
            },
            Self::NotReady { cause, .. } | Self::Lost { cause, .. } => *cause,
        }
    }

    /// The system refused to `attempt` something with `path`.
    pub(crate) fn from_io(attempt: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { attempt, path: path.to_owned(), error: Arc::new(error) }
    }

    /// Writing packets into a file failed: the disk, or the muxer itself.
    pub(crate) fn from_muxer(path: &Path, error: MuxError) -> Self {
        match error {
            MuxError::Io(error) => Self::from_io("write", path, error),
            error => Self::Mux { path: path.to_owned(), error: Arc::new(error) },
        }
    }
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SaveSnapshotError {
    /// The packets give no picture.
    #[error(transparent)]
    Decode(#[from] SnapshotError),
    /// The recording folder can't be used, so nothing is written into it.
    #[error("can't save into {}", root.display())]
    NotReady {
        /// The recording folder.
        root: PathBuf,
        /// Why it can't be used.
        cause: Cause,
    },
    /// The system refused something in the folder of the day.
    #[error("can't {attempt} in {}: {error}", folder.display())]
    Io {
        /// What was tried: a verb, such as "rename".
        attempt: &'static str,
        /// The folder of the day.
        folder: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The picture could not be encoded or written.
    #[error("can't write in {}: {error}", folder.display())]
    Image {
        /// The folder of the day.
        folder: PathBuf,
        /// What the encoder or the system said.
        error: image::ImageError,
    },
    /// All names of that second are taken.
    #[error("can't find a free name in {}: all are taken", folder.display())]
    NoFreeName {
        /// The folder of the day.
        folder: PathBuf,
    },
}

/// Why the recording folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The system refused something with the folder or its lock file.
    #[error("can't {attempt} {}: {error}", path.display())]
    Io {
        /// What was tried: a verb, such as "lock".
        attempt: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The disk that the folder was on is not mounted any more.
    #[error("the disk of {} is gone", root.display())]
    Unmounted {
        /// The recording folder.
        root: PathBuf,
    },
    /// Another process holds the lock.
    #[error("another camwall records into {}", root.display())]
    InUse {
        /// The recording folder.
        root: PathBuf,
    },
    /// The lock file was replaced while it was held.
    #[error("{} is another file by now", path.display())]
    Replaced {
        /// The lock file.
        path: PathBuf,
    },
    /// The disk takes no recordings.
    #[error("not ready: {0:?}")]
    NotReady(Cause),
    /// A mistake of camwall's own, with the panic's message.
    #[error("retention panicked: {0}")]
    Panicked(String),
}

impl StorageError {
    /// For ledger and tile.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Io { error, .. } => cause_of(error),
            Self::Unmounted { .. } | Self::InUse { .. } | Self::Replaced { .. } => Cause::NoFolder,
            Self::NotReady(cause) => *cause,
            Self::Panicked(_) => Cause::Internal,
        }
    }

    pub(crate) fn io(attempt: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { attempt, path: path.to_owned(), error }
    }
}
