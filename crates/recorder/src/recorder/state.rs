//! One camera's recording: what becomes of each packet, and what the ledger says of it.
//!
//! Run by the thread `ID.record`. A state machine of three states: off, recording, or waiting for
//! what a recording needs (camera, key frame, disk). Policies:
//! - a file begins with what is in the ring and in no other file; it ends where something is
//!   missing, and the ledger names that gap;
//! - files that follow one another join: the packet that ends one begins the next;
//! - trouble with the disk is tried again every two seconds, for ever.

mod close;
mod protect;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::close::Unnamed;
use super::clock::Clock;
use super::prebuffer::{Ring, is_key};
use super::stall::Rhythm;
use crate::Cause;
use crate::error::Trouble;
use crate::ledger::timeline::Timeline;
use crate::repair::leftovers;
use crate::segment::{Plan, Segment};
use crate::storage::lazy::LazyVault;
use camwall_media::{ConnectionState, Delivery, MediaType, ReorderDepth, Session};

/// How often received packets are handed to the system: with the time a packet waits for it, less
/// than a second is lost in a kill.
const FLUSH: Duration = Duration::from_millis(200);
/// How often they are brought to the disk: with a tick of the thread, at least once a second.
const SYNC: Duration = Duration::from_millis(800);
/// A file is closed when nothing came for this long; before, the connection may still catch up.
const SILENCE: Duration = Duration::from_secs(10);
/// How long the folder's first look may take when it is opened.
const SETTLE: Duration = Duration::from_secs(5);
/// How long a file waits for the order of the first pictures to become clear.
const ORDER: Duration = Duration::from_millis(500);

/// Whether a camera is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Yes.
    On,
    /// No, and why.
    Off(Cause),
}

/// The state machine.
pub struct Writer {
    plan: Plan,
    vault: Arc<LazyVault>,
    timeline: Timeline,
    /// What just came; snapshots are taken from it.
    pub ring: Ring,
    reorder: ReorderDepth,
    session: Option<Arc<Session>>,
    /// Whether the leftovers of earlier runs are finished.
    resumed: bool,
    /// Whether it was being recorded when an earlier run was killed.
    interrupted: bool,
    clock: Clock,
    /// None until told.
    want: Option<Want>,
    link: ConnectionState,
    segment: Option<Segment>,
    /// The one before it, for the keep key: file, start and end.
    previous: Option<(String, Timestamp, Timestamp)>,
    trouble: Option<Trouble>,
    /// Files that are whole but could not be given their names.
    unnamed: Vec<Unnamed>,
    retry_at: Instant,
    rhythm: Rhythm,
    flushed: Instant,
    synced: Instant,
    /// Whether the open segment has reached the disk at least once.
    on_disk: bool,
    warned_sound: bool,
}

/// How it goes, for the tile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether it is to be recorded.
    pub wanted: bool,
    /// Whether its bytes reach the disk.
    pub writing: bool,
    /// Why not.
    pub cause: Option<Cause>,
    /// Whether the open segment is protected.
    pub kept: bool,
    /// Whether it was being recorded when an earlier run was killed.
    pub interrupted: bool,
}

impl Writer {
    /// Nothing is touched before [`Self::resume`].
    pub fn new(plan: Plan, vault: Arc<LazyVault>, ring: Ring) -> Self {
        let now = Instant::now();
        Self {
            timeline: Timeline::new(&plan.root, &plan.id, &plan.folder),
            plan,
            vault,
            ring,
            reorder: ReorderDepth::new(),
            session: None,
            resumed: false,
            interrupted: false,
            clock: Clock::now(),
            want: None,
            link: ConnectionState::Connecting,
            segment: None,
            previous: None,
            trouble: None,
            unnamed: Vec::new(),
            retry_at: now,
            rhythm: Rhythm::default(),
            flushed: now,
            synced: now,
            on_disk: false,
            warned_sound: false,
        }
    }

    /// Finishes what an earlier run left behind, once the folder is ours; true if that is done.
    fn resume(&mut self) -> bool {
        if !self.resumed && self.vault.get().ready().is_ok() {
            let (id, root) = (&self.plan.id, &self.plan.root);
            let gap = leftovers::leftovers(id, root, &self.plan.folder, self.timeline.ledger());
            self.interrupted = gap.is_some_and(|(_, cause)| cause == Cause::ProgramKilled);
            self.timeline.resume(gap);
            self.resumed = true;
        }
        self.resumed
    }

    /// Opens the folder and finishes what an earlier run left behind.
    pub fn open(&mut self) {
        self.vault.get().settled(SETTLE);
        self.resume();
    }

