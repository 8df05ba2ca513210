//! Snapshots by key: the newest picture in full source resolution as PNG.
//!
//! Asked and looked after by the thread `ID.record`; decoding and writing run on a thread
//! `ID.still` of their own, one at a time, so that neither recording nor picture waits. Policy: the
//! picture is decoded out of the newest GOP in memory, so it is the camera's own, whatever the tile
//! shows; a file appears under its name only when whole.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use jiff::Timestamp;

use crate::disk::{RealDisk, ops};
use crate::error::SaveSnapshotError;
use crate::events::{Note, RecorderEvent, RecorderHandler};
use crate::paths;
use crate::paths::part_of;
use crate::writer::segment::SegmentSettings;
use camwall_media::{BestEffort, Packet};

/// How long a snapshot waits for a key frame to begin with.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often is looked for one meanwhile: a recorder that is off is not woken by packets.
const LOOK: Duration = Duration::from_millis(100);

/// Takes one camera's snapshots.
pub struct SnapshotTaker {
    id: Arc<str>,
    root: PathBuf,
    folder: String,
    handler: RecorderHandler,
    asked: Option<Instant>,
    /// The thread at work hangs up when done.
    busy: Option<Receiver<Note>>,
}

impl SnapshotTaker {
    /// Touches nothing yet. The thread `ID.still` calls `handler` when it fails.
    pub fn new(settings: &SegmentSettings, handler: RecorderHandler) -> Self {
        let (id, root, folder) =
            (settings.id.clone(), settings.root.clone(), settings.folder.clone());
        Self { id, root, folder, handler, asked: None, busy: None }
    }

    /// Wants one, as soon as there is a picture.
    pub fn ask(&mut self, now: Instant) {
        self.asked.get_or_insert(now);
    }

    /// When there is something to do, at the latest; never where that is none.
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        self.asked.filter(|_| self.busy.is_none()).map(|_| now + LOOK)
    }

    /// Receives, or is hung up, when the thread at work is done; none where there is none.
    pub fn done(&self) -> Option<&Receiver<Note>> {
        self.busy.as_ref()
    }

    /// The thread at work is done, with this to tell the operator, or without a word.
    pub fn finished(&mut self, note: Option<Note>) -> Note {
        self.busy = None;
        note.unwrap_or(Note::SnapshotAborted)
    }

    /// Begins what is due, or gives up; gives what to tell the operator. The newest group of pictures is
    /// asked for where it is needed.
    pub fn tick(
        &mut self,
        newest_gop: impl FnOnce() -> Vec<Arc<Packet>>,
        now: Instant,
    ) -> Option<Note> {
        if self.busy.is_some() {
            return None;
        }
        let asked = self.asked?;
        let packets = newest_gop();
        if packets.is_empty() {
            let over = now.saturating_duration_since(asked) > PATIENCE;
            self.asked = self.asked.filter(|_| !over);
            return over.then_some(Note::SnapshotWithoutPicture);
        }
        self.asked = None;
        self.begin(packets)
    }

    fn begin(&mut self, packets: Vec<Arc<Packet>>) -> Option<Note> {
        let (say, done) = bounded(1);
        let (id, root, folder) = (self.id.clone(), self.root.clone(), self.folder.clone());
        let handler = self.handler.clone();
        let work = move || {
            let note = match save(&root, &folder, &packets) {
                Ok(path) => {
                    tracing::info!("{id}: snapshot {}", path.display());
                    let name = paths::name_of(&path);
                    Note::SnapshotSaved(name)
                }
                Err(error) => {
                    handler(RecorderEvent::NoSnapshot { camera: &id, error: &error });
                    Note::SnapshotFailed
                }
            };
            // The recorder may have ended meanwhile.
            say.send(note).best_effort();
        };
        let name = camwall_media::thread_name(&self.id, "still");
        match std::thread::Builder::new().name(name).spawn(work) {
            Ok(_) => {
                self.busy = Some(done);
                None
            }
            Err(error) => {
                tracing::error!("{}: no thread for a snapshot: {error}", self.id);
                Some(Note::SnapshotAborted)
            }
        }
    }
}

/// Decodes and writes; gives the file.
fn save(
    root: &std::path::Path,
    folder: &str,
    packets: &[Arc<Packet>],
) -> Result<PathBuf, SaveSnapshotError> {
    let at = Timestamp::now();
    let picture = camwall_media::decode_snapshot(packets)?;
    let day = paths::day_folder(root, folder, paths::day_of(at));
    let io = |attempt| {
        let day = &day;
        move |error| SaveSnapshotError::Io { attempt, folder: day.clone(), error }
    };
    ops::make_below(&RealDisk, root, &day).map_err(io("make a folder"))?;
    for number in 1..=99 {
        let path = day.join(paths::file_name(folder, at, number, paths::SNAPSHOT));
        let part = part_of(&path);
        if path.exists() || part.exists() {
            continue;
        }
        let written = picture.save_with_format(&part, image::ImageFormat::Png);
        let renamed = written
            .map_err(|error| SaveSnapshotError::Image { folder: day.clone(), error })
            .and_then(|()| ops::rename(&RealDisk, &part, &path).map_err(io("rename")));
        if renamed.is_err() {
            // A `.part` that stays takes a name that the next snapshot leaves out.
            std::fs::remove_file(&part).best_effort();
        }
        return renamed.map(|()| path);
    }
    Err(SaveSnapshotError::NoFreeName { folder: day.clone() })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use camwall_media::Container;
    use camwall_media::fixtures::fake_at;

    use super::*;

    #[test]
    fn packets_without_a_picture_are_told_as_such() {
        camwall_media::init();
        let root = tempfile::tempdir().unwrap();
        let settings = SegmentSettings {
            id: "gate".into(),
            title: "gate".to_owned(),
            root: root.path().to_owned(),
            folder: "gate".to_owned(),
            container: Container::Matroska,
            length: Duration::from_secs(60),
            size: 1 << 30,
        };
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let handler = move |event: RecorderEvent<'_>| match event {
            RecorderEvent::NoSnapshot { camera, error: SaveSnapshotError::Decode(why) } => {
                heard.lock().unwrap().push((camera.to_owned(), why.clone()));
            }
            other => panic!("{other:?}"),
        };
        let mut taker = SnapshotTaker::new(&settings, Arc::new(handler));
        for key in [false, true] {
            assert_eq!(taker.begin(vec![fake_at(0, key, Instant::now())]), None);
            let done = taker.busy.take().unwrap();
            assert_eq!(done.recv_timeout(Duration::from_secs(60)), Ok(Note::SnapshotFailed));
        }
        let why =
            [camwall_media::SnapshotError::NoKeyFrame, camwall_media::SnapshotError::NoPicture];
        assert_eq!(*told.lock().unwrap(), why.map(|why| ("gate".to_owned(), why)));
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0, "no file is left");
    }
}
