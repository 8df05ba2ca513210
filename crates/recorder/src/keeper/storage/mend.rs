//! The thread `mend`: finishes files for all cameras, beside the recording.
//!
//! Owned by the storage; one a wall. Callers never wait for it: what they hand over waits in a bounded
//! queue, and answers wait until they are asked for. Policies:
//! - it is the least urgent of the program's threads, and reads no faster than [`RATE`] while anybody
//!   records; what it read is not kept in memory;
//! - nothing is touched while the folder is not ours;
//! - once the folder is ours, what cameras that are no longer on the wall left behind is finished too;
//! - a while later, when there is nothing else to do, whole files of which no line tells are looked for,
//!   day by day, newest first.
//!
//! [`RATE`]: crate::pace::RATE

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::disk::RealDisk;
use crate::ledger::day::DayId;
use crate::ledger::history::{days, recorded_folders};
use crate::pace::Paced;
use crate::repair::adopt::adopt;
use crate::repair::leftovers;
use crate::repair::mender::{MendJob, Mended, Mender};
use camwall_media::BestEffort;

/// How much less urgent than the rest of the program it is (`nice(2)`, on Linux a thread's own).
const NICE: i32 = 10;
/// How long nothing must have been written for nobody to record: every camera syncs each second.
const QUIET: Duration = Duration::from_secs(10);
/// How long after its start it looks for files of which no line tells: a start has more to do.
const ADOPT: Duration = Duration::from_secs(60);
/// How often the folder is asked for that is not ours yet.
const LOOK: Duration = Duration::from_secs(1);
/// How long the thread may take to end; it is left alone if the disk holds it longer.
const END: Duration = Duration::from_millis(500);

/// Whether the folder is ours.
pub(super) type IsOurs = Box<dyn Fn() -> bool + Send + Sync>;

/// The thread, and what it is told.
pub(super) struct MendThread {
    shared: Arc<Shared>,
    thread: Mutex<Option<(JoinHandle<()>, Receiver<()>)>>,
}

struct Shared {
    root: PathBuf,
    known: HashSet<String>,
    is_ours: IsOurs,
    mender: Mutex<Mender>,
    bell: Sender<()>,
    stop: AtomicBool,
    began: Instant,
    /// Files written before are not this run's.
    started: SystemTime,
    adopt_after: Duration,
    /// When something was last recorded, in milliseconds since `began`.
    wrote: AtomicU64,
}

impl MendThread {
    /// Starts it for this folder; `known` are the folders of the wall's cameras.
    pub fn start(root: &Path, known: &[String], is_ours: IsOurs) -> Self {
        Self::start_with(root, known, is_ours, ADOPT)
    }

    fn start_with(root: &Path, known: &[String], is_ours: IsOurs, adopt_after: Duration) -> Self {
        let (bell, rung) = bounded(1);
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            known: known.iter().cloned().collect(),
            is_ours,
            mender: Mutex::default(),
            bell,
            stop: AtomicBool::new(false),
            began: Instant::now(),
            started: SystemTime::now(),
            adopt_after,
            wrote: AtomicU64::new(0),
        });
        let (alive, over) = bounded::<()>(0);
        let its = Arc::clone(&shared);
        let work = move || {
            its.run(&rung);
            drop(alive);
        };
        let thread = match std::thread::Builder::new().name("mend".into()).spawn(work) {
            Ok(handle) => Some((handle, over)),
            Err(error) => {
                tracing::error!("no thread to finish what was left unfinished: {error}");
                None
            }
        };
        Self { shared, thread: Mutex::new(thread) }
    }

    /// Takes a file; false where too many wait already.
    pub fn push(&self, job: MendJob) -> bool {
        let taken = self.shared.mender().push(job, Instant::now());
        self.shared.ring();
        taken
    }

    /// The next answer to what was handed over of this folder.
    pub fn take(&self, folder: &str) -> Option<Mended> {
        self.shared.mender().take(folder)
    }

    /// Something was recorded just now.
    pub fn wrote(&self) {
        let millis = self.shared.began.elapsed().as_millis();
        self.shared.wrote.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Ends it, and does not wait for a disk that hangs.
    pub fn close(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.ring();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((handle, over)) = thread else { return };
        match over.recv_timeout(END) {
            Err(RecvTimeoutError::Timeout) => {
                let root = self.shared.root.display();
                tracing::warn!("{root}: the disk holds a mend up; not waiting");
            }
            _ if handle.join().is_err() => tracing::error!("mending ended in a panic"),
            _ => {}
        }
    }
}