    /// Begins or ends the recording.
    pub fn set_want(&mut self, want: Want) {
        if self.want.replace(want) == Some(want) {
            return;
        }
        match want {
            Want::On => {
                self.open();
                self.retry_at = Instant::now();
                self.begin();
            }
            Want::Off(cause) => {
                self.trouble = None;
                if self.segment.is_some() {
                    self.end(cause);
                } else {
                    self.timeline.not_wanted(cause, Instant::now());
                }
            }
        }
    }

    /// Takes a packet.
    pub fn deliver(&mut self, delivery: Delivery) {
        if !self.session.as_ref().is_some_and(|known| Arc::ptr_eq(known, &delivery.session)) {
            self.session = Some(delivery.session.clone());
            self.reorder = ReorderDepth::new();
            self.rhythm.restart();
        }
        let video = delivery.packet.media_type() == MediaType::Video;
        if video {
            self.reorder.observe(&delivery.packet);
        }
        if let Some(cause) = self.breaks(&delivery) {
            self.end(cause);
        } else if is_key(&delivery) {
            self.turn(&delivery);
        }
        if video {
            if self.segment.is_none() && self.rhythm.is_late(delivery.packet.arrived) {
                // No file may begin before a stall and go on after it.
                self.ring.clear();
            }
            self.rhythm.beat(delivery.packet.arrived);
        }
        let written = self.write(&delivery);
        self.ring.push(delivery, written);
        if self.segment.is_none() {
            self.begin();
        }
    }

    /// Does what time brings. `link` is how the connection stands; with `behind`, packets still
    /// wait in memory, and what the camera does now says nothing about the file.
    pub fn tick(&mut self, link: ConnectionState, behind: bool) {
        self.link = link;
        let now = Instant::now();
        self.name_files(now);
        if self.segment.is_some() {
            match (link, self.vault.get().ready()) {
                (_, Ok(())) if behind => self.save(now),
                (ConnectionState::Offline | ConnectionState::Connecting, _) => {
                    self.end(Cause::CameraOffline)
                }
                (ConnectionState::LoginRefused, _) => self.end(Cause::LoginRefused),
                (ConnectionState::Ended, _) => self.end(Cause::SourceEnded),
                (ConnectionState::Up, Err(cause)) => {
                    let root = self.plan.root.display();
                    let detail = format!("can't go on in {root}: {}", cause.words());
                    self.end(cause);
                    self.note(Trouble { cause, detail });
                }
                (ConnectionState::Up, Ok(())) if self.rhythm.silent_for(now) > SILENCE => {
                    self.end(Cause::CameraStalled);
                }
                (ConnectionState::Up, Ok(())) => self.save(now),
            }
        } else if self.want == Some(Want::On) {
            self.timeline.watch(self.waiting_for(), now);
            self.begin();
        }
        self.timeline.retry(now);
    }

    /// Ends everything because the program ends.
    pub fn finish(&mut self) {
        if self.segment.is_some() {
            self.end(Cause::ProgramEnded);
        } else if self.want == Some(Want::On) {
            self.timeline.change(Cause::ProgramEnded, Instant::now());
        }
        self.name_files(self.retry_at);
        for unnamed in &self.unnamed {
            let (id, path) = (&self.plan.id, unnamed.path.display());
            tracing::error!("{id}: {path} still is a .part; the next start finishes it");
        }
        let lines = self.timeline.finish();
        if lines > 0 {
            let id = &self.plan.id;
            tracing::error!("{id}: {lines} lines of the ledger are lost: the disk refuses them");
        }
    }

    /// How it goes.
    pub fn report(&self) -> Report {
        let now = Instant::now();
        let moving = self.segment.is_some() && !self.rhythm.is_silent(now);
        Report {
            wanted: self.want == Some(Want::On),
            writing: moving && self.on_disk,
            cause: match self.want {
                Some(Want::On) if !moving => Some(self.waiting_for()),
                _ => None,
            },
            kept: self.segment.as_ref().is_some_and(|segment| segment.kept),
            interrupted: self.interrupted,
        }
    }

    /// Why the open segment can't go on with this packet, if so.
    fn breaks(&self, next: &Delivery) -> Option<Cause> {
        let segment = self.segment.as_ref()?;
        if !segment.same_session(next) {
            return Some(Cause::CameraOffline);
        }
        if !segment.joins(next) {
            return Some(Cause::DiskSlow);
        }
        let late = next.packet.arrived.saturating_duration_since(segment.last_video());
        let video = next.packet.media_type() == MediaType::Video;
        let stall = self.rhythm.stall();
        // What came late but evenly by its own clock was only held up on the way.
        (video && late > stall && segment.skips(&next.packet, stall))
            .then_some(Cause::CameraStalled)
    }

