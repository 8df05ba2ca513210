//! What goes wrong with a recording, sorted into causes.
//!
//! Pure. Policy: the cause is for the ledger and the tile; the detail names file and system error
//! for the log.

use std::io;
use std::path::Path;

use super::Cause;
use super::storage::cause_of;
use camwall_media::MuxError;

/// Why a segment can't be begun or gone on with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}; {advice}", advice = advice(*cause))]
pub struct RecordError {
    /// For the ledger and the tile.
    pub cause: Cause,
    /// What was tried and what came of it.
    pub detail: String,
}

impl RecordError {
    /// A file or folder failed.
    pub fn from_io(what: &str, path: &Path, error: &io::Error) -> Self {
        Self { cause: cause_of(error), detail: format!("can't {what} {}: {error}", path.display()) }
    }

    /// Writing packets into a file failed.
    pub fn from_muxer(path: &Path, error: &MuxError) -> Self {
        match error.io() {
            Some(io) => Self::from_io("write", path, io),
            None => {
                let cause = match error {
                    MuxError::NotRecordable { .. } => Cause::NotRecordable,
                    _ => Cause::Internal,
                };
                Self { cause, detail: format!("{}: {error}", path.display()) }
            }
        }
    }
}

fn advice(cause: Cause) -> &'static str {
    match cause {
        Cause::DiskFull => "make room, or lower `keep`",
        Cause::DiskReadOnly => "make the disk writable",
        Cause::NoFolder => "check `recording: (dir: …)`, its owner and its permissions",
        Cause::DiskError => "check the disk and the system's log",
        Cause::NotRecordable => "try `container: Matroska`",
        _ => "it is tried again",
    }
}
