//! What cameras are called that have no name yet.
//!
//! Pure. Policy: of an address only the host, never its path or query, which may hold a key.

use camwall_address::CameraAddress;

/// Longest name of a tile, characters.
const LONGEST_NAME: usize = 60;

/// Longest id, characters.
const LONGEST_ID: usize = 40;

/// A text as it may stand on a tile; nothing where none of it may.
pub(crate) fn tidy_name(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().take(LONGEST_NAME).collect();
    let text = text.trim_end();
    // What is in its place by mistake may hold a login.
    (!text.is_empty() && !text.contains("://")).then(|| text.to_owned())
}

/// The host of an address without its port; of a file its name without its ending.
pub(crate) fn host_of(address: &CameraAddress) -> String {
    let origin = address.origin();
    let Some((_, host)) = origin.split_once("://") else {
        let file = origin.rsplit('/').next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        return tidy_name(stem).unwrap_or_else(|| "camera".to_owned());
    };
    let end = host.rfind(':').filter(|at| host[at + 1..].bytes().all(|b| b.is_ascii_digit()));
    // Of `[fe80::1]` the last `:` is no port's, for `]` follows.
    let host = end.map_or(host, |end| &host[..end]);
    tidy_name(host).unwrap_or_else(|| "camera".to_owned())
}

/// An id made of a name: letters and digits of any script, and `-` for all the rest.
pub(crate) fn id_of(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let id: String = name.to_lowercase().chars().map(plain).collect();
    let words: Vec<&str> = id.split('-').filter(|word| !word.is_empty()).collect();
    let id: String = words.join("-").chars().take(LONGEST_ID).collect();
    let id = id.trim_matches('-');
    if id.is_empty() { "camera".to_owned() } else { id.to_owned() }
}

/// The text, or with the first number behind it that makes it a new one: `gate`, `gate-2`.
pub(crate) fn unique(text: String, separator: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&text) {
        return text;
    }
    let numbered = (2usize..).map(|number| format!("{text}{separator}{number}"));
    numbered.into_iter().find(|text| !is_taken(text)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_the_host_is_the_name() {
        for (address, name) in [
            ("rtsp://10.0.0.11/stream1", "10.0.0.11"),
            ("rtsp://u:canary@cam.site.example:8554/canary", "cam.site.example"),
            ("rtsp://[fe80::1]:554/x", "[fe80::1]"),
            ("rtsp://[fe80::1]/x", "[fe80::1]"),
            ("srt://:7000?passphrase=canary", "camera"),
            ("clips/door.mp4", "door"),
            ("/dev/video0", "video0"),
            ("rtsp://u:canary/x@h/y", "***"),
        ] {
            assert_eq!(host_of(&address.into()), name, "{address}");
        }
    }

    #[test]
    fn ids_are_plain_and_unlike() {
        for (name, id) in [
            ("Main gate", "main-gate"),
            ("  Hof / Süd (2) ", "hof-süd-2"),
            ("正門", "正門"),
            ("../..", "camera"),
            ("10.0.0.11", "10-0-0-11"),
        ] {
            assert_eq!(id_of(name), id);
        }
        assert!(id_of(&"ä".repeat(500)).chars().count() <= LONGEST_ID);
        let taken = ["gate", "gate-2"];
        assert_eq!(unique("gate".into(), "-", |it| taken.contains(&it)), "gate-3");
        assert_eq!(unique("yard".into(), "-", |it| taken.contains(&it)), "yard");
    }

    #[test]
    fn a_name_is_one_line_and_no_address() {
        assert_eq!(tidy_name(" a\tb\u{7}\n c ").as_deref(), Some("a b c"));
        assert_eq!(tidy_name(" \n"), None);
        assert_eq!(tidy_name("rtsp://u:canary@h"), None);
        assert_eq!(tidy_name(&"x".repeat(500)).map(|name| name.len()), Some(LONGEST_NAME));
    }
}
