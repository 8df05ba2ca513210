//! What the program may still reach after its start: a wall file that is read later may need more.
//!
//! Pure but for looking at the disk; asked on the thread `reload` and by `check --diff`. Policies: a
//! folder is known by what the kernel knows it by, not by its name: one that was taken away and made
//! anew is another; what could not be confined reaches everything.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::needs::{Lacking, Needs};
use super::paths::{self, Use};

/// What can be reached: folders with all below them, and files; `None`: everything.
#[derive(Debug, Clone, Default)]
pub struct Granted(Option<Vec<Place>>);

/// A file or folder as the kernel knows it, and what it may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    identity: Identity,
    what: Use,
}

/// Device, number on it, and when it was made: numbers are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64, Option<SystemTime>);

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self(found.dev(), found.ino(), found.created().ok()))
    }
}

impl Place {
    /// What is at `path`, if anything.
    pub(super) fn at(path: &Path, what: Use) -> Option<Self> {
        Some(Self { identity: Identity::of(path)?, what })
    }
}

impl Granted {
    /// Only these.
    pub(super) fn only(places: Vec<Place>) -> Self {
        Self(Some(places))
    }

    /// What a program that starts now with these needs can reach.
    #[must_use]
    pub fn to(needs: &Needs) -> Self {
        Self::only(needs.rules().filter_map(|(path, what)| Place::at(path, what)).collect())
    }

    /// What of the wall can't be reached; nothing where all can.
    #[must_use]
    pub fn covers(&self, needs: &Needs) -> Vec<Lacking> {
        let lacks = |(lacking, what): &&(Lacking, Use)| !self.reaches(&lacking.path, *what);
        needs.named().filter(lacks).map(|(lacking, _)| lacking.clone()).collect()
    }

    /// Where the wall file is, if that can't be read: it may be a link by now.
    #[must_use]
    pub fn misses(&self, file: &Path) -> Option<PathBuf> {
        (!self.reaches(file, Use::Read)).then(|| paths::real(file))
    }

    /// Whether `path`, or what will be there, can be used so: it lies in a folder that can.
    fn reaches(&self, path: &Path, what: Use) -> bool {
        let Some(places) = &self.0 else { return true };
        let allows = |place: &Place| place.what.includes(what);
        paths::real(path)
            .ancestors()
            .filter_map(Identity::of)
            .any(|identity| places.iter().any(|place| place.identity == identity && allows(place)))
    }
}
