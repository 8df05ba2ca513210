//! The disk and the clocks of the simulated world, as the program sees them.
//!
//! Files are real and lie in the folder of the test: what the disk does not refuse is done by
//! [`RealDisk`]. A program that is killed does nothing more to the disk, at whatever operation.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use super::page_cache::place;
use super::world::{DiskOperation, World};
use crate::Cause;
use crate::clock::WallClock;
use crate::disk::cached::ByteChange;
use crate::disk::log::{DiskCall, LoggedDisk};
use crate::disk::{Disk, DiskSpace, OpenFile, OpenedFor, RealDisk};
use crate::ledger::archive::Archive;
use crate::repair::mender::{MendJob, Mended, Mender};
use crate::system::RecorderSystem;

/// A disk and clocks that all hands on them share.
#[derive(Clone, Debug)]
pub struct SimulatedSystem {
    world: Arc<Mutex<World>>,
    mender: Arc<Mutex<Mender>>,
    real: LoggedDisk<RealDisk>,
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

    /// Whether an operation is done, and where it is the last before a fault, only half.
    fn permit(&self, operation: DiskOperation, path: &Path) -> io::Result<bool> {
        self.permit_with(operation, path, b"")
    }

    /// The same for an open file.
    fn permit_file(
        &self,
        operation: DiskOperation,
        file: &OpenFile,
        lines: &[u8],
    ) -> io::Result<bool> {
        self.permit_with(done_to(operation, file), file.path(), lines)
    }

    /// Changes these bytes of a file, or cuts them off, and remembers how they were.
    fn change<T>(
        &self,
        file: &OpenFile,
        bytes: Range<u64>,
        change: impl FnOnce() -> io::Result<(T, ByteChange)>,
    ) -> io::Result<T> {
        self.world().cache.about_to_change(file, bytes)?;
        let (done, change) = change()?;
        let mut world = self.world();
        let wall = world.wall();
        world.written.insert(file.number(), wall);
        world.cache.changed(file.number(), || change);
        Ok(done)
    }

    fn sync_failed(&self, file: &OpenFile) -> io::Result<()> {
        let mut now = vec![0; place(file.file().metadata()?.len())];
        file.file().read_exact_at(&mut now, 0)?;
        self.world().cache.sync_failed(file.number(), now);
        self.real.done(|| DiskCall::SyncFailed(file.number()));
        Ok(())
    }

    /// What failed syncs left in memory alone of a file is there no more.
    pub(super) fn read_again(&self, number: u64, file: &File) -> io::Result<()> {
        let Some(bytes) = self.world().cache.read_again(number) else { return Ok(()) };
        file.set_len(0)?;
        file.write_all_at(&bytes, 0)?;
        self.real.done(|| DiskCall::ReadAgain { file: number, bytes });
        Ok(())
    }

    fn permit_with(&self, operation: DiskOperation, path: &Path, lines: &[u8]) -> io::Result<bool> {
        let mut world = self.world();
        let permit = world.permit(operation);
        self.real.set_time(world.now());
        if permit.is_err() && !world.dead {
            world.refused(operation, path, lines);
        }
        permit
    }
}

/// What counts as done to an open file: to a ledger [`DiskOperation::Append`], to a file that is mended
/// [`DiskOperation::Mend`].
fn done_to(operation: DiskOperation, file: &OpenFile) -> DiskOperation {
    match file.opened_for() {
        OpenedFor::Recording => operation,
        OpenedFor::Appending => DiskOperation::Append,
        OpenedFor::Mending => DiskOperation::Mend,
    }
}

