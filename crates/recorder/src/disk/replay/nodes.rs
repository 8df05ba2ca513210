//! Folders and files as a power cut meets them.
//!
//! Pure.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Instant;

use super::super::cached::{BLOCK, ByteChange, CachedFile};

/// What a disk writes at once, bytes.
const SECTOR: usize = 512;

/// What has a name.
#[derive(Clone, Debug)]
pub enum Node {
    Folder(Folder),
    File(ModelFile),
}

/// A folder as it was synced last, and what was done to its names since.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    pub synced: Entries,
    pub since: Vec<EntryChange>,
}

/// Names, and which nodes they are.
pub type Entries = BTreeMap<OsString, usize>;

/// Something that was done to a name.
#[derive(Clone, Debug)]
pub enum EntryChange {
    Put(OsString, usize),
    Take(OsString),
    Move(OsString, OsString),
}

/// A file.
#[derive(Clone, Debug, Default)]
pub struct ModelFile {
    pub bytes: CachedFile,
    /// When it was written last before it was synced, and when it was at all.
    pub written: [Option<Instant>; 2],
}

impl EntryChange {
    fn apply(&self, entries: &mut Entries) {
        match self {
            Self::Put(name, node) => drop(entries.insert(name.clone(), *node)),
            Self::Take(name) => drop(entries.remove(name)),
            Self::Move(from, to) => {
                if let Some(node) = entries.remove(from) {
                    entries.insert(to.clone(), node);
                }
            }
        }
    }
}

impl Folder {
    pub fn now(&self) -> Entries {
        self.after(self.since.len())
    }

    pub fn after(&self, changes: usize) -> Entries {
        let mut entries = self.synced.clone();
        self.since[..changes].iter().for_each(|change| change.apply(&mut entries));
        entries
    }

    /// Brings so many of the changes to the disk.
    pub fn sync(&mut self, changes: usize) {
        self.synced = self.after(changes);
        self.since.drain(..changes);
    }
}

impl ModelFile {
    pub fn change(&mut self, change: ByteChange, now: Instant) {
        self.bytes.change(change);
        self.written[1] = Some(now);
    }

    /// What is left of it.
    pub fn left(&self, random: &mut fastrand::Rng) -> Vec<u8> {
        match random.u8(..4) {
            _ if self.bytes.is_on_disk() => return self.bytes.now(),
            0 => return self.bytes.on_disk().to_vec(),
            1 => return self.bytes.now(),
            _ => {}
        }
        let states = self.bytes.states();
        let length = |of: usize| states[of].len();
        let (one, other) = (random.usize(..states.len()), random.usize(..states.len()));
        let (low, high) = (length(one).min(length(other)), length(one).max(length(other)));
        let mut left = vec![0; if random.bool() { low } else { random.usize(low..=high) }];
        for (at, block) in left.chunks_mut(BLOCK).enumerate() {
            let mut of = random.usize(..states.len());
            let torn = random.u8(..4) == 0;
            for (sector, bytes) in block.chunks_mut(SECTOR).enumerate() {
                if torn {
                    of = random.usize(..states.len());
                }
                let from = at * BLOCK + sector * SECTOR;
                let known = states[of].get(from..).unwrap_or(&[]);
                let known = &known[..known.len().min(bytes.len())];
                bytes[..known.len()].copy_from_slice(known);
            }
        }
        left
    }
}
