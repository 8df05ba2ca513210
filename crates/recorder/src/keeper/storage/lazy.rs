//! The storage, opened when it is first needed: a wall that records nothing makes no folder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::Storage;
use crate::clock::ClockWord;
use crate::events::StorageHandler;
use crate::keeper::RetentionLimits;

/// The recording folder that all recorders of a wall share.
pub struct LazyStorage {
    storage: OnceLock<Arc<Storage>>,
    root: PathBuf,
    limits: RetentionLimits,
    known: Vec<String>,
    handler: StorageHandler,
    clock: ClockWord,
}

impl LazyStorage {
    /// For the folder `root`; `known` are the folders of the wall's cameras.
    pub fn new(
        root: PathBuf,
        limits: RetentionLimits,
        known: Vec<String>,
        handler: StorageHandler,
        clock: ClockWord,
    ) -> Arc<Self> {
        Arc::new(Self { storage: OnceLock::new(), root, limits, known, handler, clock })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens it if it is not open yet.
    pub fn get(&self) -> &Arc<Storage> {
        self.storage.get_or_init(|| {
            let (root, limits) = (self.root.clone(), self.limits.clone());
            Storage::open(root, limits, self.known.clone(), self.handler.clone(), self.clock)
        })
    }

    /// Closes it if it was opened.
    pub fn close(&self) {
        if let Some(storage) = self.storage.get() {
            storage.close();
        }
    }
}
