//! `ron`'s complaints about the text itself, in a person's words.
//!
//! Runs on the caller's thread. Policy: `ron` knows the place; where the text ends inside a
//! bracket or quote, the place where that began is what helps, so it is named.

use ron::error::{Error, SpannedError};

use super::scanner;
use crate::diagnostic::{Remark, line_column};

/// What to say about `error`.
pub(crate) fn remark(text: &str, error: &SpannedError) -> Remark {
    if text.trim().is_empty() {
        let message = "the file is empty; see assets/wall.ron for a commented example";
        return Remark::new(0, message);
    }
    let message = match &error.code {
        Error::Eof
        | Error::ExpectedComma
        | Error::ExpectedArrayEnd
        | Error::ExpectedMapEnd
        | Error::ExpectedStructLikeEnd => format!("{}{}", reason(&error.code), opened(text)),
        code => reason(code),
    };
    // A token without an end is pointed at where it begins, all else where reading stopped.
    let position = match &error.code {
        Error::ExpectedStringEnd
        | Error::UnclosedBlockComment
        | Error::ExpectedChar
        | Error::InvalidEscape(_) => error.span.start,
        _ => error.span.end,
    };
    Remark::new(offset(text, position), message)
}

fn reason(code: &Error) -> String {
    match code {
        Error::Eof => "the text ends too early".to_owned(),
        Error::ExpectedComma => "expected a comma or a closing bracket".to_owned(),
        Error::ExpectedStringEnd => "this text in quotes has no end".to_owned(),
        Error::ExpectedMapColon => "expected a colon between name and value".to_owned(),
        Error::UnclosedBlockComment => "this comment has no end; write `*/`".to_owned(),
        Error::TrailingCharacters => "nothing may follow the last closing bracket".to_owned(),
        Error::UnexpectedChar(c) => format!("unexpected character `{c}`"),
        Error::ExpectedIdentifier => "expected the name of a field".to_owned(),
        Error::ExceededRecursionLimit => "brackets are nested too deep".to_owned(),
        Error::SuggestRawIdentifier(name) => format!("`{name}` is no name of a field"),
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
        }
    }
}

/// Where the innermost bracket that is still open began.
fn opened(text: &str) -> String {
    let Err(Some(at)) = scanner::tree(text) else {
        return String::new();
    };
    let bracket = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('(');
    let (line, column) = line_column(text, at);
    format!("; the `{bracket}` of {line}:{column} is open")
}

/// Byte offset of `ron`'s line and column.
fn offset(text: &str, position: ron::error::Position) -> usize {
    let lines = text.split_inclusive('\n').take(position.line.saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    let line = text.get(start..).unwrap_or_default();
    let characters = line.chars().take(position.col.saturating_sub(1));
    start + characters.map(char::len_utf8).sum::<usize>()
}
