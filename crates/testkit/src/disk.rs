//! A small disk of its own for a test that only the processes of a namespace see: a tmpfs, or another
//! file system in a file.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Run;

/// A mounted disk; gone when dropped.
pub struct Disk {
    /// Sits in the namespace and keeps it.
    holder: Child,
    /// Whether the namespace has users of its own.
    users: bool,
    at: PathBuf,
}

/// Has the namespace be as it is told to, says so, and waits until nobody holds the other end of its
/// input.
const HOLD: &str = r#"eval "$3" && echo ready && exec cat"#;

/// Mounts a tmpfs of this size.
const TMPFS: &str = r#"mount -t tmpfs -o "size=$1" tmpfs "$2""#;

/// Mounts the file system in this file; what it finds wrong with itself turns it read-only.
const IMAGE: &str = r#"mount -o loop,errors=remount-ro "$1" "$2""#;

/// Has nobody write to the folder that it is mounted on once it is gone.
const GUARD: &str = r#"mount --bind "$2" "$2" && mount -o remount,bind,ro "$2""#;

/// A namespace by the arguments of `unshare`, and whether it has users of its own. Anybody may have
/// one where user namespaces are allowed; where they are not, root still may.
const ANYBODY: (&str, bool) = ("-rm", true);
const ROOT: (&str, bool) = ("-m", false);

impl Disk {
    /// Mounts a disk of `size` (`24M`) on the folder `at`, as far as [`Self::give_to`] reaches.
    pub fn mount(size: &str, at: &Path) -> Self {
        Self::prepare(size, at, TMPFS, &[ANYBODY, ROOT])
    }

    /// Mounts the file system in the file `image` on the folder `at`, which itself may be `guarded`
    /// from being written to. Takes root.
    pub(crate) fn mount_image(image: &str, at: &Path, guarded: bool) -> Self {
        let how = if guarded { format!("{GUARD} && {IMAGE}") } else { IMAGE.to_owned() };
        Self::prepare(image, at, &how, &[ROOT])
    }

    /// Mounts on the folder `at` what `how` has of the folder `from`. Takes root.
    pub(crate) fn mount_served(from: &Path, at: &Path, how: &str) -> Self {
        Self::prepare(&from.to_string_lossy(), at, how, &[ROOT])
    }

    /// Unmounts it, which nobody may use.
    pub(crate) fn unmount(&self) {
        self.run(&["umount"]);
    }

    /// Mounts it again after it was taken away.
    pub(crate) fn mount_image_now(&self, image: &str) {
        self.run(&["sh", "-c", IMAGE, "sh", image]);
    }

    /// Takes the disk away from those who use it: they keep what they have open.
    pub(crate) fn take_away(&self) {
        self.run(&["umount", "--lazy"]);
    }

    /// What the disk is called: `/dev/loop0`.
    pub(crate) fn device(&self) -> String {
        let said = self.run(&["findmnt", "--noheadings", "--output", "SOURCE"]);
        // What is mounted last lies on top.
        said.lines().last().expect("it is mounted").trim().to_owned()
    }

    /// A disk on the folder `at` that is mounted when a wall runs already.
    pub fn later(at: &Path) -> Self {
        Self::prepare("", at, ":", &[ANYBODY, ROOT])
    }

    /// Mounts the disk that was to come later, with this size.
    pub fn mount_now(&self, size: &str) {
        self.run(&["sh", "-c", TMPFS, "sh", size]);
    }

    /// Has a namespace in which `how` mounts `what`, by the first of these ways that works.
    fn prepare(what: &str, at: &Path, how: &str, ways: &[(&str, bool)]) -> Self {
        std::fs::create_dir_all(at).expect("a folder");
        let mut complaints = String::new();
        for &(flags, users) in ways {
            let mut holder = Command::new("unshare")
                .args([flags, "sh", "-c", HOLD, "sh", what])
                .arg(at)
                .arg(how)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the tests need the program unshare, of util-linux");
            let mut line = String::new();
            let stdout = holder.stdout.take().expect("stdout is a pipe");
            // An end without a word is a failure, too.
            BufReader::new(stdout).read_line(&mut line).unwrap_or_default();
            if line.trim() == "ready" {
                return Self { holder, users, at: at.to_owned() };
            }
            let mut stderr = holder.stderr.take().expect("stderr is a pipe");
            stderr.read_to_string(&mut complaints).unwrap_or_default();
            holder.wait().expect("a child of ours");
        }
        let ways: Vec<String> = ways.iter().map(|(flags, _)| format!("unshare {flags}")).collect();
        panic!(
            "this test mounts a disk of its own, which takes root or, for a tmpfs, user namespaces; \
             not possible here ({}):\n{complaints}",
            ways.join(", ")
        );
    }

    /// Has a wall see the disk.
    pub fn give_to(&self, run: Run) -> Run {
        run.through(&self.enter())
    }

    /// Where it is mounted, for those that see it.
    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    /// The disk's root, for processes outside.
    pub fn seen_from_outside(&self) -> PathBuf {
        self.path_from_outside(&self.at)
    }

    /// A path as those see it that see the disk, for processes outside.
    pub(crate) fn path_from_outside(&self, path: &Path) -> PathBuf {
        let inside = path.strip_prefix("/").expect("an absolute path");
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside)
    }

    /// Mounts it again, `ro` or `rw`.
    pub fn remount(&self, how: &str) {
        self.run(&["mount", "-o", &format!("remount,{how}")]);
    }

    /// Runs a program in the namespace, with where the disk is as its last word; what it says.
    fn run(&self, program: &[&str]) -> String {
        let words = self.enter();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(program).arg(&self.at);
        let output = command.output().expect("nsenter runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What runs a program in the namespace.
    pub(crate) fn enter(&self) -> Vec<String> {
        let holder = self.holder.id().to_string();
        let users: &[&str] = if self.users { &["--user", "--preserve-credentials"] } else { &[] };
        let words = ["nsenter", "--target", &holder, "--mount"].into_iter();
        words.chain(users.iter().copied()).chain(["--"]).map(str::to_owned).collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        self.holder.kill().ok();
        self.holder.wait().ok();
    }
}
