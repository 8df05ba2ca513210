//! A text that must not be shown.
//!
//! Pure. Policy: it is wiped from memory when it is dropped, and so is what it was made of where
//! that is handed over whole. What libraries make of it is theirs.

use std::fmt;

use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};

/// A text that must not be shown: no `Display`, and stars for `Debug`.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        // A copy of the right size: shrinking the text would leave the old one behind.
        let kept = SecretString::from(text.as_str());
        text.zeroize();
        Self(kept)
    }

    /// The text, for what needs it. Never put it in a message.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
