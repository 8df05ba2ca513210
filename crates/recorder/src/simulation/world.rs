//! What is so around a recorder in simulated time: clocks that only a test moves on, and what is wrong
//! with the disk. Plain data.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::keeper::Taken;
use super::page_cache::PageCache;
use crate::Cause;

/// What can be read or not, bytes.
const BLOCK: u64 = 4096;

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
    /// It is asked for its room, or whether a file is there.
    Look,
}

impl DiskOperation {
    /// All of them.
    pub const ALL: [Self; 11] = [
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
        Self::Look,
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
    /// Whether retention asked for it.
    pub for_room: bool,
}

/// The state of the simulated world.
#[derive(Debug)]
pub struct World {
    now: Instant,
    wall: Timestamp,
    /// Whether the storage is ready.
    pub ready: Result<(), Cause>,
    /// Whether its first look at the folder is over.
    pub looked: bool,
    /// How the disk fails, where it does.
    pub fault: Option<DiskFault>,
    /// How long each operation takes, but for a look.
    pub slowness: Duration,
    /// Operations until the program is killed.
    pub life: Option<u32>,
    /// At which operation the program is killed.
    pub die_at: Option<DiskOperation>,
    pub(super) dead: bool,
    /// What was refused, since it was cleared last.
    pub refusals: Vec<Refusal>,
    /// Syncs that fail next, each once: the system tells that what it had to write is lost, and goes on.
    pub lost_syncs: u32,
    /// What the system has of files in memory.
    pub(super) cache: PageCache,
    /// Blocks of files that can't be read until they are written, by numbers of both.
    pub(super) unreadable: BTreeSet<(u64, u64)>,
    /// Whether its file system knows stretches of zeros.
    pub clears: bool,
    /// What counts as done to files that were opened to be added to ([`DiskOperation::Append`]) or mended
    /// ([`DiskOperation::Mend`]).
    pub(super) opened: HashMap<u64, DiskOperation>,
    /// When each file was written last, by the wall clock.
    pub(super) written: HashMap<u64, Timestamp>,
    /// Files that the storage was told of, because they were closed or released.
    pub closed: Vec<PathBuf>,
    /// When a file of [`GATE`](super::GATE) last reached the disk.
    pub synced_at: Option<Instant>,
    /// How often the storage was asked for room.
    pub asked_for_room: u32,
    /// Whether the thread that mends files works, or hangs.
    pub mends: bool,
    /// How large the disk of this folder is, where that is made up.
    pub room: Option<(PathBuf, u64)>,
    /// What the kernel says of the wall clock.
    pub synchronised: Option<bool>,
    /// Why retention lets nobody record, and whom it lets not.
    pub(super) room_for_all: Result<(), Cause>,
    /// When retention found the disk too full to be recorded to, or a camera that removing does not help.
    pub full: Vec<Instant>,
    pub(super) barred: BTreeMap<Arc<str>, Cause>,
    /// Segments that were removed.
    pub taken: Vec<Taken>,
    /// What retention is to be told: where room was asked for, and what reached the disk.
    pub asked: Vec<PathBuf>,
    /// Whether retention is at work.
    pub(super) making_room: bool,
    pub(super) wrote_in: BTreeMap<String, u64>,
}

impl World {
    /// The clocks say this, and nothing is wrong.
    pub(super) fn new(now: Instant, wall: Timestamp) -> Self {
        Self {
            now,
            wall,
            ready: Ok(()),
            looked: true,
            fault: None,
            slowness: Duration::ZERO,
            life: None,
            die_at: None,
            dead: false,
            refusals: Vec::new(),
            lost_syncs: 0,
            cache: PageCache::default(),
            unreadable: BTreeSet::new(),
            clears: true,
            opened: HashMap::new(),
            written: HashMap::new(),
            closed: Vec::new(),
            synced_at: None,
            asked_for_room: 0,
            mends: true,
            room: None,
            synchronised: None,
            room_for_all: Ok(()),
            full: Vec::new(),
            barred: BTreeMap::new(),
            taken: Vec::new(),
            asked: Vec::new(),
            making_room: false,
            wrote_in: BTreeMap::new(),
        }
    }

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
        (self.room_for_all, self.barred) = (Ok(()), BTreeMap::new());
        self.asked.clear();
        self.wrote_in.clear();
    }

    /// Why retention lets nothing of [`GATE`](super::GATE) be recorded, if so.
    ///
    /// # Errors
    /// That cause.
    pub fn lacks_room(&self) -> Result<(), Cause> {
        let barred = self.barred.get(super::GATE).map_or(Ok(()), |cause| Err(*cause));
        self.room_for_all.and(barred)
    }

    /// Whether no file can be made although there is room; retention, which removes for that without being
    /// asked, is not told.
    pub(super) fn lacks_inodes(&self) -> bool {
        let full = rustix::io::Errno::NOSPC.raw_os_error();
        let is = |fault: &DiskFault| {
            let has = |operation| fault.operations.contains(&operation);
            fault.code == full && has(DiskOperation::Create) && !has(DiskOperation::Write)
        };
        !self.making_room && self.fault.as_ref().is_some_and(is)
    }

    /// The blocks of a file in which these bytes are can't be read any more.
    pub fn spoil(&mut self, file: u64, bytes: Range<u64>) {
        let blocks = bytes.start / BLOCK..bytes.end.div_ceil(BLOCK);
        self.unreadable.extend(blocks.map(|block| (file, block)));
    }

    /// Bytes of a file are read.
    pub(crate) fn read(&self, file: u64, bytes: Range<u64>) -> io::Result<()> {
        let blocks = (file, bytes.start / BLOCK)..(file, bytes.end.div_ceil(BLOCK));
        let found = self.unreadable.range(blocks).next();
        found.map_or(Ok(()), |_| Err(rustix::io::Errno::IO.into()))
    }

    /// Bytes of a file are written, for whose blocks the disk takes others.
    pub(crate) fn overwrite(&mut self, file: u64, bytes: Range<u64>) {
        let blocks = (file, bytes.start.div_ceil(BLOCK))..(file, bytes.end / BLOCK);
        self.unreadable.retain(|block| !blocks.contains(block));
    }

    /// What an operation counts as that is done to an open file.
    pub(super) fn done_to(&self, operation: DiskOperation, file: u64) -> DiskOperation {
        self.opened.get(&file).copied().unwrap_or(operation)
    }

    /// An operation failed.
    pub(super) fn refused(&mut self, operation: DiskOperation, path: &Path, lines: &[u8]) {
        let lines = String::from_utf8_lossy(lines).into_owned();
        let (at, path, for_room) = (self.now, path.to_owned(), self.making_room);
        self.refusals.push(Refusal { at, operation, path, lines, for_room });
    }

    pub(super) fn permit(&mut self, operation: DiskOperation) -> Result<bool, io::Error> {
        let gone = || io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error());
        if operation != DiskOperation::Look {
            let slowness = self.slowness;
            self.pass(slowness);
        }
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
