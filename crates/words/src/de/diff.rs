//! What `camwall check --diff` says, in German.

use crate::Difference;

pub const DIFFERENCE: Difference = Difference {
    nothing: |from, to| format!("{from} → {to}: nichts ändert sich"),
    head: |from, to| format!("{from} → {to}: Änderungen"),
    camera: |camera, what| format!("Kamera {camera}: {what}"),
    camera_added: "ist neu und verbindet sich",
    camera_removed: "entfällt; ihre Aufzeichnung wird abgeschlossen",
    camera_moved: |to, from| format!("ist Nummer {to} statt {from}"),
    main_anew: "der Hauptstream verbindet sich neu",
    sub_anew: "der Nebenstream verbindet sich neu",
    both_anew: "beide Streams verbinden sich neu",
    sub_added: "der Nebenstream ist neu",
    sub_removed: "der Nebenstream entfällt",
    watch: "worauf ihre Bilder geprüft werden",
    label: |new, old| format!("heißt `{new}` statt `{old}`"),
    fit: "wie ihr Bild die Kachel füllt",
    record: "wann sie aufgezeichnet wird",
    between: ", ",
    layout_added: |layout| format!("Layout {layout}: ist neu"),
    layout_removed: |layout| {
        format!("Layout {layout}: entfällt; wer es gerade sieht, sieht das anfängliche")
    },
    layout_changed: |layout| format!("Layout {layout}: seine Plätze"),
    layout_order: "Layouts: ihre Reihenfolge und damit ihre Tasten",
    tour_added: |tour| format!("Rundgang {tour}: ist neu"),
    tour_removed: |tour| {
        format!("Rundgang {tour}: fällt weg; eine Wand, die ihn zeigt, bleibt bei ihrem Schritt")
    },
    tour_changed: |tour| format!("Rundgang {tour}: Schritte und Zeiten"),
    tours: "tours: Reihenfolge",
    show: "show: ab dem nächsten Start",
    wall_added: |wall| format!("Wand {wall}: ist neu und öffnet sich"),
    wall_removed: |wall| format!("Wand {wall}: fällt weg"),
    wall_changed: |wall| {
        format!("Wand {wall}: Monitor, Größe oder Drehung, oder womit sie beginnt")
    },
    walls: "walls: Reihenfolge",
    prewarm: "prewarm: welche Kameras immer dekodiert werden",
    overlay: "overlay: was über den Bildern steht",
    stats: "overlay: ob die Zahlen gezeigt werden",
    stale_after: "overlay: ab wann ein Bild als alt gilt; nichts verbindet sich neu",
    language: "language: die Sprache der Wand",
    keys: "keys: welche Taste was bewirkt",
    window: "window: Ort und Größe des Fensters",
    burn_in: "burn_in: Schonung der Bildschirme",
    recording_folder: "NEUSTART NÖTIG: recording: der Ordner; die Wand bleibt bei ihrem bisherigen",
    recording_files: "recording: ab der nächsten Datei jeder Kamera",
    pre_roll: "recording: wie viel im Speicher bleibt",
    retention: "recording: wann alte Aufzeichnungen gelöscht werden",
    sandbox: "NEUSTART NÖTIG: sandbox: im Lauf weder ein- noch auszuschalten",
    out_of_reach: |whose, path| format!("NEUSTART NÖTIG: {whose}: {path}: außerhalb der Sandbox"),
    connected: |connected, all| {
        format!("{connected} von {all} Kameras bleiben verbunden, wie sie sind")
    },
};
