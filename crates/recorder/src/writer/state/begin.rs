//! Begins files: the first file of a recording, and each that follows at a rotation.
//!
//! Run by the thread `ID.record`. Policy: the file is made first and the ledger told of it before any picture
//! is; a kill in between leaves a file whose name says when it began, which the next start finds; files that follow one another join at a key frame. Where
//! none can be made because the file system is out of inodes, the open one is gone on with until one can be,
//! however long that takes and however large it becomes, unless the pictures can't go into it. How
//! far a camera's pictures are out of order must be known before the first is written: it is seen in
//! what came already, which is then read once more.

use std::sync::Arc;

use camwall_media::Delivery;
use jiff::Timestamp;

use super::Writer;
use super::close::Ending;
use crate::Cause;
use crate::clock::WallClock;
use crate::disk::Disk;
use crate::error::{Error, Why};
use crate::events::Trouble;
use crate::ledger::day::{Day, DayId};
use crate::ledger::entry::SegmentRecord;
use crate::paths;
use crate::system::RecorderSystem;
use crate::writer::rules::Rotation;
use crate::writer::segment::file::make_part;
use crate::writer::segment::{SegmentSettings, SegmentWriter};

impl<S: RecorderSystem> Writer<S> {
    /// Begins a file with what is in memory and in no other, if there is anything to begin with;
    /// whether one is open then, with its first packet in it.
    pub(super) fn begin(&mut self) -> bool {
        self.begin_at = None;
        let now = self.system.now().instant();
        if !self.rules.may_try(now) || self.awaits_first_look(now) {
            return false;
        }
        let first = self.look_ahead();
        self.timeline.waits = first.as_ref().map(|first| first.packet.arrived);
        let Some(first) = first else { return false };
        self.packets.seek(first.number);
        let order_known_at = self.rules.may_begin_at(first.packet.arrived);
        if order_known_at > self.system.now().instant() {
            self.begin_at = Some(order_known_at);
            return false;
        }
        if let Err(cause) = self.system.ready(&self.settings.folder) {
            let why = Why::NotReady(cause);
            self.report_error(Error::new("record into", &self.settings.root, why));
            return false;
        }
        self.resume();
        // The same again, or where the hub had no room for it the next key frame.
        let Some(first) = self.packets.next() else { return false };
        let clock = self.system.now();
        let set = self.timeline.is_ahead(clock.timestamp());
        match self.begin_file(&first, clock, set) {
            Err(failure) => self.report_error(failure),
            Ok(()) => self.write(&first),
        }
        self.segment.is_some()
    }

    /// Reads all that came, for what can be known before a file is begun; gives the packet to begin
    /// with.
    fn look_ahead(&mut self) -> Option<Delivery> {
        let was_parked = self.packets.start();
        let mut first: Option<Delivery> = None;
        while let Some(next) = self.packets.next() {
            if first.as_ref().is_some_and(|first| !Arc::ptr_eq(&first.session, &next.session)) {
                break;
            }
            if self.rules.is_late(&next) {
                if !was_parked && first.is_some() {
                    // What came before the stall is recorded, and ends there.
                    break;
                }
                self.packets.raise_floor(next.number);
                first = None;
            }
            self.rules.observe(&next);
            if self.not_before.is_some_and(|allowed| next.packet.arrived < allowed) {
                // The pre-roll does not reach to before it is allowed to record.
                self.packets.raise_floor(next.number + 1);
            } else if first.is_none() && next.is_key() {
                first = Some(next);
            }
        }
        first
    }

    /// Begins a file with a key frame that arrived by this clock, or where what the ledger accounts for ends,
    /// unless the wall clock was `set`.
    fn begin_file(&mut self, first: &Delivery, clock: WallClock, set: bool) -> Result<(), Error> {
        let start = self.timeline.join(clock.wall(first.packet.arrived), set);
        let told = self.told_of_day(start);
        let taken = |name: &str| told.as_ref().is_some_and(|day| day.names(name));
        let (disk, reorder) = (self.system.disk(), self.rules.reorder());
        let SegmentSettings { folder, container, .. } = &self.settings;
        let (archive, extension) = (self.system.archive(), container.extension());
        let made = make_part(disk, archive, folder, start, extension, taken)?;
        let segment =
            SegmentWriter::begin(disk, made, &self.settings, first, (start, clock), reorder)?;
        if let Some(why) = segment.left_out().filter(|_| !self.warned_sound) {
            tracing::warn!("{}: recorded without sound: {why}", self.settings.id);
            self.warned_sound = true;
        }
        if let Some(over) = self.rules.begun(self.system.now().instant()) {
            self.tell(Trouble::RecordedAgain, &over);
        }
        let SegmentRecord { file, audio, .. } = &segment.progress.record;
        // From here on whatever happens to the file is known; what comes before, its name tells.
        self.timeline.segment_opened(file.clone(), start);
        self.live.begin(self.packets.tap(), file.clone(), start, audio.is_some());
        self.segment = Some(segment);
        let now = self.system.now();
        self.keep_opened(&now);
        Ok(())
    }

    /// Whether no file can be made where the camera's are, whatever room there is.
    fn lacks_inodes(&self) -> bool {
        let folder = self.settings.root.join(&self.settings.folder);
        self.system.disk().space(&folder).is_ok_and(|disk| disk.files_free == Some(0))
    }

    /// The day in which a file begins, where its ledger may tell of one of the same name: the clock was set
    /// back, and retention may have taken that file, but never its lines.
    fn told_of_day(&mut self, start: Timestamp) -> Option<Day> {
        let (date, until) = self.told_until;
        let id = DayId { folder: self.settings.folder.as_str().into(), date: paths::day_of(start) };
        if id.date == date && start.as_second() > until.as_second() {
            self.told_until.1 = start;
            return None;
        }
        let day = Day::read(&self.settings.root, &id).ok()?;
        let begun = day.begun.iter().map(|it| it.start);
        let closed = day.segments.iter().map(|it| it.segment.start);
        self.told_until = (id.date, begun.chain(closed).fold(start, Timestamp::max));
        Some(day)
    }

    /// At a key frame: ends the open file and begins the next.
    pub(super) fn rotate(&mut self, key: &Delivery, rotation: &Rotation) {
        if self.segment.as_ref().is_some_and(|open| open.fits(key)) && self.lacks_inodes() {
            return;
        }
        let Rotation { clock, set, end } = *rotation;
        let (ending, trouble) = self.close(end);
        let Ending::At(closed) = ending else {
            return self.off(ending, trouble.unwrap_or(Cause::DiskError));
        };
        // Written only where the two do not meet.
        let cause = trouble.filter(|_| closed < end).unwrap_or(Cause::ClockChanged);
        self.timeline.segment_ended(closed, cause);
        self.live.goes_on(self.packets.tap());
        if let Err(failure) = self.begin_file(key, clock, set) {
            self.live.end();
            self.timeline.off(closed, failure.cause());
            self.report_error(failure);
        }
    }
}
