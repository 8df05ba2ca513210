//! What is wrong with a wall file, in German, and the parts of which that is made.

mod of_file;
mod of_settings;
mod reasons;

use crate::mistake::{
    ChordFault, Expected, Found, Hint, Mistakes, Named, Opened, Range, Syntax, list,
};

pub const MISTAKES: Mistakes = Mistakes {
    file: of_file::file,
    form: of_file::form,
    value: of_file::value,
    keys: of_file::keys,
    camera: of_settings::camera,
    address: of_settings::address,
    wall: of_settings::wall,
    recording: of_settings::recording,
};

fn hint(hint: &Hint) -> String {
    let list = |names| list(names, ", ");
    match hint {
        Hint::Near(name) => format!("; ist `{name}` gemeint?"),
        Hint::Allowed(names) => format!("; erlaubt: {}", list(names)),
        Hint::NearOf(name, names) => format!("; ist `{name}` gemeint? Erlaubt: {}", list(names)),
        Hint::FileHasNone => "; in der Datei gibt es keine".into(),
        Hint::FileHas(names, 0) => format!("; in der Datei gibt es {}", list(names)),
        Hint::FileHas(names, more) => {
            format!("; in der Datei gibt es {} und {more} weitere", list(names))
        }
        Hint::Keys(names) => {
            format!("; erlaubt: ein einzelnes Zeichen, `F1` bis `F24`, {}", list(names))
        }
        Hint::Actions(names) => {
            format!("; erlaubt: {}, `layout_1` bis `layout_12`", list(names))
        }
    }
}

fn expected(expected: Expected) -> String {
    match expected {
        Expected::Bool => "true oder false",
        Expected::Number => "eine ganze Zahl von 0 bis 4294967295",
        Expected::LargeNumber => "eine ganze Zahl ab 0",
        Expected::Text => "ein Text in Anführungszeichen",
        Expected::List => "eine Liste `[…]`",
        Expected::Values(count) => return format!("{count} Werte in runden Klammern"),
        Expected::Map => "eine Zuordnung `{ \"name\": … }`",
        Expected::Fields => "Einstellungen in runden Klammern `(name: …)`",
    }
    .into()
}

fn found(found: &Found) -> String {
    match found {
        Found::Text => "ein Text in Anführungszeichen".into(),
        Found::List => "eine Liste `[…]`".into(),
        Found::Map => "eine Zuordnung `{…}`".into(),
        Found::Values(count) => format!("{count} Werte in runden Klammern"),
        Found::Fields => "Einstellungen in runden Klammern `(name: …)`".into(),
        Found::Named(name) => format!("`{name}(…)`"),
        Found::Word(word) => format!("`{word}`"),
    }
}

fn syntax(syntax: &Syntax) -> String {
    match syntax {
        Syntax::Empty => "die Datei ist leer; assets/wall.ron ist ein kommentiertes Beispiel",
        Syntax::Ends => "der Text endet zu früh",
        Syntax::CommaOrBracket => "ein Komma oder eine schließende Klammer fehlt",
        Syntax::OpenText => "dieser Text in Anführungszeichen hat kein Ende",
        Syntax::Colon => "zwischen Name und Wert fehlt ein Doppelpunkt",
        Syntax::OpenComment => "dieser Kommentar hat kein Ende; `*/` schreiben",
        Syntax::Trailing => "hinter der letzten schließenden Klammer darf nichts stehen",
        Syntax::Character(character) => return format!("unerwartetes Zeichen `{character}`"),
        Syntax::FieldName => "der Name einer Einstellung fehlt",
        Syntax::TooDeep => "die Klammern sind zu tief verschachtelt",
        Syntax::NotAName(name) => return format!("`{name}` ist kein Name einer Einstellung"),
        Syntax::Escape => "auf ein `\\` in diesem Text folgt nichts Bekanntes; als Zeichen selbst `\\\\` schreiben",
        Syntax::Number => "das ist keine Zahl in RON",
        Syntax::SingleQuotes => "zwischen `'` steht ein einziges Zeichen; Texte zwischen `\"` schreiben",
        Syntax::Extension => "`#![enable(…)]` ist hier nicht richtig",
        // What the reader says is English.
        Syntax::Reader(_) => "kein gültiges RON",
    }
    .into()
}

fn open(Opened { bracket, line, column }: Opened) -> String {
    format!("; die `{bracket}` von {line}:{column} ist noch offen")
}

fn named(named: Named) -> &'static str {
    match named {
        Named::Camera => "Kamera-ID",
        Named::Layout => "Layoutname",
        Named::Tour => "Rundgangname",
        Named::Wall => "Wandname",
    }
}

fn range(range: Range) -> String {
    match range {
        Range::Between(least, most) => format!("zwischen \"{least}\" und \"{most}\""),
        Range::Numbers(least, most) => format!("zwischen {least} und {most}"),
        Range::AtLeast(least) => format!("mindestens \"{least}\""),
        Range::Positive => "mehr als 0, oder `None` für keine Grenze".into(),
    }
}

fn chord(fault: &ChordFault) -> String {
    match fault {
        ChordFault::NoKey => "keine Taste; eine wie `Ctrl+Q`, `F5` oder `?` schreiben".into(),
        ChordFault::UnknownKey(key, near) => format!("unbekannte Taste `{key}`{}", hint(near)),
        ChordFault::UnknownModifier(name, near) => {
            format!("unbekannte Zusatztaste `{name}`{}", hint(near))
        }
        ChordFault::ShiftedSymbol(symbol) => format!(
            "Shift zählt bei `{symbol}` nicht; das Zeichen schreiben, das die Tasten ergeben"
        ),
        ChordFault::Digit => {
            "Ziffern tippen eine Kameranummer; mit Ctrl oder Alt sind sie belegbar".into()
        }
    }
}