    fn write(&mut self, delivery: &Delivery) -> bool {
        let Some(segment) = &mut self.segment else { return false };
        match segment.write(delivery) {
            Ok(()) => true,
            Err(trouble) => {
                self.fail(trouble);
                false
            }
        }
    }

    /// Flushes and syncs when it is time.
    fn save(&mut self, now: Instant) {
        let Some(segment) = &mut self.segment else { return };
        let saved = if now.duration_since(self.synced) >= SYNC {
            (self.flushed, self.synced) = (now, now);
            segment.sync().inspect(|()| self.on_disk = true)
        } else if now.duration_since(self.flushed) >= FLUSH {
            self.flushed = now;
            segment.flush()
        } else {
            Ok(())
        };
        if let Err(trouble) = saved {
            self.fail(trouble);
        }
    }

    /// Begins a file with what the ring holds, if there is anything to begin with.
    fn begin(&mut self) {
        let now = Instant::now();
        if self.want != Some(Want::On) || self.segment.is_some() || now < self.retry_at {
            return;
        }
        let Some(oldest) = self.ring.fresh().next().map(|first| first.packet.arrived) else {
            return;
        };
        if !self.reorder.settled() && now.saturating_duration_since(oldest) < ORDER {
            return;
        }
        if let Err(cause) = self.vault.get().ready() {
            let detail = format!("can't record into {}", self.plan.root.display());
            return self.note(Trouble { cause, detail });
        }
        if !self.resume() {
            return;
        }
        let Some(first) = self.ring.fresh().next() else { return };
        let clock = Clock::now();
        let start = clock.wall(first.packet.arrived);
        let start = self.timeline.join(start, self.clock.was_set(&clock));
        self.clock = clock;
        match Segment::begin(&self.plan, first, start, self.reorder.depth()) {
            Err(trouble) => self.note(trouble),
            Ok(segment) => {
                // First the ledger: whatever happens to the file, it is known.
                self.opened(segment);
                let Some(segment) = &mut self.segment else { return };
                let written = self.ring.fresh().try_for_each(|delivery| segment.write(delivery));
                self.ring.mark_written();
                if let Err(trouble) = written {
                    self.fail(trouble);
                }
            }
        }
    }

    /// Notes that a file is open.
    fn opened(&mut self, segment: Segment) {
        if let Some(why) = segment.left_out().filter(|_| !self.warned_sound) {
            tracing::warn!("{}: recorded without sound: {why}", self.plan.id);
            self.warned_sound = true;
        }
        if let Some(trouble) = self.trouble.take() {
            tracing::info!("{}: recorded again after: {}", self.plan.id, trouble.detail);
        }
        self.timeline.opened(segment.file(), segment.start);
        self.on_disk = false;
        // The first bytes go to the disk at once: REC waits for them.
        self.synced = Instant::now().checked_sub(SYNC).unwrap_or(self.synced);
        self.segment = Some(segment);
    }

    /// At a key frame: begins the next file where it is time to.
    fn turn(&mut self, key: &Delivery) {
        let Some(segment) = &self.segment else { return };
        let clock = Clock::now();
        let set = self.clock.was_set(&clock);
        let old = self.clock.wall(key.packet.arrived);
        if !set && !segment.must_turn(key, old) {
            return;
        }
        let start = clock.wall(key.packet.arrived);
        let end = if set { old } else { start }.max(segment.start);
        self.clock = clock;
        let closed = self.close(end);
        let start = if set { start } else { end };
        let cause = if closed < end { Cause::DiskError } else { Cause::ClockChanged };
        // Written only where the two do not meet.
        self.timeline.turn(closed, cause);
        match Segment::begin(&self.plan, key, start, self.reorder.depth()) {
            Ok(next) => self.opened(next),
            Err(trouble) => {
                self.timeline.off(closed, trouble.cause);
                self.note(trouble);
            }
        }
    }

    /// What a recording that is wanted waits for.
    fn waiting_for(&self) -> Cause {
        match (&self.trouble, self.link) {
            (_, ConnectionState::Offline | ConnectionState::Connecting) => Cause::CameraOffline,
            (_, ConnectionState::LoginRefused) => Cause::LoginRefused,
            (_, ConnectionState::Ended) => Cause::SourceEnded,
            (Some(trouble), ConnectionState::Up) => trouble.cause,
            (None, ConnectionState::Up) => {
                self.vault.get().ready().err().unwrap_or(Cause::CameraStalled)
            }
        }
    }
}
