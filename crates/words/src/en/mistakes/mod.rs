//! What is wrong with a wall file, in English, and the parts of which that is made.

mod of_file;
mod of_settings;
mod reasons;

use std::fmt;

use super::EN;
use crate::mistake::{
    ChordFault, Expected, FileMistake, Found, Hint, Mistake, Mistakes, Named, Opened, Range,
    Syntax, ValueMistake, list,
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

/// What is printed without being asked for in a language is printed in English.
macro_rules! printed_in_english {
    ($($mistake:ident $it:ident => $text:expr,)+) => {$(
        impl fmt::Display for $mistake {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $it = self;
                f.write_str(&$text)
            }
        }
    )+};
}

printed_in_english! {
    Mistake mistake => mistake.say(&EN),
    FileMistake mistake => of_file::file(mistake),
    ValueMistake mistake => of_file::value(mistake),
    ChordFault fault => chord(fault),
}

impl std::error::Error for ChordFault {}

fn hint(hint: &Hint) -> String {
    let list = |names| list(names, ", ");
    match hint {
        Hint::Near(name) => format!("; did you mean `{name}`?"),
        Hint::Allowed(names) => format!("; allowed: {}", list(names)),
        Hint::NearOf(name, names) => format!("; did you mean `{name}`? Allowed: {}", list(names)),
        Hint::FileHasNone => "; the file has none".into(),
        Hint::FileHas(names, 0) => format!("; the file has {}", list(names)),
        Hint::FileHas(names, more) => format!("; the file has {} and {more} more", list(names)),
        Hint::Keys(names) => {
            format!("; allowed: a single character, `F1` to `F24`, {}", list(names))
        }
        Hint::Actions(names) => format!("; allowed: {}, `layout_1` to `layout_12`", list(names)),
    }
}

fn expected(expected: Expected) -> String {
    match expected {
        Expected::Bool => "true or false",
        Expected::Number => "a whole number from 0 to 4294967295",
        Expected::LargeNumber => "a whole number from 0",
        Expected::Text => "a text in quotes",
        Expected::List => "a list `[…]`",
        Expected::Values(count) => return format!("{count} values in round brackets"),
        Expected::Map => "a map `{ \"name\": … }`",
        Expected::Fields => "settings in round brackets `(name: …)`",
    }
    .into()
}

fn found(found: &Found) -> String {
    match found {
        Found::Text => "a text in quotes".into(),
        Found::List => "a list `[…]`".into(),
        Found::Map => "a map `{…}`".into(),
        Found::Values(count) => format!("{count} values in round brackets"),
        Found::Fields => "settings in round brackets `(name: …)`".into(),
        Found::Named(name) => format!("`{name}(…)`"),
        Found::Word(word) => format!("`{word}`"),
    }
}

fn syntax(syntax: &Syntax) -> String {
    match syntax {
        Syntax::Empty => "the file is empty; see assets/wall.ron for a commented example",
        Syntax::Ends => "the text ends too early",
        Syntax::CommaOrBracket => "expected a comma or a closing bracket",
        Syntax::OpenText => "this text in quotes has no end",
        Syntax::Colon => "expected a colon between name and value",
        Syntax::OpenComment => "this comment has no end; write `*/`",
        Syntax::Trailing => "nothing may follow the last closing bracket",
        Syntax::Character(character) => return format!("unexpected character `{character}`"),
        Syntax::FieldName => "expected the name of a field",
        Syntax::TooDeep => "brackets are nested too deep",
        Syntax::NotAName(name) => return format!("`{name}` is no name of a field"),
        Syntax::Escape => {
            "a `\\` in this text begins no known escape; write `\\\\` for a backslash"
        }
        Syntax::Number => "this is no number of RON",
        Syntax::SingleQuotes => "between `'` stands one character; write texts between `\"`",
        Syntax::Extension => "`#![enable(…)]` is not right here",
        Syntax::Reader(text) => return text.clone(),
    }
    .into()
}

fn open(Opened { bracket, line, column }: Opened) -> String {
    format!("; the `{bracket}` of {line}:{column} is open")
}

fn named(named: Named) -> &'static str {
    match named {
        Named::Camera => "camera id",
        Named::Layout => "layout name",
        Named::Tour => "tour name",
        Named::Wall => "wall name",
    }
}

fn range(range: Range) -> String {
    match range {
        Range::Between(least, most) => format!("\"{least}\" to \"{most}\""),
        Range::Numbers(least, most) => format!("{least} to {most}"),
        Range::AtLeast(least) => format!("at least \"{least}\""),
        Range::Positive => "more than 0, or `None` for no limit".into(),
    }
}

fn chord(fault: &ChordFault) -> String {
    match fault {
        ChordFault::NoKey => "no key; write one such as `Ctrl+Q`, `F5` or `?`".into(),
        ChordFault::UnknownKey(key, near) => format!("unknown key `{key}`{}", hint(near)),
        ChordFault::UnknownModifier(name, near) => {
            format!("unknown modifier `{name}`{}", hint(near))
        }
        ChordFault::ShiftedSymbol(symbol) => format!(
            "Shift does not count with `{symbol}`; write the character that the keys produce"
        ),
        ChordFault::Digit => {
            "digits type a camera number; with Ctrl or Alt they can be bound".into()
        }
    }
}
