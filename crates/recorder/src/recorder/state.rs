//! One camera's recording: what becomes of each packet, and what the ledger says of it.
//!
//! Run by the thread `ID.record`. A state machine of three states: off, recording, or waiting for
//! what a recording needs (camera, key frame, disk). Policies:
//! - a file begins with what is in the prebuffer and in no other file; it ends where something is
//!   missing, and the ledger names that gap;
//! - files that follow one another join: the packet that ends one begins the next;
//! - trouble with the disk is tried again every two seconds, for ever.

mod begin;
mod close;
mod protect;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::close::UnnamedFile;
use super::prebuffer::{Prebuffer, is_key};
use super::stall_detector::StallDetector;
use crate::Cause;
use crate::clock::WallClock;
use crate::error::RecordError;
use crate::events::RecorderHandler;
use crate::ledger::timeline::Timeline;
use crate::repair::leftovers;
use crate::segment::{SegmentSettings, SegmentWriter};
use crate::storage::lazy::LazyStorage;
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

/// Whether a camera is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Yes.
    On,
    /// No, and why.
    Off(Cause),
}

/// The state machine.
pub struct Writer {
    settings: SegmentSettings,
    storage: Arc<LazyStorage>,
    handler: RecorderHandler,
    timeline: Timeline,
    /// What just came; snapshots are taken from it.
    pub prebuffer: Prebuffer,
    reorder: ReorderDepth,
    session: Option<Arc<Session>>,
    /// Whether the leftovers of earlier runs are finished.
    resumed: bool,
    /// Whether it was being recorded when an earlier run was killed.
    interrupted: bool,
    clock: WallClock,
    /// None until told.
    intent: Option<Intent>,
    link: ConnectionState,
    segment: Option<SegmentWriter>,
    /// The one before it, for the keep key: file, start and end.
    previous: Option<(String, Timestamp, Timestamp)>,
    last_error: Option<RecordError>,
    /// Files that are whole but could not be given their names.
    unnamed: Vec<UnnamedFile>,
    retry_at: Instant,
    stall_detector: StallDetector,
    flushed: Instant,
    synced: Instant,
    /// Whether the open segment has reached the disk at least once.
    on_disk: bool,
    warned_sound: bool,
}

/// The state of the recording, for the tile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterStatus {
    /// Whether it is to be recorded.
    pub wanted: bool,
    /// Whether its bytes reach the disk.
    pub writing: bool,
    /// Why no bytes reach the disk although they should.
    pub cause: Option<Cause>,
    /// Whether the open segment is protected.
    pub kept: bool,
    /// Whether it was being recorded when an earlier run was killed.
    pub interrupted: bool,
}

impl Writer {
    /// Nothing is touched before [`Self::resume`].
    pub fn new(
        settings: SegmentSettings,
        storage: Arc<LazyStorage>,
        handler: RecorderHandler,
        prebuffer: Prebuffer,
    ) -> Self {
        let now = Instant::now();
        Self {
            timeline: Timeline::new(&settings.root, &settings.id, &settings.folder),
            settings,
            storage,
            handler,
            prebuffer,
            reorder: ReorderDepth::new(),
            session: None,
            resumed: false,
            interrupted: false,
            clock: WallClock::now(),
            intent: None,
            link: ConnectionState::Connecting,
            segment: None,
            previous: None,
            last_error: None,
            unnamed: Vec::new(),
            retry_at: now,
            stall_detector: StallDetector::default(),
            flushed: now,
            synced: now,
            on_disk: false,
            warned_sound: false,
        }
    }

    /// Finishes what an earlier run left behind, once the folder is ours; true if that is done.
    fn resume(&mut self) -> bool {
        if !self.resumed && self.storage.get().ready().is_ok() {
            let (id, root) = (&self.settings.id, &self.settings.root);
            let gap = leftovers::leftovers(id, root, &self.settings.folder, self.timeline.ledger());
            self.interrupted = gap.is_some_and(|(_, cause)| cause == Cause::ProgramKilled);
            self.timeline.resume(gap);
            self.resumed = true;
        }
        self.resumed
    }

    /// Opens the folder and finishes what an earlier run left behind.
    pub fn open(&mut self) {
        self.storage.get().settled(SETTLE);
        self.resume();
    }

