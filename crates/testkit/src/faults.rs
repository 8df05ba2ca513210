//! A system that fails when it is told to: a library preloaded into camwall has its calls fail, and
//! its clock be wrong.

use std::fs::File;
use std::path::PathBuf;

use super::{Preloaded, Run};

/// Makes the system of the walls it was given to; goes when dropped.
pub struct Faults {
    library: Preloaded,
}

/// What can be told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing can be written to a file that is being recorded: EIO.
    Writes,
    /// Nothing can be written to those of `cam4`, although there is room: EDQUOT.
    Quota,
    /// FFmpeg puts no packet into a file.
    Muxer,
    /// The kernel says that its clock is synchronised.
    Synchronised,
    /// The kernel says that it is not.
    Unsynchronised,
}

impl Faults {
    /// Builds the library; nothing fails yet.
    pub fn build() -> Self {
        Self { library: Preloaded::build("faults.c") }
    }

    /// Has a wall's system be this one.
    pub fn given_to(&self, run: Run) -> Run {
        run.env("LD_PRELOAD", self.library.library()).env("CAMWALL_FAULTS", self.library.folder())
    }

    /// From here on, this fails or is so.
    pub fn begin(&self, fault: Fault) {
        std::fs::write(self.file(fault.name()), "").expect("a file");
    }

    /// No longer.
    pub fn end(&self, fault: Fault) {
        std::fs::remove_file(self.file(fault.name())).expect("it was told");
    }

    /// Sets the wall clock so many seconds ahead of this computer's.
    pub fn set_ahead(&self, seconds: u64) {
        // At once what it is to be, for a clock that is read meanwhile.
        let new = self.file("ahead.new");
        File::create(&new).and_then(|file| file.set_len(seconds)).expect("a sparse file");
        std::fs::rename(new, self.file("ahead")).expect("renamed");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.library.folder().join(name)
    }
}

impl Fault {
    /// As `faults.c` calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Writes => "writes",
            Self::Quota => "quota",
            Self::Muxer => "muxer",
            Self::Synchronised => "synchronised",
            Self::Unsynchronised => "unsynchronised",
        }
    }
}
