//! Whether the picture shows anything: it may not have changed, or be black or of one colour.
//!
//! Pure; the decode thread runs it. Policies:
//! - every key picture is looked at and at most [`OTHERS`] others a second;
//! - frozen: key pictures are the same at all but [`CHANGED`] of the points, across two of them and
//!   for [`FROZEN_AFTER`]. A living camera's key pictures never are, because its noise is coded
//!   anew each time: of still scenes with noise of ±1 to ±3, coded by x264 and x265 at crf 23 and
//!   28, 7 % of the points and more differed. A picture between two key pictures is only compared loosely, because it may be
//!   coded worse; what moves is seen;
//!   A picture that is dark is not called frozen: there is nothing in it that could change;
//! - each connection is looked at by itself;
//! - dark: nearly all points black, or all of one brightness, for [`DARK_AFTER`]; no longer so after
//!   [`LIGHT_AFTER`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::grid::{Grid, Mask};
use crate::frame::Plane;
use crate::source::spec::Watch;

/// Pictures a second that are looked at besides key pictures.
const OTHERS: u32 = 4;
/// Part of the points that may differ from one key picture to another, in thousandths.
const CHANGED: usize = 2;
/// By how much a point may differ between key pictures.
const SAME: u8 = 1;
/// Part of the points that must differ in a picture between them, in thousandths, and by how much.
const MOVED: usize = 5;
const MOVED_BY: u8 = 8;
/// How long a picture must be the same.
pub(super) const FROZEN_AFTER: Duration = Duration::from_secs(10);
/// Key pictures after the first that must be the same.
const SAME_KEYS: u32 = 2;
/// The brightest of nearly all points in a black picture.
const BLACK: u8 = 14;
/// The span of brightness of nearly all points in a picture of one colour.
const UNIFORM: u8 = 6;
/// What nearly all points are: all but a lamp or the camera's own clock.
const NEARLY_ALL: [f32; 2] = [0.01, 0.98];
pub(super) const DARK_AFTER: Duration = Duration::from_secs(3);
const LIGHT_AFTER: Duration = Duration::from_secs(1);

/// What was found in the pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// The picture has not changed since then.
    pub frozen: Option<Instant>,
    /// The picture is black or of one colour since then.
    pub dark: Option<Instant>,
}

/// Looks at the pictures of one stream.
pub(crate) struct Content {
    watch: Arc<Watch>,
    mask: Mask,
    /// When a picture was last looked at.
    looked: Option<Instant>,
    now: Grid,
    /// The key picture that all since are the same as, and when it came.
    same_as: Grid,
    same_since: Option<Instant>,
    same_keys: u32,
    dark_since: Option<Instant>,
    light_since: Option<Instant>,
    dark: bool,
}

impl Content {
    /// For what the wall file wants.
    pub fn new(watch: Arc<Watch>) -> Self {
        Self {
            mask: Mask::new(&watch.mask),
            watch,
            looked: None,
            now: Grid::default(),
            same_as: Grid::default(),
            same_since: None,
            same_keys: 0,
            dark_since: None,
            light_since: None,
            dark: false,
        }
    }

    /// What the wall file wants from now on. Where that is something else, what was seen so far counts
    /// no more.
    pub fn watch(&mut self, watch: Arc<Watch>) {
        if !Arc::ptr_eq(&watch, &self.watch) {
            *self = Self::new(watch);
        }
    }

    /// Whether the next picture, at `now`, is to be looked at.
    pub fn wants(&self, key: bool, now: Instant) -> bool {
        let due =
            |at: Instant| now.saturating_duration_since(at) >= Duration::from_secs(1) / OTHERS;
        (self.watch.frozen || self.watch.dark)
            && self.mask.count() > 0
            && (key || self.looked.is_none_or(due))
    }

    /// Looks at a picture's brightness.
    pub fn look(&mut self, luma: &Plane<'_>, bits: u8, full_range: bool, key: bool, now: Instant) {
        if !self.now.take(luma, bits, full_range) {
            return;
        }
        self.looked = Some(now);
        let [low, high] = self.now.quantiles(NEARLY_ALL, &self.mask);
        let flat = high <= BLACK || high - low <= UNIFORM;
        if self.watch.frozen {
            self.compare(key, flat, now);
        }
        if self.watch.dark {
            self.judge(flat, now);
        }
    }

    /// `flat`: black or of one colour, and an encoder leaves nothing of its noise.
    fn compare(&mut self, key: bool, flat: bool, now: Instant) {
        if flat {
            self.same_since = None;
            return;
        }
        let (by, share) = if key { (SAME, CHANGED) } else { (MOVED_BY, MOVED) };
        let changed = self.now.differing(&self.same_as, by, &self.mask);
        let same = self.same_since.is_some() && changed * 1000 <= self.mask.count() * share;
        match (same, key) {
            (true, true) => self.same_keys = self.same_keys.saturating_add(1),
            (true, false) => {}
            (false, true) => {
                std::mem::swap(&mut self.same_as, &mut self.now);
                (self.same_since, self.same_keys) = (Some(now), 0);
            }
            // Compared anew from the next key picture on.
            (false, false) => (self.same_since, self.same_keys) = (None, 0),
        }
    }

    /// A stretch of pictures begins that has nothing to do with the one before: cameras that keep
    /// their latest key frame send the same one to each who connects.
    pub fn restart(&mut self) {
        self.same_since = None;
    }

    fn judge(&mut self, flat: bool, now: Instant) {
        if flat {
            self.light_since = None;
            let since = *self.dark_since.get_or_insert(now);
            self.dark |= now.saturating_duration_since(since) >= DARK_AFTER;
        } else if self.dark {
            let since = *self.light_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= LIGHT_AFTER {
                (self.dark, self.dark_since, self.light_since) = (false, None, None);
            }
        } else {
            self.dark_since = None;
        }
    }

    /// What was found.
    pub fn findings(&self, now: Instant) -> Findings {
        let long = |since: &Instant| now.saturating_duration_since(*since) >= FROZEN_AFTER;
        let frozen = self.same_since.filter(long).filter(|_| self.same_keys >= SAME_KEYS);
        Findings { frozen, dark: self.dark_since.filter(|_| self.dark) }
    }
}

#[cfg(test)]
mod tests;
