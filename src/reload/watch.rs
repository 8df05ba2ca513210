//! Looks at the wall file, and reads it where it may be another one.
//!
//! Owns the thread `reload`, where everything that waits for a disk happens: reading, checking, and
//! asking what the sandbox lets through. Policies:
//! - it is told by the kernel, of the folders that the file's name leads through, and looks besides
//!   every [`LOOK_EVERY`]: disks of the network tell nothing, and a folder that is moved away takes
//!   its watch along;
//! - an editor's steps are waited for: [`QUIET`] without another event, [`RESTLESS`] at most, and as
//!   long again for a file that is empty or not there;
//! - the same text is nothing new, whoever asks;
//! - who reads the news takes the time he needs; what is saved meanwhile is read after that.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use tracing::info;

use super::folders::Folders;
use crate::opening::folder_of;
use crate::pacing::FramePacer;
use crate::sandbox::{Granted, Lacking, Needs};
use camwall_config::{ConfigErrors, Loaded, Wall};
use camwall_media::BestEffort;
use camwall_words::FileMistake;

/// How long nothing may happen in the folder before the file is read.
const QUIET: Duration = Duration::from_millis(100);

/// How long a folder in which things go on happening is waited for, and a file that is empty.
const RESTLESS: Duration = Duration::from_secs(1);

/// How often the file is looked at though nothing was told.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What came of reading it.
#[derive(Debug)]
pub enum News {
    /// It is in order; what of it is out of reach.
    Sound(Box<Loaded>, Vec<Lacking>),
    /// It is not.
    Wrong(ConfigErrors),
    /// The file itself is out of reach: it is a link to elsewhere by now.
    OutOfReach(PathBuf),
}

/// The thread, for those who ask it and hear from it.
#[derive(Debug)]
pub struct WatchedFile {
    triggers: Sender<()>,
    news: Receiver<News>,
}

/// Has the wall file read.
#[derive(Debug, Clone)]
pub struct Asker(Sender<()>);

impl Asker {
    /// Has it read, whatever is known of it: by SIGHUP or a key.
    pub fn ask(&self) {
        // Full means that it is about to be read.
        self.0.try_send(()).best_effort();
    }
}

impl WatchedFile {
    /// Starts to look at `file`, of which the program was started with `loaded` and `granted`. It ends
    /// when this is dropped.
    ///
    /// # Errors
    /// When there is no thread left.
    pub fn start(
        file: PathBuf,
        loaded: Loaded,
        granted: Granted,
        pacer: FramePacer,
    ) -> io::Result<Self> {
        let (triggers, asked) = bounded(1);
        let (tell, news) = bounded(1);
        let thread = thread::Builder::new().name("reload".into());
        thread.spawn(move || {
            let (stir, stirred) = bounded(1);
            let mut reader = Reader::new(file, granted, stir);
            let mut next = reader.begin(&loaded);
            drop(loaded);
            loop {
                if let Some(news) = next {
                    if tell.send(news).is_err() {
                        return;
                    }
                    pacer.notify();
                }
                next = match wait(&asked, &stirred) {
                    Some(why) => reader.look(why),
                    None => return,
                };
            }
        })?;
        Ok(Self { triggers, news })
    }

    /// For those who have it read.
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker(self.triggers.clone())
    }

    /// What came of it, if there is something new.
    #[must_use]
    pub fn news(&self) -> Option<News> {
        self.news.try_recv().ok()
    }
}

/// Why the file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Somebody wants it.
    Asked,
    /// Something happened in a folder.
    Stirred,
    /// It is time.
    Time,
}

/// Waits until the file is to be looked at; none when nobody can ask any more.
fn wait(asked: &Receiver<()>, stirred: &Receiver<()>) -> Option<Why> {
    select! {
        recv(asked) -> why => why.ok().map(|()| Why::Asked),
        recv(stirred) -> _ => {
            let until = Instant::now() + RESTLESS;
            let quiet = || Instant::now() + QUIET;
            while stirred.recv_deadline(quiet().min(until)).is_ok() && Instant::now() < until {}
            Some(Why::Stirred)
        },
        default(LOOK_EVERY) => Some(Why::Time),
    }
}

