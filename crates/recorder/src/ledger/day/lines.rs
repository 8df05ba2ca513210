//! Lines of a ledger, sound and damaged, in bounded memory.
//!
//! Pure.

use std::io::{self, BufRead, Read};

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
        let read = from.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', line)?;
        length = length.saturating_add(read as u64);
        line.drain(..line.len().saturating_sub(LONGEST_LINE));
        if read < LONGEST_LINE || line.last() == Some(&b'\n') {
            return Ok(length);
        }
    }
}

/// The entries of a line, and whether it is one entry and nothing else; where another was torn before
/// its end, what was written behind it.
pub(super) fn parse(line: &[u8]) -> (Vec<LedgerEntry>, bool) {
    if let Ok(entry) = serde_json::from_slice(line) {
        return (vec![entry], true);
    }
    let (mut entries, mut at) = (Vec::new(), 0);
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
    (entries, false)
}

/// What is wrong with a line.
pub(super) fn why_bad(line: &[u8]) -> String {
    match serde_json::from_slice::<LedgerEntry>(line) {
        Err(error) if error.is_data() => format!("unknown kind of line, skipped: {error}"),
        Err(error) => format!("torn or damaged line, skipped: {error}"),
        Ok(_) => format!("a line of more than {LONGEST_LINE} bytes"),
    }
}
