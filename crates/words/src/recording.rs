//! What is said of recordings.

use crate::texts::texts;

texts! {
    /// Why a camera is not recorded, in lower case: behind NOT RECORDING.
    Causes {
        /// The camera is offline.
        camera_offline,
        /// The camera sends nothing.
        camera_stalled,
        /// The camera refuses the login.
        login_refused,
        /// The stream is over.
        source_ended,
        /// No room on the disk.
        disk_full,
        /// The disk is too slow.
        disk_slow,
        /// The disk can't be written to.
        disk_read_only,
        /// The folder can't be used.
        no_folder,
        /// The disk fails.
        disk_error,
        /// A stream that can't be recorded.
        not_recordable,
        /// An operator stopped it.
        stopped_by_hand,
        /// The schedule is off.
        not_scheduled,
        /// camwall ended.
        program_ended,
        /// camwall was killed.
        program_killed,
        /// The clock was changed.
        clock_changed,
        /// A fault of ours.
        internal,
    }
}

texts! {
    /// What came of a key, in capitals where a script has them.
    Notes {
        /// What is recorded from now on is kept.
        protected,
        /// What is kept ends here.
        span_ended,
        /// It is no longer kept.
        released,
        /// The newest recording is kept.
        newest_protected,
        /// The newest kept recording is no longer kept.
        newest_released,
        /// There is nothing to keep.
        nothing_to_protect,
        /// It could not be kept.
        not_protected,
        /// A snapshot was saved under this name.
        snapshot_saved(file: &str = "2026-12-31T23-59-58.250Z.png"),
        /// There is no picture to save.
        snapshot_without_picture,
        /// The snapshot failed.
        snapshot_failed,
        /// The snapshot was given up.
        snapshot_aborted,
        /// The recorder has too much to do to take the key.
        busy,
        /// An operator has confirmed the clock.
        clock_trusted,
    }
}

texts! {
    /// What CLOCK and KEEP NOT MET mean, and what helps.
    Recording {
        /// The time may be wrong; this key confirms it.
        clock_key(key: &str = "Ctrl+T"),
        /// The time may be wrong, and no key confirms it.
        clock,
        /// `age` can't be met.
        keep_age,
        /// `per_camera` can't be met.
        keep_per_camera,
        /// `total` can't be met.
        keep_total,
        /// `free` can't be met.
        keep_free,
    }
}
