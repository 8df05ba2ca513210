//! Reads a camera's archive by time: packets and gaps, forward and back by groups of pictures.
//!
//! Any thread, which waits for the disk; opens files to read and takes no locks, so that nothing it does
//! is felt by who writes. Policies:
//! - days are read one at a time, files opened one at a time, and one group of pictures is in memory;
//! - the file being written is read as far as its writer gave it to the system, and a group of it is
//!   handed out once it is whole; with the camera's [`LiveEnd`] it is read from memory, and the newest
//!   group is handed out as it comes, in several pieces;
//! - days come in the order of their dates, and within a day things in the order in which they happened,
//!   also where the clock was set back;
//! - what retention took is passed over, and a gap is handed out where the ledger tells one.

mod blocks;
mod file;
pub(crate) mod live;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use camwall_media::{MediaType, StreamInfo};
use jiff::{SignedDuration, Timestamp, civil};

use self::file::SegmentReader;
pub use self::live::LiveEnd;
use crate::ledger::history::{self, Gap, History};
use crate::paths::{day_of, name_of};

/// A packet of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedPacket {
    /// When it is shown, by the wall clock of then and within a file by the camera's.
    pub at: Timestamp,
    /// Pictures or sound.
    pub media_type: MediaType,
    /// Whether decoding can begin with it.
    pub keyframe: bool,
    /// The payload as it lies in the file: of H.264 and H.265, lengths are before NAL units or start codes,
    /// as its stream's parameters say.
    pub data: Vec<u8>,
}

/// A piece of an archive.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Packets from a key frame on, up to the next; forward, or from where the piece before it ended.
    Group {
        /// The pictures' parameters.
        video: Arc<StreamInfo>,
        /// The sound's, where there is some.
        audio: Option<Arc<StreamInfo>>,
        /// The packets in the order of the file.
        packets: Vec<ArchivedPacket>,
    },
    /// Nothing was recorded.
    Gap(Gap),
}

/// A group of a file, as far as it is there.
struct Group {
    video: Arc<StreamInfo>,
    audio: Option<Arc<StreamInfo>>,
    packets: Vec<ArchivedPacket>,
    /// Whether nothing more comes of it.
    whole: bool,
    /// Whether it is handed out as it comes.
    grows: bool,
}

/// Pictures and sounds.
type Counts = [usize; 2];

impl Group {
    fn counts(&self) -> Counts {
        let sounds = self.packets.iter().filter(|it| it.media_type == MediaType::Audio).count();
        [self.packets.len() - sounds, sounds]
    }

    /// What of it lies before so many pictures and sounds, or behind them.
    fn part(mut self, counts: Counts, before: bool) -> Piece {
        let mut seen = Counts::default();
        self.packets.retain(|it| {
            let kind = usize::from(it.media_type == MediaType::Audio);
            seen[kind] += 1;
            (seen[kind] <= counts[kind]) == before
        });
        Piece::Group { video: self.video, audio: self.audio, packets: self.packets }
    }
}

/// Something that the ledger of a day has.
#[derive(Clone, Debug)]
enum Stretch {
    /// A file: where it is once it is whole, when it begins, and whether a line closes it.
    File {
        path: PathBuf,
        start: Timestamp,
        closed: bool,
    },
    Gap(Gap),
}

impl Stretch {
    /// Whether it is the same file, or the same gap.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { path, .. }, Self::File { path: other, .. }) => path == other,
            (Self::Gap(gap), Self::Gap(other)) => gap.position == other.position,
            _ => false,
        }
    }
}

/// The ledger of one day, in the order of what happened.
#[derive(Debug)]
struct DayPlan {
    date: civil::Date,
    stretches: Vec<Stretch>,
}

