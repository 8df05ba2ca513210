//! The thread `mend`: finishes files for all cameras, beside the recording.
//!
//! Owned by the storage; one a wall. Policies:
//! - it is the least urgent of the program's threads, and reads no faster than [`RATE`] while anybody
//!   records; what it read is not kept in memory;
//! - nothing is touched while the folder is not ours;
//! - once the folder is ours, what cameras that are no longer on the wall left behind is finished too;
//! - a while later, when there is nothing else to do, whole files of which no line tells are looked for,
//!   day by day, newest first.
//!
//! [`RATE`]: crate::pace::RATE

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::shared::{StorageShared, StorageState};
use crate::disk::RealDisk;
use crate::error::Why;
use crate::ledger::day::DayId;
use crate::ledger::folders::{day_folders, recorded_folders};
use crate::pace::Paced;
use crate::repair::adopt::{DayLook, DayLooks};
use crate::writer::state::Writer;

/// How much less urgent than the rest of the program it is (`nice(2)`, on Linux a thread's own).
const NICE: i32 = 10;
/// How long after its start it looks for files of which no line tells: a start has more to do.
pub(super) const ADOPT: Duration = Duration::from_secs(60);
/// How often the folder is asked for that is not ours yet.
const LOOK: Duration = Duration::from_secs(1);

/// A folder over which tests' mending panics.
#[cfg(test)]
const PANICS: &str = "crash";

impl StorageShared {
    /// The whole life of the thread `mend`.
    pub(super) fn run_mending(self: &Arc<Self>) {
        if let Err(error) = rustix::process::nice(NICE) {
            tracing::debug!("mending is as urgent as all else: {error}");
        }
        let mut others: Option<Vec<(String, Writer<Arc<Self>>)>> = None;
        let mut looks: Option<DayLooks> = None;
        while !self.stopped() {
            let mut due = LOOK;
            if self.state().is_ours() {
                let first = || self.guarded("cameras", || self.others()).unwrap_or_default();
                let others = others.get_or_insert_with(first);
                self.go_on_with(others);
                let next = self.mend_once(&mut looks);
                due = if others.is_empty() { next } else { next.min(due) };
            }
            self.wait_for(due, StorageState::is_mending_due);
        }
    }

    /// Goes on with what cameras that are off the wall left. One that came onto it does that itself, as soon
    /// as it is let go of here; one over which we panic is left to the next start.
    fn go_on_with(&self, others: &mut Vec<(String, Writer<Arc<Self>>)>) {
        {
            let mut state = self.state();
            others.retain(|(folder, _)| !state.known.contains(folder));
            state.resting = others.iter().map(|(folder, _)| folder.clone()).collect();
        }
        others.retain_mut(|(folder, writer)| {
            let go_on = || {
                #[cfg(test)]
                assert_ne!(folder, PANICS);
                writer.go_on_with_rest()
            };
            self.guarded(folder, go_on).unwrap_or(false)
        });
        self.state().resting.clear();
    }

    /// Does one thing; when to come again. Once it is time to, the days that are to be looked through.
    fn mend_once(&self, looks: &mut Option<DayLooks>) -> Duration {
        self.do_job();
        let (job, now) = (self.state().mender.next_at(), Instant::now());
        let until = |at: Instant| at.saturating_duration_since(now);
        let due = job.map_or(Duration::MAX, until);
        if now < self.adopt_at || due.is_zero() {
            return due.min(until(self.adopt_at));
        }
        let looks = match looks {
            Some(looks) => looks,
            None => match self.guarded("days", || self.days()).unwrap_or_else(|| Ok(Vec::new())) {
                Ok(days) => looks.insert(DayLooks::new(days, now)),
                Err(_) => return due.min(LOOK),
            },
        };
        if let Some(mut day) = looks.next(now) {
            let folder = day.folder();
            if let Some(outcome) = self.guarded(&folder, || self.adopt(&mut day)) {
                looks.done(day, outcome, Instant::now());
            }
        }
        looks.next_at().map_or(due, |at| due.min(until(at)))
    }

    /// A mistake of our own with one camera costs its mending, not the others'; none where we panic.
    fn guarded<T>(&self, of: &str, work: impl FnOnce() -> T) -> Option<T> {
        let outcome = catch_unwind(AssertUnwindSafe(work)).inspect_err(|panic| {
            let (root, said) = (self.spec.root.display(), camwall_media::panic_message(&**panic));
            tracing::error!("{root}: mending of {of}: {said}");
        });
        outcome.ok()
    }

    /// Does the first job that is due, while others can hand over theirs.
    fn do_job(&self) {
        let job = self.state().mender.next(Instant::now());
        let Some(mut waiting) = job else { return };
        let work = || waiting.work(&RealDisk, &mut self.pace());
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            // It would do so again, and its camera waits for an answer.
            let said = camwall_media::panic_message(&*panic);
            Err(Why::Internal(format!("internal error: {said}")))
        });
        self.state().mender.done(waiting, outcome, Instant::now());
    }

    /// Cameras that are no longer on the wall, each with what an earlier run left of it.
    fn others(self: &Arc<Self>) -> Vec<(String, Writer<Arc<Self>>)> {
        let known = self.state().known.clone();
        let mut folders = recorded_folders(&self.spec.root).unwrap_or_default();
        folders.retain(|folder| !known.contains(folder));
        let writer = |folder: &String| Writer::of_rest(&self.spec.root, folder, Arc::clone(self));
        folders.into_iter().map(|folder| (folder.clone(), writer(&folder))).collect()
    }

    /// All days of all cameras that can be looked at.
    fn days(&self) -> io::Result<Vec<DayId>> {
        let root = &self.spec.root;
        let mut all = Vec::new();
        for name in recorded_folders(root)? {
            let folder: Arc<str> = name.as_str().into();
            let dates = day_folders(root, &name, true).flatten();
            all.extend(dates.map(|date| DayId { folder: Arc::clone(&folder), date }));
        }
        Ok(all)
    }

    /// Takes in some files of a day of which no line tells; whether there are more.
    fn adopt(&self, day: &mut DayLook) -> io::Result<bool> {
        let on_wall = self.state().known.iter().any(|known| **known == *day.folder());
        Ok(day.go_on(&RealDisk, &self.archive, on_wall, &mut self.pace())?.1)
    }

    fn pace(&self) -> Paced<impl FnMut() -> bool, impl Fn() -> bool> {
        Paced::new(|| self.is_busy(), || self.stopped())
    }
}

#[cfg(test)]
mod tests;
