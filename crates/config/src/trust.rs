//! Whom a camera's encryption may come from, and in which ways a login may be given to it.
//!
//! Plain data, read on the caller's thread; `validate` holds its rules. Policy: nothing is trusted that
//! the file does not name, but what this computer trusts anyway.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Which certificates a camera may have, for addresses with TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub enum Trust {
    /// Those of the authorities that this computer trusts.
    #[default]
    System,
    /// Those of the authorities in a PEM file, or one that is in it itself. Relative paths start at the
    /// wall file's folder.
    Ca(PathBuf),
    /// The one of this fingerprint, `sha256:…`, as `camwall check --probe` prints it.
    Fingerprint(String),
    /// Any: encrypted, but nobody knows from whom.
    Anyone,
}

impl Trust {
    /// The file of authorities, where one is named.
    #[must_use]
    pub fn file(&self, folder: &Path) -> Option<PathBuf> {
        match self {
            Self::Ca(path) => Some(folder.join(path)),
            _ => None,
        }
    }
}

/// In which ways a login may be given to a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Auth {
    /// By Digest where the camera offers it; where it knows nothing else, by Basic, which sends the
    /// password itself.
    #[default]
    Any,
    /// Without TLS by Digest only: the password itself is never sent.
    Digest,
}
