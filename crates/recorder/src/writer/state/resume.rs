//! Takes up a recording where an earlier run of the program left it.
//!
//! Run by the thread `ID.record`, before the first file is begun. Policy: the ledger alone is asked,
//! which takes a day or two of it; no file that was left is read here, but for when it was written
//! last, and for the head of one that no line tells of and that lies behind a clock that was set back.
//! Each is handed over to be mended, and the ledger tells of it what it must tell before the next file
//! is begun: recording begins at once, whatever was left, and however large it is. Where the newest ledger
//! can't be read, it is recorded all the same, and what was left is taken up once it can.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Writer;
use super::left::{TakeUp, interrupted, take_up};
use crate::backoff::Backoff;
use crate::clock::WallClock;
use crate::disk::ops;
use crate::events::{RecorderEvent, Trouble};
use crate::ledger::chain::{LastState, last_state_before};
use crate::paths::part_of;
use crate::repair::is_bare;
use crate::system::{RecorderSystem, SETTLE};
use crate::writer::packet_reader::PacketReader;
use crate::writer::segment::SegmentSettings;
use camwall_media::BestEffort;

/// How often is looked whether the first look at the folder is over.
pub(super) const SOON: Duration = Duration::from_millis(50);

impl<S: RecorderSystem> Writer<S> {
    /// Opens the folder, and takes up what an earlier run left there as soon as it is ours.
    pub(super) fn open(&mut self) {
        let now = self.system.now().instant();
        // What is mended by the first tick is told before a file is begun.
        (self.opened, self.look_at) = (Some(now), now);
        self.resume();
    }

    /// A camera that is no longer on the wall: only what an earlier run left of it is finished.
    pub fn of_rest(root: &Path, folder: &str, system: S) -> Self {
        let settings = SegmentSettings::of_rest(root, folder);
        let handler = Arc::new(|event: RecorderEvent<'_>| {
            if let RecorderEvent::Told { what: Trouble::NotNamed, camera, error } = event {
                tracing::error!("{camera}: {error}; it is tried again");
            }
        });
        Self::new(settings, system, handler, PacketReader::new(Duration::ZERO))
    }

    /// Goes on with that; whether there is more to do.
    pub fn go_on_with_rest(&mut self) -> bool {
        let now = self.system.now().instant();
        self.opened.get_or_insert(now);
        self.look_after(now);
        self.is_resuming() || self.has_rest()
    }

    /// Whether it is not over yet, and is waited for: its absence is no trouble in the first moments.
    pub(super) fn awaits_first_look(&self, now: Instant) -> bool {
        let patient = self.opened.is_some_and(|opened| now < opened + SETTLE);
        patient && !self.system.settled()
    }

    /// Whether what was left is to be taken up yet.
    pub(super) fn is_resuming(&self) -> bool {
        self.opened.is_some() && !self.timeline.is_resumed()
    }

    /// Takes up what an earlier run left, once the folder is ours, its disk may be mounted hours later, and
    /// the ledger can be read.
    pub(super) fn resume(&mut self) {
        let now = self.system.now();
        let is_due = self.unread.is_none_or(|again| again.at <= now.instant());
        let is_ours = || self.system.ready(&self.settings.folder).is_ok();
        if !self.is_resuming() || !is_due || !self.timeline.can_resume() || !is_ours() {
            return;
        }
        let SegmentSettings { id, root, folder, .. } = &self.settings;
        match last_state_before(root, folder, now.timestamp(), self.timeline.first_lines()) {
            Ok(left) => {
                if self.unread.take().is_some() {
                    tracing::info!("{id}: the ledger can be read again");
                }
                self.take_over(left, &now);
            }
            Err(error) => {
                if self.unread.is_none() {
                    tracing::error!(
                        "{id}: {error}; it is recorded, and what was left is taken up once the ledger can be read"
                    );
                }
                let at = now.instant();
                self.unread.get_or_insert_with(|| Backoff::new(at)).failed(at);
            }
        }
    }

    /// Takes up this.
    fn take_over(&mut self, left: Option<LastState>, clock: &WallClock) {
        let first = self.timeline.first();
        // What an earlier run left ends before the first file of this one.
        let now = first.unwrap_or_else(|| crate::clock::to_millis(clock.timestamp()));
        let mut taken = TakeUp::default();
        if let Some(mut left) = left {
            self.interrupted = interrupted(&left, now, written);
            if first.is_none() {
                self.sort_out(&mut left);
                self.timeline.set_picture(left.picture);
            }
            taken = take_up(left, now, first.is_some(), written);
        }
        let TakeUp { lines, files, gap } = taken;
        lines.into_iter().for_each(|(day, line)| self.timeline.write(day, line));
        self.timeline.resume(gap, files);
        self.resume_span(now);
        self.keep_opened(clock);
        self.hand_over();
        self.look_at = clock.instant();
        if let Some(cause) = self.rules.off() {
            // That was wished before anybody knew of a gap.
            self.timeline.not_wanted(cause, clock);
        }
    }

    /// What a kill left behind a clock that was set back, of which no line tells: where no picture can be in
    /// it, it goes, and what stays then is said by those who verify; the rest is the beginning of another
    /// era, and is taken up like all that was left.
    fn sort_out(&self, left: &mut LastState) {
        for file in std::mem::take(&mut left.behind) {
            match is_bare(&file.path) {
                Ok(true) => ops::remove(self.system.disk(), &file.path).best_effort(),
                Ok(false) => left.open.push(file),
                Err(error) => {
                    let (id, path) = (&self.settings.id, file.path.display());
                    tracing::error!("{id}: {path} can't be read: {error}");
                }
            }
        }
    }
}

/// When a file was written last, by the clock of then: the `.part`, or the whole one where that is there
/// instead.
fn written(path: &Path) -> Option<Timestamp> {
    let found = std::fs::metadata(part_of(path)).or_else(|_| std::fs::metadata(path));
    let at = found.and_then(|found| found.modified()).ok()?;
    Timestamp::try_from(at).ok().map(crate::clock::to_millis)
}