impl Disk for SimulatedSystem {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.permit(DiskOperation::Folder, path)?;
        self.real.make_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Create, path)?;
        let file = self.real.create(path)?;
        self.world().cache.made(file.number());
        Ok(file)
    }

    fn open_append(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Append, path)?;
        let file = self.real.open_append(path)?;
        if file.file().metadata()?.len() == 0 {
            self.world().cache.made(file.number());
        }
        Ok(file)
    }

    fn open_mend(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Mend, path)?;
        self.real.open_mend(path)
    }

    fn write_at(&self, file: &OpenFile, data: &[u8], at: u64) -> io::Result<usize> {
        let half = self.permit_file(DiskOperation::Write, file, b"")?;
        let data = if half { &data[..data.len().div_ceil(2)] } else { data };
        let bytes = at..at + data.len() as u64;
        self.change(file, bytes.clone(), || {
            let written = self.real.write_at(file, data, at)?;
            self.world().overwrite(file.number(), bytes);
            Ok((written, ByteChange::Write(place(at), data[..written].to_vec())))
        })
    }

    fn append(&self, file: &OpenFile, data: &[u8]) -> io::Result<usize> {
        let half = self.permit_file(DiskOperation::Append, file, data)?;
        let data = if half { &data[..data.len().div_ceil(2)] } else { data };
        let at = file.file().metadata()?.len();
        self.change(file, at..at, || {
            let written = self.real.append(file, data)?;
            Ok((written, ByteChange::Write(place(at), data[..written].to_vec())))
        })
    }

    fn set_len(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        self.permit_file(DiskOperation::Write, file, b"")?;
        self.change(file, length..u64::MAX, || {
            self.real.set_len(file, length)?;
            // What is cut off has no blocks any more.
            self.world().overwrite(file.number(), length..u64::MAX);
            Ok(((), ByteChange::Length(place(length))))
        })
    }

    fn clear(&self, file: &OpenFile, from: u64, length: u64) -> io::Result<()> {
        self.permit_file(DiskOperation::Write, file, b"")?;
        if !self.world().clears {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let bytes = from..from + length;
        self.change(file, bytes.clone(), || {
            self.real.clear(file, from, length)?;
            self.world().overwrite(file.number(), bytes);
            Ok(((), ByteChange::Write(place(from), vec![0; place(length)])))
        })
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        if let Err(error) = self.permit_file(DiskOperation::Sync, file, b"") {
            if !self.world().is_dead() {
                self.sync_failed(file)?;
            }
            return Err(error);
        }
        let lost = self.world().lost_syncs.checked_sub(1);
        if let Some(left) = lost {
            let mut world = self.world();
            world.lost_syncs = left;
            world.refused(done_to(DiskOperation::Sync, file), file.path(), b"");
            drop(world);
            self.sync_failed(file)?;
            return Err(rustix::io::Errno::IO.into());
        }
        self.real.sync(file)?;
        let mut world = self.world();
        world.cache.synced(file.number());
        if file.opened_for() == OpenedFor::Recording && is_of_gate(file.path()) {
            world.synced_at = Some(world.now());
        }
        drop(world);
        if file.opened_for() == OpenedFor::Mending {
            // Who mends reads nothing that is in memory alone.
            self.read_again(file.number(), file.file())?;
        }
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.permit(DiskOperation::SyncFolder, path)?;
        self.real.sync_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.permit(DiskOperation::Rename, to)?;
        self.real.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.permit(DiskOperation::Remove, path)?;
        let taken = self.about_to_take(path);
        self.real.remove(path)?;
        self.world().taken.extend(taken);
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.permit(DiskOperation::Remove, path)?;
        self.real.remove_dir(path)
    }

    fn read_at(&self, file: &OpenFile, buffer: &mut [u8], at: u64) -> io::Result<()> {
        self.permit_file(DiskOperation::Read, file, b"")?;
        self.world().read(file.number(), at..at + buffer.len() as u64)?;
        self.real.read_at(file, buffer, at)
    }

    fn space(&self, path: &Path) -> io::Result<DiskSpace> {
        self.permit(DiskOperation::Look, path)?;
        let space = self.room(path).map_or_else(|| self.real.space(path), Ok)?;
        let files_free = if self.world().lacks_inodes() { Some(0) } else { space.files_free };
        Ok(DiskSpace { files_free, ..space })
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.permit(DiskOperation::Look, path)?;
        self.real.exists(path)
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
        let mut world = self.world();
        world.wrote += 1;
        *world.wrote_in.entry(folder.to_owned()).or_default() += bytes;
    }

    fn mend(&self, job: MendJob) -> bool {
        let now = self.world().now();
        self.mender().push(job, now)
    }

    fn mended(&self, folder: &str) -> Option<Mended> {
        self.mender().take(folder)
    }
}

fn is_of_gate(path: &Path) -> bool {
    path.components().any(|name| name.as_os_str() == super::GATE)
}
