//! An ext4 file system of its own for a test, in a file, that can be broken as a failing disk is. Takes
//! root.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Disk, SECOND};

/// A mounted ext4; gone when dropped.
pub struct Ext4 {
    disk: Disk,
    image: PathBuf,
    /// What the kernel calls the disk: `loop0`.
    name: String,
    _folder: TempDir,
}

/// What was on a disk at one moment.
pub struct Snapshot {
    folder: TempDir,
    image: PathBuf,
}

impl Snapshot {
    /// Mounts it on the folder `at`, as a disk of its own.
    pub fn mount(self, at: &Path) -> Ext4 {
        Ext4::of(self.folder, self.image, at, false)
    }
}

impl Ext4 {
    /// Makes one of so many megabytes, with these arguments more for `mkfs.ext4`, and mounts it on the
    /// folder `at`, as far as [`Disk::give_to`] reaches. The folder itself, which is to be seen again
    /// when the disk was taken away, may be `guarded`: nobody can write to it.
    pub fn mount(megabytes: u64, args: &[&str], at: &Path, guarded: bool) -> Self {
        let (folder, image) = place();
        let file = std::fs::File::create(&image).expect("a file");
        file.set_len(megabytes << 20).expect("a sparse file");
        let made = run(Command::new("mkfs.ext4").arg("-q").args(args).arg(&image));
        assert!(made.status.success(), "{made:?}");
        Self::of(folder, image, at, guarded)
    }

    /// What is on the disk at this moment, and would be there after a power cut: what waits in memory is
    /// not. Nobody may write to it meanwhile, for this takes a moment.
    pub fn snapshot(&self) -> Snapshot {
        let (folder, image) = place();
        let copied = run(Command::new("cp").arg("--sparse=always").arg(&self.image).arg(&image));
        assert!(copied.status.success(), "{copied:?}");
        Snapshot { folder, image }
    }

    fn of(folder: TempDir, image: PathBuf, at: &Path, guarded: bool) -> Self {
        let disk = Disk::mount_image(&image.to_string_lossy(), at, guarded);
        let name = name_of(&disk);
        Self { disk, image, name, _folder: folder }
    }

    /// The disk, for [`super::archive::Archive::on`] and [`Disk::give_to`].
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Has the file system find a mistake in itself: it writes nothing more. Neither `/proc/mounts`
    /// nor `statvfs` says so (Linux 6.12 and later): only what writes is refused with EROFS.
    pub fn break_down(&self) {
        let trigger = self.kernel().join("trigger_fs_error");
        std::fs::write(&trigger, "t").unwrap_or_else(|e| panic!("{}: {e}", trigger.display()));
    }

    /// Pulls the disk out, and waits until nobody has a file of it open any more.
    pub fn take_away(&self, within: Duration) {
        self.disk.take_away();
        let until = Instant::now() + within;
        while self.kernel().exists() {
            assert!(Instant::now() < until, "somebody still uses the disk that is gone");
            std::thread::sleep(SECOND / 20);
        }
    }

    /// Mends the file system of a disk that was taken away, as the system does at its start.
    pub fn mend(&self) {
        let mended = run(Command::new("e2fsck").arg("-p").arg(&self.image));
        // 1: "errors corrected" (e2fsck(8)).
        assert!(matches!(mended.status.code(), Some(0 | 1)), "{mended:?}");
    }

    /// Mounts a disk that was taken away where it was.
    pub fn mount_again(&mut self) {
        self.disk.mount_image_now(&self.image.to_string_lossy());
        self.name = name_of(&self.disk);
    }

    /// What the kernel says about the file system.
    fn kernel(&self) -> PathBuf {
        Path::new("/sys/fs/ext4").join(&self.name)
    }
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("image");
    (folder, image)
}

fn name_of(disk: &Disk) -> String {
    disk.device().trim_start_matches("/dev/").to_owned()
}

fn run(command: &mut Command) -> Output {
    let output = command.output();
    output.unwrap_or_else(|e| panic!("the tests need e2fsprogs: {command:?}: {e}"))
}
