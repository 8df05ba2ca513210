//! A file as the system has it in memory, and what of that is on its disk.
//!
//! Pure. The model is Linux's:
//! - what was written is on the disk for certain from the next good sync on;
//! - that a sync failed is told once: what it was to bring to the disk stays in memory, where it is read,
//!   and no later sync brings it there, but for blocks into which is written again;
//! - that a file was cut is the file system's to keep, and is brought there by the next good sync in any
//!   case.

/// What a file system writes at once, bytes.
pub const BLOCK: usize = 4096;

/// What was done to a file's bytes.
#[derive(Clone, Debug)]
pub enum ByteChange {
    /// These were written from there on.
    Write(usize, Vec<u8>),
    /// It was cut, or made longer.
    Length(usize),
    /// It holds these and no others.
    Become(Vec<u8>),
}

/// A file.
#[derive(Clone, Debug, Default)]
pub struct CachedFile {
    /// As it was when it was synced last.
    disk: Vec<u8>,
    since: Vec<ByteChange>,
    /// How many of the changes since a failed sync gave up.
    dropped: usize,
}

impl ByteChange {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, data) => {
                let end = at + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*at..end].copy_from_slice(data);
            }
            Self::Length(length) => bytes.resize(*length, 0),
            Self::Become(all) => bytes.clone_from(all),
        }
    }
}

impl CachedFile {
    /// One that has these bytes on the disk.
    pub fn new(disk: Vec<u8>) -> Self {
        Self { disk, since: Vec::new(), dropped: 0 }
    }

    /// Its bytes were changed.
    pub fn change(&mut self, change: ByteChange) {
        self.since.push(change);
    }

    /// It was synced.
    pub fn sync(&mut self) {
        let now = self.now();
        self.disk = self.lasting();
        self.since.clear();
        if self.disk != now {
            self.since.push(ByteChange::Become(now));
        }
        self.dropped = self.since.len();
    }

    /// A sync of it failed.
    pub fn sync_failed(&mut self) {
        self.dropped = self.since.len();
    }

    /// The system reads it from the disk again, which has these bytes.
    ///
    /// # Panics
    /// Where it was synced just now and has others.
    #[cfg(test)]
    pub fn read_again(&mut self, bytes: Vec<u8>) {
        if self.since.len() > self.dropped {
            return self.change(ByteChange::Become(bytes));
        }
        assert!(self.disk == bytes, "both models have the same of it on the disk");
        *self = Self::new(bytes);
    }

    /// Whether a sync of it failed, and left more in memory than is on the disk.
    pub fn has_given_up(&self) -> bool {
        self.dropped > 0
    }

    /// Whether all of it is on the disk.
    pub fn is_on_disk(&self) -> bool {
        self.since.is_empty()
    }

    /// What is on the disk for certain.
    pub fn on_disk(&self) -> &[u8] {
        &self.disk
    }

    /// What is read of it.
    pub fn now(&self) -> Vec<u8> {
        let mut bytes = self.disk.clone();
        self.since.iter().for_each(|change| change.apply(&mut bytes));
        bytes
    }

    /// What the disk has once all is written that still is to be.
    pub fn lasting(&self) -> Vec<u8> {
        let now = self.now();
        if self.dropped == 0 {
            return now;
        }
        let mut disk = self.disk.clone();
        for (number, change) in self.since.iter().enumerate() {
            match change {
                ByteChange::Length(length) => disk.resize(*length, 0),
                _ if number < self.dropped => {}
                ByteChange::Become(all) => disk.clone_from(all),
                ByteChange::Write(at, data) => {
                    // Whole blocks go to the disk, with what was in them.
                    let end = (at + data.len()).next_multiple_of(BLOCK).min(now.len());
                    let from = at - at % BLOCK;
                    if from < end && !data.is_empty() {
                        disk.resize(disk.len().max(end), 0);
                        disk[from..end].copy_from_slice(&now[from..end]);
                    }
                }
            }
        }
        disk
    }

    /// How it was at each time since it was synced, the first as it was then.
    #[cfg(test)]
    pub fn states(&self) -> Vec<Vec<u8>> {
        let mut states = vec![self.disk.clone()];
        for change in &self.since {
            let mut next = states.last().cloned().unwrap_or_default();
            change.apply(&mut next);
            states.push(next);
        }
        states
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(file: &mut CachedFile, at: usize, data: &[u8]) {
        file.change(ByteChange::Write(at, data.to_vec()));
    }

    #[test]
    fn what_a_failed_sync_was_to_bring_is_read_and_never_gets_to_the_disk() {
        let mut file = CachedFile::new(b"old".to_vec());
        written(&mut file, 3, b"lost");
        file.sync_failed();
        file.sync();
        assert_eq!((&*file.now(), file.on_disk()), (&b"oldlost"[..], &b"old"[..]));
        // Into another block.
        written(&mut file, BLOCK, b"new");
        file.sync();
        assert_eq!(file.on_disk()[..7], *b"old\0\0\0\0");
        assert_eq!(file.on_disk()[BLOCK..], *b"new");
        assert_eq!(file.now()[..7], *b"oldlost");
        // Into the same.
        written(&mut file, 0, b"O");
        file.sync();
        assert_eq!(file.on_disk()[..7], *b"Oldlost");
        assert!(file.is_on_disk());
    }

    #[test]
    fn that_a_file_was_cut_is_brought_there_by_the_next_good_sync() {
        let mut file = CachedFile::new(vec![1; 100]);
        file.change(ByteChange::Length(50));
        file.sync_failed();
        assert_eq!(file.states().len(), 2);
        file.sync();
        assert_eq!(file.on_disk(), [1; 50]);
        assert!(file.is_on_disk());
    }

    #[test]
    fn what_is_read_again_is_what_the_disk_has() {
        let mut file = CachedFile::new(b"old".to_vec());
        written(&mut file, 0, b"new");
        file.sync_failed();
        file.sync();
        file.read_again(b"old".to_vec());
        assert_eq!((&*file.now(), file.is_on_disk()), (&b"old"[..], true));
    }
}
