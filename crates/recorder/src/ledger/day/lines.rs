//! Lines of a ledger, sound and damaged, in bounded memory.
//!
//! Pure.

use std::io::{self, BufRead};

use crate::ledger::entry::LedgerEntry;

/// Longest line of a ledger, bytes; ours are below 1 kB. Of a longer one its end is looked at.
pub(super) const LONGEST_LINE: usize = 64 << 10;
/// How a line begins.
const HEAD: &[u8] = b"{\"type\":";

/// Reads one line with its end into `line`, or what there is where it has none; of one that is too long
/// only what ends it. How many bytes it has.
pub(super) fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    line.clear();
    let mut length = 0_u64;
    loop {
        let piece = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            piece => piece?,
        };
        let end = piece.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let count = end.unwrap_or(piece.len());
        line.extend_from_slice(&piece[..count]);
        from.consume(count);
        length = length.saturating_add(count as u64);
        if end.is_some() || count == 0 {
            line.drain(..line.len().saturating_sub(LONGEST_LINE));
            return Ok(length);
        }
        if line.len() > 2 * LONGEST_LINE {
            line.drain(..line.len() - LONGEST_LINE);
        }
    }
}

/// What a line holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ParsedLine {
    /// Its entries: one where it is sound, none or more where something torn stands before them.
    pub(super) entries: Vec<LedgerEntry>,
    /// Whether it is one entry and nothing else.
    pub(super) whole: bool,
}

/// A line; where another was torn before its end, what was written behind it.
pub(super) fn parse(line: &[u8]) -> ParsedLine {
    if let Ok(entry) = serde_json::from_slice(line) {
        return ParsedLine { entries: vec![entry], whole: true };
    }
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(skip) = line[at..].windows(HEAD.len()).position(|part| part == HEAD) {
        at += skip;
        let mut read = serde_json::Deserializer::from_slice(&line[at..]).into_iter();
        match read.next() {
            Some(Ok(entry)) => {
                entries.push(entry);
                at += read.byte_offset().max(1);
            }
            _ => at += HEAD.len(),
        }
    }
    ParsedLine { entries, whole: false }
}
