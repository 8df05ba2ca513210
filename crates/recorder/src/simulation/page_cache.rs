//! What the simulated system has of files in memory: what is not on the disk yet, and what a sync that
//! failed left there alone.
//!
//! Plain data, by the files' numbers; whoever changes a file tells it before and afterwards. Policy: of a
//! file that was synced nothing is kept, of others what was overwritten since; a whole file only once a sync
//! of it failed.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::disk::OpenFile;
use crate::disk::cached::{ByteChange, CachedFile};

/// What the system has in memory.
#[derive(Debug, Default)]
pub struct PageCache {
    /// What was overwritten since the last sync, in turn.
    unsynced: HashMap<u64, Vec<Overwritten>>,
    /// Files of which a failed sync left more in memory than is on the disk.
    cached: HashMap<u64, CachedFile>,
}

/// How a file was before a change.
#[derive(Debug)]
struct Overwritten {
    length: u64,
    at: u64,
    bytes: Vec<u8>,
}

impl PageCache {
    /// A file was made, of a number that another may have had.
    pub fn made(&mut self, file: u64) {
        self.unsynced.remove(&file);
        self.cached.remove(&file);
    }

    /// These bytes of a file are about to be changed, or cut off.
    pub fn about_to_change(&mut self, file: &OpenFile, bytes: Range<u64>) -> io::Result<()> {
        if self.cached.contains_key(&file.number()) {
            return Ok(());
        }
        let length = file.file().metadata()?.len();
        let mut old = vec![0; place(bytes.end.min(length).saturating_sub(bytes.start))];
        file.file().read_exact_at(&mut old, bytes.start)?;
        let before = Overwritten { length, at: bytes.start, bytes: old };
        self.unsynced.entry(file.number()).or_default().push(before);
        Ok(())
    }

    /// They were.
    pub fn changed(&mut self, file: u64, change: impl FnOnce() -> ByteChange) {
        if let Some(cached) = self.cached.get_mut(&file) {
            cached.change(change());
        }
    }

    /// A file was synced.
    pub fn synced(&mut self, file: u64) {
        self.unsynced.remove(&file);
        if let Some(cached) = self.cached.get_mut(&file) {
            cached.sync();
            if cached.is_on_disk() {
                self.cached.remove(&file);
            }
        }
    }

    /// A sync of a file failed, of which this is read now.
    pub fn sync_failed(&mut self, file: u64, now: Vec<u8>) {
        let disk = undone(now.clone(), self.unsynced.remove(&file));
        let cached = self.cached.entry(file).or_insert_with(|| CachedFile::new(disk));
        if cached.now() != now {
            cached.change(ByteChange::Become(now));
        }
        cached.sync_failed();
        if cached.is_on_disk() {
            self.cached.remove(&file);
        }
    }

    /// The system reads a file from the disk again, as far as it does not still have to write it: what it has
    /// of it then; none where that is what it had.
    pub fn read_again(&mut self, file: u64) -> Option<Vec<u8>> {
        let cached = self.cached.remove(&file)?;
        let (now, disk) = (cached.lasting(), cached.on_disk());
        if now != disk {
            let before = Overwritten { length: disk.len() as u64, at: 0, bytes: disk.to_vec() };
            self.unsynced.insert(file, vec![before]);
        }
        Some(now)
    }

    /// What a power cut leaves for certain of a file of which this is read now.
    pub fn lose_power(&mut self, file: u64, now: Vec<u8>) -> Vec<u8> {
        let before = self.unsynced.remove(&file);
        match self.cached.remove(&file) {
            Some(cached) => cached.on_disk().to_vec(),
            None => undone(now, before),
        }
    }
}

fn undone(mut bytes: Vec<u8>, changes: Option<Vec<Overwritten>>) -> Vec<u8> {
    for change in changes.into_iter().flatten().rev() {
        bytes.resize(place(change.length), 0);
        bytes[place(change.at)..][..change.bytes.len()].copy_from_slice(&change.bytes);
    }
    bytes
}

/// A place in a file, in memory.
pub fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
