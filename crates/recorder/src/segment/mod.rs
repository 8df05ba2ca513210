//! One file of a recording, from its first key frame to its closing.
//!
//! Owned by the thread `ID.record`. Policies: several times a second everything received reaches
//! the system, every second the disk; nothing is decoded; the counts are those of what was written.

pub(crate) mod file;
pub(crate) mod hash;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{Timestamp, civil};

use self::file::SegmentFile;
use super::clock::{next_boundary, system_time};
use super::error::RecordError;
use super::ledger::entry::{LedgerEntry, SegmentRecord};
use super::paths;
use camwall_media::{
    BestEffort, Container, Delivery, MediaType, MuxSpec, Muxer, NotRecordable, Packet, Session,
    StreamInfo,
};

/// What all segments of a camera have in common.
#[derive(Clone, Debug)]
pub struct SegmentSettings {
    /// The camera's id, for messages.
    pub id: Arc<str>,
    /// The camera's name, for the file's title.
    pub title: String,
    /// The recording folder.
    pub root: PathBuf,
    /// The camera's folder in it.
    pub folder: String,
    /// Matroska or fragmented MP4.
    pub container: Container,
    /// How long a segment is; it ends at round times.
    pub length: Duration,
    /// How large it may grow, bytes.
    pub size: u64,
}

/// A file being written.
pub struct SegmentWriter {
    file: SegmentFile,
    muxer: Muxer,
    info: Arc<StreamInfo>,
    session: Arc<Session>,
    audio: Option<String>,
    /// When its first picture arrived.
    pub start: Timestamp,
    boundary: Timestamp,
    size: u64,
    /// Arrival of the newest picture.
    last_video: Instant,
    /// Time of the newest picture by the camera's clock, seconds.
    last_seconds: Option<f64>,
    /// Number of the newest packet, whatever it is.
    last_number: u64,
    packets: u64,
    audio_packets: u64,
    keyframes: u64,
    lost: u64,
    /// Something was written since the last flush.
    pending: bool,
    /// Protected from retention.
    pub kept: bool,
}

impl SegmentWriter {
    /// Begins a file with a key frame that arrived at `start`.
    pub fn begin(
        settings: &SegmentSettings,
        first: &Delivery,
        start: Timestamp,
        reorder: usize,
    ) -> Result<Self, RecordError> {
        let file = SegmentFile::create(
            &settings.root,
            &settings.folder,
            start,
            settings.container.extension(),
        )
        .map_err(|(path, error)| RecordError::from_io("make", &path, error))?;
        let part = file.part();
        let abandon = |failure: RecordError| {
            // Nothing is in it; if even that fails, the next start of the program clears it.
            std::fs::remove_file(&part).best_effort();
            failure
        };
        let sink = file
            .sink()
            .map_err(|error| abandon(RecordError::from_io("open", &file.part(), error)))?;
        let audio = first.session.audio.as_ref();
        let spec = MuxSpec {
            container: settings.container,
            first: &first.packet,
            audio,
            reorder,
            started: system_time(start),
            title: &settings.title,
        };
        let muxer = Muxer::begin(sink, &spec)
            .map_err(|error| abandon(RecordError::from_muxer(&file.part(), error)))?;
        let sound = audio.filter(|_| muxer.left_out().is_none()).map(|audio| audio.describe());
        Ok(Self {
            file,
            info: first.packet.info.clone(),
            session: first.session.clone(),
            audio: sound,
            start,
            boundary: next_boundary(start, settings.length),
            size: settings.size,
            last_video: first.packet.arrived,
            last_seconds: first.packet.seconds(),
            last_number: first.number,
            packets: 0,
            audio_packets: 0,
            keyframes: 0,
            lost: 0,
            pending: false,
            kept: false,
            muxer,
        })
    }

    /// Why sound is left out although the camera sends some.
    pub fn left_out(&self) -> Option<&NotRecordable> {
        self.muxer.left_out()
    }

    /// The file's name once it is closed.
    pub fn file(&self) -> String {
        paths::name_of(self.file.path())
    }

