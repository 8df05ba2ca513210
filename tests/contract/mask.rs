//! Takes what varies out of a text: figures, times, hashes, folders.

/// The text with each number as `0`. Digits behind a small letter belong to a name: `h264`, `cam1`.
pub fn figures(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut named = false;
    while let Some(c) = rest.chars().next() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 || named {
            out.push(c);
            named = c.is_ascii_lowercase() || (named && c.is_ascii_digit());
            rest = &rest[c.len_utf8()..];
            continue;
        }
        out.push('0');
        rest = &rest[digits..];
        let fraction =
            rest.strip_prefix('.').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if let Some(fraction) = fraction {
            rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    out
}

/// The text with 64 hex digits in a row as `HASH`.
pub fn hashes(text: &str) -> String {
    let hex = |c: char| c.is_ascii_hexdigit();
    let words = text.split_inclusive(|c: char| !hex(c));
    words
        .map(|word| match word.trim_end_matches(|c: char| !hex(c)) {
            hash if hash.len() == 64 => word.replace(hash, "HASH"),
            _ => word.to_owned(),
        })
        .collect()
}
