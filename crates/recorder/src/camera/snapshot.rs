//! Snapshots by key: the newest picture in full source resolution as PNG.
//!
//! Asked and looked after by the thread `ID.record`; decoding and writing run on a thread
//! `ID.still` of their own, one at a time, so that neither recording nor picture waits. Policies:
//! - the picture is decoded out of the newest GOP in memory, so it is the camera's own, whatever the
//!   tile shows;
//! - nothing is written into a folder that is not ours, as of recordings;
//! - a file appears under its name only when it is whole and on the disk.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use image::RgbImage;
use jiff::Timestamp;

use crate::disk::{Disk, ops};
use crate::error::{Error, Why};
use crate::events::{Note, RecorderEvent, RecorderHandler, Trouble};
use crate::keeper::storage::Storage;
use crate::paths;
use crate::paths::part_of;
use crate::system::{RecorderSystem, SETTLE};
use crate::writer::segment::SegmentSettings;
use crate::writer::segment::file::make_part;
use camwall_media::{BestEffort, Packet};

/// How long a snapshot waits for a key frame to begin with.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often is looked for one meanwhile, a recorder that is off is not woken by packets, and later whether it
/// is made.
const LOOK: Duration = Duration::from_millis(100);

/// Takes one camera's snapshots.
pub struct SnapshotTaker<S> {
    system: S,
    settings: SegmentSettings,
    handler: RecorderHandler,
    asked: Option<Instant>,
    /// The thread at work, with what it has to tell the operator.
    work: Option<JoinHandle<Note>>,
}

impl<S: RecorderSystem + Clone + Send + 'static> SnapshotTaker<S> {
    /// Touches nothing yet. The thread `ID.still` calls `handler` when it fails.
    pub fn new(system: S, settings: SegmentSettings, handler: RecorderHandler) -> Self {
        Self { system, settings, handler, asked: None, work: None }
    }

    /// Wants one, as soon as there is a picture.
    pub fn ask(&mut self, now: Instant) {
        self.asked.get_or_insert(now);
    }

    /// Whether one is wanted, or being made.
    pub fn is_busy(&self) -> bool {
        self.asked.is_some() || self.work.is_some()
    }

    /// When there is something to do, at the latest; never where that is none.
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        self.is_busy().then(|| now + LOOK)
    }

    /// Goes on: begins what is asked for where nothing is at work and there is a picture, or where that is the
    /// `last` try, or was waited for long enough, gives up. Gives what to tell the operator. The newest group
    /// of pictures is asked for where it is needed.
    pub fn tick(
        &mut self,
        newest_gop: impl FnOnce() -> Vec<Arc<Packet>>,
        now: Instant,
        last: bool,
    ) -> Option<Note> {
        if let Some(done) = self.work.take_if(|work| work.is_finished()) {
            return Some(done.join().unwrap_or(Note::SnapshotAborted));
        }
        let asked = self.asked.filter(|_| self.work.is_none())?;
        let packets = newest_gop();
        if !packets.is_empty() {
            self.asked = None;
            return self.begin(packets);
        }
        if last {
            tracing::warn!("{}: no snapshot: its recorder ended first", self.settings.id);
        } else if now.saturating_duration_since(asked) <= PATIENCE {
            return None;
        }
        self.asked = None;
        Some(Note::SnapshotWithoutPicture)
    }

    /// What is at work is not waited for any longer; gives what to tell the operator.
    pub fn give_up(&mut self) -> Option<Note> {
        self.work.take()?;
        tracing::warn!("{}: a snapshot is not waited for any longer", self.settings.id);
        Some(Note::SnapshotAborted)
    }

    fn begin(&mut self, packets: Vec<Arc<Packet>>) -> Option<Note> {
        let (system, handler) = (self.system.clone(), self.handler.clone());
        let settings = self.settings.clone();
        let work = move || {
            let SegmentSettings { id: camera, root, folder, .. } = &settings;
            let at = Timestamp::now();
            let picture = camwall_media::decode_snapshot(&packets);
            let picture = picture.map_err(|error| failed(root, Why::Picture(error)));
            let place = (&**root, &**folder);
            match picture.and_then(|it| save_picture(&system, place, at, &it)) {
                Ok(path) => {
                    tracing::info!("{camera}: snapshot {}", path.display());
                    Note::SnapshotSaved(paths::name_of(&path))
                }
                Err(error) => {
                    let what = Trouble::NoSnapshot;
                    handler(RecorderEvent::Told { what, camera, error: &error });
                    Note::SnapshotFailed
                }
            }
        };
        let name = camwall_media::thread_name(&self.settings.id, "still");
        let begun = std::thread::Builder::new().name(name).spawn(work);
        self.work = begun
            .inspect_err(|error| {
                tracing::error!("{}: no thread for a snapshot: {error}", self.settings.id);
            })
            .ok();
        self.work.is_none().then_some(Note::SnapshotAborted)
    }
}

