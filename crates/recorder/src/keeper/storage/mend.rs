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

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::{Bell, StorageShared};
use crate::disk::RealDisk;
use crate::ledger::day::DayId;
use crate::ledger::history::{days, recorded_folders};
use crate::pace::Paced;
use crate::repair::adopt::adopt;
use crate::repair::mender::{MendJob, Mended, Mender};
use crate::writer::state::Writer;

/// How much less urgent than the rest of the program it is (`nice(2)`, on Linux a thread's own).
const NICE: i32 = 10;
/// How long nothing must have been written for nobody to record: every camera syncs each second.
const QUIET: Duration = Duration::from_secs(10);
/// How long after its start it looks for files of which no line tells: a start has more to do.
pub(super) const ADOPT: Duration = Duration::from_secs(60);
/// How often the folder is asked for that is not ours yet.
const LOOK: Duration = Duration::from_secs(1);

/// What the thread is told, and its answers.
pub(super) struct Mending {
    mender: Mutex<Mender>,
    bell: Bell,
    began: Instant,
    /// Files written before are not this run's.
    started: SystemTime,
    adopt_after: Duration,
    /// When something was last recorded, in milliseconds since `began`.
    wrote: AtomicU64,
}

impl Mending {
    /// Nothing is told yet.
    pub fn new(adopt_after: Duration) -> Self {
        Self {
            mender: Mutex::default(),
            bell: Bell::new(),
            began: Instant::now(),
            started: SystemTime::now(),
            adopt_after,
            wrote: AtomicU64::new(0),
        }
    }

    /// Takes a file; false where too many wait already.
    pub fn push(&self, job: MendJob) -> bool {
        let taken = self.mender().push(job, Instant::now());
        self.ring();
        taken
    }

    /// The next answer to what was handed over of this folder.
    pub fn take(&self, folder: &str) -> Option<Mended> {
        self.mender().take(folder)
    }

