//! What `camwall check` says, in German.

use crate::{Check, Folder, LoginFault, Probe};

pub const CHECK: Check = Check {
    no_mistakes: |file, has| format!("{file}: {has}, keine Fehler"),
    has: |cameras, layouts, tours, walls| {
        let cameras = if cameras == 1 { "1 Kamera".into() } else { format!("{cameras} Kameras") };
        let layouts = if layouts == 1 { "1 Layout".into() } else { format!("{layouts} Layouts") };
        let tours = match tours {
            0 => String::new(),
            1 => ", 1 Rundgang".into(),
            _ => format!(", {tours} Rundgänge"),
        };
        let walls = if walls > 1 { format!(", {walls} Wände") } else { String::new() };
        format!("{cameras}, {layouts}{tours}{walls}")
    },
    warning: |what| format!("{what} (Warnung)"),
    login: |camera, why| format!("Kamera {camera}: Zugangsdaten: {why}"),
    trust: |camera, why| format!("Kamera {camera}: Vertrauen: {why}"),
    no_text: |why| format!("kein Text auf der Wand, die eingebaute Schrift: {why}"),
    lacks: |camera, what| format!("Kamera `{camera}`: {what}"),
    layout_lacks: |layout, what| format!("Layout `{layout}`: {what}"),
    tour_lacks: |tour, what| format!("Rundgang `{tour}`: {what}"),
    wall_lacks: |wall, what| format!("Wand `{wall}`: {what}"),
    no_font: |characters, more, packages| {
        let more = if more > 0 { format!(" und {more} weitere") } else { String::new() };
        format!("keine installierte Schrift hat {characters}{more}; `apt install {packages}`")
    },
    no_own_font: |packages| {
        format!(
            "keine installierte Schrift hat die Buchstaben dieser Sprache, daher spricht die Wand Englisch; `apt install {packages}`"
        )
    },
    recordings: |folder, found| format!("Aufzeichnungen: {folder}: {found}"),
    no_recordings: |why| format!("keine Aufzeichnungen: {why}"),
    sandbox_off: "Sandbox: aus, wie die Wanddatei sagt",
    sandbox: |files, calls| format!("Sandbox: {files}, {calls}"),
    files_by_landlock: |version| format!("Dateien durch Landlock {version}"),
    all_files: |why| format!("alle Dateien, denn Landlock ist nicht da ({why})"),
    calls_by_seccomp: "Systemaufrufe durch seccomp",
    all_calls: |why| format!("alle Systemaufrufe, denn seccomp ist nicht da ({why})"),
    not_offered: "dieser Kernel bietet es nicht",
    refused: "der Kernel hat es abgelehnt",
    device_not_there: |device| {
        format!(
            "Sandbox: {device} ist nicht da, und das Programm von root erreicht nur Geräte, die beim \
             Start da sind"
        )
    },
    reached_itself: |whose, path| {
        format!(
            "Sandbox: {whose}: {path} liegt in `/`, was alles wäre, daher ist nur {path} selbst \
             erreichbar: was später dort eingehängt oder abgelegt wird, braucht einen neuen Start"
        )
    },
    out_of_reach: |whose, path| {
        format!(
            "Sandbox: {whose}: von {path} gibt es nur `/`, was alles wäre, daher ist es unerreichbar: \
             anlegen, oder den Ordner darüber, und neu starten"
        )
    },
    of_wall_file: "die Wanddatei",
    of_recordings: "die Aufzeichnungen",
    of_authorities: |camera| format!("Kamera {camera}: ihre Zertifizierungsstellen"),
    of_login: |camera| format!("Kamera {camera}: die Zugangsdaten"),
    of_camera: |camera| format!("Kamera {camera}"),
    of_some_camera: "eine Kamera",
};

