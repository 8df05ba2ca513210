//! One file of a recording, from its first key frame to its closing.
//!
//! Owned by the thread `ID.record`. Policies: several times a second everything received reaches
//! the system, every second the disk; nothing is decoded; the counts are those of what was written.

pub(crate) mod checkpoint;
pub(crate) mod file;
pub(crate) mod hash;
pub(crate) mod progress;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, civil};

use self::file::SegmentFile;
use self::progress::{FileState, SegmentProgress};
use crate::clock::system_time;
use crate::disk::Disk;
use crate::error::RecordError;
use crate::ledger::entry::{LedgerEntry, SegmentRecord};
use crate::paths;
use camwall_media::{BestEffort, Container, Delivery, MuxSpec, Muxer, NotRecordable};

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
pub struct SegmentWriter<D> {
    file: SegmentFile<D>,
    muxer: Muxer,
    /// What is in it.
    pub progress: SegmentProgress,
    audio: Option<String>,
    /// Something was written since the last flush.
    pending: bool,
}

impl<D: Disk> SegmentWriter<D> {
    /// Begins a file with a key frame that arrived at `start`.
    pub fn begin(
        disk: &D,
        settings: &SegmentSettings,
        first: &Delivery,
        start: Timestamp,
        reorder: usize,
    ) -> Result<Self, RecordError> {
        let file = SegmentFile::create(
            disk.clone(),
            &settings.root,
            &settings.folder,
            start,
            settings.container.extension(),
        )
        .map_err(|(path, error)| RecordError::from_io("make", &path, error))?;
        let part = file.part();
        let abandon = |failure: RecordError| {
            // Nothing is in it; if even that fails, the next start of the program clears it.
            disk.remove(&part).best_effort();
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
        let progress = SegmentProgress::new(settings, first, start);
        Ok(Self { file, muxer, progress, audio: sound, pending: false })
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
        paths::day_of(self.progress.start)
    }

    /// What a rotation is judged by.
    pub fn state(&self) -> FileState {
        FileState { broken: self.muxer.broken(), length: self.file.length() }
    }

    /// Writes a packet.
    pub fn write(&mut self, delivery: &Delivery) -> Result<(), RecordError> {
        let packet = &delivery.packet;
        self.progress.follow(delivery);
        self.muxer
            .write(packet)
            .map_err(|error| RecordError::from_muxer(&self.file.part(), error))?;
        self.pending = true;
        self.progress.count(packet, self.audio.is_some());
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
        u32::try_from(self.progress.packets)
            .ok()
            .filter(|n| *n > 0)
            .map_or(duration, |n| duration / n)
    }

    /// Finishes the file, which ends at `end`; it only lacks its name then. On trouble that comes
    /// back too, for repairing.
    pub fn close(
        self,
        end: Timestamp,
    ) -> Result<(LedgerEntry, PathBuf, u64), (RecordError, PathBuf)> {
        let (path, part) = (self.path(), self.file.part());
        let duration = self.muxer.duration();
        let (file, progress) = (self.file(), self.progress);
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
            start: progress.start,
            end,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            packets: progress.packets,
            audio_packets: progress.audio_packets,
            bytes,
            keyframes: progress.keyframes,
            lost: progress.lost,
            hash,
            video: progress.describe(),
            audio: self.audio,
            recovered: false,
        });
        Ok((entry, path, bytes))
    }
}