    /// Something was recorded just now.
    pub fn wrote(&self) {
        let millis = self.began.elapsed().as_millis();
        self.wrote.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Wakes the thread.
    pub fn ring(&self) {
        self.bell.ring();
    }

    fn mender(&self) -> MutexGuard<'_, Mender> {
        self.mender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody records, or may begin to.
    fn is_busy(&self) -> bool {
        let wrote = Duration::from_millis(self.wrote.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(wrote) < QUIET
    }
}

impl StorageShared {
    /// The whole life of the thread `mend`.
    pub(super) fn run_mending(self: &Arc<Self>) {
        if let Err(error) = rustix::process::nice(NICE) {
            tracing::debug!("mending is as urgent as all else: {error}");
        }
        let mut others: Option<Vec<(String, Writer<Arc<Self>>)>> = None;
        let mut days: Option<Vec<DayId>> = None;
        while !self.stopped() {
            let mut due = LOOK;
            if self.is_ours() {
                let others = others.get_or_insert_with(|| self.others());
                // One that came onto the wall does that itself, once it is let go of here.
                let known = self.state().known.clone();
                others.retain(|(folder, _)| !known.contains(folder));
                self.rest(others);
                self.guarded(|| others.retain_mut(|(_, writer)| writer.go_on_with_rest()));
                self.rest(others);
                let next = self.mend_once(&mut days);
                due = if others.is_empty() { next } else { next.min(due) };
            }
            self.mending.bell.wait(due);
        }
    }

    /// Does one thing; when to come again. Once it is time to, the `days` that are to be looked through.
    fn mend_once(&self, days: &mut Option<Vec<DayId>>) -> Duration {
        self.guarded(|| self.do_job());
        let now = Instant::now();
        let due = self.mending.mender().next_at();
        let due = due.map_or(Duration::MAX, |at| at.saturating_duration_since(now));
        let adopt = self.mending.adopt_after.saturating_sub(self.mending.began.elapsed());
        match days {
            _ if due.is_zero() => due,
            None if adopt.is_zero() => {
                *days = Some(self.days());
                Duration::ZERO
            }
            None => due.min(adopt),
            Some(days) => match days.pop() {
                Some(day) => {
                    self.guarded(|| self.adopt(&day));
                    Duration::ZERO
                }
                None => due,
            },
        }
    }

    /// A mistake of our own with one file costs that file's mending, not the others'.
    fn guarded(&self, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            let root = self.spec.root.display();
            tracing::error!("{root}: mending: {}", camwall_media::panic_message(&*panic));
        }
    }

    /// Does the first job that is due, while others can hand over theirs.
    fn do_job(&self) {
        let job = self.mending.mender().next(Instant::now());
        let Some(mut waiting) = job else { return };
        let outcome = waiting.work(&RealDisk, &mut self.pace());
        self.mending.mender().done(waiting, outcome, Instant::now());
    }

    /// Cameras that are no longer on the wall, each with what an earlier run left of it.
    fn others(self: &Arc<Self>) -> Vec<(String, Writer<Arc<Self>>)> {
        let (root, known) = (&self.spec.root, self.state().known.clone());
        let folders = recorded_folders(root).unwrap_or_default().into_iter();
        let others = folders.filter(|folder| !known.contains(folder));
        let writer = |folder: String| {
            let writer = Writer::of_rest(root, &folder, Arc::clone(self));
            (folder, writer)
        };
        others.map(writer).collect()
    }

    /// Says of whom files are finished here.
    fn rest(&self, others: &[(String, Writer<Arc<Self>>)]) {
        let folders = others.iter().map(|(folder, _)| folder);
        let mut state = self.state();
        if !state.resting.iter().eq(folders.clone()) {
            state.resting = folders.cloned().collect();
        }
    }

    /// All days of all cameras, the newest last.
    fn days(&self) -> Vec<DayId> {
        let root = &self.spec.root;
        let mut all = Vec::new();
        for folder in recorded_folders(root).unwrap_or_default() {
            let (dates, folder) = (days(root, &folder).unwrap_or_default(), Arc::from(folder));
            all.extend(dates.into_iter().map(|date| DayId { folder: Arc::clone(&folder), date }));
        }
        all.sort_by_key(|id| id.date);
        all
    }

    /// Takes in the files of a day of which no line tells.
    fn adopt(&self, id: &DayId) {
        let on_wall = self.state().known.iter().any(|known| **known == *id.folder);
        let (started, mut pace) = (self.mending.started, self.pace());
        let taken = adopt(&RealDisk, &self.spec.root, id, started, on_wall, &mut pace);
        if let Err(error) = taken {
            tracing::debug!("{} of {}: not looked through: {error}", id.folder, id.date);
        }
    }

    fn pace(&self) -> Paced<impl FnMut() -> bool, impl Fn() -> bool> {
        Paced::new(|| self.mending.is_busy(), || self.stopped())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::{RunningThread, StorageSpec};
    use super::*;
    use crate::keeper::RetentionLimits;
    use crate::simulation::{GATE, SimulatedRecorder};

    fn wait(until: impl Fn() -> bool) -> bool {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            if until() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// The thread of a folder with this camera on the wall.
    struct MendThread(Arc<StorageShared>, Option<RunningThread>);

    impl MendThread {
        fn start(root: &Path, known: &str, is_ours: bool) -> Self {
            Self::start_with(root, known, is_ours, ADOPT)
        }

        fn start_with(root: &Path, known: &str, is_ours: bool, adopt_after: Duration) -> Self {
            let limits = RetentionLimits { age: None, total: None, per_camera: None, free: 0 };
            let spec = StorageSpec {
                root: root.to_owned(),
                must_exist: false,
                limits,
                known: vec![known.to_owned()],
                handler: Arc::new(|_| {}),
                clock: || None,
            };
            let shared = Arc::new(StorageShared::new(spec, adopt_after));
            if is_ours {
                shared.publish(Ok(()));
            }
            let its = shared.clone();
            let thread = RunningThread::start("mend", move || its.run_mending());
            Self(shared, thread)
        }

        fn push(&self, job: MendJob) -> bool {
            self.0.mending.push(job)
        }

        fn take(&self) -> Option<Mended> {
            self.0.mending.take(GATE)
        }

        fn close(mut self) {
            self.0.end();
            let until = Instant::now() + Duration::from_secs(1);
            self.1.take().unwrap().end(until, &self.0.spec.root);
        }
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
        let mend = MendThread::start(archive.root(), GATE, false);
        assert!(mend.push(job(&part, start)));
        std::thread::sleep(Duration::from_millis(300));
        assert!(mend.take().is_none(), "not ours");
        mend.0.publish(Ok(()));
        let mut answer = None;
        let end = Instant::now() + Duration::from_secs(60);
        while answer.is_none() && Instant::now() < end {
            answer = mend.take();
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(matches!(answer, Some(Mended { whole: Some(_), .. })), "{answer:?}");
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
        let mend = MendThread::start(archive.root(), GATE, true);
        mend.0.mending.wrote();
        let began = Instant::now();
        assert!(mend.push(job(&part, start)));
        std::thread::sleep(Duration::from_millis(200));
        let asked = Instant::now();
        assert!(mend.push(job(&part.with_file_name("gate_2026-11-22T08-00-00Z.mkv.part"), start)));
        assert!(mend.take().is_none());
        assert!(asked.elapsed() < Duration::from_millis(100), "no lock over the disk");
        assert!(wait(|| matches!(mend.take(), Some(Mended { whole: Some(_), .. }))));
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
        let mend = MendThread::start(archive.root(), "yard", true);
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
        std::thread::sleep(Duration::from_millis(20));
        let soon = Duration::from_millis(50);
        let mend = MendThread::start_with(archive.root(), GATE, true, soon);
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
        let mend = MendThread::start(archive.root(), GATE, true);
        mend.push(job(&part, start));
        std::thread::sleep(Duration::from_millis(300));
        let began = Instant::now();
        mend.close();
        assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
        assert_eq!(fs::metadata(&part).unwrap().len(), 120_000_000, "for the next start");
    }
}
