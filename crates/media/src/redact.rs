//! Keeps passwords out of everything a person may read: logs, errors, the status line.
//!
//! Pure functions, callable from any thread.
//! Policy: hide too much rather than too little. What is hidden becomes `***`:
//! the user info of every URL in the text, the values of query parameters that usually carry
//! secrets, and the rest of an `Authorization:` line.

/// Query parameters whose values are never shown. IP cameras take the login in the query of their
/// snapshot and MJPEG addresses under all of these names.
const SECRET_KEYS: [&str; 14] = [
    "password", "passwd", "pass", "pwd", "psw", "user", "username", "usr", "token", "auth",
    "secret", "key", "apikey", "session",
];

/// Returns `text` with every credential replaced by `***`.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(is_url_end).unwrap_or(after.len());
        let (url, tail) = after.split_at(end);
        push_url(&mut out, url);
        rest = tail;
    }
    out.push_str(rest);
    redact_headers(&redact_query(&out))
}

/// Like [`redact`], and replaces `secret` itself wherever it occurs, also percent-encoded.
///
/// Secrets shorter than four characters are left to the rules of [`redact`]: replacing every `1`
/// would make a message unreadable and tell the secret at the same time.
pub(crate) fn redact_secret(text: &str, secret: Option<&str>) -> String {
    let mut text = redact(text);
    if let Some(secret) = secret.filter(|secret| secret.len() >= 4) {
        text = text.replace(secret, "***");
        let encoded = percent_encode(secret);
        if encoded != secret {
            text = text.replace(&encoded, "***");
        }
    }
    text
}

/// Percent-encodes everything but RFC 3986's unreserved characters, for user info in URLs.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What ends a URL inside a sentence or a log line.
fn is_url_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`')
}

/// Appends a URL (without its scheme), hiding its user info.
fn push_url(out: &mut String, url: &str) {
    let authority_end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let authority = &url[..authority_end];
    // An unescaped `/` in a password ends the authority early. `name:` followed by something that
    // is no port number gives it away; then everything up to the last `@` is user info.
    let broken = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && !port.bytes().all(|b| b.is_ascii_digit()))
        && !authority.contains('@')
        && !authority.starts_with('[');
    let search = if broken { url } else { authority };
    match search.rfind('@') {
        Some(at) => {
            out.push_str("***@");
            out.push_str(&url[at + 1..]);
        }
        None => out.push_str(url),
    }
}

/// Hides the values of [`SECRET_KEYS`] in `?key=value&key=value`.
fn redact_query(text: &str) -> String {
    if !text.contains('=') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['?', '&', ';']) {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        rest = after;
        let end =
            after.find(|c| is_url_end(c) || matches!(c, '&' | ';' | '#')).unwrap_or(after.len());
        if let Some((key, _)) = after[..end].split_once('=')
            && SECRET_KEYS.contains(&key.to_ascii_lowercase().as_str())
        {
            out.push_str(key);
            out.push_str("=***");
            rest = &after[end..];
        }
    }
    out.push_str(rest);
    out
}

/// Hides what follows `Authorization:` up to the end of its line.
fn redact_headers(text: &str) -> String {
    const NAME: &str = "authorization:";
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(at) = lower[done..].find(NAME) {
        let value = done + at + NAME.len();
        let end = text[value..].find(['\r', '\n']).map_or(text.len(), |n| value + n);
        out.push_str(&text[done..value]);
        out.push_str(" ***");
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_user_info_whatever_it_is_made_of() {
        for (given, want) in [
            ("rtsp://admin:pw@10.0.0.7/a", "rtsp://***@10.0.0.7/a"),
            ("rtsp://a.b%40c:p%40.w@host:554/a", "rtsp://***@host:554/a"),
            ("rtsp://admin:p@ss@host/a", "rtsp://***@host/a"),
            ("rtsp://admin:pa/s?s@host/a", "rtsp://***@host/a"),
            ("rtsp://admin@host", "rtsp://***@host"),
            ("see rtsp://u:p@h/x and http://v:q@i/y.", "see rtsp://***@h/x and http://***@i/y."),
        ] {
            assert_eq!(redact(given), want);
        }
    }

    #[test]
    fn leaves_innocent_text_alone() {
        for text in [
            "rtsp://10.0.0.7:554/Streaming/Channels/101",
            "rtsp://host/path@with-at",
            "rtsp://[fe80::1]:554/a",
            "a b c = d",
            "caf\u{e9} rtsp://h/\u{fc}",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn hides_secrets_in_queries_and_headers() {
        assert_eq!(
            redact("http://h/video.cgi?usr=admin&pwd=123&res=2 failed"),
            "http://h/video.cgi?usr=***&pwd=***&res=2 failed"
        );
        assert_eq!(
            redact("GET / \r\nAuthorization: Basic YWRtaW46cHc=\r\nCSeq: 1"),
            "GET / \r\nAuthorization: ***\r\nCSeq: 1"
        );
    }

    #[test]
    fn hides_a_known_secret_wherever_it_stands() {
        assert_eq!(redact_secret("open canary!1 canary%211", Some("canary!1")), "open *** ***");
        assert_eq!(redact_secret("1 of 1", Some("1")), "1 of 1");
    }
}