    /// Begins or ends the recording.
    pub fn set_intent(&mut self, intent: Intent) {
        if self.intent.replace(intent) == Some(intent) {
            return;
        }
        match intent {
            Intent::On => {
                self.open();
                self.retry_at = Instant::now();
                self.begin();
            }
            Intent::Off(cause) => {
                self.last_error = None;
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
            self.stall_detector.restart();
        }
        let video = delivery.packet.media_type() == MediaType::Video;
        if video {
            self.reorder.observe(&delivery.packet);
        }
        if let Some(cause) = self.breaks(&delivery) {
            self.end(cause);
        } else if is_key(&delivery) {
            self.rotate(&delivery);
        }
        if video {
            if self.segment.is_none() && self.stall_detector.is_late(delivery.packet.arrived) {
                // No file may begin before a stall and go on after it.
                self.prebuffer.clear();
            }
            self.stall_detector.frame_arrived(delivery.packet.arrived);
        }
        let written = self.write(&delivery);
        self.prebuffer.push(delivery, written);
        if self.segment.is_none() {
            self.begin();
        }
    }

    /// Does what is due. `link` is the state of the connection; with `behind`, packets still
    /// wait in memory, and what the camera does now says nothing about the file.
    pub fn tick(&mut self, link: ConnectionState, behind: bool) {
        self.link = link;
        let now = Instant::now();
        self.name_files(now);
        if self.segment.is_some() {
            match (link, self.storage.get().ready()) {
                (_, Ok(())) if behind => self.save(now),
                (ConnectionState::Offline | ConnectionState::Connecting, _) => {
                    self.end(Cause::CameraOffline)
                }
                (ConnectionState::LoginRefused, _) => self.end(Cause::LoginRefused),
                (ConnectionState::Ended, _) => self.end(Cause::SourceEnded),
                (ConnectionState::Up, Err(cause)) => {
                    self.end(cause);
                    self.report_error(RecordError::Lost {
                        root: self.settings.root.clone(),
                        cause,
                    });
                }
                (ConnectionState::Up, Ok(())) if self.stall_detector.silent_for(now) > SILENCE => {
                    self.end(Cause::CameraStalled);
                }
                (ConnectionState::Up, Ok(())) => self.save(now),
            }
        } else if self.intent == Some(Intent::On) {
            self.timeline.watch(self.waiting_for(), now);
            self.begin();
        }
        self.timeline.retry(now);
    }

    /// Ends everything because the program ends.
    pub fn finish(&mut self) {
        if self.segment.is_some() {
            self.end(Cause::ProgramEnded);
        } else if self.intent == Some(Intent::On) {
            self.timeline.change(Cause::ProgramEnded, Instant::now());
        }
        self.name_files(self.retry_at);
        for unnamed in &self.unnamed {
            let (id, path) = (&self.settings.id, unnamed.path.display());
            tracing::error!("{id}: {path} still is a .part; the next start finishes it");
        }
        let lines = self.timeline.finish();
        if lines > 0 {
            let id = &self.settings.id;
            tracing::error!("{id}: {lines} lines of the ledger are lost: the disk refuses them");
        }
    }

    /// The state of the recording.
    pub fn status(&self) -> WriterStatus {
        let now = Instant::now();
        let moving = self.segment.is_some() && !self.stall_detector.is_silent(now);
        WriterStatus {
            wanted: self.intent == Some(Intent::On),
            writing: moving && self.on_disk,
            cause: match self.intent {
                Some(Intent::On) if !moving => Some(self.waiting_for()),
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
        let stall = self.stall_detector.stall();
        // What came late but evenly by its own clock was only held up on the way.
        (video && late > stall && segment.skips(&next.packet, stall))
            .then_some(Cause::CameraStalled)
    }

    fn write(&mut self, delivery: &Delivery) -> bool {
        let Some(segment) = &mut self.segment else { return false };
        match segment.write(delivery) {
            Ok(()) => true,
            Err(failure) => {
                self.abort_segment(failure);
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
        if let Err(failure) = saved {
            self.abort_segment(failure);
        }
    }

    /// What a recording that is wanted waits for.
    fn waiting_for(&self) -> Cause {
        match (&self.last_error, self.link) {
            (_, ConnectionState::Offline | ConnectionState::Connecting) => Cause::CameraOffline,
            (_, ConnectionState::LoginRefused) => Cause::LoginRefused,
            (_, ConnectionState::Ended) => Cause::SourceEnded,
            (Some(failure), ConnectionState::Up) => failure.cause(),
            (None, ConnectionState::Up) => {
                self.storage.get().ready().err().unwrap_or(Cause::CameraStalled)
            }
        }
    }
}
