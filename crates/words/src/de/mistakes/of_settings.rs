//! What is found by rules, in German.

use super::hint;
use super::reasons::url;
use crate::mistake::{AddressMistake, CameraMistake, RecordingMistake, Side, WallMistake};

pub fn camera(mistake: &CameraMistake) -> String {
    use CameraMistake as M;
    match mistake {
        M::NoCameras => "keine Kameras; eine Wand braucht mindestens eine".into(),
        M::AddressAsId => "eine Adresse als ID einer Kamera; sie gehört in `main`".into(),
        M::IdIsPath { id } => format!(
            "Kamera-ID `{id}`: IDs werden Namen von Ordnern, daher ohne `/` und `\\` und nicht `.` oder \
             `..`"
        ),
        M::BlankLabel => "ein leerer Name; weglassen, damit die ID gezeigt wird".into(),
        M::LoginInName => "Zugangsdaten im Namen, den die Kachel zeigt".into(),
        M::RetinaOnlyRtsp => {
            "`via: Retina` öffnet nur `rtsp://` und `rtsps://`; hier `Auto` oder `Ffmpeg` verwenden"
                .into()
        }
        M::LoginTwice { origin } => {
            format!("`login` gilt vor den Zugangsdaten in der Adresse `{origin}`; diese entfernen")
        }
        M::LoginInAddress { origin } => format!(
            "Zugangsdaten in der Datei, in der Adresse von `{origin}`; mit `login: Credential(\"…\")` \
             oder `File(\"…\")` bleiben sie draußen"
        ),
        M::EnvName => "`Env` nimmt den Namen einer Variablen, die `user:password` enthält, etwa \
                       `GATE_LOGIN`"
            .into(),
        M::CredentialName => "`Credential` nimmt den Namen eines Credentials, das `user:password` \
                              enthält, ohne `/` und `..`, etwa `gate`"
            .into(),
        M::LoginPath => "`File` nimmt den Pfad einer Datei, die `user:password` enthält".into(),
        M::LoginAsPath => {
            "`File` nimmt den Pfad einer Datei, die `user:password` enthält; einer mit \
                           `:` im Namen beginnt mit `./`"
                .into()
        }
        M::Area { side } => {
            let side = match side {
                Side::Width => "Breite",
                Side::Height => "Höhe",
            };
            format!("ein Bereich liegt innerhalb von 0 bis 100 % der {side} des Bildes")
        }
        M::ManyAreas { most } => format!("eine Maske hat höchstens {most} Bereiche"),
        M::HlsNotWeb => "`hls` ist für Kameras mit Adressen mit `http://` oder `https://`".into(),
        M::OptionsUnused => "`options` sind für FFmpeg; `via: Retina` verwendet sie nicht".into(),
        M::OptionName => "eine Option hat einen Namen und kein NUL-Zeichen".into(),
        M::OptionOurs { option } => {
            format!("`{option}` ist nicht einstellbar: camwall bestimmt, was FFmpeg öffnen darf")
        }
        M::RtspsOverUdp => {
            "`rtsps://` über UDP: die Bilder gingen im Klartext; `transport: Tcp` verwenden".into()
        }
        M::AuthWithoutLogin => "`auth` betrifft Zugangsdaten, und diese Kamera hat keine".into(),
        M::FingerprintMethod => "ein Fingerabdruck beginnt mit `sha256:`; `camwall check --probe` \
                                 gibt den aus, der hierher gehört"
            .into(),
        M::FingerprintDigits => {
            "ein Fingerabdruck hat 64 Stellen 0-9 a-f hinter `sha256:`; `camwall \
                                 check --probe` gibt den aus, der hierher gehört"
                .into()
        }
        M::CaPath => "`Ca` nimmt den Pfad einer PEM-Datei mit Zertifizierungsstellen".into(),
        M::TrustInClear => "`trust` ist für `rtsps://`, `https://` und `rtmps://`; die Adressen \
                            dieser Kamera sind unverschlüsselt"
            .into(),
    }
}

pub fn address(mistake: &AddressMistake) -> String {
    use AddressMistake as M;
    match mistake {
        M::UnknownScheme { scheme, hint: right } => {
            format!("nicht unterstütztes Schema `{scheme}`{}, oder ein Pfad", hint(right))
        }
        M::NotAScheme { hint: right } => {
            format!("was vor `://` steht, ist kein Schema{}, oder ein Pfad", hint(right))
        }
        M::NoSource => "keine Quelle; eine URL schreiben wie `rtsp://10.0.0.11/stream1`".into(),
        M::UntidySource => {
            "eine Quelle hat keine Steuerzeichen und davor und dahinter keine Leerzeichen".into()
        }
        M::NothingFollows { scheme } => {
            format!("`{scheme}://` ist nicht alles; schreiben, was darauf folgt")
        }
        M::NoHost { scheme } => format!("diese URL mit `{scheme}://` nennt keinen Host"),
        M::NotAUrl { why, has_at: false } => format!("keine URL ({})", url(*why)),
        M::NotAUrl { why, has_at: true } => format!(
            "keine URL ({}); in einem Passwort `#`, `/`, `?` als `%23`, `%2F`, `%3F` schreiben",
            url(*why)
        ),
        M::NoScheme => {
            "kein Schema; `rtsp://…` für eine Kamera oder `./…` für eine Datei schreiben".into()
        }
    }
}

