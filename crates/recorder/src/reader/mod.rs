//! Reads a camera's archive by time: packets and gaps, forward and back by groups of pictures.
//!
//! Any thread, which waits for the disk; opens files to read and takes no locks, so that nothing it does
//! is felt by who writes. Policies:
//! - days are read one at a time, files opened one at a time, and one group of pictures is in memory;
//! - the file being written is read as far as its writer gave it to the system, and a group of it is
//!   handed out once it is whole; with the camera's [`LiveEnd`] it is read from memory, and the newest
//!   group is handed out as it comes, in several pieces; so is what waits behind it for a slow disk;
//! - pieces come in the order in which they were recorded, also where the clock was set back meanwhile;
//! - what retention took is passed over, and a gap is handed out where the ledger tells one; a file that
//!   nobody closed is left behind once others were.

mod ahead;
mod blocks;
mod file;
mod group;
pub(crate) mod live;
mod plan;
mod stretch;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use camwall_media::HubId;
use jiff::{SignedDuration, Timestamp};

use self::file::SegmentReader;
pub use self::group::{ArchivedPacket, Piece};
use self::group::{Counts, Group};
pub use self::live::LiveEnd;
use self::plan::Plan;
use self::stretch::{Place, Stretch};
use crate::paths::name_of;

/// Reads one camera's archive, at one place.
#[derive(Debug)]
pub struct ArchiveReader {
    plan: Plan,
    /// The group in the stretch there, before which it stands.
    group: usize,
    /// What of that group is behind it.
    told: Counts,
    /// The file of that stretch.
    open: Option<(PathBuf, SegmentReader)>,
    live: Option<LiveEnd>,
    /// What was read before the writer took it.
    ahead: Option<Ahead>,
}

/// How far it was read of what waits for the writer: to a key frame in a hub, and so much behind it.
#[derive(Clone, Debug)]
struct Ahead {
    hub: HubId,
    key: u64,
    told: Counts,
    /// When that was shown, should nobody know any more where the key frame is.
    at: Timestamp,
}

impl ArchiveReader {
    /// Stands in a camera's folder of the recording folder `root` before the group or the gap in which
    /// `at` lies; where nothing was recorded then, before what comes next. With its `live` end, what is
    /// in memory alone is read as well.
    ///
    /// # Errors
    /// Where a folder, a ledger or a file can't be read.
    pub fn open(
        root: &Path,
        folder: &str,
        at: Timestamp,
        live: Option<LiveEnd>,
    ) -> io::Result<Self> {
        let plan = Plan::new(root.to_owned(), folder);
        let (told, open, ahead) = (Counts::default(), None, None);
        let mut this = Self { plan, group: 0, told, open, live, ahead };
        if this.plan.find(at)?
            && let Some(place) = this.place()
        {
            this.group = this.group_at(&place, at)?;
        }
        Ok(this)
    }

