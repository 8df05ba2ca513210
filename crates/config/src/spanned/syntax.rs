//! `ron`'s complaints about the text itself, in a person's words.
//!
//! Runs on the caller's thread. Policy: `ron` knows the place; where the text ends inside a
//! bracket or quote, the place where that began is what helps, so it is named.

use camwall_words::{FileMistake, Opened, Syntax};
use ron::error::{Error, SpannedError};

use super::scanner;
use crate::diagnostic::{Remark, line_column};

/// What to say about `error`.
pub(crate) fn remark(text: &str, error: &SpannedError) -> Remark {
    if text.trim().is_empty() {
        return Remark::new(0, FileMistake::Syntax { what: Syntax::Empty, opened: None });
    }
    let opened = match &error.code {
        Error::Eof
        | Error::ExpectedComma
        | Error::ExpectedArrayEnd
        | Error::ExpectedMapEnd
        | Error::ExpectedStructLikeEnd => opened(text),
        _ => None,
    };
    // A token without an end is pointed at where it begins, all else where reading stopped.
    let position = match &error.code {
        Error::ExpectedStringEnd
        | Error::UnclosedBlockComment
        | Error::ExpectedChar
        | Error::InvalidEscape(_) => error.span.start,
        _ => error.span.end,
    };
    Remark::new(offset(text, position), FileMistake::Syntax { what: reason(&error.code), opened })
}

fn reason(code: &Error) -> Syntax {
    match code {
        Error::Eof => Syntax::Ends,
        Error::ExpectedComma
        | Error::ExpectedArrayEnd
        | Error::ExpectedMapEnd
        | Error::ExpectedOptionEnd
        | Error::ExpectedStructLikeEnd => Syntax::CommaOrBracket,
        Error::ExpectedStringEnd => Syntax::OpenText,
        Error::ExpectedMapColon => Syntax::Colon,
        Error::UnclosedBlockComment => Syntax::OpenComment,
        Error::TrailingCharacters => Syntax::Trailing,
        Error::UnexpectedChar(c) => Syntax::Character(*c),
        Error::ExpectedIdentifier => Syntax::FieldName,
        Error::ExceededRecursionLimit => Syntax::TooDeep,
        Error::SuggestRawIdentifier(name) | Error::InvalidIdentifier(name) => {
            Syntax::NotAName(name.clone())
        }
        Error::InvalidEscape(_) => Syntax::Escape,
        Error::ExpectedInteger
        | Error::ExpectedFloat
        | Error::FloatUnderscore
        | Error::UnderscoreAtBeginning
        | Error::IntegerOutOfBounds
        | Error::InvalidIntegerDigit { .. } => Syntax::Number,
        Error::ExpectedChar => Syntax::SingleQuotes,
        Error::ExpectedAttribute | Error::ExpectedAttributeEnd | Error::NoSuchExtension(_) => {
            Syntax::Extension
        }
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            let small = letters.next().map(|c| c.to_lowercase().chain(letters).collect());
            Syntax::Reader(small.unwrap_or_default())
        }
    }
}

/// Where the innermost bracket that is still open began.
fn opened(text: &str) -> Option<Opened> {
    let Err(Some(at)) = scanner::tree(text) else { return None };
    let bracket = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('(');
    let (line, column) = line_column(text, at);
    Some(Opened { bracket, line, column })
}

/// Byte offset of `ron`'s line and column.
fn offset(text: &str, position: ron::error::Position) -> usize {
    let lines = text.split_inclusive('\n').take(position.line.saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    let line = text.get(start..).unwrap_or_default();
    let characters = line.chars().take(position.col.saturating_sub(1));
    start + characters.map(char::len_utf8).sum::<usize>()
}
