//! What is said of recordings, in German.

use crate::{Causes, Notes, Recording};

pub const CAUSES: Causes = Causes {
    camera_offline: "Kamera offline",
    camera_stalled: "Kamera sendet kein Bild",
    login_refused: "Anmeldung abgelehnt",
    source_ended: "Quelle zu Ende",
    disk_full: "Platte voll",
    disk_slow: "Platte zu langsam",
    disk_read_only: "Platte schreibgeschützt",
    no_folder: "kein Ordner zum Schreiben",
    disk_error: "Plattenfehler",
    not_recordable: "Stream nicht aufzeichenbar",
    stopped_by_hand: "von Hand beendet",
    not_scheduled: "außerhalb des Zeitplans",
    program_ended: "camwall beendet",
    program_killed: "camwall abgebrochen",
    clock_changed: "Uhr verstellt",
    internal: "interner Fehler",
};

pub const NOTES: Notes = Notes {
    protected: "AB JETZT GESCHÜTZT",
    span_ended: "BIS HIER GESCHÜTZT",
    released: "NICHT MEHR GESCHÜTZT",
    newest_protected: "LETZTE AUFZEICHNUNG GESCHÜTZT",
    newest_released: "LETZTE GESCHÜTZTE AUFZEICHNUNG FREIGEGEBEN",
    nothing_to_protect: "NICHTS ZU SCHÜTZEN",
    not_protected: "NICHT GESCHÜTZT",
    snapshot_saved: |file| format!("STANDBILD {file}"),
    snapshot_without_picture: "KEIN STANDBILD: KEIN BILD",
    snapshot_failed: "KEIN STANDBILD, SIEHE PROTOKOLL",
    snapshot_aborted: "KEIN STANDBILD",
    busy: "AUSGELASTET, BITTE NOCHMALS",
    clock_trusted: "UHRZEIT BESTÄTIGT",
};

pub const RECORDING: Recording = Recording {
    clock_key: |key| format!("die Uhrzeit könnte falsch sein: {key} drücken, wenn sie stimmt"),
    clock: "die Uhrzeit könnte falsch sein, bis sie abgeglichen oder trust_clock gedrückt wird",
    keep_age: "was aufbewahrt ist, ist älter als age",
    keep_per_camera: "was aufbewahrt ist, übersteigt per_camera",
    keep_total: "was aufbewahrt ist, übersteigt total",
    keep_free: "weniger als free ist frei, und nichts kann mehr weichen",
};
