//! An ext4 of its own for a test, on a disk of which blocks can be made unreadable: the kernel's reads of
//! them fail. Takes root.

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::Disk;
use super::preloaded::build;

/// Bytes of a block.
pub const BLOCK: u64 = 4096;

/// A mounted ext4; gone when dropped.
pub struct BadBlocks {
    disk: Disk,
    /// The disk's bytes, and which of its blocks are bad.
    folder: TempDir,
}

/// Serves the disk in the folder, and mounts what is on it. `home` is a link to the test's own namespace.
const SERVE: &str = r#"
    "$1/bad_blocks" "$1/image" "$1/served" "$1/bad" "$1/home" </dev/null >/dev/null &
    until mountpoint -q "$1/served"; do kill -0 $! && sleep 0.02 || exit 1; done
    mount -o loop,errors=remount-ro "$1/served/image" "$2"
"#;

impl BadBlocks {
    /// Makes one of so many megabytes, and mounts it on the folder `at`, as far as [`Disk::give_to`]
    /// reaches. All of its blocks are good.
    pub fn mount(megabytes: u64, at: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        build("bad_blocks.c", &[], &file("bad_blocks"));
        let sized = |name: &str, length: u64| {
            File::create(file(name)).and_then(|made| made.set_len(length)).expect("a sparse file");
        };
        sized("image", megabytes << 20);
        sized("bad", (megabytes << 20) / BLOCK);
        fs::create_dir(file("served")).expect("a folder");
        let home = format!("/proc/{}/ns/mnt", std::process::id());
        symlink(home, file("home")).expect("a link");
        let mut command = Command::new("mkfs.ext4");
        let made = command.args(["-q", "-b", &BLOCK.to_string()]).arg(file("image")).status();
        assert!(made.expect("the tests need e2fsprogs").success(), "{command:?}");
        let disk = Disk::mount_served(folder.path(), at, SERVE);
        Self { disk, folder }
    }

    /// The disk, for [`super::archive::Archive::on`] and [`Disk::give_to`].
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Makes these blocks of a file unreadable, and mounts the disk anew, so that nothing of them is in
    /// memory. Nobody may use the disk meanwhile.
    pub fn spoil(&self, path: &Path, blocks: Range<u64>) {
        let path = path.strip_prefix(self.disk.seen_from_outside()).expect("a file of the disk");
        self.disk.unmount();
        let mut bad = fs::read(self.folder.path().join("bad")).expect("which blocks are bad");
        for block in blocks {
            bad[self.place_of(path, block)] = 1;
        }
        fs::write(self.folder.path().join("bad"), bad).expect("written");
        let served = self.folder.path().join("served/image");
        self.disk.mount_image_now(&served.to_string_lossy());
    }

    /// Which block of the disk, which nobody uses, holds a file's.
    fn place_of(&self, path: &Path, block: u64) -> usize {
        let asked = format!("bmap /{} {block}", path.display());
        let mut command = Command::new("debugfs");
        command.args(["-R", &asked]).arg(self.folder.path().join("image"));
        let said = command.output().expect("the tests need e2fsprogs");
        let number = String::from_utf8_lossy(&said.stdout).trim().parse();
        let number: usize = number.unwrap_or_else(|_| panic!("{command:?}: {said:?}"));
        assert!(number > 0, "the file has such a block");
        number
    }
}