/// Reads one camera's archive, at one place.
#[derive(Debug)]
pub struct ArchiveReader {
    root: PathBuf,
    folder: String,
    day: DayPlan,
    /// The stretch in the day, and the group in it, before which it stands.
    stretch: usize,
    group: usize,
    /// What of that group is behind it.
    told: Counts,
    /// The file of that stretch.
    open: Option<(PathBuf, SegmentReader)>,
    live: Option<LiveEnd>,
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
        let day = DayPlan { date: day_of(at), stretches: Vec::new() };
        let (root, folder) = (root.to_owned(), folder.to_owned());
        let told = Counts::default();
        let mut this = Self { root, folder, day, stretch: 0, group: 0, told, open: None, live };
        // What lies at midnight is in the ledger of the day in which it began, or for a gap ended.
        let before = this.days()?.into_iter().rfind(|date| *date < day_of(at));
        for date in before.into_iter().chain([day_of(at)]) {
            this.turn_to(date)?;
            if this.stand_at(at)? {
                return Ok(this);
            }
        }
        Ok(this)
    }

    /// The next group or gap, behind which it stands then; none where there is no more, as yet.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        loop {
            if self.stretch >= self.day.stretches.len() && !self.next_day()? {
                return Ok(None);
            }
            let Some(stretch) = self.day.stretches.get(self.stretch).cloned() else { continue };
            let (path, start, closed) = match stretch {
                Stretch::Gap(gap) => {
                    self.leave(1);
                    return Ok(Some(Piece::Gap(gap)));
                }
                Stretch::File { path, start, closed } => (path, start, closed),
            };
            // The last of an open file may go on, until the ledger says that it does not.
            let found = self.read_group(&path, start, closed)?;
            if let Some(found) = found.filter(|it| it.whole || it.grows) {
                let (counts, whole) = (found.counts(), found.whole);
                let told = self.told;
                if whole {
                    (self.group, self.told) = (self.group + 1, Counts::default());
                } else {
                    self.told = counts;
                }
                if counts.iter().zip(told).any(|(count, told)| *count > told) {
                    return Ok(Some(found.part(told, false)));
                }
                if !whole {
                    return Ok(None);
                }
                continue;
            }
            if !closed && !self.look_again()? {
                return Ok(None);
            }
            if closed {
                self.leave(1);
            }
        }
    }

    /// The group or gap before, before which it stands then; none at the archive's beginning.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn previous_piece(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let told = std::mem::take(&mut self.told);
            if (self.group > 0 || told != Counts::default())
                && let Some(Stretch::File { start, path, closed }) =
                    self.day.stretches.get(self.stretch).cloned()
            {
                if told == Counts::default() {
                    self.group -= 1;
                    let found = self.read_group(&path, start, closed)?;
                    let found = found.ok_or(io::ErrorKind::NotFound)?;
                    return Ok(Some(found.part([usize::MAX; 2], true)));
                }
                // Where a disk failed it may be in no file any more.
                if let Some(found) = self.read_group(&path, start, closed)? {
                    return Ok(Some(found.part(told, true)));
                }
                continue;
            }
            if self.stretch == 0 {
                let before = self.days()?.into_iter().rfind(|date| *date < self.day.date);
                let Some(before) = before else { return Ok(None) };
                self.turn_to(before)?;
                (self.stretch, self.group) = (self.day.stretches.len(), 0);
                continue;
            }
            self.stretch -= 1;
            match self.day.stretches[self.stretch].clone() {
                Stretch::Gap(gap) => {
                    self.group = 0;
                    return Ok(Some(Piece::Gap(gap)));
                }
                Stretch::File { path, .. } => self.group = self.groups_of(&path)?,
            }
        }
    }

    /// Goes on behind this stretch.
    fn leave(&mut self, stretches: usize) {
        self.stretch += stretches;
        (self.group, self.told) = (0, Counts::default());
    }

    /// The camera's days that have a ledger, the oldest first.
    fn days(&self) -> io::Result<Vec<civil::Date>> {
        match history::days(&self.root, &self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            days => days,
        }
    }

    /// Stands before the first stretch of a day.
    fn turn_to(&mut self, date: civil::Date) -> io::Result<()> {
        let history = History::read_days(&self.root, &self.folder, &[date])?;
        let mut found = Vec::new();
        for it in history.segments().iter().filter(|it| !it.removed) {
            let (path, start) = (it.path.clone(), it.segment.start);
            let file = Stretch::File { path, start, closed: true };
            found.push((history.order(&it.position).0, start, it.segment.end, file));
        }
        for gap in history.gaps() {
            let era = history.order(&gap.position).0;
            // One that goes back ends the time before it.
            let era = if gap.is_backward() { era.saturating_sub(1) } else { era };
            found.push((era, gap.start, gap.end.max(gap.start), Stretch::Gap(gap.clone())));
        }
        for it in history.opens() {
            let file = Stretch::File { path: it.path.clone(), start: it.start, closed: false };
            found.push((history.order(&it.position).0, it.start, Timestamp::MAX, file));
        }
        found.sort_by_key(|(era, start, end, _)| (*era, *start, *end));
        let stretches = found.into_iter().map(|(.., stretch)| stretch).collect();
        self.day = DayPlan { date, stretches };
        (self.stretch, self.group) = (0, 0);
        Ok(())
    }

    /// Stands before what lies at `at`; false where all of this day is before it.
    fn stand_at(&mut self, at: Timestamp) -> io::Result<bool> {
        let starts = self.day.stretches.iter().map(|it| match it {
            Stretch::File { start, .. } => *start,
            Stretch::Gap(gap) => gap.start.min(gap.end),
        });
        // The last that begins before it, by the clock of then.
        let starts: Vec<Timestamp> = starts.collect();
        let found = starts.iter().rposition(|start| *start <= at);
        self.stretch = found.unwrap_or(0);
        self.group = 0;
        match self.day.stretches.get(self.stretch).cloned() {
            Some(Stretch::File { path, start, .. }) if start <= at => {
                self.groups_of(&path)?;
                let after = i64::try_from(at.duration_since(start).as_nanos()).unwrap_or(i64::MAX);
                if let Some((_, file)) = &self.open {
                    self.group = file.group_at(after)?;
                }
                let live = |group| self.live.as_ref()?.group(&name_of(&path), group);
                let begins = |group| live(group)?.packets.first().map(|(_, after)| *after);
                while begins(self.group + 1).is_some_and(|next| next <= after) {
                    self.group += 1;
                }
                Ok(day_of(at) == self.day.date || self.stretch + 1 < self.day.stretches.len())
            }
            Some(_) => Ok(day_of(at) == self.day.date),
            None => Ok(false),
        }
    }

    /// Goes on to the next day that has a ledger; false where there is none, and nothing new in this.
    fn next_day(&mut self) -> io::Result<bool> {
        let later = self.days()?.into_iter().find(|date| *date > self.day.date);
        // What this day had before the next began.
        self.look_again()?;
        if self.stretch < self.day.stretches.len() {
            return Ok(true);
        }
        later.map_or(Ok(false), |later| self.turn_to(later).map(|()| true))
    }

    /// Reads this day's ledger again, and the open file on; whether there is anything new.
    fn look_again(&mut self) -> io::Result<bool> {
        let known = (self.day.stretches.len(), self.is_closed(), self.ready());
        let (stretch, group) = (self.stretch, self.group);
        let before = self.day.stretches.clone();
        self.turn_to(self.day.date)?;
        let found = |it: &Stretch| self.day.stretches.iter().position(|other| other.is_same(it));
        // What came in between, or is gone, moves its place.
        let here = before.get(stretch).and_then(found);
        let behind = before.iter().take(stretch).rev().find_map(found).map_or(0, |it| it + 1);
        self.stretch = here.unwrap_or(behind);
        if here.is_some() || stretch >= before.len() {
            self.group = group;
        } else {
            // Nothing of that file is on the disk.
            self.told = Counts::default();
        }
        if let Some((_, file)) = &mut self.open {
            file.look()?;
        }
        Ok(known != (self.day.stretches.len(), self.is_closed(), self.ready()))
    }

    fn is_closed(&self) -> bool {
        let here = self.day.stretches.get(self.stretch);
        here.is_none_or(|it| matches!(it, Stretch::File { closed: true, .. } | Stretch::Gap(_)))
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

    /// The group in the file at `path`, which begins at `start`, before which it stands; from memory where
    /// it is there.
    fn read_group(
        &mut self,
        path: &Path,
        start: Timestamp,
        closed: bool,
    ) -> io::Result<Option<Group>> {
        let at = |after| start.checked_add(SignedDuration::from_nanos(after)).unwrap_or(start);
        let live = self.live.as_ref().and_then(|it| it.group(&name_of(path), self.group));
        if let Some(found) = live {
            let packets = found.packets.into_iter().map(|(packet, after)| ArchivedPacket {
                at: at(after),
                media_type: packet.media_type(),
                keyframe: packet.keyframe,
                data: packet.data().to_vec(),
            });
            let (video, audio, packets) = (found.video, found.audio, packets.collect());
            return Ok(Some(Group { video, audio, packets, whole: found.whole, grows: true }));
        }
        self.groups_of(path)?;
        let Some((_, file)) = self.open.as_ref().filter(|(_, file)| self.group < file.count())
        else {
            return Ok(None);
        };
        let packets = file.group(self.group)?.into_iter().map(|read| ArchivedPacket {
            at: at(read.after),
            media_type: read.unit.media_type,
            keyframe: read.unit.keyframe,
            data: read.data,
        });
        let (video, audio) = (file.streams.video.clone(), file.streams.audio.clone());
        let grows = self.live.as_ref().is_some_and(|live| live.count(&name_of(path)) > 0);
        let whole = closed || self.group + 1 < file.count();
        Ok(Some(Group { video, audio, packets: packets.collect(), whole, grows }))
    }
}
