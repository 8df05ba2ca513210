//! What a tile says, in German.

use crate::{States, Tile, Warned};

pub const STATES: States = States {
    live: "LIVE",
    connecting: "VERBINDE",
    late: "VERZÖGERT",
    no_new_picture: "KEIN NEUES BILD",
    cant_decode: "NICHT DEKODIERBAR",
    busy: "AUSGELASTET",
    no_login: "KEINE ZUGANGSDATEN",
    not_trusted: "NICHT VERTRAUENSWÜRDIG",
    offline: "OFFLINE",
    login_refused: "ANMELDUNG ABGELEHNT",
    ended: "BEENDET",
};

pub const WARNED: Warned = Warned {
    frozen: "EINGEFROREN",
    dark: "DUNKEL",
    damaged: "BILDFEHLER",
    clock: "UHRZEIT",
    keep: "AUFBEWAHRUNG NICHT ERFÜLLT",
    reduced: "REDUZIERT",
    unverified: "VERSCHLÜSSELT, UNGEPRÜFT",
    since: |word, time| format!("{word} seit {time}"),
};

pub const TILE: Tile = Tile {
    rec: "REC",
    kept: "GESCHÜTZT",
    not_recording: "KEINE AUFZEICHNUNG",
    late_by: |word, seconds| format!("{word} {seconds} s"),
    picture_old: |seconds| format!("{seconds} s alt"),
    since: |time| format!("seit {time}"),
    last_picture: |time, seconds| format!("letztes Bild {time}, vor {seconds} s"),
    trying_now: "neuer Versuch jetzt",
    trying_in: |seconds| format!("neuer Versuch in {seconds} s"),
    main_stream: "Haupt",
    sub_stream: "Neben",
    delay_and_age: |milliseconds, age| format!("Verzug {milliseconds} ms  Alter {age}"),
    camera_number: |digits| format!("Kamera {digits}_"),
};
