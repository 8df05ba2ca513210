//! Why a text is no address of a camera.
//!
//! Plain data. Policy: nothing of the text is in it but the name of its scheme, and that only where
//! it looks like one: the rest may hold a password.

use crate::Scheme;

/// Why a text is no address of a camera.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no text.
    #[error("no source; write a URL such as `rtsp://10.0.0.11/stream1`")]
    Empty,
    /// Characters that no address has.
    #[error("a source holds no control characters and no spaces around it")]
    Untidy,
    /// What stands before `://`, in small letters; `None` where it looks like no scheme.
    #[error("unknown scheme{}", .0.as_ref().map_or(String::new(), |name| format!(" `{name}`")))]
    UnknownScheme(Option<String>),
    /// The scheme is all there is.
    #[error("`{}://` is not all; write what follows it", .0.name())]
    NothingFollows(Scheme),
    /// A URL without a host.
    #[error("this `{}://` URL names no host", .0.name())]
    NoHost(Scheme),
    /// Not a URL.
    #[error("not a URL: {why}{}", hint(*.has_at))]
    NotAUrl {
        /// The parser's reason, one of a few fixed texts.
        why: url::ParseError,
        /// Whether an `@` is in it: then a password that is not encoded is the usual cause.
        has_at: bool,
    },
    /// A path that looks like a host.
    #[error("no scheme; write `rtsp://…` for a camera, or `./…` for a file")]
    NoScheme,
}

fn hint(has_at: bool) -> &'static str {
    if has_at { "; in a password write `#`, `/`, `?` as `%23`, `%2F`, `%3F`" } else { "" }
}