fn failed(root: &Path, why: Why) -> Error {
    Error { attempt: "save a snapshot in", path: root.to_owned(), why }
}

/// Saves a picture that no camera made, as cameras' snapshots are: into a folder of its own, down to the disk;
/// gives the file. Waits for the disk.
///
/// # Errors
/// Why there is no file of it.
pub fn save_beside(storage: &Storage, folder: &str, picture: &RgbImage) -> Result<PathBuf, Error> {
    storage.open();
    save_picture(&storage.system(), (storage.root(), folder), Timestamp::now(), picture)
}

/// Writes a picture of the time `at` into its folder of `root`; gives the file.
fn save_picture<S: RecorderSystem>(
    system: &S,
    (root, folder): (&Path, &str),
    at: Timestamp,
    picture: &RgbImage,
) -> Result<PathBuf, Error> {
    let mut png = io::Cursor::new(Vec::new());
    let encoded = picture.write_to(&mut png, image::ImageFormat::Png);
    encoded.map_err(|error| failed(root, Why::Internal(error.to_string())))?;
    let until = Instant::now() + SETTLE;
    while !system.settled() && Instant::now() < until {
        std::thread::sleep(LOOK);
    }
    let stored = store(system, (root, folder), at, png.get_ref());
    stored.inspect_err(|error| system.ask_for_room((root, folder), error))
}

