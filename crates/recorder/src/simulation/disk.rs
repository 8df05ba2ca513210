//! The disk of the simulated world.
//!
//! Files are real and lie in the folder of the test: what the disk does not refuse is done by
//! [`RealDisk`](crate::disk::RealDisk). A program that is killed does nothing more to the disk, at whatever
//! operation.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::SimulatedSystem;
use super::page_cache::place;
use super::world::DiskOperation;
use crate::disk::cached::ByteChange;
use crate::disk::log::DiskCall;
use crate::disk::{Disk, DiskSpace, OpenFile};

impl SimulatedSystem {
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
        let operation = self.world().done_to(operation, file.number());
        self.permit_with(operation, file.path(), lines)
    }

    /// Changes a file, and remembers how it was.
    fn change<T>(
        &self,
        file: &OpenFile,
        change: impl FnOnce() -> io::Result<(T, ByteChange)>,
    ) -> io::Result<T> {
        self.world().cache.about_to_change(file)?;
        let (done, change) = change()?;
        let mut world = self.world();
        let wall = world.wall();
        world.written.insert(file.number(), wall);
        world.cache.changed(file.number(), change);
        Ok(done)
    }

    fn sync_failed(&self, file: &OpenFile) -> io::Result<()> {
        self.world().cache.sync_failed(file)?;
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

impl Disk for SimulatedSystem {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.permit(DiskOperation::Folder, path)?;
        self.real.make_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Create, path)?;
        let file = self.real.create(path)?;
        let mut world = self.world();
        world.cache.made(file.number());
        world.opened.remove(&file.number());
        Ok(file)
    }

    fn open_append(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Append, path)?;
        let file = self.real.open_append(path)?;
        let mut world = self.world();
        if file.file().metadata()?.len() == 0 {
            world.cache.made(file.number());
        }
        world.opened.insert(file.number(), DiskOperation::Append);
        Ok(file)
    }

    fn open_mend(&self, path: &Path) -> io::Result<OpenFile> {
        self.permit(DiskOperation::Mend, path)?;
        let file = self.real.open_mend(path)?;
        self.world().opened.insert(file.number(), DiskOperation::Mend);
        Ok(file)
    }

    fn write_at(&self, file: &OpenFile, data: &[u8], at: u64) -> io::Result<usize> {
        let half = self.permit_file(DiskOperation::Write, file, b"")?;
        let data = if half { &data[..data.len().div_ceil(2)] } else { data };
        self.change(file, || {
            let written = self.real.write_at(file, data, at)?;
            self.world().overwrite(file.number(), at..at + data.len() as u64);
            Ok((written, ByteChange::Write(place(at), data[..written].to_vec())))
        })
    }

    fn append(&self, file: &OpenFile, data: &[u8]) -> io::Result<usize> {
        let half = self.permit_file(DiskOperation::Append, file, data)?;
        let data = if half { &data[..data.len().div_ceil(2)] } else { data };
        let at = file.file().metadata()?.len();
        self.change(file, || {
            let written = self.real.append(file, data)?;
            Ok((written, ByteChange::Write(place(at), data[..written].to_vec())))
        })
    }

    fn set_len(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        self.permit_file(DiskOperation::Write, file, b"")?;
        self.change(file, || {
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
        self.change(file, || {
            self.real.clear(file, from, length)?;
            self.world().overwrite(file.number(), from..from + length);
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
            let operation = world.done_to(DiskOperation::Sync, file.number());
            world.refused(operation, file.path(), b"");
            drop(world);
            self.sync_failed(file)?;
            return Err(rustix::io::Errno::IO.into());
        }
        self.real.sync(file)?;
        let mut world = self.world();
        world.cache.synced(file.number());
        let done = world.done_to(DiskOperation::Sync, file.number());
        if done == DiskOperation::Sync && is_of_gate(file.path()) {
            world.synced_at = Some(world.now());
        }
        drop(world);
        if done == DiskOperation::Mend {
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

fn is_of_gate(path: &Path) -> bool {
    path.components().any(|name| name.as_os_str() == super::GATE)
}