pub fn wall(mistake: &WallMistake) -> String {
    use WallMistake as M;
    match mistake {
        M::UnknownLayout { setting, layout, hint: right } => {
            format!("`{setting}` nennt kein Layout: `{layout}`{}", hint(right))
        }
        M::UnknownShown { shown, hint: right } => {
            format!("`show`: kein Layout und kein Rundgang heißt `{shown}`{}", hint(right))
        }
        M::SameName { name } => {
            format!("ein Layout und ein Rundgang heißen beide `{name}`; eines davon umbenennen")
        }
        M::UnknownStep { layout, tour, hint: right } => {
            format!("unbekanntes Layout `{layout}` im Rundgang `{tour}`{}", hint(right))
        }
        M::TourInTour { shown, tour } => format!(
            "Rundgang `{tour}` zeigt `{shown}`, einen Rundgang; ein Schritt zeigt ein Layout"
        ),
        M::Steps { most, steps } => {
            format!("ein Rundgang hat 1 bis {most} Schritte, nicht {steps}")
        }
        M::BesideWalls { setting } => format!(
            "`{setting}` gilt für eine Datei mit einer Wand; mit `walls` hat jede Wand ihr eigenes"
        ),
        M::ManyWalls { most, walls } => format!("höchstens {most} Wände, nicht {walls}"),
        M::WallIsPath { wall } => format!(
            "Wand `{wall}`: der Name einer Wand enthält kein `/` oder `\\` und ist nicht `.` oder `..`"
        ),
        M::SameMonitor { wall, other } => {
            format!("Wand `{wall}` bedeckt den Monitor von Wand `{other}`; einen anderen nennen")
        }
        M::EmptyNight => "die Nacht endet, wenn sie beginnt".into(),
        M::WindowSide { most, side } => {
            format!("eine Fensterseite hat 1 bis {most} Pixel, nicht {side}")
        }
        M::BlankMonitor => {
            "der Name eines Monitors darf nicht leer sein; `monitor` für den primären weglassen"
                .into()
        }
        M::ManyRows { layout, rows, most } => {
            format!("Layout `{layout}` hat {rows} Zeilen; höchstens {most}")
        }
        M::NoPlaces { layout } => {
            format!("Layout `{layout}` hat keine Plätze; `\"\"` macht einen leeren")
        }
        M::Cells { setting, most, cells } => format!("`{setting}` ist 1 bis {most}, nicht {cells}"),
        M::UnknownCamera { camera, layout, hint: right } => {
            format!("unbekannte Kamera `{camera}` in Layout `{layout}`{}", hint(right))
        }
        M::TileOfOne { layout } => format!(
            "eine Kachel in Layout `{layout}` zeigt eines: `camera`, `tour` oder `hotspot: true` schreiben"
        ),
        M::HotspotAlone { layout } => {
            format!("Layout `{layout}` hat einen Hotspot und keine andere Kachel zum Wählen")
        }
        M::TilesMeet { tile, other, layout } => format!(
            "Kachel `{tile}` liegt über Kachel `{other}` in Layout `{layout}`; verschieben, oder für \
             Bild im Bild `overlap: true` hinzufügen"
        ),
        M::AtLeastOne { setting } => format!("`{setting}` muss mindestens 1 sein"),
        M::TileTooFar { camera, setting, reached, layout, last } => format!(
            "Kachel `{camera}` reicht bis `{setting}` {reached}; Layout `{layout}` endet bei \
             `{setting}` {last}"
        ),
    }
}

pub fn recording(mistake: &RecordingMistake) -> String {
    use RecordingMistake as M;
    match mistake {
        M::FolderPath => {
            "`dir` ist der Pfad eines Ordners wie \"recordings\", ohne NUL-Zeichen".into()
        }
        M::Tilde => {
            "`dir`: `~` ist hier nicht das Heimatverzeichnis, sondern ein Ordner dieses Namens"
                .into()
        }
        M::NeverCounts { per_camera, total } => {
            format!("`per_camera`, {per_camera}, zählt nie: `total` ist nur {total}")
        }
        M::SameFolder { id, other } => format!(
            "Kamera-ID `{id}` würde in den Ordner von `{other}` aufgezeichnet; eine davon ändern"
        ),
        M::OnlyCase { id, other } => format!(
            "die Kamera-IDs `{other}` und `{id}` unterscheiden sich nur in Groß- und Kleinschreibung; \
             wo eine Platte diese nicht unterscheidet, teilen sich die Aufzeichnungen einen Ordner"
        ),
    }
}
