//! The address of a camera: kept whole, checked by the wall file's rules, and taken apart.
//!
//! Pure; opens nothing. Policies:
//! - in a wall file a text that could be a forgotten scheme is refused, not taken for a file name;
//! - a text that can't be parsed is never repeated in a message, because it may hold a password;
//! - `Debug` shows the origin.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use url::Url;

use crate::origin::{STARS, origin, scheme_like};
use crate::redact::redact_values;
use crate::{AddressError, Login, Scheme, Secret, percent_decode, percent_encode};

/// An address as it was written: a URL, a device, or the path of a file. May hold a login and keys.
#[derive(Clone, PartialEq, Eq)]
pub struct CameraAddress(Secret);

/// What a wall file's address leads to.
#[derive(Clone, Debug)]
pub enum Source {
    /// A host.
    Remote(Address),
    /// A file, a device, or a port to listen on: nobody to log in to.
    Local,
}

impl CameraAddress {
    /// Keeps any text; [`check`](Self::check) and [`Address::parse`] say whether it is an address.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// The text, for what connects. Never put it in a message.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What may be told of it: `scheme://host:port`, the port only if it is given; of files and
    /// devices the path.
    #[must_use]
    pub fn origin(&self) -> String {
        let text = self.expose();
        match text.split_once("://") {
            None => text.to_owned(),
            Some((scheme, _)) if Scheme::from_name(scheme).is_some_and(Scheme::is_local) => {
                Address::parse(self).map_or_else(|_wrong| origin(text), |local| local.origin())
            }
            Some(_) => origin(text),
        }
    }

    /// A path that is relative, as seen from `folder`; every other address as it is.
    #[must_use]
    pub fn beside(&self, folder: &Path) -> Self {
        let text = self.expose();
        let is_path = !text.contains("://") && !text.starts_with("file:");
        if is_path && Path::new(text).is_relative() {
            return Self::new(folder.join(text).to_string_lossy());
        }
        self.clone()
    }

    /// Whether it begins with a user or a password, as in `rtsp://admin:…@host`.
    #[must_use]
    pub fn has_user_info(&self) -> bool {
        let Some((_, rest)) = self.expose().split_once("://") else { return false };
        // Multicast addresses are written with an `@` and no user.
        authority(rest).rsplit_once('@').is_some_and(|(user, _)| !user.is_empty())
    }

    /// The same without the user and the password that it begins with.
    #[must_use]
    pub fn without_user_info(&self) -> Self {
        let text = self.expose();
        let Some((scheme, rest)) = text.split_once("://").filter(|_| self.has_user_info()) else {
            return self.clone();
        };
        let named = authority(rest);
        let host = named.rsplit_once('@').map_or(named, |(_, host)| host);
        Self::new(format!("{scheme}://{host}{}", &rest[named.len()..]))
    }

    /// Whether it can't be said which part of it is the host, as where a password is not encoded.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.origin().ends_with(STARS)
    }

    /// Whether it holds a login, or in its query or path a value whose name says that it is secret.
    #[must_use]
    pub fn holds_secret(&self) -> bool {
        let Some((_, rest)) = self.expose().split_once("://") else { return false };
        let behind = rest.find(['/', '?', '#']).map_or("", |end| &rest[end..]);
        self.has_user_info() || redact_values(behind) != behind
    }

    /// What it leads to, by the rules of the wall file.
    ///
    /// # Errors
    /// If a wall file may not say so.
    pub fn check(&self) -> Result<Source, AddressError> {
        let text = self.expose();
        if text.trim().is_empty() {
            return Err(AddressError::Empty);
        }
        if text.trim() != text || text.contains(char::is_control) {
            return Err(AddressError::Untidy);
        }
        let Some((name, rest)) = text.split_once("://") else { return check_path(text) };
        // A device is said by its path.
        let scheme = Scheme::from_name(name).filter(|scheme| *scheme != Scheme::V4l2);
        let scheme = scheme.ok_or_else(|| AddressError::UnknownScheme(scheme_like(name)))?;
        if scheme == Scheme::File && !rest.is_empty() {
            return Ok(Source::Local);
        }
        if rest.trim_start_matches('/').is_empty() {
            return Err(AddressError::NothingFollows(scheme));
        }
        if is_listening(scheme, rest) {
            return Ok(Source::Local);
        }
        Address::parse(self).map(Source::Remote)
    }
}

