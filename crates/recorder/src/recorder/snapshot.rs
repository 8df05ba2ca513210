//! Snapshots by key: the newest picture in full source resolution as PNG.
//!
//! Asked and looked after by the thread `ID.record`; decoding and writing run on a thread
//! `ID.still` of their own, one at a time, so that neither recording nor picture waits. Policy: the
//! picture is decoded out of the newest GOP in memory, so it is the camera's own, whatever the tile
//! shows; a file appears under its name only when whole.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use jiff::Timestamp;

use super::prebuffer::Ring;
use crate::segment::Plan;
use crate::segment::file::rename_new;
use crate::storage::dirs;
use crate::storage::paths;
use crate::storage::paths::part_of;
use camwall_media as stream;
use camwall_media::{BestEffort, Packet};

/// How long a snapshot waits for a key frame to begin with.
const PATIENCE: Duration = Duration::from_secs(15);

/// Takes one camera's snapshots.
pub struct Camera {
    id: Arc<str>,
    root: PathBuf,
    folder: String,
    asked: Option<Instant>,
    /// The thread at work hangs up when done.
    busy: Option<Receiver<String>>,
}

impl Camera {
    /// Touches nothing yet.
    pub fn new(plan: &Plan) -> Self {
        let (id, root, folder) = (plan.id.clone(), plan.root.clone(), plan.folder.clone());
        Self { id, root, folder, asked: None, busy: None }
    }

    /// Wants one, as soon as there is a picture.
    pub fn ask(&mut self) {
        self.asked.get_or_insert_with(Instant::now);
    }

    /// Begins and ends what is due; gives what to tell the operator.
    pub fn tick(&mut self, ring: &Ring) -> Option<String> {
        if let Some(done) = &self.busy {
            return match done.try_recv() {
                Ok(note) => {
                    self.busy = None;
                    Some(note)
                }
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => {
                    self.busy = None;
                    Some("NO SNAPSHOT".to_owned())
                }
            };
        }
        let asked = self.asked?;
        let packets = ring.newest_gop();
        if packets.is_empty() {
            let over = asked.elapsed() > PATIENCE;
            self.asked = self.asked.filter(|_| !over);
            return over.then(|| "NO SNAPSHOT: NO PICTURE".to_owned());
        }
        self.asked = None;
        self.begin(packets)
    }

    fn begin(&mut self, packets: Vec<Arc<Packet>>) -> Option<String> {
        let (say, done) = bounded(1);
        let (id, root, folder) = (self.id.clone(), self.root.clone(), self.folder.clone());
        let work = move || {
            let note = match save(&root, &folder, &packets) {
                Ok(path) => {
                    tracing::info!("{id}: snapshot {}", path.display());
                    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    format!("SNAPSHOT {name}")
                }
                Err(why) => {
                    tracing::error!("{id}: no snapshot: {why}");
                    "NO SNAPSHOT, SEE LOG".to_owned()
                }
            };
            // The recorder may have ended meanwhile.
            say.send(note).best_effort();
        };
        let name = stream::thread_name(&self.id, "still");
        match std::thread::Builder::new().name(name).spawn(work) {
            Ok(_) => {
                self.busy = Some(done);
                None
            }
            Err(error) => {
                tracing::error!("{}: no thread for a snapshot: {error}", self.id);
                Some("NO SNAPSHOT".to_owned())
            }
        }
    }
}

/// Decodes and writes; gives the file.
fn save(root: &std::path::Path, folder: &str, packets: &[Arc<Packet>]) -> Result<PathBuf, String> {
    let at = Timestamp::now();
    let picture = stream::decode_snapshot(packets).map_err(|error| error.to_string())?;
    let day = paths::day_folder(root, folder, paths::day_of(at));
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        format!("can't {what} in {}: {error}", day.display())
    };
    dirs::make_below(root, &day).map_err(|error| failed("make a folder", &error))?;
    for number in 1..=99 {
        let path = day.join(paths::file_name(folder, at, number, paths::SNAPSHOT));
        let part = part_of(&path);
        if path.exists() || part.exists() {
            continue;
        }
        let written = picture.save_with_format(&part, image::ImageFormat::Png);
        let renamed = written
            .map_err(|error| failed("write", &error))
            .and_then(|()| rename_new(&part, &path).map_err(|error| failed("rename", &error)));
        if renamed.is_err() {
            // A `.part` that stays takes a name that the next snapshot leaves out.
            std::fs::remove_file(&part).best_effort();
        }
        return renamed.map(|()| path);
    }
    Err(failed("find a free name", &"all are taken"))
}
