//! What is found while the file is read, in German.

use super::reasons::duration;
use super::{chord, expected, found, hint, named, open, range, syntax};
use crate::de::system::SYSTEM;
use crate::mistake::{FileMistake, FormMistake, KeysMistake, Named, ValueMistake};

/// Examples of a schedule's entries.
const TIMES: &str = r#""Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00" oder "Daily 12:00-13:00""#;

pub fn file(mistake: &FileMistake) -> String {
    use FileMistake as M;
    match mistake {
        M::NoFile => "keine solche Datei; assets/wall.ron ist ein kommentiertes Beispiel".into(),
        M::IsFolder => "ist ein Ordner, keine Wanddatei".into(),
        M::NotAFile => "ist keine gewöhnliche Datei".into(),
        M::TooLong { most } => format!("ist länger als {most} Bytes: keine Wanddatei"),
        M::Unreadable { why } => format!("nicht lesbar: {}", SYSTEM.say(*why)),
        M::NotUtf8 { line } => format!("kein UTF-8-Text: in Zeile {line} stehen andere Bytes"),
        M::Syntax { what, opened } => {
            format!("{}{}", syntax(what), opened.map(open).unwrap_or_default())
        }
        M::TooUnusual => "dieses RON ist zu ungewöhnlich, um es zu prüfen".into(),
        M::OthersRead { mode } => format!(
            "Zugangsdaten oder ein Schlüssel stehen in dieser Datei, und andere können sie lesen \
             (Modus {mode}): `chmod 600` darauf anwenden"
        ),
    }
}

pub fn form(mistake: &FormMistake) -> String {
    use FormMistake as M;
    match mistake {
        M::CannotCheck => "dieser Wert lässt sich hier nicht prüfen".into(),
        M::UnknownWord { written, word } => {
            format!("unbekanntes Wort `{written}`; ist `{word}` gemeint?")
        }
        M::WrongType { expected: wanted, found: is } => {
            format!("erwartet: {}, gefunden: {}", expected(*wanted), found(is))
        }
        M::WithoutQuotes { what, word } => {
            format!("bei `{what}` das Wort `{word}` ohne Anführungszeichen schreiben")
        }
        M::CannotBe { what, found: is, hint: right } => {
            format!("unpassend für `{what}`: {}{}", found(is), hint(right))
        }
        M::UnknownVariant { what, name, hint: right } => {
            format!("`{what}` kennt `{name}` nicht{}", hint(right))
        }
        M::UnknownField { field, what, hint: right } => {
            format!("unbekannte Einstellung `{field}` in `{what}`{}", hint(right))
        }
        M::MissingField { field, what } => format!("in `{what}` fehlt die Einstellung `{field}`"),
        M::KeyInQuotes { key } => {
            format!("den Schlüssel `{key}` in Anführungszeichen schreiben: \"{key}\"")
        }
        M::TakesNoValue { word } => format!("`{word}` nimmt keinen Wert; allein schreiben"),
        M::TakesOneValue { word } => format!("`{word}` nimmt einen Wert: `{word}(…)`"),
        M::TakesValues { word, count } => format!("`{word}` nimmt {count} Werte: `{word}(…)`"),
        M::GivenTwice { key, inside, line } => {
            let inside = inside.as_ref().map_or("der Datei".into(), |key| format!("`{key}`"));
            format!("`{key}` steht zweimal in {inside}; zuerst in Zeile {line}")
        }
    }
}

pub fn value(mistake: &ValueMistake) -> String {
    use ValueMistake as M;
    match mistake {
        M::Duration { why } => format!("keine Dauer wie \"500ms\" ({})", duration(why)),
        M::Size => {
            let units = "`MB`, `GB`, `TB` oder `MiB`, `GiB`, `TiB`";
            format!("keine Größe wie \"500GB\": eine Zahl, dann {units}")
        }
        M::NoTimes => format!("keine Zeiten; welche schreiben wie {TIMES}, oder `record: Never`"),
        M::SpanForm => format!("keine Tage und Zeiten wie {TIMES}"),
        M::UnknownDay { day, hint: right } => format!("unbekannter Tag `{day}`{}", hint(right)),
        M::UnknownTime { time } => format!(
            "`{time}` ist keine Uhrzeit; erlaubt: `00:00` bis `23:59`, und `24:00` als Ende"
        ),
        M::TimeOfDay { time } => {
            format!("`{time}` ist keine Uhrzeit; erlaubt: `00:00` bis `23:59`")
        }
        M::EmptySpan => "endet, wenn es beginnt; ein ganzer Tag ist `00:00-24:00`".into(),
        M::OutOfRange { setting, range: right, value } => {
            format!("`{setting}` ist {}, nicht {value}", range(*right))
        }
        M::Blank { named: what } => match what {
            Named::Camera => "eine Kamera-ID darf nicht leer sein".into(),
            Named::Layout => "ein Layoutname darf nicht leer sein".into(),
            Named::Tour => "ein Rundgangname darf nicht leer sein".into(),
            Named::Wall => "ein Wandname darf nicht leer sein".into(),
        },
        M::Untidy { named: what, name } => format!(
            "{} `{name}`: darin stehen keine Steuerzeichen und davor und dahinter keine Leerzeichen",
            named(*what)
        ),
        M::LongName { named: what, most, length } => {
            format!("{}: höchstens {most} Zeichen, hier sind es {length}", named(*what))
        }
    }
}

pub fn keys(mistake: &KeysMistake) -> String {
    use KeysMistake as M;
    match mistake {
        M::Chord { text, fault } => format!("`{text}`: {}", chord(fault)),
        M::ChordTwice { chord, action } => format!("`{chord}` steht zweimal bei `{action}`"),
        M::ChordOfTwo { chord, action, other } => format!(
            "`{chord}` kann nicht `{action}` und `{other}` zugleich; einem davon eine andere Taste \
             geben"
        ),
        M::ChordTaken { chord, action, other } => format!(
            "`{chord}` tut `{action}` und nicht mehr `{other}`; auch das nennen, mit anderer Taste oder ohne"
        ),
        M::UnknownWall { wall, hint: right } => format!("unbekannte Wand `{wall}`{}", hint(right)),
        M::UnknownAction { action, hint: right } => {
            format!("unbekannte Aktion `{action}`{}", hint(right))
        }
    }
}
