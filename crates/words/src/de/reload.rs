//! What is said of a wall file that was changed while the wall runs, in German.

use crate::Reload;

pub const RELOAD: Reload = Reload {
    not_taken_over: |mistakes| match mistakes {
        1 => "Die Wanddatei hat einen Fehler: die Wand bleibt, wie sie war".to_owned(),
        _ => format!("Die Wanddatei hat {mistakes} Fehler: die Wand bleibt, wie sie war"),
    },
    unreadable: "Die Wanddatei ist nicht lesbar: die Wand bleibt, wie sie war",
    and_more: |mistakes| format!("und {mistakes} weitere"),
    restart_needed: "NEUSTART NÖTIG: die Wanddatei verlangt mehr, als dieser Lauf darf",
    out_of_reach: |whose| format!("{whose} liegt außerhalb der Sandbox"),
    recording_folder: "Aufzeichnungen in einem anderen Ordner",
    sandbox: "Sandbox ein oder aus",
};