impl Shared {
    /// The thread's whole life.
    fn run(&self, rung: &Receiver<()>) {
        if let Err(error) = rustix::process::nice(NICE) {
            tracing::debug!("mending is as urgent as all else: {error}");
        }
        let mut swept = false;
        let mut days: Option<Vec<DayId>> = None;
        while !self.stopped() {
            let due = if (self.is_ours)() {
                if !swept {
                    swept = true;
                    self.guarded(|| self.sweep());
                }
                self.turn(&mut days)
            } else {
                Some(LOOK)
            };
            self.wait(rung, due);
        }
    }

    /// Does one thing; when to come again. Once it is time to, the `days` that are to be looked through.
    fn turn(&self, days: &mut Option<Vec<DayId>>) -> Option<Duration> {
        self.guarded(|| self.step());
        let due = self.mender().next_at();
        let due = due.map(|at| at.saturating_duration_since(Instant::now()));
        let adopt = self.adopt_after.saturating_sub(self.began.elapsed());
        match days {
            _ if due == Some(Duration::ZERO) => due,
            None if adopt.is_zero() => {
                *days = Some(self.days());
                Some(Duration::ZERO)
            }
            None => Some(due.map_or(adopt, |due| due.min(adopt))),
            Some(days) => match days.pop() {
                Some(day) => {
                    self.guarded(|| self.adopt(&day));
                    Some(Duration::ZERO)
                }
                None => due,
            },
        }
    }

