//! One file of a recording, from its first key frame to its closing.
//!
//! Owned by the thread `ID.record`. Policies: several times a second everything received reaches
//! the system, every second the disk; nothing is decoded; the counts are those of what was written;
//! where the disk fails, the file ends at the last sync that was good.

pub(crate) mod file;
pub(crate) mod progress;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, civil};

use self::file::SegmentFile;
use self::progress::{FileState, SegmentProgress};
use crate::checkpoint::{Checkpoint, KnownPart};
use crate::clock::{WallClock, system_time};
use crate::disk::{Disk, ops};
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
    /// Bytes before the first packet.
    head: u64,
    /// What is known to be on the disk; none before the first packet is.
    checkpoint: Option<Checkpoint>,
}

/// A file that can't be gone on with, as it lies there.
pub struct AbandonedFile {
    /// Where it would be if it were closed.
    pub path: PathBuf,
    /// When it begins.
    pub start: Timestamp,
    /// What of it is known to be on the disk.
    pub known: Box<KnownPart>,
}

impl<D: Disk> SegmentWriter<D> {
    /// Begins a file with a key frame that arrived at `start`, on the disk that is the recording folder's
    /// `home`.
    pub fn begin(
        disk: &D,
        home: Option<u64>,
        settings: &SegmentSettings,
        first: &Delivery,
        start: Timestamp,
        reorder: usize,
    ) -> Result<Self, RecordError> {
        let file = SegmentFile::create(
            disk.clone(),
            &settings.root,
            home,
            &settings.folder,
            start,
            settings.container.extension(),
        )
        .map_err(|(path, error)| RecordError::from_io("make", &path, error))?;
        let part = file.part();
        let abandon = |failure: RecordError| {
            // Nothing is in it; if even that fails, the next start of the program clears it.
            ops::remove(disk, &part).best_effort();
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
        let head = file.length();
        Ok(Self { file, muxer, progress, audio: sound, pending: false, head, checkpoint: None })
    }

    /// Why sound is left out although the camera sends some.
    pub fn left_out(&self) -> Option<&NotRecordable> {
        self.muxer.left_out()
    }

    /// Whether there is sound in it.
    pub fn has_sound(&self) -> bool {
        self.audio.is_some()
    }

    /// The file's name once it is closed.
    pub fn file(&self) -> String {
        paths::name_of(self.file.path())
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

    /// Brings it to the disk, and remembers what is there then; `clock` is that of the file's start.
    pub fn sync(&mut self, clock: &WallClock) -> Result<(), RecordError> {
        self.flush()?;
        let synced = self.file.sync();
        synced.map_err(|error| RecordError::from_io("sync", &self.file.part(), error))?;
        let bytes = self.file.length();
        // The first pictures may still be held back, and are counted already.
        if bytes > self.head {
            let (end, duration) = (self.end(clock), self.muxer.duration());
            self.checkpoint = Some(self.progress.checkpoint(bytes, end, duration));
        }
        Ok(())
    }

    /// Where it ends behind its last picture; `clock` is that of its start.
    pub fn end(&self, clock: &WallClock) -> Timestamp {
        clock.wall(self.progress.last_video + self.picture()).max(self.progress.start)
    }

    /// Length of a picture, for the end of the last one.
    pub fn picture(&self) -> Duration {
        let duration = self.muxer.duration();
        u32::try_from(self.progress.packets)
            .ok()
            .filter(|n| *n > 0)
            .map_or(duration, |n| duration / n)
    }

    /// Lets go of the file as it is, without its trailer.
    pub fn give_up(self) -> AbandonedFile {
        let Self { file, muxer, progress, audio, checkpoint, .. } = self;
        // What it still holds is lost.
        drop(muxer);
        abandoned(file, &progress, audio, checkpoint)
    }

    /// Finishes the file, which ends at `end`; it only lacks its name then. On trouble it comes back
    /// as it is.
    pub fn close(
        self,
        end: Timestamp,
    ) -> Result<(LedgerEntry, PathBuf, u64), (RecordError, AbandonedFile)> {
        let Self { file, muxer, progress, audio, mut checkpoint, .. } = self;
        let (part, duration) = (file.part(), muxer.duration());
        let finished = muxer.finish().map_err(|error| RecordError::from_muxer(&part, error));
        let io = |error| RecordError::from_io("finish", &part, error);
        let hash = finished.and_then(|()| file.sync().map_err(io)).and_then(|()| {
            checkpoint = Some(progress.checkpoint(file.length(), end, duration));
            file.hash().map_err(io)
        });
        let hash = match hash {
            Ok(hash) => hash,
            Err(failure) => return Err((failure, abandoned(file, &progress, audio, checkpoint))),
        };
        let (path, bytes) = (file.path().to_owned(), file.length());
        let entry = LedgerEntry::Segment(SegmentRecord {
            file: paths::name_of(&path),
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
            audio,
            recovered: false,
        });
        Ok((entry, path, bytes))
    }
}

fn abandoned<D: Disk>(
    file: SegmentFile<D>,
    progress: &SegmentProgress,
    audio: Option<String>,
    checkpoint: Option<Checkpoint>,
) -> AbandonedFile {
    let (path, start) = (file.path().to_owned(), progress.start);
    let checkpoint = checkpoint.unwrap_or_else(|| Checkpoint::nothing(start));
    let hash = file.into_hash();
    let known = Box::new(KnownPart { checkpoint, hash, video: progress.describe(), audio });
    AbandonedFile { path, start, known }
}