pub const FOLDER: Folder = Folder {
    not_a_folder: |path| {
        format!("{path} ist kein Ordner; einen anderen angeben oder verschieben, was dort ist")
    },
    dead_link: |path| format!("{path} ist ein Link ins Leere; ist die Platte eingehängt?"),
    denied: |_, path| {
        format!(
            "{path}: keine Berechtigung; dem Benutzer, unter dem camwall läuft, dort Schreibrecht \
             geben oder einen anderen Ordner angeben"
        )
    },
    read_only: |_, path| {
        format!(
            "{path}: das Dateisystem ist schreibgeschützt; zum Schreiben einhängen oder einen anderen \
             Ordner angeben"
        )
    },
    full: |_, path| {
        format!("{path}: die Platte ist voll; Platz schaffen oder einen anderen Ordner angeben")
    },
    unusable: |_, path, why| format!("{path}: {why}; einen anderen Ordner angeben"),
    marked_disk: "vorhanden, markiert, eine eigene Platte",
    marked: "vorhanden, markiert, auf der Platte des Systems, nicht auf einer eigenen",
    unmarked_disk: "vorhanden, eine eigene Platte, wird beim ersten Start markiert",
    neither: "vorhanden, aber nicht markiert, und nichts ist dort eingehängt",
    absent: |path| {
        format!(
            "{path} ist nicht da und wird nicht angelegt, wo es da sein muss; die Platte einhängen"
        )
    },
    hidden: |path, why| {
        format!("{path} muss da sein und lässt sich nicht ansehen: {why}; die Platte einhängen")
    },
    unmarked: |path, marker| {
        format!(
            "in {path} fehlt {marker}, und nichts ist dort eingehängt; die Platte einhängen; \
             ist sie eingehängt, einmal ohne `must_exist` starten, damit markiert wird"
        )
    },
};

pub const LOGIN: LoginFault = LoginFault {
    no_variable: |name| {
        format!(
            "die Umgebungsvariable `{name}` ist nicht gesetzt; sie muss `user:password` enthalten"
        )
    },
    variable_not_text: |name| format!("die Umgebungsvariable `{name}` ist kein UTF-8-Text"),
    no_credentials: |name| {
        format!(
            "`CREDENTIALS_DIRECTORY` ist nicht gesetzt, wo das Credential `{name}` wäre; systemd setzt \
             es bei `LoadCredential={name}:…`"
        )
    },
    unreadable: |path, why| format!("{path} ist nicht lesbar: {why}"),
    variable_without_login: |name| {
        format!("die Umgebungsvariable `{name}` enthält kein `user:password`")
    },
    file_without_login: |path| format!("die erste Zeile von {path} enthält kein `user:password`"),
    not_given: "die Kamera verlangt Zugangsdaten, und es wurden keine angegeben; `--login` sagt, wo welche sind",
    others_read: |path, mode| {
        format!("andere können {path} lesen (Modus {mode}): `chmod 600` darauf anwenden")
    },
    not_a_file: "keine gewöhnliche Datei",
    long_line: "die erste Zeile ist zu lang",
    not_text: "kein UTF-8-Text",
};

pub const PROBE: Probe = Probe {
    camera: "Kamera",
    stream: "Stream",
    codec: "Codec",
    size: "Größe",
    fps: "B/s",
    gop: "GOP s",
    audio: "Ton",
    login: "Login",
    first: "erstes ms",
    over: "über",
    by: "durch",
    refused: "abgelehnt",
    accepted: "gültig",
    no_login: "keine",
    no_audio: "kein",
    trusted: "dieser Rechner vertraut ihm",
    self_issued: "von sich selbst ausgestellt",
    certificate: |subject, until, trusted| format!("für {subject}, bis {until}, {trusted}"),
    warned: |certificate, ending| format!("{certificate}, {ending} (Warnung)"),
    runs_out: |days| match days {
        0 => "läuft heute ab".to_owned(),
        1 => "läuft morgen ab".to_owned(),
        days => format!("läuft in {days} Tagen ab"),
    },
    has_run_out: "abgelaufen",
    no_authorities: |path, why| format!("keine Zertifizierungsstellen: {path}: {why}"),
    large_authorities: "größer als 1 MiB",
    empty_authorities: "kein Zertifikat in PEM-Form darin",
    not_pem: "keine PEM-Datei",
};
