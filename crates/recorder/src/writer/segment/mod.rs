//! One file of a recording, from its first key frame to its closing.
//!
//! Owned by the thread `ID.record`. Policies: several times a second everything received reaches
//! the system, every second the disk; nothing is decoded; the counts are those of what was written;
//! where the disk fails, the file ends at the last sync that was good.

pub(crate) mod file;
pub(crate) mod progress;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, civil};

use self::file::SegmentFile;
use self::progress::SegmentProgress;
use crate::clock::WallClock;
use crate::disk::{Disk, OpenFile, ops};
use crate::error::{Error, Why};
use crate::ledger::entry::SegmentRecord;
use crate::paths;
use crate::repair::KnownPart;
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

impl SegmentSettings {
    /// Of a camera that is no longer on the wall, of which no segment is begun.
    pub fn of_rest(root: &Path, folder: &str) -> Self {
        Self {
            id: folder.into(),
            title: folder.to_owned(),
            root: root.to_owned(),
            folder: folder.to_owned(),
            container: Container::Matroska,
            length: Duration::MAX,
            size: u64::MAX,
        }
    }

    /// Whether files by the one are packed and end as by the other.
    pub(super) fn makes_files_like(&self, other: &Self) -> bool {
        (self.container, self.length, self.size) == (other.container, other.length, other.size)
    }
}

/// A file being written.
pub struct SegmentWriter<D> {
    file: SegmentFile<D>,
    muxer: Muxer,
    /// What is in it.
    pub progress: SegmentProgress,
    /// How large it may grow, bytes.
    size: u64,
    /// Bytes before the first packet.
    head: u64,
    /// Its line as of the last good sync: without a byte before the first packet is on the disk.
    synced: SegmentRecord,
}

/// A whole file that only lacks its name, and then its line.
#[derive(Debug)]
pub struct WholeFile {
    /// Its path once it is named.
    pub path: PathBuf,
    /// For the ledger.
    pub record: SegmentRecord,
}

/// A file that can't be gone on with, as it lies there.
pub struct AbandonedFile {
    /// Where it would be if it were closed.
    pub path: PathBuf,
    /// What of it is known to be on the disk.
    pub known: Box<KnownPart>,
}

impl<D: Disk> SegmentWriter<D> {
    /// Begins a file that was just `made` with a key frame that arrived at `start` by this clock.
    pub fn begin(
        disk: &D,
        made: (OpenFile, PathBuf),
        settings: &SegmentSettings,
        first: &Delivery,
        (start, clock): (Timestamp, WallClock),
        reorder: usize,
    ) -> Result<Self, Error> {
        let file = SegmentFile::new(disk.clone(), made);
        let audio = first.session.audio.as_ref();
        let spec = MuxSpec {
            container: settings.container,
            first: &first.packet,
            audio,
            reorder,
            started: start.into(),
            title: &settings.title,
        };
        let muxer = Muxer::begin(file.clone(), &spec).map_err(|error| {
            // Nothing is in it; if even that fails, the next start of the program clears it.
            ops::remove(disk, &file.part()).best_effort();
            Error::new("write", &file.part(), error)
        })?;
        let sound = audio.filter(|_| muxer.left_out().is_none()).map(|audio| audio.describe());
        let name = paths::name_of(file.path());
        let progress = SegmentProgress::new(settings, first, (start, clock), name, sound);
        let (head, synced) = (file.length(), progress.record.clone());
        Ok(Self { file, muxer, progress, size: settings.size, head, synced })
    }

    /// Why sound is left out although the camera sends some.
    pub fn left_out(&self) -> Option<&NotRecordable> {
        self.muxer.left_out()
    }

    /// The file's name once it is closed.
    pub fn file(&self) -> &str {
        &self.progress.record.file
    }

    /// The day in whose folder it is.
    pub fn day(&self) -> civil::Date {
        paths::day_of(self.progress.record.start)
    }

