//! Clocks that only a test moves on, and a disk that is full, fails, hangs or dies when told to.
//!
//! Files are real and lie in the folder of the test: what the disk does not refuse is done by
//! [`RealDisk`]. A program that is killed does nothing more to the disk, at whatever operation.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::Cause;
use crate::clock::WallClock;
use crate::disk::log::LoggedDisk;
use crate::disk::{Disk, DiskSpace, OpenFile, OpenedFor, RealDisk};
use crate::repair::mender::{MendJob, Mended, Mender};
use crate::system::RecorderSystem;

/// What can be done to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiskOperation {
    /// A folder is made.
    Folder,
    /// A file is made.
    Create,
    /// A folder is synced.
    SyncFolder,
    /// Bytes are written into a file.
    Write,
    /// A file is synced.
    Sync,
    /// Bytes of the open file are read back.
    Read,
    /// A file gets its name.
    Rename,
    /// A file is removed.
    Remove,
    /// Lines are added to the ledger.
    Append,
    /// A file is cut and its head written, to repair it.
    Mend,
}

impl DiskOperation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Folder,
        Self::Create,
        Self::SyncFolder,
        Self::Write,
        Self::Sync,
        Self::Read,
        Self::Rename,
        Self::Remove,
        Self::Append,
        Self::Mend,
    ];
}

/// How the disk fails.
#[derive(Clone, Debug)]
pub struct DiskFault {
    /// Which operations.
    pub operations: Vec<DiskOperation>,
    /// With which number of the system's (`errno`).
    pub code: i32,
    /// After how many of them that still work. The last write that works takes half of its bytes.
    pub after: u32,
}

/// What the disk refused to do.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// When.
    pub at: Instant,
    /// What.
    pub operation: DiskOperation,
    /// With which file or folder.
    pub path: PathBuf,
    /// The lines, where some were to be appended.
    pub lines: String,
}

/// The state of the simulated world.
#[derive(Debug)]
pub struct World {
    now: Instant,
    wall: Timestamp,
    /// Whether the storage is ready.
    pub ready: Result<(), Cause>,
    /// How the disk fails, where it does.
    pub fault: Option<DiskFault>,
    /// How long each operation takes.
    pub slowness: Duration,
    /// Operations until the program is killed.
    pub life: Option<u32>,
    /// At which operation the program is killed.
    pub die_at: Option<DiskOperation>,
    dead: bool,
    /// What was refused, since it was cleared last.
    pub refusals: Vec<Refusal>,
    /// Bytes of each file that are on the disk, by number.
    synced: HashMap<u64, u64>,
    /// From which byte on a failed sync forgot what was written: it is read for as long as the program
    /// runs, and no later sync brings it to the disk.
    forgotten: HashMap<u64, u64>,
    /// Files that the storage was told of.
    pub closed: Vec<PathBuf>,
    /// When a file of [`GATE`](super::GATE) last reached the disk.
    pub synced_at: Option<Instant>,
    /// How often the storage was asked for room.
    pub asked_for_room: u32,
    /// How often the storage was told that what was written reached the disk.
    pub wrote: u64,
    /// Whether the thread that mends files works, or hangs.
    pub mends: bool,
}

impl World {
    /// The monotonic clock.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The wall clock.
    pub fn wall(&self) -> Timestamp {
        self.wall
    }

    /// Time passes.
    pub fn pass(&mut self, time: Duration) {
        self.now += time;
        self.wall += time;
    }

    /// Somebody sets the wall clock.
    pub fn set_clock(&mut self, by: SignedDuration) {
        self.wall += by;
    }

    /// Kills the program.
    pub fn kill(&mut self) {
        self.dead = true;
    }

    /// Whether it was killed.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// The program is started again.
    pub fn revive(&mut self) {
        (self.dead, self.life, self.die_at) = (false, None, None);
    }

    /// Bytes of a file that a power cut leaves.
    pub fn synced(&self, file: u64) -> u64 {
        self.synced.get(&file).copied().unwrap_or(0)
    }

    /// Where a file is to be cut now that the program is gone, because a sync of it failed.
    pub fn forgotten(&mut self, file: u64) -> Option<u64> {
        self.forgotten.remove(&file)
    }

    fn permit(&mut self, operation: DiskOperation) -> Result<bool, io::Error> {
        let gone = || io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error());
        let slowness = self.slowness;
        self.pass(slowness);
        if let Some(life) = &mut self.life {
            match life.checked_sub(1) {
                Some(left) => *life = left,
                None => self.dead = true,
            }
        }
        self.dead |= self.die_at == Some(operation);
        if self.dead {
            return Err(gone());
        }
        match &mut self.fault {
            Some(fault) if fault.operations.contains(&operation) => match fault.after {
                0 => Err(io::Error::from_raw_os_error(fault.code)),
                after => {
                    fault.after -= 1;
                    Ok(after == 1)
                }
            },
            _ => Ok(false),
        }
    }
}

/// A disk and clocks that all hands on them share.
#[derive(Clone, Debug)]
pub struct SimulatedSystem {
    world: Arc<Mutex<World>>,
    mender: Arc<Mutex<Mender>>,
    real: LoggedDisk<RealDisk>,
}

impl SimulatedSystem {
    /// The clocks say this, and nothing is wrong.
    pub fn new(wall: Timestamp) -> Self {
        Self::at(Instant::now(), wall)
    }

