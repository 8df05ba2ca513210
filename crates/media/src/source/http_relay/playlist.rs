//! Playlists of HLS (RFC 8216): what they name is asked of the relay, or is refused.
//!
//! Pure; the relay's task runs it. Policies:
//! - what a playlist names (other playlists, segments, keys, headers) has to be of the camera's scheme, host
//!   and port, or the whole playlist is refused, with the origin that it names;
//! - FFmpeg sees no address but the relay's. What it might read in another way than this module does (control
//!   characters, backslashes in what holds an address, lines longer than it keeps) is refused.

use url::{Position, Url};

use crate::source::relay::{Fault, Limit, Peer, RelayError};

/// With what a playlist begins, and nothing that FFmpeg takes for one begins with anything else.
pub(super) const BEGINS: &[u8] = b"#EXTM3U";
/// Bytes of a playlist at most.
pub(super) const LONGEST: usize = 1 << 20;
/// Bytes of a line at most: FFmpeg keeps 4095.
const LONGEST_LINE: usize = 4000;
/// Characters of an origin that are told.
const TOLD: usize = 80;

/// The playlist at `at` with each address in it as one below `ours`.
pub(super) fn rewrite(bytes: &[u8], at: &Url, ours: &str) -> Result<String, RelayError> {
    let malformed = |what| Fault::Malformed(what).from(Peer::Camera);
    let text = std::str::from_utf8(bytes).map_err(|_not_text| malformed("a playlist in text"))?;
    let control = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t');
    if text.contains(control) {
        return Err(malformed("a playlist without control characters"));
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split(['\r', '\n']).filter(|line| !line.is_empty()) {
        let line = match line.strip_prefix('#') {
            None if line.trim().is_empty() => continue,
            None => here(line.trim(), at, ours)?,
            Some(tag) => format!("#{}", of_tag(tag, at, ours)?),
        };
        if line.len() > LONGEST_LINE {
            return Err(Fault::Limit(Limit::UrlBytes).from(Peer::Camera));
        }
        out += &line;
        out.push('\n');
    }
    Ok(out)
}

/// A tag with the addresses in its attributes replaced.
fn of_tag(tag: &str, at: &Url, ours: &str) -> Result<String, RelayError> {
    const NAME: &str = "URI=";
    let mut out = String::with_capacity(tag.len());
    let mut rest = tag;
    if tag.contains(NAME) && tag.contains('\\') {
        return Err(Fault::Malformed("an address without backslashes").from(Peer::Camera));
    }
    while let Some(found) = rest.find(NAME) {
        let (before, value) = rest.split_at(found + NAME.len());
        out += before;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_at(value.find(',').unwrap_or(value.len())),
        };
        out.push('"');
        out += &here(value.trim(), at, ours)?;
        out.push('"');
        rest = after;
    }
    Ok(out + rest)
}

/// The relay's address for what is named.
fn here(named: &str, at: &Url, ours: &str) -> Result<String, RelayError> {
    let malformed = |_| Fault::Malformed("an address in a playlist").from(Peer::Camera);
    let url = at.join(named).map_err(malformed)?;
    if !matches!(url.scheme(), "http" | "https") || url.origin() != at.origin() {
        return Err(RelayError::Elsewhere { location: origin(&url) });
    }
    Ok(format!("{ours}{}", &url[Position::BeforePath..Position::AfterQuery]))
}

/// What may be told of an address: scheme, host and port.
pub(super) fn origin(url: &Url) -> String {
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    let text = format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default());
    text.chars().take(TOLD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "http://127.0.0.1:9/token";

    fn rewritten(text: &str) -> Result<String, RelayError> {
        let at = Url::parse("http://cam:8080/live/main.m3u8?key=1").expect("an address");
        rewrite(text.as_bytes(), &at, OURS)
    }

    #[test]
    fn what_is_the_cameras_goes_through_the_relay() {
        let text = "#EXTM3U\r\n#EXT-X-KEY:METHOD=AES-128,URI=\"/k?a=b,c\",IV=0x1\n\
            #EXT-X-MAP:URI=init.mp4\n#EXTINF:2,\n\nseg1.ts?x\n../a.ts\n\
            http://cam:8080/b.ts\r//cam:8080/c.ts\n";
        let expected = format!(
            "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"{OURS}/k?a=b,c\",IV=0x1\n\
             #EXT-X-MAP:URI=\"{OURS}/live/init.mp4\"\n#EXTINF:2,\n{OURS}/live/seg1.ts?x\n{OURS}/a.ts\n\
             {OURS}/b.ts\n{OURS}/c.ts\n"
        );
        assert_eq!(rewritten(text), Ok(expected));
    }

    #[test]
    fn what_is_elsewhere_is_refused_by_its_origin() {
        for (named, location) in [
            ("http://victim/canary", "http://victim"),
            ("http://cam/canary", "http://cam"),
            ("https://cam:8080/canary", "https://cam:8080"),
            ("//victim:81/canary", "http://victim:81"),
            ("file:///etc/passwd", "file://"),
            ("data:text/plain,canary", "data://"),
            ("crypto+http://victim/canary", "crypto+http://victim"),
            (" http://victim/canary", "http://victim"),
        ] {
            let elsewhere = RelayError::Elsewhere { location: location.to_owned() };
            for text in [
                format!("#EXTM3U\n#EXTINF:2,\n{named}\n"),
                format!("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"{named}\"\na.ts\n"),
                format!("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI={named}\na.ts\n"),
                format!("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,NAME=\"URI=x\",URI=\"{named}\"\na.ts\n"),
            ] {
                assert_eq!(rewritten(&text), Err(elsewhere.clone()), "{text}");
            }
        }
    }

    #[test]
    fn what_ffmpeg_might_read_in_another_way_is_refused() {
        for text in [
            "#EXTM3U\na.ts\0http://victim/\n",
            "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"\\\",URI=\"http://victim/\"\n",
        ] {
            assert!(matches!(rewritten(text), Err(RelayError::Malformed { .. })), "{text:?}");
        }
        let long = format!("#EXTM3U\n{}http://victim/\n", "#".repeat(5000));
        assert!(matches!(rewritten(&long), Err(RelayError::Limit { .. })));
        assert!(rewrite(b"#EXTM3U\n\xff\n", &Url::parse("http://c/").unwrap(), OURS).is_err());
    }
}
