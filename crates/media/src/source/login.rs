//! Logins, and where they are kept.
//!
//! Plain data; a [`LoginSource`] that may have to wait for a disk is read by a
//! [`LoginReader`](super::login_reader::LoginReader). Policy: nothing here prints a password: neither [`Login`]
//! nor [`LoginSource`] has a `Display`, and their `Debug` shows stars.

use std::fmt;
use std::sync::Arc;

pub use camwall_address::Login;

/// Where a login is kept. It is read before each try, on a thread that may wait for a disk.
#[derive(Clone)]
pub struct LoginSource(Kept);

#[derive(Clone)]
enum Kept {
    Given(Login),
    /// Nowhere: nobody gave one. What is said where a camera wants one.
    Nowhere(Arc<str>),
    Read(Arc<dyn Fn() -> Result<Login, MissingLogin> + Send + Sync>),
}

/// Why there is no login for now. Names the place, and nothing of what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MissingLogin(pub String);

impl LoginSource {
    /// Reads logins by `read`, which may be called at any time and as often as once in a few
    /// seconds.
    pub fn new(read: impl Fn() -> Result<Login, MissingLogin> + Send + Sync + 'static) -> Self {
        Self(Kept::Read(Arc::new(read)))
    }

    /// No login: a camera is tried without one, and where it wants one there is none, which is said
    /// in these words.
    #[must_use]
    pub fn nowhere(why: &str) -> Self {
        Self(Kept::Nowhere(why.into()))
    }

    /// What is said where a camera wants a login and nobody gave one.
    pub(crate) fn is_nowhere(&self) -> Option<&str> {
        match &self.0 {
            Kept::Nowhere(why) => Some(why),
            Kept::Given(_) | Kept::Read(_) => None,
        }
    }

    /// The login, where nothing has to be read for it.
    pub(crate) fn given(&self) -> Option<&Login> {
        match &self.0 {
            Kept::Given(login) => Some(login),
            Kept::Read(_) | Kept::Nowhere(_) => None,
        }
    }

    /// Reads it; may wait for a disk.
    pub(crate) fn read(&self) -> Result<Login, MissingLogin> {
        match &self.0 {
            Kept::Given(login) => Ok(login.clone()),
            Kept::Read(read) => read(),
            Kept::Nowhere(why) => Err(MissingLogin(why.to_string())),
        }
    }
}

impl From<Login> for LoginSource {
    /// The same login for ever.
    fn from(login: Login) -> Self {
        Self(Kept::Given(login))
    }
}

impl fmt::Debug for LoginSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginSource(***)")
    }
}