    /// The same, where monotonic time goes on from elsewhere.
    pub fn at(now: Instant, wall: Timestamp) -> Self {
        let world = Arc::new(Mutex::new(World {
            now,
            wall,
            ready: Ok(()),
            fault: None,
            slowness: Duration::ZERO,
            life: None,
            die_at: None,
            dead: false,
            refusals: Vec::new(),
            synced: HashMap::new(),
            forgotten: HashMap::new(),
            closed: Vec::new(),
            synced_at: None,
            asked_for_room: 0,
            wrote: 0,
            mends: true,
        }));
        Self { world, mender: Arc::default(), real: LoggedDisk::new(RealDisk) }
    }

    /// Mends what is due, unless the world's mender hangs; a kill ends what it was told.
    pub fn step_mender(&self) {
        let (now, mends) = {
            let world = self.world();
            (world.now, world.mends && !world.dead)
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

    /// The same for an open file: what is done to a ledger is [`DiskOperation::Append`], what is done
    /// to a file that is mended is [`DiskOperation::Mend`].
    fn permit_file(
        &self,
        operation: DiskOperation,
        file: &OpenFile,
        lines: &[u8],
    ) -> io::Result<bool> {
        let operation = match file.opened_for() {
            OpenedFor::Recording => operation,
            OpenedFor::Appending => DiskOperation::Append,
            OpenedFor::Mending => DiskOperation::Mend,
        };
        self.permit_with(operation, file.path(), lines)
    }

    fn permit_with(&self, operation: DiskOperation, path: &Path, lines: &[u8]) -> io::Result<bool> {
        let mut world = self.world();
        let permit = world.permit(operation);
        self.real.set_time(world.now);
        if permit.is_err() && !world.dead {
            let lines = String::from_utf8_lossy(lines).into_owned();
            let deed = Refusal { at: world.now, operation, path: path.to_owned(), lines };
            world.refusals.push(deed);
        }
        permit
    }
}

impl Disk for SimulatedSystem {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.permit(DiskOperation::Folder, path)?;
        self.real.make_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Create, path)?;
        self.real.create(path)
    }

    fn open_append(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Append, path)?;
        self.real.open_append(path)
    }

    fn open_mend(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Mend, path)?;
        self.real.open_mend(path)
    }

    fn write_at(&self, file: &OpenFile, data: &[u8], at: u64) -> io::Result<usize> {
        let half = self.permit_file(DiskOperation::Write, file, b"")?;
        let data = if half { &data[..data.len().div_ceil(2)] } else { data };
        self.real.write_at(file, data, at)
    }

    fn append(&self, file: &OpenFile, data: &[u8]) -> io::Result<usize> {
        let half = self.permit_file(DiskOperation::Append, file, data)?;
        let data = if half { &data[..data.len().div_ceil(2)] } else { data };
        self.real.append(file, data)
    }

    fn set_len(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        self.permit_file(DiskOperation::Write, file, b"")?;
        self.real.set_len(file, length)?;
        let mut world = self.world();
        if world.forgotten.get(&file.number()).is_some_and(|from| *from >= length) {
            world.forgotten.remove(&file.number());
        }
        Ok(())
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        if let Err(error) = self.permit_file(DiskOperation::Sync, file, b"") {
            let mut world = self.world();
            if file.opened_for() == OpenedFor::Recording && !world.dead {
                let from = world.synced(file.number());
                world.forgotten.entry(file.number()).or_insert(from);
            }
            return Err(error);
        }
        self.real.sync(file)?;
        let found = file.file().metadata()?;
        let mut world = self.world();
        world.synced.insert(found.ino(), found.len());
        if file.opened_for() == OpenedFor::Recording && is_of_gate(file.path()) {
            world.synced_at = Some(world.now);
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
        self.real.remove(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.permit(DiskOperation::Remove, path)?;
        self.real.remove_dir(path)
    }

    fn read_at(&self, file: &OpenFile, buffer: &mut [u8], at: u64) -> io::Result<()> {
        self.permit_file(DiskOperation::Read, file, b"")?;
        self.real.read_at(file, buffer, at)
    }

    fn space(&self, path: &Path) -> io::Result<DiskSpace> {
        self.real.space(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.real.exists(path)
    }
}

impl RecorderSystem for SimulatedSystem {
    type Disk = Self;

    fn disk(&self) -> &Self {
        self
    }

    fn now(&self) -> WallClock {
        let world = self.world();
        WallClock::simulated(world.now, world.wall)
    }

    fn ready(&self, _folder: &str) -> Result<(), Cause> {
        self.world().ready
    }

    fn closed(&self, path: PathBuf) {
        self.world().closed.push(path);
    }

    fn no_space(&self, _path: &Path) {
        self.world().asked_for_room += 1;
    }

    fn wrote(&self, _folder: &str) {
        self.world().wrote += 1;
    }

    fn mend(&self, job: MendJob) -> bool {
        let now = self.world().now;
        self.mender().push(job, now)
    }

    fn mended(&self, folder: &str) -> Option<Mended> {
        self.mender().take(folder)
    }
}

fn is_of_gate(path: &Path) -> bool {
    path.components().any(|name| name.as_os_str() == super::GATE)
}
