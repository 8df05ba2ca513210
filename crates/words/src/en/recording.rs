//! What is said of recordings, in English.

use crate::{Causes, Notes, Recording};

pub const CAUSES: Causes = Causes {
    camera_offline: "camera offline",
    camera_stalled: "camera sends no pictures",
    login_refused: "login refused",
    source_ended: "source ended",
    disk_full: "disk full",
    disk_slow: "disk too slow",
    disk_read_only: "disk read-only",
    no_folder: "no folder to write to",
    disk_error: "disk error",
    not_recordable: "stream not recordable",
    stopped_by_hand: "stopped by hand",
    not_scheduled: "not scheduled",
    program_ended: "camwall ended",
    program_killed: "camwall killed",
    clock_changed: "clock changed",
    internal: "internal error",
};

pub const NOTES: Notes = Notes {
    protected: "KEPT FROM NOW ON",
    span_ended: "KEPT UNTIL HERE",
    released: "NO LONGER KEPT",
    newest_protected: "LAST RECORDING KEPT",
    newest_released: "LAST KEPT RECORDING RELEASED",
    nothing_to_protect: "NOTHING TO KEEP",
    not_protected: "NOT KEPT",
    snapshot_saved: |file| format!("SNAPSHOT {file}"),
    snapshot_without_picture: "NO SNAPSHOT: NO PICTURE",
    snapshot_failed: "NO SNAPSHOT, SEE LOG",
    snapshot_aborted: "NO SNAPSHOT",
    busy: "BUSY, TRY AGAIN",
    clock_trusted: "CLOCK TRUSTED",
};

pub const RECORDING: Recording = Recording {
    clock_key: |key| format!("the time may be wrong: press {key} if it is right"),
    clock: "the time may be wrong until it is synchronised, or trust_clock is pressed",
    keep_age: "what is kept is older than age",
    keep_per_camera: "what is kept exceeds per_camera",
    keep_total: "what is kept exceeds total",
    keep_free: "less than free is left, and no more can go",
};
