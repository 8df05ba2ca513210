//! Files: the kernel is told which folders are to be reached, and for what (Landlock).
//!
//! Main thread. Policies: what is not named is out of reach, and nothing is executed, wherever it
//! lies; a path that is not there has no rule and stops nobody; signals go to our own threads only.
//! Files that are open stay open: what standard output leads to needs no rule. Nothing here
//! restricts sockets, those that lie in folders included.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, BitFlags, LandlockStatus, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope, make_bitflags,
};

use super::NotConfined;
use super::granted::{Granted, Place};
use super::needs::Needs;
use super::paths::Use;

/// The newest interface that these rules are written for, that of Linux 6.15. A newer one restricts
/// more, such as sockets in folders, through which the display is reached.
const NEWEST: ABI = ABI::V7;

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});

const WRITE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer
});

const DEVICE: BitFlags<AccessFs> =
    make_bitflags!(AccessFs::{ReadFile | ReadDir | WriteFile | Truncate | IoctlDev});

/// Confines this thread and those that it will start; the version of the interface, as the kernel
/// counts, and what it was told.
pub(super) fn confine(needs: &Needs) -> Result<(u32, Granted), NotConfined> {
    let mut places = Vec::new();
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::Signal)?
        .create()?;
    for (path, what) in needs.rules() {
        places.extend(add(&mut rules, path, what));
    }
    let status = rules.restrict_self()?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => Err(NotConfined::NotOffered),
        (_, LandlockStatus::Available { effective_abi, kernel_abi }) => {
            let newer = kernel_abi.and_then(|version| u32::try_from(version).ok());
            Ok((newer.unwrap_or(effective_abi as u32), Granted::only(places)))
        }
        _ => Err(NotConfined::NotOffered),
    }
}

/// Adds one rule; a path that is not there, or that the kernel takes no rule for, as for a pipe,
/// has none.
fn add(rules: &mut RulesetCreated, path: &Path, what: Use) -> Option<Place> {
    let access = match what {
        Use::Read => READ,
        Use::Write => WRITE,
        Use::Device => DEVICE,
    };
    let folder = PathFd::new(path).ok()?;
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    let added = rules.add_rule(PathBeneath::new(folder, access)).is_ok();
    if added && path.starts_with("/proc") {
        pin(path);
    }
    added.then(|| Place::at(path, what))?
}

/// Keeps something of `/proc` open to the end of the program. The kernel forgets names there when
/// memory is short, and a rule with them, unless somebody has them open.
fn pin(path: &Path) {
    if let Ok(file) = File::options().read(true).custom_flags(libc::O_PATH).open(path) {
        std::mem::forget(file);
    }
}
