//! Folders of the archive: made, and brought to the disk.
//!
//! Runs on whichever thread writes there. Policy: a folder's entry is on the disk before anything is
//! put into the folder, and the recording folder itself is never made here: where it is missing,
//! its disk may be.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Makes the folders below `root` down to `folder`, each on the disk before the next.
///
/// # Errors
/// If `root` is missing, or the system's.
pub fn make_below(root: &Path, folder: &Path) -> io::Result<()> {
    let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
    let mut at = root.to_owned();
    for name in below {
        let above = at.clone();
        at.push(name);
        match fs::create_dir(&at) {
            Ok(()) => sync(&above)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Brings a folder's entries to the disk.
///
/// # Errors
/// The system's.
pub fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