/// Writes a picture's file into the folder of its day, down to the disk.
fn store<S: RecorderSystem>(
    system: &S,
    (root, folder): (&Path, &str),
    at: Timestamp,
    png: &[u8],
) -> Result<PathBuf, Error> {
    let not_ready = |cause| Error::new("save into", root, Why::NotReady(cause));
    system.ready(folder).map_err(not_ready)?;
    let disk = system.disk();
    let (archive, extension) = (system.archive(), paths::SNAPSHOT);
    let (file, path) = make_part(disk, archive, folder, at, extension, |_| false)?;
    let part = part_of(&path);
    ops::write_all_at(disk, &file, png, 0)
        .and_then(|()| disk.sync(&file))
        .and_then(|()| ops::rename(disk, &part, &path))
        .map_err(|error| {
            ops::remove(disk, &part).best_effort();
            Error::new("write", &path, error)
        })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use camwall_media::Container;
    use camwall_media::fixtures::fake_at;

    use super::*;
    use crate::keeper::storage::StorageSpec;
    use crate::simulation::{DiskFault, DiskOperation, SimulatedSystem, at};
    use crate::{Cause, RetentionLimits};

    const NOW: &str = "2026-11-22T07:20:00Z";

    fn settings(root: &Path) -> SegmentSettings {
        SegmentSettings {
            id: "gate".into(),
            title: "gate".to_owned(),
            root: root.to_owned(),
            folder: "gate".to_owned(),
            container: Container::Matroska,
            length: Duration::from_secs(60),
            size: 1 << 30,
        }
    }

    fn files(root: &Path) -> Vec<String> {
        let found = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().flatten();
        let files = found.filter(|found| found.file_type().is_file());
        files.map(|found| paths::name_of(found.path())).collect()
    }

    #[test]
    fn no_snapshot_into_a_folder_that_is_not_ours() {
        let root = tempfile::tempdir().unwrap();
        let system = SimulatedSystem::new(root.path(), at(NOW));
        system.world().ready = Err(Cause::NoFolder);
        let refused = store(&system, (root.path(), "gate"), at(NOW), b"png");
        let told = matches!(refused, Err(Error { why: Why::NotReady(Cause::NoFolder), .. }));
        assert!(told && std::fs::read_dir(root.path()).unwrap().count() == 0);
        system.world().ready = Ok(());
        store(&system, (root.path(), "gate"), at(NOW), b"png").unwrap();
        store(&system, (root.path(), "gate"), at(NOW), b"png").unwrap();
        let names = ["gate_2026-11-22T07-20-00Z.png", "gate_2026-11-22T07-20-00Z_2.png"];
        assert_eq!(files(root.path()), names);
    }

    #[test]
    fn a_snapshot_has_its_name_when_it_is_on_the_disk_and_not_before() {
        for operation in [DiskOperation::Write, DiskOperation::Sync, DiskOperation::Rename] {
            let root = tempfile::tempdir().unwrap();
            let system = SimulatedSystem::new(root.path(), at(NOW));
            let operations = vec![operation];
            system.world().fault = Some(DiskFault { operations, code: 28, after: 0 });
            let refused = store(&system, (root.path(), "gate"), at(NOW), b"png");
            assert!(matches!(refused, Err(Error { why: Why::Io(_), .. })), "{operation:?}");
            assert_eq!(files(root.path()), [] as [&str; 0], "{operation:?}");
            let synced = system.world().synced_at.is_some();
            assert_eq!(synced, operation == DiskOperation::Rename);
            system.world().fault = None;
            let path = store(&system, (root.path(), "gate"), at(NOW), b"png").unwrap();
            assert_eq!(std::fs::read(path).unwrap(), b"png");
        }
    }

    #[test]
    fn room_for_a_snapshot_is_asked_for_where_it_is_to_lie() {
        let root = tempfile::tempdir().unwrap();
        let system = SimulatedSystem::new(root.path(), at(NOW));
        let operations = vec![DiskOperation::Write];
        system.world().fault = Some(DiskFault { operations, code: 28, after: 0 });
        let picture = RgbImage::from_pixel(2, 2, image::Rgb([1, 2, 3]));
        let refused = save_picture(&system, (root.path(), "gate"), at(NOW), &picture);
        assert_eq!(refused.unwrap_err().cause(), Cause::DiskFull);
        assert_eq!(system.world().asked, [root.path().join("gate")], "it may be on another disk");
    }

    #[test]
    fn packets_without_a_picture_are_told_as_such() {
        camwall_media::init();
        let root = tempfile::tempdir().unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let handler = move |event: RecorderEvent<'_>| match event {
            RecorderEvent::Told { camera, error: Error { why: Why::Picture(why), .. }, .. } => {
                heard.lock().unwrap().push((camera.to_owned(), why.clone()));
            }
            other => panic!("{other:?}"),
        };
        let system = SimulatedSystem::new(root.path(), at(NOW));
        let mut taker = SnapshotTaker::new(system, settings(root.path()), Arc::new(handler));
        for key in [false, true] {
            assert_eq!(taker.begin(vec![fake_at(0, key, Instant::now())]), None);
            assert_eq!(taker.work.take().unwrap().join().unwrap(), Note::SnapshotFailed);
        }
        let why =
            [camwall_media::SnapshotError::NoKeyFrame, camwall_media::SnapshotError::NoPicture];
        assert_eq!(*told.lock().unwrap(), why.map(|why| ("gate".to_owned(), why)));
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0, "no file is left");
    }

    #[test]
    fn a_picture_that_no_camera_made_is_saved_beside_theirs_and_taken_for_no_recording() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("recordings");
        let storage = Storage::new(StorageSpec {
            root: root.clone(),
            must_exist: false,
            limits: RetentionLimits { age: None, total: None, per_camera: None, free: 0 },
            known: vec!["gate".to_owned()],
            handler: Arc::new(|_| {}),
            clock: || Some(true),
        });
        let picture = RgbImage::from_pixel(3, 2, image::Rgb([9, 8, 7]));
        let path = save_beside(&storage, "@wall", &picture).unwrap();
        assert!(path.starts_with(root.join("@wall")), "{}", path.display());
        assert_eq!(image::open(&path).unwrap().to_rgb8(), picture);
        assert_eq!(crate::recorded_folders(&root).unwrap(), [""; 0]);
        storage.close();
        let refused = save_beside(&storage, "@wall", &picture).unwrap_err();
        assert!(matches!(refused.why, Why::NotReady(Cause::ProgramEnded)), "{refused}");
    }
}
