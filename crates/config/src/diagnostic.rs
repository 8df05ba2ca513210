//! What is said about a wrong wall file: one [`Diagnostic`] per mistake, sorted by place.
//!
//! Runs on the caller's thread. Policy: a message takes one line whatever the file holds, so
//! control characters are escaped; no message ever carries a password.

use std::fmt;

use camwall_words::{FileMistake, Mistake, Words};

/// One remark about a place in the wall file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what would be allowed.
    pub what: Mistake,
}

impl Diagnostic {
    /// What is wrong, in English, in one line.
    #[must_use]
    pub fn message(&self) -> String {
        one_line(&self.what.to_string())
    }

    /// The place, and what is wrong in the words of a language, in one line.
    #[must_use]
    pub fn say(&self, words: &Words) -> String {
        let Self { file, line, column, what } = self;
        format!("{file}:{line}:{column}: {}", one_line(&what.say(words)))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, .. } = self;
        write!(f, "{file}:{line}:{column}: {}", self.message())
    }
}

/// Why a wall file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigErrors {
    /// The file could not be read at all.
    #[error("{file}: {why}")]
    Unreadable {
        /// The file as the caller named it.
        file: String,
        /// Why, and what helps.
        why: FileMistake,
    },
    /// The file was read and holds these mistakes: at least one, sorted by place.
    #[error("{}", lines(.0))]
    Wrong(Vec<Diagnostic>),
}

impl ConfigErrors {
    /// The file as the caller named it.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            Self::Unreadable { file, .. } => file,
            Self::Wrong(all) => all.first().map_or("", |first| &first.file),
        }
    }

    /// All mistakes, each in a line, in the words of a language.
    #[must_use]
    pub fn say(&self, words: &Words) -> String {
        match self {
            Self::Unreadable { file, why } => {
                format!("{file}: {}", one_line(&Mistake::from(why.clone()).say(words)))
            }
            Self::Wrong(all) => {
                let lines: Vec<String> = all.iter().map(|mistake| mistake.say(words)).collect();
                lines.join("\n")
            }
        }
    }
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(Diagnostic::to_string).collect();
    lines.join("\n")
}

/// A remark at a byte offset, before it is given its line and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// Byte offset in the text.
    pub(super) at: usize,
    /// What is to be said.
    pub(super) what: Mistake,
}

impl Remark {
    pub(super) fn new(at: usize, what: impl Into<Mistake>) -> Self {
        Self { at, what: what.into() }
    }
}

/// Sorts the remarks by place, drops repetitions and turns offsets into lines and columns.
pub(super) fn place(text: &str, file: &str, mut remarks: Vec<Remark>) -> Vec<Diagnostic> {
    // Of one place in the order of the English words: any order that is always the same.
    remarks.sort_by_cached_key(|remark| (remark.at, remark.what.to_string()));
    remarks.dedup();
    remarks.into_iter().map(|remark| place_one(text, file, remark)).collect()
}

/// Turns the offset of one remark into line and column.
pub(super) fn place_one(text: &str, file: &str, remark: Remark) -> Diagnostic {
    let (line, column) = line_column(text, remark.at);
    Diagnostic { file: file.to_owned(), line, column, what: remark.what }
}

/// Line and column, both from 1, of the byte offset `at`; the end of the text where `at` is beyond it.
pub(super) fn line_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    (line, column)
}

/// The message with its control characters escaped.
pub(super) fn one_line(message: &str) -> String {
    let escape = |c: char| {
        if c.is_control() { c.escape_default().to_string() } else { c.into() }
    };
    message.chars().map(escape).collect()
}
