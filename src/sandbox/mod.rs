//! What the program gives up at its start: every power that a wall does not need.
//!
//! Runs on the main thread before there is another one, for a thread may what the one that started
//! it may. Owns the rules: [`needs`] are the folders, [`files`] has the kernel hold the program to
//! them (Landlock), [`calls`] has it refuse what no wall asks of it (seccomp), and [`granted`] is
//! what is left, for what a wall needs later. Policies:
//! - a file is reached through the folder that it lies in, because files are replaced by others of
//!   their name, and disks are mounted when the program runs already;
//! - as much as the kernel can: where it can't, the wall opens all the same, and says so;
//! - the network is left alone: cameras may be anywhere.

mod calls;
mod files;
mod granted;
mod needs;
mod paths;
mod remark;
mod system;
#[cfg(test)]
mod tests;

use std::fmt;

use camwall_words::{Check, EN};

pub use self::granted::Granted;
pub use self::needs::{Lacking, Needs};
pub use self::remark::{Remark, Whose};

/// What the program gave up, and what it could not.
#[derive(Debug)]
pub struct SandboxReport {
    /// Files: the version of the kernel's interface, as it counts.
    files: Result<u32, NotConfined>,
    /// Calls.
    calls: Result<(), NotConfined>,
    /// What is wider or narrower than it should be.
    remarks: Vec<Remark>,
    /// What can still be reached.
    granted: Granted,
}

/// Why a part of the sandbox is not there.
#[derive(Debug, thiserror::Error)]
pub enum NotConfined {
    /// The kernel is too old, or was started without it.
    #[error("this kernel does not offer it")]
    NotOffered,
    /// Landlock's own complaint.
    #[error("{0}")]
    Files(#[from] landlock::RulesetError),
    /// Seccomp's own complaint.
    #[error("{0}")]
    Calls(#[from] seccompiler::Error),
}

/// Gives up what `needs` does not name, for this thread and all that it will start. There is no way
/// back.
pub fn confine(needs: &Needs) -> SandboxReport {
    let (files, granted) = match files::confine(needs) {
        Ok((version, granted)) => (Ok(version), granted),
        Err(why) => (Err(why), Granted::default()),
    };
    let calls = calls::confine();
    SandboxReport { files, calls, remarks: needs.remarks().to_vec(), granted }
}

impl SandboxReport {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.files.is_ok() && self.calls.is_ok()
    }

    /// What can still be reached.
    #[must_use]
    pub fn granted(&self) -> &Granted {
        &self.granted
    }

    /// What is confined and what is not, in the words of a language.
    #[must_use]
    pub fn say(&self, words: &Check) -> String {
        let because = |why: &NotConfined| match why {
            NotConfined::NotOffered => words.not_offered.to_owned(),
            NotConfined::Files(_) | NotConfined::Calls(_) => words.refused.to_owned(),
        };
        let files = match &self.files {
            Ok(version) => (words.files_by_landlock)(*version),
            Err(why) => (words.all_files)(&because(why)),
        };
        let calls = match &self.calls {
            Ok(()) => words.calls_by_seccomp.to_owned(),
            Err(why) => (words.all_calls)(&because(why)),
        };
        (words.sandbox)(&files, &calls)
    }

    /// What an administrator should know of the rules.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }
}

impl fmt::Display for SandboxReport {
    /// In English, with what the kernel says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(&EN.check))?;
        for why in [self.files.as_ref().err(), self.calls.as_ref().err()].into_iter().flatten() {
            if !matches!(why, NotConfined::NotOffered) {
                write!(f, "; {why}")?;
            }
        }
        Ok(())
    }
}