    /// Another one begins with the next key frame.
    pub fn end_soon(&mut self) {
        self.size = 0;
    }

    /// Whether the next key frame begins another: it is large enough, or the camera's clock jumped.
    pub fn is_full(&self) -> bool {
        self.muxer.broken() || self.file.length() >= self.size
    }

    /// Whether this key frame can go into it, full or not.
    pub fn fits(&self, key: &Delivery) -> bool {
        !self.muxer.broken() && self.progress.fits(key)
    }

    /// Writes a packet.
    pub fn write(&mut self, delivery: &Delivery) -> Result<(), Error> {
        let written = self.muxer.write(&delivery.packet);
        written.map_err(|error| self.error("write", error))?;
        self.progress.count(delivery);
        Ok(())
    }

    /// Hands everything received to the system.
    pub fn flush(&mut self) -> Result<(), Error> {
        let flushed = self.muxer.flush();
        flushed.map_err(|error| self.error("write", error))
    }

    /// Brings it to the disk, and remembers what is there then. Bytes that are known to be there since.
    pub fn sync(&mut self) -> Result<u64, Error> {
        let before = self.synced();
        self.flush()?;
        self.file.sync().map_err(|error| self.error("sync", error))?;
        // The first pictures may still be held back, and are counted already.
        if self.file.length() > self.head {
            self.synced = self.record(self.end());
        }
        Ok(self.synced().saturating_sub(before))
    }

    /// Bytes of it that are known to be on the disk.
    pub fn synced(&self) -> u64 {
        self.synced.bytes
    }

    /// Where it ends behind its last picture.
    pub fn end(&self) -> Timestamp {
        let SegmentProgress { clock, last_video, record, .. } = &self.progress;
        clock.wall(*last_video + self.picture()).max(record.start)
    }

    /// Length of a picture, for the end of the last one.
    fn picture(&self) -> Duration {
        let pictures = u32::try_from(self.progress.record.packets).unwrap_or(u32::MAX);
        self.muxer.duration() / pictures.max(1)
    }

    /// Its line where it ends there with all that was written, but for its hash.
    fn record(&self, end: Timestamp) -> SegmentRecord {
        let duration_ms = u64::try_from(self.muxer.duration().as_millis()).unwrap_or(u64::MAX);
        let bytes = self.file.length();
        SegmentRecord { end, duration_ms, bytes, ..self.progress.record.clone() }
    }

    fn error(&self, attempt: &'static str, why: impl Into<Why>) -> Error {
        Error::new(attempt, &self.file.part(), why)
    }

    /// Lets go of the file as it is, without its trailer.
    pub fn give_up(self) -> AbandonedFile {
        let Self { file, muxer, synced, .. } = self;
        // What it still holds is lost.
        drop(muxer);
        AbandonedFile::new(file, synced)
    }

    /// Finishes the file, which ends at `end`; it only lacks its name then. On trouble it comes back
    /// as it is.
    pub fn close(self, end: Timestamp) -> Result<WholeFile, (Box<Error>, AbandonedFile)> {
        let whole = self.record(end);
        let Self { file, muxer, mut synced, .. } = self;
        let finished = muxer.finish().map_err(Why::from);
        let hash = finished.and_then(|()| Ok(file.sync()?)).and_then(|()| {
            synced = SegmentRecord { bytes: file.length(), ..whole };
            Ok(file.hash()?)
        });
        match hash {
            Ok(hash) => {
                let record = SegmentRecord { hash, ..synced };
                Ok(WholeFile { path: file.path().to_owned(), record })
            }
            Err(why) => {
                let failure = Error::new("finish", &file.part(), why);
                Err((Box::new(failure), AbandonedFile::new(file, synced)))
            }
        }
    }
}

impl AbandonedFile {
    fn new<D: Disk>(file: SegmentFile<D>, record: SegmentRecord) -> Self {
        let path = file.path().to_owned();
        Self { path, known: Box::new(KnownPart { record, hash: file.into_hash() }) }
    }
}
