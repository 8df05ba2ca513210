//! The table of `camwall check --probe`, and what is told of certificates.
//!
//! Pure. Policy: columns stand below one another in every script: a Chinese or Japanese character is as
//! wide as two letters in a terminal.

use crate::camera::messages;
use camwall_media::{CertificateReport, Ending, LowerTransport, ProbeReport};
use camwall_words::Words;

/// One row of the table: what the file calls the stream, and what it is.
pub struct Row {
    /// The camera's id.
    pub camera: String,
    /// `main` or `sub`, as the wall file has it.
    pub stream: &'static str,
    /// What came of the login, in words.
    pub login: &'static str,
    /// What was found, or why nothing.
    pub outcome: Result<ProbeReport, &'static str>,
    /// Where it is encrypted, and shows one.
    pub certificate: Option<CertificateReport>,
}

/// Letters of each column: positive from the left, negative from the right.
const WIDTHS: [isize; 11] = [16, 6, 6, -10, -6, -7, 18, 9, -9, 5, 0];

/// The table with its head, and below it what is told of certificates.
pub fn table(words: &Words, rows: &[Row]) -> String {
    let head = &words.probe;
    let head = [
        head.camera,
        head.stream,
        head.codec,
        head.size,
        head.fps,
        head.gop,
        head.audio,
        head.login,
        head.first,
        head.over,
        head.by,
    ];
    let mut text = line(&head.map(str::to_owned));
    for row in rows {
        text += &match &row.outcome {
            Ok(found) => line(&cells(words, row, found)),
            Err(error) => {
                let (camera, stream) = (padded(&row.camera, 16), padded(row.stream, 6));
                format!("{camera} {stream} {error}\n")
            }
        };
    }
    rows.iter().for_each(|row| text += &certificate_lines(words, row));
    text
}

fn cells(words: &Words, row: &Row, found: &ProbeReport) -> [String; 11] {
    let known = |number: Option<f32>| {
        number.map_or_else(|| "?".to_owned(), |number| words.numbers.tenths(number))
    };
    [
        row.camera.clone(),
        row.stream.to_owned(),
        found.codec.to_string(),
        format!("{}x{}", found.width, found.height),
        known(found.fps),
        known(found.gop_seconds),
        found.audio.as_deref().unwrap_or(words.probe.no_audio).to_owned(),
        row.login.to_owned(),
        found.first_picture.as_millis().to_string(),
        found.transport.map_or("-", LowerTransport::as_str).to_owned(),
        found.via.to_string(),
    ]
}

fn line(cells: &[String; 11]) -> String {
    let cells: Vec<String> =
        cells.iter().zip(WIDTHS).map(|(text, width)| padded(text, width)).collect();
    cells.join(" ") + "\n"
}

/// The text with blanks behind it, or before it where `width` is negative, as far as it has fewer letters.
fn padded(text: &str, width: isize) -> String {
    let blanks = " ".repeat(width.unsigned_abs().saturating_sub(columns(text)));
    if width < 0 { blanks + text } else { text.to_owned() + &blanks }
}

/// How many letters of a terminal a text takes.
fn columns(text: &str) -> usize {
    let wide = |c: char| {
        matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
            | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}')
    };
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// What is told of a camera's certificate: what to pin, whose it is, how long it lasts, and whether this
/// computer trusts it without a pin.
fn certificate_lines(words: &Words, row: &Row) -> String {
    let Some(found) = &row.certificate else { return String::new() };
    let trusted = match &found.trusted {
        Ok(()) => words.probe.trusted,
        Err(_) if found.self_issued => words.probe.self_issued,
        Err(fault) => words.what(messages::certificate(&words.advice, fault)),
    };
    let subject = format!("{:?}", found.subject);
    let mut text = (words.probe.certificate)(&subject, &found.until, trusted);
    if let Some(ending) = found.ending {
        let ending = match ending {
            Ending::Within(days) => (words.probe.runs_out)(days),
            Ending::Over => words.probe.has_run_out.to_owned(),
        };
        text = (words.probe.warned)(&text, &ending);
    }
    format!("\n{} {}: {}\n    {text}\n", row.camera, row.stream, found.fingerprint)
}

#[cfg(test)]
mod tests {
    use camwall_words::{EN, Language};

    use super::*;

    fn row(camera: &str) -> Row {
        Row {
            camera: camera.to_owned(),
            stream: "main",
            login: "-",
            outcome: Err(EN.advice.timeout),
            certificate: None,
        }
    }

    #[test]
    fn columns_stand_below_one_another_in_every_script() {
        for language in Language::ALL {
            let words = language.words();
            let text = table(words, &[row("gate"), row("大門")]);
            let head = text.lines().next().unwrap();
            let stream = head.find(words.probe.stream).unwrap();
            assert_eq!(columns(&head[..stream]), 17, "{head}");
            for line in text.lines().skip(1) {
                let at = line.find("main").unwrap();
                assert_eq!(columns(&line[..at]), 17, "{line}");
            }
            let size = head.find(words.probe.size).unwrap() + words.probe.size.len();
            assert_eq!(columns(&head[..size]), 16 + 1 + 6 + 1 + 6 + 1 + 10, "{head}");
        }
    }
}