    /// The next group or gap, behind which it stands then; none where there is no more, as yet.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let place = match self.plan.here().cloned() {
                None if self.plan.go_on()? => continue,
                None => return Ok(self.read_ahead()),
                Some(Stretch::Gap(gap)) => {
                    self.leave();
                    return Ok(Some(Piece::Gap(gap)));
                }
                Some(Stretch::File(place)) => place,
            };
            let closed = place.end.is_some() || self.plan.is_left()?;
            let found = self.read_group(&place, closed)?;
            if let Some(found) = found.filter(|it| it.whole || it.grows) {
                self.pass_over(&place, &found);
                let goes_on = !found.whole;
                if let Some(piece) = self.take(found) {
                    return Ok(Some(piece));
                }
                if goes_on {
                    return Ok(None);
                }
                continue;
            }
            // The last of an open file may go on, until the ledger says that it does not.
            if closed {
                self.leave();
            } else if !self.look_again()? && !self.plan.is_left()? {
                return Ok(self.read_ahead());
            }
        }
    }

    /// The group or gap before, before which it stands then; none at the archive's beginning.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn previous_piece(&mut self) -> io::Result<Option<Piece>> {
        if let Some(piece) = self.read_back_ahead()? {
            return Ok(Some(piece));
        }
        loop {
            let told = std::mem::take(&mut self.told);
            if let Some(place) = self.place()
                && (self.group > 0 || told != Counts::default())
            {
                let whole = told == Counts::default();
                self.group -= usize::from(whole);
                match self.read_group(&place, place.end.is_some())? {
                    Some(found) if whole => return Ok(Some(found.part([usize::MAX; 2], true))),
                    Some(found) => return Ok(Some(found.part(told, true))),
                    None if whole => return Err(io::ErrorKind::NotFound.into()),
                    // Where a disk failed it may be in no file any more.
                    None => continue,
                }
            }
            if !self.plan.go_back()? {
                return Ok(None);
            }
            self.group = match self.place() {
                Some(place) => self.groups_of(&place.path)?,
                None => 0,
            };
            if let Some(Stretch::Gap(gap)) = self.plan.here() {
                return Ok(Some(Piece::Gap(gap.clone())));
            }
        }
    }

    /// The file before which or in which it stands.
    fn place(&self) -> Option<Place> {
        match self.plan.here() {
            Some(Stretch::File(place)) => Some(place.clone()),
            _ => None,
        }
    }

    /// Goes on behind this stretch.
    fn leave(&mut self) {
        self.plan.leave();
        (self.group, self.told) = (0, Counts::default());
    }

    /// What of this group is new, behind which it stands then.
    fn take(&mut self, found: Group) -> Option<Piece> {
        let (counts, told) = (found.count(|_| true), self.told);
        if found.whole {
            (self.group, self.told) = (self.group + 1, Counts::default());
        } else {
            self.told = counts;
        }
        is_more(counts, told).then(|| found.part(told, false))
    }

    /// Reads this day's ledger again, and the open file on; whether there is anything new.
    fn look_again(&mut self) -> io::Result<bool> {
        let known = |this: &Self| (this.place(), this.ready());
        let before = known(self);
        if !self.plan.look_again()? {
            // Nothing of that file is on the disk.
            (self.group, self.told) = (0, Counts::default());
        }
        if let Some((_, file)) = &mut self.open {
            file.look()?;
        }
        Ok(before != known(self))
    }

    fn ready(&self) -> usize {
        self.open.as_ref().map_or(0, |(_, file)| file.count())
    }

    /// How many groups a file has, which is opened unless it is.
    fn groups_of(&mut self, path: &Path) -> io::Result<usize> {
        if self.open.as_ref().is_none_or(|(open, _)| open != path) {
            self.open = SegmentReader::open(path)?.map(|file| (path.to_owned(), file));
        } else if let Some((_, file)) = &mut self.open {
            file.look()?;
        }
        let live = self.live.as_ref().map_or(0, |live| live.count(&name_of(path)));
        Ok(self.ready().max(live))
    }

    /// The group of a file in which `at` lies.
    fn group_at(&mut self, place: &Place, at: Timestamp) -> io::Result<usize> {
        self.groups_of(&place.path)?;
        let after = i64::try_from(at.duration_since(place.start).as_nanos()).unwrap_or(i64::MAX);
        let mut group = self.open.as_ref().map_or(0, |(_, file)| file.group_at(after));
        let live = |group| self.live.as_ref()?.group(&name_of(&place.path), group);
        let begins = |group| live(group)?.packets.first().map(|it| it.at);
        while begins(group + 1).is_some_and(|next| next <= at) {
            group += 1;
        }
        Ok(group)
    }

    /// The group in a file before which it stands; from memory where it is there. The last of one that is
    /// `closed` is whole.
    fn read_group(&mut self, place: &Place, closed: bool) -> io::Result<Option<Group>> {
        let name = name_of(&place.path);
        if let Some(found) = self.live.as_ref().and_then(|it| it.group(&name, self.group)) {
            return Ok(Some(found));
        }
        self.groups_of(&place.path)?;
        let Some((_, file)) = self.open.as_ref().filter(|(_, file)| self.group < file.count())
        else {
            return Ok(None);
        };
        let start = place.start;
        let packets = file.group(self.group)?.into_iter().map(|read| ArchivedPacket {
            at: start.checked_add(SignedDuration::from_nanos(read.after)).unwrap_or(start),
            media_type: read.unit.media_type,
            keyframe: read.unit.keyframe,
            data: read.data,
        });
        let (video, audio) = (file.streams.video.clone(), file.streams.audio.clone());
        let grows = self.live.as_ref().is_some_and(|live| live.count(&name) > 0);
        let whole = closed || self.group + 1 < file.count();
        Ok(Some(Group { video, audio, packets: packets.collect(), whole, grows }))
    }
}

/// Whether there is more of anything.
fn is_more(counts: Counts, told: Counts) -> bool {
    counts.iter().zip(told).any(|(count, told)| *count > told)
}
