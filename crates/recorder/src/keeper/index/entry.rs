//! What retention knows of one segment, in little memory.
//!
//! Pure data; owned by the thread `retention`.

use std::num::NonZeroI64;

/// What is known of a segment.
#[derive(Clone, Debug, Default)]
pub(in crate::keeper) struct IndexEntry {
    /// Size of the file.
    pub(super) bytes: u64,
    /// When it ends, ms since 1970.
    pub(super) end: i64,
    /// When retention said that it takes it away, ms since 1970.
    pub(super) removed: Option<NonZeroI64>,
    pub(super) on_disk: bool,
    /// Whether the ledger has its line.
    pub(super) ours: bool,
    pub(super) kept: bool,
    /// Whether removing it failed since the last scan.
    pub(super) stuck: bool,
    /// Whether the scan that is under way has met it.
    pub(super) seen: bool,
}

impl IndexEntry {
    /// When it ends, ms since 1970.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// Size of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether it is protected.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// When its ledger says that it was taken away, ms since 1970.
    pub fn removed(&self) -> Option<i64> {
        self.removed.map(NonZeroI64::get)
    }

    /// Whether a rule may take it.
    pub fn is_removable(&self) -> bool {
        self.on_disk && self.ours && !self.kept && !self.stuck
    }

    /// What it adds to the sums.
    pub(super) fn counted(&self) -> u64 {
        if self.on_disk && self.ours { self.bytes } else { 0 }
    }

    /// Whether nothing is known of it that has to be remembered.
    pub(super) fn is_blank(&self) -> bool {
        !self.on_disk && !self.ours && !self.kept
    }

    pub(super) fn forget_lines(&mut self) {
        (self.ours, self.kept, self.removed) = (false, false, None);
    }
}
