//! Keeps addresses and what usually is secret out of texts that others write: libraries' log lines,
//! their errors, panics.
//!
//! Pure functions, callable from any thread.
//! Policy: hide too much rather than too little. Every URL becomes its origin, whatever stands in
//! its path or query; of `name=value` the value becomes `***` where the name usually has a secret;
//! so does the rest of an `Authorization:` or `Cookie:` line.

use crate::origin::{STARS, origin};
use crate::secret_key::is_secret_key;

/// Returns `text` with every address replaced by its origin, and every credential by `***`.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let scheme = rest[..at]
            .rfind(|c: char| !is_scheme(c))
            .map_or(0, |before| before + rest[before..].chars().next().map_or(1, char::len_utf8));
        out.push_str(&rest[..scheme]);
        let behind = &rest[at + 3..];
        let end = at + 3 + behind.find(is_url_end).unwrap_or(behind.len());
        let (url, tail) = split_punctuation(&rest[scheme..end], at + 3 - scheme);
        out.push_str(&origin(url));
        out.push_str(tail);
        rest = &rest[end..];
    }
    out.push_str(rest);
    redact_headers(&redact_values(&out))
}

fn is_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-')
}

/// What ends a URL inside a sentence or a log line. Other quotes may be part of a password.
fn is_url_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '<' | '>')
}

/// The URL, and the sentence's punctuation behind it. Where there is a path or query, only a closing
/// quote is left: the rest may be the end of a key. `from` is where the authority begins.
fn split_punctuation(url: &str, from: usize) -> (&str, &str) {
    let has_more = url[from..].contains(['/', '?', '#']);
    let trimmed = url.trim_end_matches([')', '.', ',', ';', ':', '!', '}', '\'', '`', ']']);
    // The last one may close an IPv6 address.
    let end = match url[trimmed.len()..].strip_prefix(']') {
        Some(_) if trimmed[from..].contains('[') => trimmed.len() + 1,
        _ => trimmed.len(),
    };
    match url[end..].chars().next() {
        Some(quote @ ('\'' | '`')) if has_more => {
            (&url[..end], if quote == '`' { "`" } else { "'" })
        }
        _ if has_more => (&url[..end], ""),
        _ => url.split_at(end),
    }
}

/// Hides the values of `name=value` whose name usually has a secret, up to the end of the word: in
/// a query as well as in the path that some cameras take it in.
pub(crate) fn redact_values(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        let name = rest[..at].rfind(|c: char| !c.is_alphanumeric() && c != '-');
        let name = name.map_or(&rest[..at], |before| {
            let letter = rest[before..].chars().next().map_or(1, char::len_utf8);
            &rest[before + letter..at]
        });
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if is_secret_key(name) {
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
            if let Some(quote) = quote {
                out.push(quote);
                rest = &rest[1..];
            }
            let ends = |c: char| quote.map_or_else(|| is_value_end(c), |quote| c == quote);
            let end = rest.find(ends).unwrap_or(rest.len());
            if end > 0 {
                out.push_str(STARS);
            }
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

fn is_value_end(c: char) -> bool {
    is_url_end(c) || matches!(c, '&' | ';' | '#' | ',' | ')' | '\'' | '`')
}

/// Hides what follows `Authorization:` and `Cookie:` up to the end of its line.
fn redact_headers(text: &str) -> String {
    const NAMES: [&str; 2] = ["authorization:", "cookie:"];
    // ASCII letters only, so that places are the same in both.
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(value) = NAMES
        .iter()
        .filter_map(|name| lower[done..].find(name).map(|at| done + at + name.len()))
        .min()
    {
        let end = text[value..].find(['\r', '\n']).map_or(text.len(), |n| value + n);
        out.push_str(&text[done..value]);
        out.push(' ');
        out.push_str(STARS);
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_every_address_the_origin_is_left_whatever_the_rest_is_made_of() {
        for (given, want) in [
            ("rtsp://admin:pw@10.0.0.7/a", "rtsp://10.0.0.7"),
            ("rtsp://a.b%40c:p%40.w@host:554/a", "rtsp://host:554"),
            ("rtsp://admin:p@ss@host/a", "rtsp://host"),
            ("rtsp://admin:pa/s?s@host/a", "rtsp://***"),
            ("rtsp://admin@host", "rtsp://host"),
            ("see rtsp://u:p@h/x and http://v:q@i/y.", "see rtsp://h and http://i"),
            ("(retina, rtsp://10.0.0.7:554)", "(retina, rtsp://10.0.0.7:554)"),
            ("(retina, rtsp://[fe80::1]:554)", "(retina, rtsp://[fe80::1]:554)"),
            ("[rtsp://[fe80::1]]", "[rtsp://[fe80::1]]"),
            ("Opening 'http://h/x?key=a'b' for reading", "Opening 'http://h' for reading"),
            ("srt://h:1?passphrase=a'b;c failed", "srt://h:1 failed"),
            ("\"rtmp://h/app/key\", next", "\"rtmp://h\", next"),
            ("grün://h/x", "grün://h"),
            ("://x y", "*** y"),
        ] {
            assert_eq!(redact(given), want, "{given}");
        }
    }

    #[test]
    fn leaves_innocent_text_alone() {
        for text in [
            "rtsp://10.0.0.7:554",
            "rtsp://[fe80::1]:554",
            "a b c = d, size=12x34",
            "caf\u{e9} rtsp://h",
            "method DESCRIBE failed: 404 Not Found",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn hides_secrets_in_values_and_headers() {
        for (given, want) in [
            ("a=control:user=admin_password=x1_channel=1.sdp ok", "a=control:user=*** ok"),
            ("video.cgi?usr=admin&pwd=123&res=2 failed", "video.cgi?usr=***&pwd=***&res=2 failed"),
            ("passphrase=abc, Token='x y'.", "passphrase=***, Token='***'."),
            ("key=\"a\\", "key=\"***"),
            ("password=, b", "password=, b"),
            (
                "GET / \r\nAuthorization: Basic YWRtaW46cHc=\r\nCSeq: 1",
                "GET / \r\nAuthorization: ***\r\nCSeq: 1",
            ),
            ("Set-Cookie: id=1\nX: 2", "Set-Cookie: ***\nX: 2"),
        ] {
            assert_eq!(redact(given), want);
        }
    }

    #[test]
    fn any_text_is_taken() {
        for text in ["://", "=", "a://", "://://", "=:é=", "password=", "x://[", "x://]", "é://é/="]
        {
            let _no_panic = redact(text);
        }
    }
}
