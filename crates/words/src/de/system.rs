//! Why the system did not do what was asked, in German.

use crate::System;

pub const SYSTEM: System = System {
    not_found: "nicht vorhanden",
    denied: "keine Berechtigung",
    is_folder: "es ist ein Ordner",
    not_a_folder: "es ist kein Ordner",
    read_only: "das Dateisystem ist schreibgeschützt",
    full: "der Datenträger ist voll",
    device: "der Datenträger meldet einen Fehler",
    name: "keine Datei kann so heißen",
    no_answer: "das Netzlaufwerk antwortet nicht",
    links: "die Verknüpfungen führen im Kreis",
    not_text: "es ist kein UTF-8-Text",
    code: |code| format!("Fehler {code} des Systems"),
    unknown: "ein unbekannter Fehler",
};
