//! What may be told of an address: scheme, host and port.
//!
//! Pure. Policy: where it is doubtful which part is the host, only the scheme is told. A password
//! that is not encoded moves the host: in `rtsp://admin:12/3@10.0.0.7/` a parser takes the user for
//! the host and half of the password for the port.

use std::net::IpAddr;

use url::Url;

/// What stands for what is not told.
pub(crate) const STARS: &str = "***";

/// `scheme://host:port` of a URL; the port only if it is given, and is not the scheme's own.
pub(crate) fn origin(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return STARS.to_owned() };
    // Anything else before `://` may be half of a login.
    let Some(scheme) = scheme_like(scheme) else { return STARS.to_owned() };
    host_and_port(text, rest)
        .map_or_else(|| format!("{scheme}://{STARS}"), |told| format!("{scheme}://{told}"))
}

/// A scheme's name in small letters, if it looks like one (RFC 3986, section 3.1) and is no longer
/// than any that is used.
pub(crate) fn scheme_like(name: &str) -> Option<String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let like = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 16
        && name.chars().all(letters);
    like.then(|| name.to_ascii_lowercase())
}

fn host_and_port(text: &str, rest: &str) -> Option<String> {
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    // A port to listen on. The URL standard knows no such thing.
    if let Some(port) = authority.strip_prefix([':', '@']).map(|port| port.trim_start_matches(':'))
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(format!(":{port}"));
    }
    let url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let named = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    if behind.contains('@') && named.contains(':') && !number {
        return None;
    }
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    Some(format!("{host}{port}"))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn no_more_than_scheme_host_and_port_is_told() {
        for (text, told) in [
            ("rtsp://u:p@10.0.0.7:5554/key/x?token=y", "rtsp://10.0.0.7:5554"),
            ("rtsp://[fe80::1]/x", "rtsp://[fe80::1]"),
            ("rtsp://[fe80::1]:8554/x@y", "rtsp://[fe80::1]:8554"),
            ("HTTPS://cam.example/x?pwd=1", "https://cam.example"),
            ("udp://@239.0.0.1:1234", "udp://239.0.0.1:1234"),
            ("srt://10.0.0.9:7000?passphrase=x", "srt://10.0.0.9:7000"),
            ("srt://:7000?passphrase=x", "srt://:7000"),
            ("udp://@:1234", "udp://:1234"),
            ("rtmp://nvr/app/key@2", "rtmp://nvr"),
            ("rtsp://10.0.0.7:554/user=a@b_password=c@d", "rtsp://10.0.0.7:554"),
        ] {
            assert_eq!(origin(text), told);
        }
    }

    #[test]
    fn where_the_host_is_doubtful_only_the_scheme_is_told() {
        for text in [
            "rtsp://admin:12/3@10.0.0.7/",
            "rtsp://admin:12?3@10.0.0.7/",
            "rtsp://admin:#3@10.0.0.7/",
            "rtsp://admin:pa/ss@10.0.0.7/",
            "rtsp://admin:p ss/",
            "rtsp://",
            "rtsp:///x",
        ] {
            assert_eq!(origin(text), "rtsp://***", "{text}");
        }
        assert_eq!(origin("admin:pw@rtsp://10.0.0.7/"), "***");
    }
}
