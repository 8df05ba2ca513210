//! What a reader has read of what waits for a slow disk, and where it is once the writer has taken it.
//!
//! Policy: the reader's own place stays where the files end. What it comes to there later it passes over up
//! to where it had read: by the number of the key frame, and where nobody knows that any more by the time.

use std::io;

use super::group::{Counts, Group, Piece};
use super::stretch::{Place, Stretch};
use super::{Ahead, ArchiveReader, is_more};
use crate::paths::name_of;

impl ArchiveReader {
    /// The next piece of what waits, where all that the writer took is behind.
    pub(super) fn read_ahead(&mut self) -> Option<Piece> {
        let live = self.live.as_ref()?;
        let waiting = live.waiting()?;
        let (last, group) = match self.plan.here() {
            Some(here) => (here, self.group),
            None => (self.plan.last()?, waiting.count),
        };
        let Stretch::File(last) = last else { return None };
        if name_of(&last.path) != *waiting.file || group < waiting.count {
            return None;
        }
        let known = self.ahead.as_ref().filter(|ahead| ahead.hub == waiting.hub);
        let (from, told) = known.map_or((0, Counts::default()), |ahead| (ahead.key, ahead.told));
        for key in waiting.keys.into_iter().filter(|key| *key >= from) {
            let told = if key == from { told } else { Counts::default() };
            let Some(found) = live.waiting_group(key) else { continue };
            let counts = found.count(|_| true);
            if is_more(counts, told) {
                let at = found.packets.last()?.at;
                self.ahead = Some(Ahead { hub: waiting.hub, key, told: counts, at });
                return Some(found.part(told, false));
            }
        }
        None
    }

    /// Passes over what of this group was read before the writer took it.
    pub(super) fn pass_over(&mut self, place: &Place, found: &Group) {
        let Some(ahead) = &self.ahead else { return };
        let name = name_of(&place.path);
        let number = self.live.as_ref().and_then(|it| it.number(&name, self.group));
        let number = number.filter(|(hub, _)| *hub == ahead.hub).map(|(_, number)| number);
        let told = match number {
            Some(number) if number < ahead.key => [usize::MAX; 2],
            Some(number) if number == ahead.key => ahead.told,
            Some(_) => Counts::default(),
            None => found.count(|it| it.at <= ahead.at),
        };
        let (counts, key) = (found.count(|_| true), ahead.key);
        self.told = [told[0].min(counts[0]), told[1].min(counts[1])];
        if is_more(counts, self.told) || number == Some(key) {
            self.ahead = None;
        }
    }

    /// The piece before, where it stands behind something that waits; else its place is that of what the
    /// writer took of it.
    pub(super) fn read_back_ahead(&mut self) -> io::Result<Option<Piece>> {
        let (Some(ahead), Some(live)) = (self.ahead.take(), self.live.clone()) else {
            return Ok(None);
        };
        if let Some((file, group)) = live.place(&ahead.hub, ahead.key) {
            if self.plan.go_to(&file)? {
                (self.group, self.told) = (group, ahead.told);
            }
            return Ok(None);
        }
        let Some(found) = live.waiting_group(ahead.key) else { return Ok(None) };
        let keys = live.waiting().map(|it| it.keys).unwrap_or_default();
        if let Some(before) = keys.into_iter().rfind(|key| *key < ahead.key)
            && let Some(group) = live.waiting_group(before)
        {
            let told = group.count(|_| true);
            self.ahead = Some(Ahead { key: before, told, ..ahead });
        }
        Ok(Some(found.part(ahead.told, true)))
    }
}
