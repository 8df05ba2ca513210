//! The simulated world as the program sees it: its disk, its clocks and what stands for the storage.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use super::world::World;
use crate::Cause;
use crate::clock::WallClock;
use crate::disk::RealDisk;
use crate::disk::log::LoggedDisk;
use crate::ledger::archive::Archive;
use crate::repair::mender::{MendJob, Mended, Mender};
use crate::system::RecorderSystem;

/// A disk and clocks that all hands on them share.
#[derive(Clone, Debug)]
pub struct SimulatedSystem {
    world: Arc<Mutex<World>>,
    mender: Arc<Mutex<Mender>>,
    pub(super) real: LoggedDisk<RealDisk>,
    archive: Archive,
}

impl SimulatedSystem {
    /// The clocks say this, and nothing is wrong.
    pub fn new(root: &Path, wall: Timestamp) -> Self {
        Self::at(root, Instant::now(), wall)
    }

    /// The same, where monotonic time goes on from elsewhere.
    pub fn at(root: &Path, now: Instant, wall: Timestamp) -> Self {
        let world = Arc::new(Mutex::new(World::new(now, wall)));
        let (real, archive) = (LoggedDisk::new(RealDisk), Archive::new(root));
        Self { world, mender: Arc::default(), real, archive }
    }

    /// Mends what is due, unless the world's mender hangs; a kill ends what it was told.
    pub fn step_mender(&self) {
        let (now, mends) = {
            let world = self.world();
            (world.now(), world.mends && !world.dead)
        };
        if mends {
            self.mender().step(self, now);
        }
    }

    /// What the mender was told is forgotten, as by a program that ends.
    pub fn forget_mends(&self) {
        *self.mender() = Mender::default();
    }

    fn mender(&self) -> MutexGuard<'_, Mender> {
        self.mender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world, to look at and to change.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk behind all that is refused here: it can write down what is done to it.
    pub(crate) fn real(&self) -> &LoggedDisk<RealDisk> {
        &self.real
    }
}

impl RecorderSystem for SimulatedSystem {
    type Disk = Self;

    fn disk(&self) -> &Self {
        self
    }

    fn archive(&self) -> &Archive {
        &self.archive
    }

    fn now(&self) -> WallClock {
        let world = self.world();
        WallClock::simulated(world.now(), world.wall())
    }

    fn settled(&self) -> bool {
        self.world().looked
    }

    fn ready(&self, folder: &str) -> Result<(), Cause> {
        let world = self.world();
        let barred = world.barred.get(folder).map_or(Ok(()), |cause| Err(*cause));
        world.ready.and(world.room_for_all).and(barred)
    }

    fn closed(&self, path: PathBuf) {
        self.world().closed.push(path);
    }

    fn no_space(&self, path: &Path) {
        let mut world = self.world();
        world.asked_for_room += 1;
        world.asked.push(path.to_owned());
    }

    fn wrote(&self, folder: &str, bytes: u64) {
        *self.world().wrote_in.entry(folder.to_owned()).or_default() += bytes;
    }

    fn mend(&self, job: MendJob) -> bool {
        let now = self.world().now();
        self.mender().push(job, now)
    }

    fn mended(&self, folder: &str) -> Option<Mended> {
        self.mender().take(folder)
    }
}
