//! What is found while the file is read, in English.

use super::reasons::duration;
use super::{chord, expected, found, hint, named, open, range, syntax};
use crate::en::system::SYSTEM;
use crate::mistake::{FileMistake, FormMistake, KeysMistake, ValueMistake};

/// Examples of a schedule's entries.
const TIMES: &str = r#""Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00" or "Daily 12:00-13:00""#;

pub fn file(mistake: &FileMistake) -> String {
    use FileMistake as M;
    match mistake {
        M::NoFile => "no such file; see assets/wall.ron for a commented example".into(),
        M::IsFolder => "is a folder, not a wall file".into(),
        M::NotAFile => "is no regular file".into(),
        M::TooLong { most } => format!("is longer than {most} bytes: no wall file"),
        M::Unreadable { why } => format!("cannot be read: {}", SYSTEM.say(*why)),
        M::NotUtf8 { line } => format!("not UTF-8 text: line {line} holds other bytes"),
        M::Syntax { what, opened } => {
            format!("{}{}", syntax(what), opened.map(open).unwrap_or_default())
        }
        M::TooUnusual => "this RON is too unusual to check".into(),
        M::OthersRead { mode } => format!(
            "a login or key is in this file, and others can read it (mode {mode}): `chmod 600` it"
        ),
    }
}

pub fn form(mistake: &FormMistake) -> String {
    use FormMistake as M;
    match mistake {
        M::CannotCheck => "this value cannot be checked here".into(),
        M::UnknownWord { written, word } => {
            format!("unknown word `{written}`; did you mean `{word}`?")
        }
        M::WrongType { expected: wanted, found: is } => {
            format!("expected {}, found {}", expected(*wanted), found(is))
        }
        M::WithoutQuotes { what, word } => format!("write {what} `{word}` without quotes"),
        M::CannotBe { what, found: is, hint: right } => {
            format!("{what} cannot be {}{}", found(is), hint(right))
        }
        M::UnknownVariant { what, name, hint: right } => {
            format!("unknown {what} `{name}`{}", hint(right))
        }
        M::UnknownField { field, what, hint: right } => {
            format!("unknown field `{field}` in {what}{}", hint(right))
        }
        M::MissingField { field, what } => format!("missing field `{field}` in {what}"),
        M::KeyInQuotes { key } => format!("write the key `{key}` in quotes: \"{key}\""),
        M::TakesNoValue { word } => format!("`{word}` takes no value; write it alone"),
        M::TakesOneValue { word } => format!("`{word}` takes one value: `{word}(…)`"),
        M::TakesValues { word, count } => format!("`{word}` takes {count} values: `{word}(…)`"),
        M::GivenTwice { key, inside, line } => {
            let inside = inside.as_ref().map_or("the file".into(), |key| format!("`{key}`"));
            format!("`{key}` is given twice in {inside}; the first is in line {line}")
        }
    }
}

pub fn value(mistake: &ValueMistake) -> String {
    use ValueMistake as M;
    match mistake {
        M::Duration { why } => format!("not a duration such as \"500ms\": {}", duration(why)),
        M::Size => {
            let units = "`MB`, `GB`, `TB`, or `MiB`, `GiB`, `TiB`";
            format!("not a size such as \"500GB\": a number, then {units}")
        }
        M::NoTimes => format!("no times; write some such as {TIMES}, or `record: Never`"),
        M::SpanForm => format!("not days and times such as {TIMES}"),
        M::UnknownDay { day, hint: right } => format!("unknown day `{day}`{}", hint(right)),
        M::UnknownTime { time } => format!(
            "`{time}` is no time of day; allowed: `00:00` to `23:59`, and `24:00` to end with"
        ),
        M::TimeOfDay { time } => format!("`{time}` is no time of day; allowed: `00:00` to `23:59`"),
        M::EmptySpan => "ends when it begins; a whole day is `00:00-24:00`".into(),
        M::OutOfRange { setting, range: right, value } => {
            format!("`{setting}` is {}, not {value}", range(*right))
        }
        M::Blank { named: what } => format!("a {} must not be blank", named(*what)),
        M::Untidy { named: what, name } => {
            let what = named(*what);
            format!("{what} `{name}`: a {what} holds no control characters and no spaces around it")
        }
        M::LongName { named: what, most, length } => {
            format!("a {} has at most {most} characters, this has {length}", named(*what))
        }
    }
}

pub fn keys(mistake: &KeysMistake) -> String {
    use KeysMistake as M;
    match mistake {
        M::Chord { text, fault } => format!("`{text}`: {}", chord(fault)),
        M::ChordTwice { chord, action } => format!("`{chord}` is given twice for `{action}`"),
        M::ChordOfTwo { chord, action, other } => format!(
            "`{chord}` cannot do both `{action}` and `{other}`; give one of them another key"
        ),
        M::ChordTaken { chord, action, other } => format!(
            "`{chord}` does `{action}`, and no longer `{other}`; name that too, with another key or none"
        ),
        M::UnknownWall { wall, hint: right } => format!("unknown wall `{wall}`{}", hint(right)),
        M::UnknownAction { action, hint: right } => {
            format!("unknown action `{action}`{}", hint(right))
        }
    }
}
