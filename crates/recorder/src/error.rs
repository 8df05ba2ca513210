//! What goes wrong with a recording, sorted into causes.
//!
//! Pure. Policy: the cause is for the ledger and the tile; the error's own text names the file and
//! the system's error for the log. Advice for operators is not said here.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Cause;
use super::storage::cause_of;
use camwall_media::MuxError;

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