    /// Where it will be when it is closed.
    pub fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    /// The day in whose folder it is.
    pub fn day(&self) -> civil::Date {
        paths::day_of(self.start)
    }

    /// Arrival of the newest picture.
    pub fn last_video(&self) -> Instant {
        self.last_video
    }

    /// Whether `next` is of the same connection.
    pub fn same_session(&self, next: &Delivery) -> bool {
        Arc::ptr_eq(&self.session, &next.session)
    }

    /// Whether nothing is missing before `next`.
    pub fn joins(&self, next: &Delivery) -> bool {
        next.number == self.last_number + 1
    }

    /// Whether pictures of more than `stall` are missing before `next`, by the camera's clock.
    pub fn skips(&self, next: &Packet, stall: Duration) -> bool {
        match (self.last_seconds, next.seconds()) {
            (Some(last), Some(now)) => now - last > stall.as_secs_f64(),
            _ => true,
        }
    }

    /// Whether this key frame, arrived at `at`, begins another file: it is time, the file is large
    /// enough, or the camera changed its parameters or its clock.
    pub fn must_rotate(&self, next: &Delivery, at: Timestamp) -> bool {
        let info = &next.packet.info;
        self.muxer.broken()
            || !(Arc::ptr_eq(&self.info, info) || self.info.same_as(info))
            || at >= self.boundary
            || self.file.length() >= self.size
    }

    /// Writes a packet.
    pub fn write(&mut self, delivery: &Delivery) -> Result<(), RecordError> {
        let packet = &delivery.packet;
        self.last_number = delivery.number;
        self.muxer
            .write(packet)
            .map_err(|error| RecordError::from_muxer(&self.file.part(), error))?;
        self.pending = true;
        match packet.media_type() {
            MediaType::Video => {
                self.packets += 1;
                self.keyframes += u64::from(packet.keyframe);
                self.lost += u64::from(packet.loss_before);
                self.last_video = packet.arrived;
                self.last_seconds = packet.seconds();
            }
            MediaType::Audio if self.audio.is_some() => self.audio_packets += 1,
            MediaType::Audio => {}
        }
        Ok(())
    }

    /// Hands everything received to the system.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        if !std::mem::take(&mut self.pending) {
            return Ok(());
        }
        self.muxer.flush().map_err(|error| RecordError::from_muxer(&self.file.part(), error))
    }

    /// Brings it to the disk.
    pub fn sync(&mut self) -> Result<(), RecordError> {
        self.flush()?;
        let synced = self.file.sync();
        synced.map(|_| ()).map_err(|error| RecordError::from_io("sync", &self.file.part(), error))
    }

    /// Length of a picture, for the end of the last one.
    pub fn picture(&self) -> Duration {
        let duration = self.muxer.duration();
        u32::try_from(self.packets).ok().filter(|n| *n > 0).map_or(duration, |n| duration / n)
    }

    /// Finishes the file, which ends at `end`; it only lacks its name then. On trouble that comes
    /// back too, for repairing.
    pub fn close(
        self,
        end: Timestamp,
    ) -> Result<(LedgerEntry, PathBuf, u64), (RecordError, PathBuf)> {
        let (path, part) = (self.path(), self.file.part());
        let duration = self.muxer.duration();
        let file = self.file();
        self.muxer
            .finish()
            .map_err(|error| (RecordError::from_muxer(&part, error), path.clone()))?;
        let bytes = self.file.length();
        let hash = self
            .file
            .close()
            .map_err(|error| (RecordError::from_io("finish", &part, error), path.clone()))?;
        let entry = LedgerEntry::Segment(SegmentRecord {
            file,
            start: self.start,
            end,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            packets: self.packets,
            audio_packets: self.audio_packets,
            bytes,
            keyframes: self.keyframes,
            lost: self.lost,
            hash,
            video: self.info.describe(),
            audio: self.audio,
            recovered: false,
        });
        Ok((entry, path, bytes))
    }
}
