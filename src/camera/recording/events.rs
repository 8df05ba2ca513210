//! Logs what recorders and the recording folder tell.
//!
//! Runs on the threads `ID.record`, `ID.still` and `retention`. Policy: a line is written when something begins
//! and when it is over; the words are those of [`messages`].

use tracing::{error, info, warn};

use crate::camera::messages::recording as messages;
use camwall_recorder::{Error, StorageEvent, Trouble};

/// Logs what a recorder tells, on its threads.
pub(super) fn log_recorder(what: Trouble, camera: &str, error: &Error) {
    let why = messages::error(error);
    match what {
        Trouble::NotRecording => error!("{camera}: NOT RECORDING: {why}"),
        Trouble::NotClosed => error!("{camera}: {why}"),
        Trouble::NotNamed => error!("{camera}: a recording lacks its name: {why}"),
        Trouble::NamedAgain => {
            info!("{camera}: all recordings have their names after: {}", messages::detail(error));
        }
        Trouble::RecordedAgain => {
            info!("{camera}: recorded again after: {}", messages::detail(error));
        }
        Trouble::NoSnapshot => error!("{camera}: no snapshot: {}", messages::snapshot(error)),
    }
}

/// Logs what the recording folder tells, on the thread `retention`.
pub(super) fn log_storage(StorageEvent { root, error }: StorageEvent<'_>) {
    let root = root.display();
    match error.map(messages::storage) {
        Some(why) => warn!("{root}: nothing is recorded: {why}; trying again"),
        None => info!("{root}: can be recorded to again"),
    }
}
