//! The storage, opened when it is first needed: a wall that records nothing makes no folder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::Storage;
use crate::Doubts;
use crate::clock::ClockWord;
use crate::events::StorageHandler;
use crate::keeper::RetentionLimits;

/// What the recording folder is opened with.
#[derive(Clone)]
pub struct StorageSpec {
    /// The folder.
    pub root: PathBuf,
    /// Whether it must be there already, with its marker, because it is a disk that may not be mounted.
    pub must_exist: bool,
    /// What is removed when.
    pub limits: RetentionLimits,
    /// The folders of the wall's cameras.
    pub known: Vec<String>,
    /// Whom to tell.
    pub handler: StorageHandler,
    /// Whether the system's clock is known to be right.
    pub clock: ClockWord,
}

/// The recording folder that all recorders of a wall share.
pub struct LazyStorage {
    storage: OnceLock<Arc<Storage>>,
    spec: StorageSpec,
}

impl LazyStorage {
    /// Opens nothing yet.
    #[must_use]
    pub fn new(spec: StorageSpec) -> Arc<Self> {
        Arc::new(Self { storage: OnceLock::new(), spec })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.spec.root
    }

    /// Opens it if it is not open yet.
    pub fn get(&self) -> &Arc<Storage> {
        self.storage.get_or_init(|| Storage::open(self.spec.clone()))
    }

    /// What is to be said of the archive on the tile of the camera of this folder; nothing where it is
    /// not open. Cheap.
    #[must_use]
    pub fn doubts(&self, folder: &str) -> Doubts {
        self.storage.get().map_or_else(Doubts::default, |storage| storage.doubts(folder))
    }

    /// An operator says that the system's clock is right.
    pub fn confirm_clock(&self) {
        if let Some(storage) = self.storage.get() {
            storage.confirm_clock();
        }
    }

    /// Closes it if it was opened.
    pub fn close(&self) {
        if let Some(storage) = self.storage.get() {
            storage.close();
        }
    }
}
