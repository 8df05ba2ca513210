//! What mistakes are made of: kinds of values, hints, ranges.

/// What would have been right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Probably this was meant.
    Near(String),
    /// These are allowed.
    Allowed(Vec<String>),
    /// Probably the first was meant; all of these are allowed.
    NearOf(String, Vec<String>),
    /// The file has none.
    FileHasNone,
    /// The file has these, and so many more.
    FileHas(Vec<String>, usize),
    /// Any single character, F1 to F24, or one of these names of keys.
    Keys(Vec<String>),
    /// One of these actions, or `layout_1` to `layout_12`.
    Actions(Vec<String>),
}

impl Hint {
    /// These are allowed.
    pub fn allowed<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self::Allowed(names.into_iter().map(str::to_owned).collect())
    }

    /// Probably `near` was meant; all of these are allowed.
    pub fn both<'n>(near: &str, names: impl IntoIterator<Item = &'n str>) -> Self {
        Self::NearOf(near.to_owned(), names.into_iter().map(str::to_owned).collect())
    }

    /// One of each.
    #[must_use]
    pub fn examples() -> Vec<Self> {
        let names = || vec!["gate".to_owned(), "yard".to_owned()];
        vec![
            Self::Near("gate".to_owned()),
            Self::Allowed(names()),
            Self::NearOf("gate".to_owned(), names()),
            Self::FileHasNone,
            Self::FileHas(names(), 0),
            Self::FileHas(names(), 3),
            Self::Keys(names()),
            Self::Actions(names()),
        ]
    }
}

/// Names in backticks with `comma` between.
pub fn list(names: &[String], comma: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(comma)
}

/// A kind of value that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// `true` or `false`.
    Bool,
    /// A whole number from 0, with 32 bits.
    Number,
    /// A whole number from 0.
    LargeNumber,
    /// A text in quotes.
    Text,
    /// A list.
    List,
    /// So many values in round brackets.
    Values(usize),
    /// A map.
    Map,
    /// Settings in round brackets.
    Fields,
}

impl Expected {
    /// One of each.
    pub const EXAMPLES: [Self; 8] = [
        Self::Bool,
        Self::Number,
        Self::LargeNumber,
        Self::Text,
        Self::List,
        Self::Values(2),
        Self::Map,
        Self::Fields,
    ];
}

/// A kind of value that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A text in quotes, which is not repeated: it may hold a password.
    Text,
    /// A list.
    List,
    /// A map.
    Map,
    /// So many values in round brackets.
    Values(usize),
    /// Settings in round brackets.
    Fields,
    /// A word with something behind it in round brackets.
    Named(String),
    /// A word or number.
    Word(String),
}

impl Found {
    /// One of each.
    #[must_use]
    pub fn examples() -> Vec<Self> {
        vec![
            Self::Text,
            Self::List,
            Self::Map,
            Self::Values(3),
            Self::Fields,
            Self::Named("Env".to_owned()),
            Self::Word("true".to_owned()),
        ]
    }
}

/// What is wrong with the text, before its values are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Syntax {
    /// There is nothing.
    Empty,
    /// It ends too early.
    Ends,
    /// A comma or a closing bracket is missing.
    CommaOrBracket,
    /// A text in quotes has no end.
    OpenText,
    /// A colon is missing.
    Colon,
    /// A comment has no end.
    OpenComment,
    /// Something stands behind the last bracket.
    Trailing,
    /// A character that may not stand there.
    Character(char),
    /// The name of a setting is missing.
    FieldName,
    /// Too many brackets in one another.
    TooDeep,
    /// This can't be a setting's name.
    NotAName(String),
    /// Something unknown behind a backslash.
    Escape,
    /// Not a number, though it begins like one.
    Number,
    /// Single quotes around more or less than a character.
    SingleQuotes,
    /// Something is wrong with `#![enable(…)]`.
    Extension,
    /// What else the reader of RON says, which is English: no other language repeats it.
    Reader(String),
}

impl Syntax {
    /// One of each.
    #[must_use]
    pub fn examples() -> Vec<Self> {
        vec![
            Self::Empty,
            Self::Ends,
            Self::CommaOrBracket,
            Self::OpenText,
            Self::Colon,
            Self::OpenComment,
            Self::Trailing,
            Self::Character('§'),
            Self::FieldName,
            Self::TooDeep,
            Self::NotAName("my-name".to_owned()),
            Self::Escape,
            Self::Number,
            Self::SingleQuotes,
            Self::Extension,
            Self::Reader("expected unit".to_owned()),
        ]
    }
}

/// A bracket without its other half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The bracket.
    pub bracket: char,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
}

impl Opened {
    /// One.
    pub const EXAMPLE: Self = Self { bracket: '(', line: 3, column: 14 };
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A camera, by its id.
    Camera,
    /// A layout.
    Layout,
    /// A tour.
    Tour,
    /// One of several walls.
    Wall,
}

impl Named {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Camera, Self::Layout, Self::Tour, Self::Wall];
}

/// A side of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Across.
    Width,
    /// Down.
    Height,
}

/// What a setting may be; values are as the wall file writes them, without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// From the first to the second.
    Between(&'static str, &'static str),
    /// From the first number to the second.
    Numbers(u32, u32),
    /// This, and more.
    AtLeast(&'static str),
    /// Not nothing, or `None`.
    Positive,
}

/// Why a text is no chord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChordFault {
    /// Nothing but modifiers or blanks.
    NoKey,
    /// The key has no such name.
    UnknownKey(String, Hint),
    /// Something before `+` that is no modifier.
    UnknownModifier(String, Hint),
    /// Shift with a symbol.
    ShiftedSymbol(char),
    /// A bare digit.
    Digit,
}

impl ChordFault {
    /// One of each.
    #[must_use]
    pub fn examples() -> Vec<Self> {
        vec![
            Self::NoKey,
            Self::UnknownKey("Enterr".to_owned(), Hint::Near("Enter".to_owned())),
            Self::UnknownModifier("Strg".to_owned(), Hint::allowed(["Ctrl", "Alt", "Shift"])),
            Self::ShiftedSymbol('?'),
            Self::Digit,
        ]
    }
}
