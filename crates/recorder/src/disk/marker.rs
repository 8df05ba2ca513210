//! The mark of a recording folder, `.camwall.archive`: one line of JSON with a UUID of its own. Beside it stand
//! the empty files `.camwall.disk-CAMERA` of those cameras whose folders were on disks of their own.
//!
//! Owned by the thread `retention`. They tell an archive whose disks are mounted from the bare folders below
//! their mount points. Policies: a mark is made once and never changed; what is damaged is made anew; a folder
//! whose disk does not take it is recorded to all the same.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use camwall_media::BestEffort;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Disk, ops};
use crate::paths;

/// What marks a recording folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marker {
    /// A version 4 UUID, in small letters.
    pub uuid: String,
    /// When the folder was marked.
    pub made: Timestamp,
}

impl Marker {
    /// The marker of a folder; none where it has none, or a damaged one.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn find(root: &Path) -> io::Result<Option<Self>> {
        if !Self::is_there(root) {
            return Ok(None);
        }
        Ok(serde_json::from_slice(&fs::read(root.join(paths::MARKER))?).ok())
    }

    /// Whether there is a marker, whatever is in it.
    pub fn is_there(root: &Path) -> bool {
        root.join(paths::MARKER).is_file()
    }

    /// Marks a folder, down to the disk.
    ///
    /// # Errors
    /// The system's.
    pub fn make(disk: &impl Disk, root: &Path, now: Timestamp) -> io::Result<Self> {
        let path = root.join(paths::MARKER);
        let marker = Self { uuid: random_uuid(), made: now };
        if disk.exists(&path)? {
            // Damaged, else it would have been found.
            disk.remove(&path)?;
        }
        let file = disk.create(&path)?;
        let mut text = serde_json::to_vec(&marker)?;
        text.push(b'\n');
        let written = ops::write_all_at(disk, &file, &text, 0)
            .and_then(|()| disk.sync(&file))
            .and_then(|()| disk.sync_dir(root));
        if let Err(error) = written {
            disk.remove(&path).best_effort();
            return Err(error);
        }
        Ok(marker)
    }
}

/// The cameras' folders that were on disks of their own.
///
/// # Errors
/// The system's.
pub(crate) fn own_disks(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name();
        let camera = name.to_str().and_then(|name| name.strip_prefix(paths::OWN_DISK));
        found.extend(camera.map(str::to_owned));
    }
    Ok(found)
}

/// Notes that a camera's folder is on a disk of its own, down to the disk.
///
/// # Errors
/// The system's.
pub(crate) fn note_own_disk(disk: &impl Disk, root: &Path, camera: &str) -> io::Result<()> {
    let path = root.join(format!("{}{camera}", paths::OWN_DISK));
    if disk.exists(&path)? {
        return Ok(());
    }
    disk.create(&path)?;
    disk.sync_dir(root)
}

/// Whether a disk is mounted at this folder.
pub(crate) fn is_mount_point(folder: &Path) -> bool {
    let id = |path: &Path| fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    match (id(folder), id(&folder.join(".."))) {
        // The topmost folder is its own parent.
        (Some((dev, ino)), Some((above, parent))) => dev != above || ino == parent,
        _ => false,
    }
}

fn random_uuid() -> String {
    let mut bytes = fastrand::u128(..).to_be_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn a_marker_is_made_once_and_found_again() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        assert_eq!((Marker::find(root).unwrap(), Marker::is_there(root)), (None, false));
        let marker = Marker::make(&RealDisk, root, Timestamp::now()).unwrap();
        assert_eq!(Marker::find(root).unwrap(), Some(marker.clone()));
        assert_eq!((marker.uuid.len(), &marker.uuid[14..15]), (36, "4"));
        for damage in ["", "{", "null"] {
            fs::write(root.join(paths::MARKER), damage).unwrap();
            assert_eq!((Marker::find(root).unwrap(), Marker::is_there(root)), (None, true));
        }
        let other = Marker::make(&RealDisk, root, Timestamp::now()).unwrap();
        assert_ne!(marker.uuid, other.uuid);
        assert_eq!(Marker::find(root).unwrap(), Some(other));
    }

    #[test]
    fn mount_points_are_seen() {
        let temp = tempfile::tempdir().unwrap();
        assert!(is_mount_point(Path::new("/")) && is_mount_point(Path::new("/proc")));
        assert!(!is_mount_point(temp.path()) && !is_mount_point(&temp.path().join("x")));
    }
}