/// What the thread knows of the file.
struct Reader {
    file: PathBuf,
    folders: Folders,
    granted: Granted,
    /// What the file named at the start and was out of reach then: a new start would not help.
    wanting: Vec<Lacking>,
    /// How the file looked when it was last read.
    stamp: Option<Stamp>,
    /// What was read then.
    read: Option<u64>,
}

/// What changes when a file is written or replaced: device, number, length and times.
type Stamp = (u64, u64, u64, Option<SystemTime>, (i64, i64));

fn stamp(file: &Path) -> Option<Stamp> {
    let found = fs::metadata(file).ok()?;
    let changed = (found.ctime(), found.ctime_nsec());
    Some((found.dev(), found.ino(), found.len(), found.modified().ok(), changed))
}

/// The text as a number, so that no password is kept.
fn digest(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Reader {
    fn new(file: PathBuf, granted: Granted, stir: Sender<()>) -> Self {
        let folders = Folders::new(stir);
        Self { file, folders, granted, wanting: Vec::new(), stamp: None, read: None }
    }

    /// Begins to watch. The file may have changed since the program read it.
    fn begin(&mut self, loaded: &Loaded) -> Option<News> {
        self.wanting = self.granted.covers(&self.needs(&loaded.wall));
        self.folders.watch(&self.file);
        self.read = Some(digest(loaded.text().as_bytes()));
        self.stamp = stamp(&self.file);
        self.read()
    }

    fn needs(&self, wall: &Wall) -> Needs {
        Needs::of_wall_alone(&self.file, wall, &folder_of(&self.file))
    }

    /// Reads the file where it may be another one.
    fn look(&mut self, why: Why) -> Option<News> {
        self.folders.watch(&self.file);
        if why == Why::Stirred {
            self.wait_for_content();
        }
        let by_hand = why == Why::Asked;
        // Taken before the file is read: what is written after that is seen the next time.
        let stamp = stamp(&self.file);
        if stamp == self.stamp && !by_hand {
            return None;
        }
        self.stamp = stamp;
        let news = self.read();
        if news.is_none() && by_hand {
            info!("wall file: it says what it said before");
        }
        news
    }

    /// Many editors empty a file, or take it away, before they write it.
    fn wait_for_content(&self) {
        let until = Instant::now() + RESTLESS;
        let is_there = || fs::metadata(&self.file).is_ok_and(|found| found.len() > 0);
        while !is_there() && Instant::now() < until {
            thread::sleep(QUIET);
        }
    }

    fn read(&mut self) -> Option<News> {
        if let Some(path) = self.granted.misses(&self.file) {
            self.read = None;
            return Some(News::OutOfReach(path));
        }
        let bytes = match self.bytes() {
            Ok(bytes) => bytes,
            Err(errors) => {
                self.read = None;
                return Some(News::Wrong(errors));
            }
        };
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let read = Some(digest(text));
        if std::mem::replace(&mut self.read, read) == read {
            return None;
        }
        match Wall::of_bytes(bytes, &self.file) {
            Ok(loaded) => {
                let mut lacking = self.granted.covers(&self.needs(&loaded.wall));
                lacking.retain(|it| !self.wanting.contains(it));
                Some(News::Sound(Box::new(loaded), lacking))
            }
            Err(errors) => Some(News::Wrong(errors)),
        }
    }

    /// The content. Of what is no regular file nothing is read: a pipe could be waited for without end.
    fn bytes(&self) -> Result<Vec<u8>, ConfigErrors> {
        let odd = fs::metadata(&self.file).is_ok_and(|it| !it.is_file() && !it.is_dir());
        if odd {
            let file = self.file.display().to_string();
            return Err(ConfigErrors::Unreadable { file, why: FileMistake::NotAFile });
        }
        Wall::read(&self.file)
    }
}

#[cfg(test)]
mod tests;
