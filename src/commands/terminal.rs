//! Questions in a terminal, and passwords without an echo.
//!
//! Main thread. Policies: questions go to standard error, so that standard output stays clean; where
//! standard input is no terminal a line is an answer all the same, also to what nobody is to see; the
//! terminal is left as it was found.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::os::fd::AsFd;

use camwall_media::BestEffort;
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Longest answer, bytes: one without an end would fill the memory.
const LONGEST: usize = 4096;

/// Whether somebody is there who can be asked.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Says whole lines.
pub(super) fn say(text: &str) {
    // Nowhere is left to say that the terminal is gone.
    writeln!(io::stderr(), "{}", lines(text)).best_effort();
}

/// Whether a terminal might do something with a character instead of showing it: control
/// characters, and those that turn the direction of text around.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A line as a terminal may have it.
pub(super) fn plain(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    for c in line.chars() {
        if is_harmful(c) { safe.extend(c.escape_default()) } else { safe.push(c) }
    }
    safe
}

/// Lines as a terminal may have them.
fn lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// Asks, and waits for a line; nothing where there are no more.
///
/// # Errors
/// If nothing can be read.
pub(super) fn line(question: &str) -> io::Result<Option<String>> {
    put(question);
    let mut bytes = Vec::new();
    let count = io::stdin().lock().take(LONGEST as u64).read_until(b'\n', &mut bytes)?;
    if count == 0 {
        return Ok(None);
    }
    text(bytes).map(Some)
}

/// The same for what nobody is to see.
///
/// # Errors
/// As [`line()`].
pub(super) fn secret(question: &str) -> io::Result<Option<String>> {
    let Ok(before) = tcgetattr(io::stdin()) else { return line(question) };
    let typed = {
        // Before it asks: what is typed at once would be seen, or thrown away with the switch.
        let _hidden = Hidden::begin(before)?;
        put(question);
        typed()
    };
    put("\n");
    match typed? {
        Typed::Line(bytes) => text(bytes).map(Some),
        Typed::End => Ok(None),
        Typed::Interrupted => {
            // The terminal is as it was: now as if the key had not been taken from the system.
            kill_process(getpid(), Signal::INT)?;
            Ok(None)
        }
    }
}

fn put(text: &str) {
    let mut out = io::stderr().lock();
    out.write_all(lines(text).as_bytes()).and_then(|()| out.flush()).best_effort();
}

fn text(mut bytes: Vec<u8>) -> io::Result<String> {
    while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.pop();
    }
    let wrong = |_not_text| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text");
    String::from_utf8(bytes).map_err(wrong)
}

/// What came of typing unseen.
enum Typed {
    Line(Vec<u8>),
    End,
    Interrupted,
}

/// Reads a line key by key, for the terminal does not do it.
fn typed() -> io::Result<Typed> {
    let mut bytes = Vec::new();
    for key in io::stdin().lock().bytes() {
        match key? {
            b'\n' | b'\r' => return Ok(Typed::Line(bytes)),
            // Ctrl+C, Ctrl+\.
            3 | 28 => return Ok(Typed::Interrupted),
            // Ctrl+D.
            4 if bytes.is_empty() => return Ok(Typed::End),
            // Ctrl+U.
            21 => bytes.clear(),
            // Backspace: a whole character.
            8 | 127 => while bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            key if bytes.len() < LONGEST => bytes.push(key),
            _ => {}
        }
    }
    Ok(Typed::End)
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Hidden {
    before: Termios,
}

impl Hidden {
    fn begin(before: Termios) -> io::Result<Self> {
        let mut hidden = before.clone();
        hidden.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(io::stdin().as_fd(), OptionalActions::Flush, &hidden)?;
        Ok(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Fails only where the terminal is gone.
        tcsetattr(io::stdin().as_fd(), OptionalActions::Now, &self.before).best_effort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_moves_no_cursor_and_ends_no_line() {
        assert_eq!(lines("a\nb ä漢"), "a\nb ä漢");
        assert_eq!(lines("\u{1b}[2J\r\u{202e}x"), "\\u{1b}[2J\\r\\u{202e}x");
        assert_eq!(plain("a\nb"), "a\\nb");
    }
}
