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
use crate::Cause;
use crate::backoff::Backoff;
use crate::clock::WallClock;
use crate::disk::ops;
use crate::events::{RecorderEvent, Trouble};
use crate::ledger::chain::{LastState, last_state_before};
use crate::ledger::day::{Day, DayId};
use crate::ledger::entry::LedgerEntry;
use crate::ledger::history::NextEntry;
use crate::ledger::timeline::Unsettled;
use crate::paths;
use crate::paths::part_of;
use crate::repair::is_bare;
use crate::system::RecorderSystem;
use crate::writer::packet_reader::PacketReader;
use crate::writer::segment::SegmentSettings;
use camwall_media::BestEffort;

/// How long the folder's first look may take before its absence is trouble.
const SETTLE: Duration = Duration::from_secs(5);
/// How often is looked meanwhile whether it is over.
pub(super) const SOON: Duration = Duration::from_millis(50);

impl<S: RecorderSystem> Writer<S> {
    /// Opens the folder, and takes up what an earlier run left there as soon as it is ours.
    pub(super) fn open(&mut self) {
        let now = self.system.now().instant();
        (self.opened, self.look_at) = (Some(now), now);
        self.look_after(now);
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
        self.timeline.retry(now);
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
        let (gap, unsettled) = match left {
            Some(mut left) => {
                self.interrupted = interrupted(&left, now);
                if let Some(first) = first {
                    left.keep_told(first);
                } else {
                    self.sort_out(&mut left);
                    self.timeline.set_picture(left.picture);
                }
                self.take_up(left, now)
            }
            None => (None, Vec::new()),
        };
        let held: Vec<_> = unsettled
            .iter()
            .map(|file| (paths::name_of(&file.path), paths::day_of(file.start), file.start))
            .collect();
        self.timeline.resume(gap, unsettled);
        self.resume_span(held, now);
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
        for (path, start) in std::mem::take(&mut left.behind) {
            let SegmentSettings { root, folder, .. } = &self.settings;
            let id = DayId { folder: folder.as_str().into(), date: paths::day_of(start) };
            match is_bare(&path) {
                Ok(true) => ops::remove(self.system.disk(), &path).best_effort(),
                // A line may begin it in a ledger that was not read: too many are newer.
                Ok(false) => {
                    let name = paths::name_of(&paths::whole_of(&path));
                    if Day::read(root, &id).is_ok_and(|day| !day.names(&name)) {
                        left.open.push((path, start));
                        left.next.push(None);
                    }
                }
                Err(error) => {
                    let id = &self.settings.id;
                    tracing::error!("{id}: {} can't be read: {error}", path.display());
                }
            }
        }
    }

    /// Tells of what was left open what must be told before anything is begun; gives up to when the
    /// camera's time is accounted for then, and why not from there on, unless others tell that; and the files.
    fn take_up(
        &mut self,
        left: LastState,
        now: Timestamp,
    ) -> (Option<(Timestamp, Cause)>, Vec<Unsettled>) {
        let LastState { mut until, mut cause, open, next, whole, .. } = left;
        let mut since = until;
        let mut unsettled: Vec<Unsettled> = Vec::new();
        let mut open = open.into_iter().zip(next).peekable();
        while let Some(((file, start), told)) = open.next() {
            let path = paths::whole_of(&file);
            let between = whole.iter().copied().find(|at| (since..start).contains(at));
            since = start;
            match unsettled.last_mut().filter(|file| file.next.at.is_none()) {
                // Behind a file whose end is not known the gap has to wait.
                Some(last) => {
                    last.next.at = between.or(Some(start));
                    last.set_back = false;
                }
                // What is missing beside whole files is told by who takes them in.
                None if told.is_some() || between.is_some() => {}
                // The gap before a file is told before its line is.
                None if start < until => {
                    self.timeline.tell_gap(until, start, Cause::ClockChanged);
                }
                None => self.timeline.tell_gap(until, start, cause),
            }
            if told.is_none() {
                // It was being recorded until the program was killed, whatever was the matter before.
                if start < until {
                    cause = Cause::ProgramKilled;
                }
                until = start;
                let open = LedgerEntry::Open { file: paths::name_of(&path), start };
                self.timeline.write(paths::day_of(start), open);
            }
            let mut next = told.unwrap_or_default();
            // Where what follows is told already, it may have been written last by who began to mend it;
            // so that a start sees the clock set back, the one before tells that.
            let seen = next.cause == Some(Cause::ClockChanged);
            let set_back = written(&path).filter(|at| *at > now && next.at.is_none());
            if next == NextEntry::default() {
                let is_seen = set_back.is_some() && open.peek().is_none();
                let why = if is_seen { Cause::ClockChanged } else { cause };
                let off = LedgerEntry::Off { at: start, cause: why };
                self.timeline.write(paths::day_of(start), off);
                next.cause = Some(cause);
            } else if seen {
                next.cause = Some(Cause::ProgramKilled);
            }
            // Unless the clock was set back, it ended before now, else before it was written last: by the
            // camera's clock, a burst lasts longer than the time in which it came. Where it ended may have been
            // told before the clock was set back.
            let known = start <= now && !seen;
            let ended = next.at.map_or(now, |at| at.max(now));
            let latest = if known { set_back.unwrap_or(ended) } else { Timestamp::MAX };
            let set_back = set_back.is_some() || seen;
            unsettled.push(Unsettled { path, start, latest, next, set_back });
        }
        // Whole files may lie between all that and the first file of this run.
        let is_late = self.timeline.first().is_some();
        let whole = whole.into_iter().find(|at| is_late && *at >= since);
        if let Some(last) = unsettled.last_mut().filter(|file| file.next.at.is_none()) {
            last.next.at = whole;
        }
        (whole.is_none().then_some((until, cause)), unsettled)
    }
}

/// Up to when the camera was recorded by a run of the program that was to record it until it was killed; before
/// its newest file is mended, that is when it was written last. Nothing may have come in the end: whoever is
/// killed while the camera is away, or the disk, was to record it all the same.
fn interrupted(left: &LastState, now: Timestamp) -> Option<Timestamp> {
    let last = left.open.last().map(|(path, start)| {
        written(&paths::whole_of(path)).map_or(*start, |at| at.min(now).max(*start))
    });
    (!left.cause.is_intended()).then(|| last.map_or(left.until, |last| last.max(left.until)))
}

/// When a file was written last, by the clock of then: the `.part`, or the whole one where that is there
/// instead.
fn written(path: &Path) -> Option<Timestamp> {
    let found = std::fs::metadata(part_of(path)).or_else(|_| std::fs::metadata(path));
    let at = found.and_then(|found| found.modified()).ok()?;
    Timestamp::try_from(at).ok().map(crate::clock::to_millis)
}
