//! Logs what recorders and the recording folder tell.
//!
//! Runs on the threads `ID.record`, `ID.still` and `retention`. Policy: a line is written when something begins
//! and when it is over; the words are those of [`messages`].

use tracing::{error, info, warn};

use crate::camera::messages::recording as messages;
use camwall_recorder::{RecorderEvent, StorageEvent};

/// Logs what a recorder tells, on its threads.
pub(super) fn log_recorder(event: RecorderEvent<'_>) {
    match event {
        RecorderEvent::Changed => {}
        RecorderEvent::NotRecording { camera, error } => {
            error!("{camera}: NOT RECORDING: {}", messages::error(error));
        }
        RecorderEvent::NotClosed { camera, error } => {
            error!("{camera}: {}", messages::error(error));
        }
        RecorderEvent::NotNamed { camera, error } => {
            error!("{camera}: a recording lacks its name: {}", messages::error(error));
        }
        RecorderEvent::NamedAgain { camera, after } => {
            info!("{camera}: all recordings have their names after: {}", messages::detail(after));
        }
        RecorderEvent::RecordedAgain { camera, after } => {
            info!("{camera}: recorded again after: {}", messages::detail(after));
        }
        RecorderEvent::NoSnapshot { camera, error } => {
            error!("{camera}: no snapshot: {}", messages::snapshot(error));
        }
    }
}

/// Logs what the recording folder tells, on the thread `retention`.
pub(super) fn log_storage(event: StorageEvent<'_>) {
    match event {
        StorageEvent::Unusable { root, error } => {
            let (root, why) = (root.display(), messages::storage(error));
            warn!("{root}: nothing is recorded: {why}; trying again");
        }
        StorageEvent::Usable { root } => {
            info!("{}: can be recorded to again", root.display());
        }
    }
}
