//! What the simulated system has of files in memory: what is not on the disk yet, and what a sync that
//! failed left there alone.
//!
//! Plain data, by the files' numbers; whoever changes a file tells it before and afterwards. Policy: of a
//! file all of which is on the disk nothing is kept.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::os::unix::fs::FileExt;

use crate::disk::OpenFile;
use crate::disk::cached::{ByteChange, CachedFile};

/// What the system has in memory.
#[derive(Debug, Default)]
pub struct PageCache(HashMap<u64, CachedFile>);

impl PageCache {
    /// A file was made, of a number that another may have had.
    pub fn made(&mut self, file: u64) {
        self.0.remove(&file);
    }

    /// A file is about to be changed.
    pub fn about_to_change(&mut self, file: &OpenFile) -> io::Result<()> {
        if let Entry::Vacant(new) = self.0.entry(file.number()) {
            new.insert(CachedFile::new(bytes_of(file)?));
        }
        Ok(())
    }

    /// It was.
    pub fn changed(&mut self, file: u64, change: ByteChange) {
        self.0.entry(file).or_default().change(change);
    }

    /// A file was synced.
    pub fn synced(&mut self, file: u64) {
        self.settle(file, CachedFile::sync);
    }

    /// A sync of a file failed.
    pub fn sync_failed(&mut self, file: &OpenFile) -> io::Result<()> {
        let now = bytes_of(file)?;
        self.settle(file.number(), |cached| {
            if cached.now() != now {
                cached.change(ByteChange::Become(now));
            }
            cached.sync_failed();
        });
        Ok(())
    }

    fn settle(&mut self, file: u64, how: impl FnOnce(&mut CachedFile)) {
        if let Some(cached) = self.0.get_mut(&file) {
            how(cached);
            if cached.is_on_disk() {
                self.0.remove(&file);
            }
        }
    }

    /// The system reads a file from the disk again, as far as it does not still have to write it: what it has
    /// of it then; none where that is what it had.
    pub fn read_again(&mut self, file: u64) -> Option<Vec<u8>> {
        let cached = self.0.get_mut(&file).filter(|it| it.has_given_up())?;
        let (disk, lasting) = (cached.on_disk().to_vec(), cached.lasting());
        *cached = CachedFile::new(disk);
        if cached.on_disk() != lasting {
            cached.change(ByteChange::Become(lasting.clone()));
        }
        self.settle(file, |_| {});
        Some(lasting)
    }

    /// What a power cut leaves for certain of a file of which this is read now.
    pub fn lose_power(&mut self, file: u64, now: Vec<u8>) -> Vec<u8> {
        self.0.remove(&file).map_or(now, |cached| cached.on_disk().to_vec())
    }
}

fn bytes_of(file: &OpenFile) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; place(file.file().metadata()?.len())];
    file.file().read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// A place in a file, in memory.
pub fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
