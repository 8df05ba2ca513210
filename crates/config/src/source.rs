//! What a camera's `main` and `sub` may be: a live URL, a device or a file.
//!
//! Runs on the caller's thread; opens nothing. Policy: a text that could be a forgotten scheme is
//! refused, not taken for a file name; a text that cannot be parsed is never repeated in a message,
//! because it may hold a password.

use camwall_address::Scheme;
use url::Url;

/// What is known of a source that passed [`check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A URL with a host.
    Remote(Url),
    /// A file, a device such as `/dev/video0`, or a port to listen on: nobody to log in to.
    Local,
}

/// Says what is wrong with `text` as a source, if anything is.
pub(super) fn check(text: &str) -> Result<Source, String> {
    if text.trim().is_empty() {
        return Err("no source; write a URL such as `rtsp://10.0.0.11/stream1`".to_owned());
    }
    if text.trim() != text || text.contains(char::is_control) {
        return Err("a source holds no control characters and no spaces around it".to_owned());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return path(text);
    };
    let word = scheme.to_lowercase();
    let Some(scheme) = Scheme::from_name(&word).filter(is_allowed) else {
        let allowed = Scheme::ALL.into_iter().filter(is_allowed).map(Scheme::name);
        let hint = super::suggest::nearest_and_list(&word, allowed);
        return Err(format!("unsupported scheme `{word}`{hint}, or a path"));
    };
    if scheme == Scheme::File && !rest.is_empty() {
        return Ok(Source::Local);
    }
    if rest.trim_start_matches('/').is_empty() {
        return Err(format!("`{word}://` is not all; write what follows it"));
    }
    // FFmpeg listens where these have no host; the URL standard knows no such thing.
    if matches!(scheme, Scheme::Srt | Scheme::Udp | Scheme::Rtp) && rest.starts_with(':') {
        return Ok(Source::Local);
    }
    match Url::parse(text) {
        Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(Source::Remote(url)),
        Ok(_) => Err(format!("this `{word}://` URL names no host")),
        // The usual cause, and the text cannot be shown.
        Err(why) if rest.contains('@') => Err(format!(
            "not a URL: {why}; in a password write `#`, `/`, `?` as `%23`, `%2F`, `%3F`"
        )),
        Err(why) => Err(format!("not a URL: {why}")),
    }
}

/// Whether a wall file may say so. A device is said by its path.
fn is_allowed(scheme: &Scheme) -> bool {
    *scheme != Scheme::V4l2
}

/// A text without `://`.
fn path(text: &str) -> Result<Source, String> {
    let first = text.split('/').next().unwrap_or_default();
    let is_path = first.is_empty() || first == "." || first == ".." || text.starts_with("file:");
    // `10.0.0.12/live`, `camera:554` and `user@host` are hosts far more often than folders.
    let host_like =
        first.contains(['@', ':']) || (first.contains('.') && first != text) || text.contains("//");
    if is_path || !host_like {
        return Ok(Source::Local);
    }
    Err("no scheme; write `rtsp://…` for a camera, or `./…` for a file".to_owned())
}

/// `url` with its password as `***`, for messages and logs.
pub fn redacted(url: &Url) -> String {
    let mut shown = url.clone();
    // Fails only for URLs that cannot hold a password, which have none to hide.
    if shown.password().is_some() && shown.set_password(Some("***")).is_err() {
        return format!("{}://***", url.scheme());
    }
    shown.to_string()
}