impl AsRef<Self> for CameraAddress {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl From<&str> for CameraAddress {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for CameraAddress {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for CameraAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CameraAddress({})", self.origin())
    }
}

/// A text without `://`.
fn check_path(text: &str) -> Result<Source, AddressError> {
    let first = text.split('/').next().unwrap_or_default();
    let is_path = first.is_empty() || first == "." || first == ".." || text.starts_with("file:");
    // `10.0.0.12/live`, `camera:554` and `user@host` are hosts far more often than folders.
    let host_like =
        first.contains(['@', ':']) || (first.contains('.') && first != text) || text.contains("//");
    if is_path || !host_like { Ok(Source::Local) } else { Err(AddressError::NoScheme) }
}

/// FFmpeg listens where these have no host; the URL standard knows no such thing.
fn is_listening(scheme: Scheme, rest: &str) -> bool {
    let no_host = rest.starts_with(':') && !authority(rest).contains('@');
    no_host && matches!(scheme, Scheme::Srt | Scheme::Udp | Scheme::Rtp)
}

/// What is before the path, of what follows `://`.
fn authority(rest: &str) -> &str {
    rest.find(['/', '?', '#']).map_or(rest, |end| &rest[..end])
}

/// An address taken apart, with the login of one try.
#[derive(Clone)]
pub struct Address {
    /// Decides who opens the address and what FFmpeg may do for it.
    pub scheme: Scheme,
    /// Without user info; a plain path for [`Scheme::File`] and [`Scheme::V4l2`]. May hold keys.
    pub bare: Secret,
    /// What was in the address; for one try, what was read for it.
    pub login: Option<Login>,
}

impl Address {
    /// Takes an address apart. A text without a scheme is a path.
    ///
    /// # Errors
    /// If the scheme is not known, or what follows it is no URL with a host.
    pub fn parse(camera: &impl AsRef<CameraAddress>) -> Result<Self, AddressError> {
        let text = camera.as_ref().expose();
        let local = |scheme, path: &str| Ok(Self { scheme, bare: path.into(), login: None });
        let Some((name, rest)) = text.split_once("://") else {
            let device = text.starts_with("/dev/video");
            return local(if device { Scheme::V4l2 } else { Scheme::File }, text);
        };
        let scheme = Scheme::from_name(name)
            .ok_or_else(|| AddressError::UnknownScheme(scheme_like(name)))?;
        if is_listening(scheme, rest) {
            return local(scheme, text);
        }
        let not_a_url = |why| AddressError::NotAUrl { why, has_at: rest.contains('@') };
        let mut url = Url::parse(text).map_err(not_a_url)?;
        if scheme.is_local() {
            return local(scheme, &percent_decode(url.path()));
        }
        let login = login_of(&url);
        let named = url.host_str().is_some_and(|host| !host.is_empty());
        if !named || url.set_username("").is_err() || url.set_password(None).is_err() {
            return Err(AddressError::NoHost(scheme));
        }
        Ok(Self { scheme, bare: String::from(url).into(), login })
    }

    /// What may be told of it: `scheme://host:port`, the port only if it is given; of files and
    /// devices the path.
    #[must_use]
    pub fn origin(&self) -> String {
        if self.scheme.is_local() {
            return self.bare.expose().to_owned();
        }
        origin(self.bare.expose())
    }

    /// The address with the login in it, as FFmpeg wants it.
    #[must_use]
    pub fn with_login(&self) -> Secret {
        match (&self.login, self.bare.expose().split_once("://")) {
            (Some(login), Some((scheme, rest))) => Secret::new(format!(
                "{scheme}://{}:{}@{rest}",
                percent_encode(login.user()),
                percent_encode(login.password())
            )),
            _ => self.bare.clone(),
        }
    }

    /// The same address with a number in place of the host's name.
    #[must_use]
    pub fn at(&self, number: IpAddr) -> Self {
        let mut address = self.clone();
        if let Ok(mut url) = Url::parse(self.bare.expose())
            && url.set_ip_host(number).is_ok()
        {
            address.bare = String::from(url).into();
        }
        address
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.origin())
    }
}

/// The login inside an address, percent-decoded.
fn login_of(url: &Url) -> Option<Login> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    Some(Login::new(
        percent_decode(url.username()),
        percent_decode(url.password().unwrap_or_default()),
    ))
}

#[cfg(test)]
mod tests;
