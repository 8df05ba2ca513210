//! A login of a camera.
//!
//! Pure. Policy: the user's name is as secret as the password.

use std::fmt;

use crate::Secret;

/// A user name and a password. Shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    user: Secret,
    password: Secret,
}

impl Login {
    /// A login.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: Secret::new(user), password: Secret::new(password) }
    }

    /// The user name, for what logs in. Never put it in a message.
    #[must_use]
    pub fn user(&self) -> &str {
        self.user.expose()
    }

    /// The password, for what logs in; may be empty. Never put it in a message.
    #[must_use]
    pub fn password(&self) -> &str {
        self.password.expose()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(***)")
    }
}