    /// A mistake of our own with one file costs that file's mending, not the others'.
    fn guarded(&self, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            let root = self.root.display();
            tracing::error!("{root}: mending: {}", camwall_media::panic_message(&*panic));
        }
    }

    /// Does the first job that is due, while others can hand over theirs.
    fn step(&self) {
        let Some(mut waiting) = self.mender().next(Instant::now()) else { return };
        let outcome = waiting.work(&RealDisk, &mut self.pace());
        self.mender().done(waiting, outcome, Instant::now());
    }

    /// Finishes what cameras that are no longer on the wall left.
    fn sweep(&self) {
        leftovers::sweep(&self.root, &self.known, &mut self.pace());
    }

    /// All days of all cameras, the newest last.
    fn days(&self) -> Vec<DayId> {
        let Ok(folders) = recorded_folders(&self.root) else { return Vec::new() };
        let mut all = Vec::new();
        for folder in folders {
            let dates = days(&self.root, &folder).unwrap_or_default();
            let folder: Arc<str> = folder.into();
            all.extend(dates.into_iter().map(|date| DayId { folder: Arc::clone(&folder), date }));
        }
        all.sort_by_key(|id| id.date);
        all
    }

    /// Takes in the files of a day of which no line tells.
    fn adopt(&self, id: &DayId) {
        let on_wall = self.known.contains(&*id.folder);
        let mut pace = self.pace();
        let taken = adopt(&RealDisk, &self.root, id, self.started, on_wall, &mut pace);
        if let Err(error) = taken {
            tracing::debug!("{} of {}: not looked through: {error}", id.folder, id.date);
        }
    }

    fn pace(&self) -> Paced<impl FnMut() -> bool, impl Fn() -> bool> {
        Paced::new(|| self.is_busy(), || self.stopped())
    }

    /// Whether anybody records, or may begin to.
    fn is_busy(&self) -> bool {
        let wrote = Duration::from_millis(self.wrote.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(wrote) < QUIET
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn mender(&self) -> MutexGuard<'_, Mender> {
        self.mender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the thread; one that was woken already and did not look yet needs no second time.
    fn ring(&self) {
        self.bell.try_send(()).best_effort();
    }

    /// Waits until something is handed over, or is due.
    fn wait(&self, rung: &Receiver<()>, due: Option<Duration>) {
        let over = match due {
            Some(time) => rung.recv_timeout(time) == Err(RecvTimeoutError::Disconnected),
            None => rung.recv().is_err(),
        };
        if over {
            // Never: the bell is ours. But no busy loop if it were.
            std::thread::sleep(LOOK);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::simulation::{GATE, SimulatedRecorder};

    fn wait(until: impl Fn() -> bool) -> bool {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if until() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    fn job(part: &Path, start: jiff::Timestamp) -> MendJob {
        let (id, folder) = (GATE.into(), GATE.into());
        MendJob { id, folder, path: part.with_extension(""), start, known: None }
    }

    #[test]
    fn files_are_mended_once_the_folder_is_ours_and_nobody_waits() {
        let mut archive = SimulatedRecorder::new();
        let start = archive.at();
        archive.record(Duration::from_secs(5));
        archive.kill();
        let part = archive.part();
        let ours = Arc::new(AtomicBool::new(false));
        let its = ours.clone();
        let is_ours = Box::new(move || its.load(Ordering::SeqCst));
        let mend = MendThread::start(archive.root(), &[GATE.to_owned()], is_ours);
        assert!(mend.push(job(&part, start)));
        std::thread::sleep(Duration::from_millis(300));
        assert!(mend.take(GATE).is_none(), "not ours");
        ours.store(true, Ordering::SeqCst);
        let mut answer = None;
        let end = Instant::now() + Duration::from_secs(10);
        while answer.is_none() && Instant::now() < end {
            answer = mend.take(GATE);
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(matches!(answer, Some(Mended::Whole(_))), "{answer:?}");
        assert!(part.exists(), "who asked gives it its name");
        mend.close();
    }

    #[test]
    fn a_long_file_holds_nobody_up_who_hands_over_another() {
        let mut archive = SimulatedRecorder::new();
        let start = archive.at();
        archive.record(Duration::from_secs(5));
        archive.kill();
        let part = archive.part();
        // A hole that is looked through for whole clusters: at the rate it takes two seconds.
        let length = fs::metadata(&part).unwrap().len() + 100_000_000;
        fs::File::options().write(true).open(&part).unwrap().set_len(length).unwrap();
        let mend = MendThread::start(archive.root(), &[GATE.to_owned()], Box::new(|| true));
        mend.wrote();
        let began = Instant::now();
        assert!(mend.push(job(&part, start)));
        std::thread::sleep(Duration::from_millis(200));
        let asked = Instant::now();
        assert!(mend.push(job(&part.with_file_name("gate_2026-11-22T08-00-00Z.mkv.part"), start)));
        assert!(mend.take(GATE).is_none());
        assert!(asked.elapsed() < Duration::from_millis(100), "no lock over the disk");
        assert!(wait(|| matches!(mend.take(GATE), Some(Mended::Whole(_)))));
        assert!(
            began.elapsed() > Duration::from_millis(1500),
            "{:?}: at the rate",
            began.elapsed()
        );
        mend.close();
        assert!(fs::metadata(&part).unwrap().len() < length - 100_000_000 + 1);
    }

    #[test]
    fn what_cameras_that_are_off_the_wall_left_is_finished() {
        let mut archive = SimulatedRecorder::new();
        archive.record(Duration::from_secs(5));
        archive.kill();
        let part = archive.part();
        let mend = MendThread::start(archive.root(), &["yard".to_owned()], Box::new(|| true));
        assert!(wait(|| part.with_extension("").exists() && !part.exists()));
        let is_told = || {
            let history = crate::History::read(archive.root(), GATE).unwrap();
            history.segments().iter().any(|it| it.segment.recovered)
        };
        assert!(wait(is_told));
        mend.close();
    }

    #[test]
    fn files_of_which_no_line_tells_are_looked_for_when_there_is_nothing_else_to_do() {
        let mut archive = SimulatedRecorder::new();
        archive.settings.length = Duration::from_secs(5);
        archive.record(Duration::from_secs(20));
        archive.finish();
        let files = archive.files();
        let lost = crate::paths::name_of(&files[1]);
        let path = archive.ledger(crate::paths::day_of(archive.at()));
        let text = fs::read_to_string(&path).unwrap();
        let left = text.lines().filter(|line| !line.contains(&lost));
        fs::write(&path, left.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let known = [GATE.to_owned()];
        std::thread::sleep(Duration::from_millis(20));
        let soon = Duration::from_millis(50);
        let mend = MendThread::start_with(archive.root(), &known, Box::new(|| true), soon);
        let found = || fs::read_to_string(&path).is_ok_and(|text| text.contains(&lost));
        assert!(wait(found));
        mend.close();
    }

    #[test]
    fn it_ends_in_the_middle_of_a_long_file() {
        let mut archive = SimulatedRecorder::new();
        let start = archive.at();
        archive.record(Duration::from_secs(2));
        archive.kill();
        let part = archive.part();
        fs::File::options().write(true).open(&part).unwrap().set_len(120_000_000).unwrap();
        let mend = MendThread::start(archive.root(), &[GATE.to_owned()], Box::new(|| true));
        mend.push(job(&part, start));
        std::thread::sleep(Duration::from_millis(300));
        let began = Instant::now();
        mend.close();
        assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
        assert_eq!(fs::metadata(&part).unwrap().len(), 120_000_000, "for the next start");
    }
}
