//! The folders through which the wall file's name leads, watched.
//!
//! On the thread `reload`; notify's own thread tells. Policy: whatever happens to a name of the way
//! counts but reading, which we do ourselves; what else lies there, a log that grows, does not. A
//! folder is another one if the kernel says so, whatever its name.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf, absolute};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tracing::warn;

use camwall_media::BestEffort;

/// Links that are followed; the kernel follows as many.
const MOST_LINKS: usize = 40;

/// Watched folders.
pub(super) struct Folders {
    /// None where the kernel has no watch left.
    watcher: Option<RecommendedWatcher>,
    /// As they were when they were last watched.
    watched: Vec<(PathBuf, Option<Identity>)>,
    /// The names that the way leads through.
    names: Arc<Mutex<HashSet<OsString>>>,
    /// Keeps the channel open also where nobody tells anything.
    _stir: Sender<()>,
}

/// Device and number on it.
type Identity = (u64, u64);

impl Folders {
    /// Watches nothing yet; `stir` is told that something happened.
    pub(super) fn new(stir: Sender<()>) -> Self {
        let told = stir.clone();
        let names = Arc::<Mutex<HashSet<OsString>>>::default();
        let known = Arc::clone(&names);
        let heard = move |event: notify::Result<Event>| {
            if event.map_or(true, |event| counts(event.kind) && concerns(&event, &known)) {
                // Full means that this is known.
                told.try_send(()).best_effort();
            }
        };
        let watcher = notify::recommended_watcher(heard);
        let watcher = watcher.map_err(|error| {
            warn!("wall file: it is looked at every few seconds, for nothing tells of it: {error}");
        });
        Self { watcher: watcher.ok(), watched: Vec::new(), names, _stir: stir }
    }

    /// Watches the folders through which `file` is reached now.
    pub(super) fn watch(&mut self, file: &Path) {
        let Some(watcher) = &mut self.watcher else { return };
        let (folders, names) = leading_to(file);
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = names;
        let wanted: Vec<_> = folders
            .into_iter()
            .map(|folder| {
                let identity = fs::metadata(&folder).ok().map(|it| (it.dev(), it.ino()));
                (folder, identity)
            })
            .collect();
        if wanted == self.watched {
            return;
        }
        for (folder, _) in self.watched.drain(..) {
            // One that is gone took its watch along.
            watcher.unwatch(&folder).best_effort();
        }
        for (folder, identity) in wanted {
            // One that can't be watched is tried again.
            if watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok() {
                self.watched.push((folder, identity));
            }
        }
    }
}

/// Whether the wall file may be another one after this.
fn counts(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// Whether an event is about one of these names; one about a whole folder, or about nothing that is
/// named, is.
fn concerns(event: &Event, names: &Mutex<HashSet<OsString>>) -> bool {
    let names = names.lock().unwrap_or_else(PoisonError::into_inner);
    let known = |path: &PathBuf| path.file_name().is_none_or(|name| names.contains(name));
    event.paths.is_empty() || event.paths.iter().any(known)
}

/// The folders in which a name of the way to `file` stands: its own, and that of each link's target;
/// and all names that the way leads through.
fn leading_to(file: &Path) -> (Vec<PathBuf>, HashSet<OsString>) {
    let (mut folders, mut names) = (Vec::new(), HashSet::new());
    let Ok(mut path) = absolute(file) else { return (folders, names) };
    for _ in 0..MOST_LINKS {
        names.extend(path.components().filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            _ => None,
        }));
        let Some(folder) = path.parent().map(Path::to_owned) else { break };
        let target = fs::read_link(&path);
        if !folders.contains(&folder) {
            folders.push(folder.clone());
        }
        let Ok(target) = target else { break };
        path = folder.join(target);
    }
    (folders, names)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn each_folder_of_the_way_is_watched_once() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        for folder in ["site", "files", "files/1"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        fs::write(root.join("files/1/wall.ron"), "").unwrap();
        let wall = root.join("site/wall.ron");
        assert_eq!(leading_to(&wall).0, [root.join("site")], "not there yet");
        symlink("1", root.join("files/now")).unwrap();
        symlink("../files/link.ron", &wall).unwrap();
        symlink("now/wall.ron", root.join("files/link.ron")).unwrap();
        let files = root.join("site/../files");
        assert_eq!(leading_to(&wall).0, [root.join("site"), files.clone(), files.join("now")]);
        let names = leading_to(&wall).1;
        let counts = |name: &str| names.contains(std::ffi::OsStr::new(name));
        assert!(["site", "wall.ron", "link.ron", "now"].into_iter().all(counts));
        assert!(!counts("status.jsonl"), "it grows all the time");
        symlink("round", root.join("round")).unwrap();
        assert_eq!(leading_to(&root.join("round")).0, [root]);
    }
}
