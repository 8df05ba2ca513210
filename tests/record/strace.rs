//! The kernel's word for what camwall says that it does to an archive: the calls that its log has are those
//! that `strace` sees, in their order, with their numbers. The log is what power cuts are replayed from.

mod calls;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use self::calls::{Call, FOLLOWED, of_log, of_strace};
use super::rig::{Rig, wait_lines};
use testkit::archive::Archive;
use testkit::window::session::WindowSession;
use testkit::{BLOCK, BadBlocks, Camwall, Run, SECOND, SOON, StatusLine, half_turn};

/// Some four segments, so that some are removed soon.
const LIMITED: &str = r#"segment: "2s", pre_roll: "0s", keep: (free: "20MB", per_camera: "300kB")"#;

/// What one run is followed with.
struct Followed {
    file: PathBuf,
}

impl Followed {
    fn new(folder: &Path, name: &str) -> Self {
        Self { file: folder.join(name) }
    }

    /// Has a run followed by `strace`, which is not its parent: signals reach it as ever.
    fn given_to(&self, run: Run) -> Run {
        let file = self.file.to_str().expect("a plain path");
        let strace = [
            "strace",
            "-D",
            "-f",
            "-y",
            "-Y",
            "-s",
            "0",
            "--seccomp-bpf",
            "-o",
            file,
            "-e",
            FOLLOWED,
        ];
        run.env("RUST_LOG", "info,camwall_recorder::disk=trace").through(&strace)
    }

    /// What it did to the archive.
    fn calls(&self, root: &Path) -> Vec<Call> {
        let text = std::fs::read_to_string(&self.file).expect("what strace wrote");
        within(root, of_strace(&text))
    }
}

/// Those calls that concern an archive, but for two that are made by who locks it. A path that leads from
/// nobody knows where may lead there.
fn within(root: &Path, calls: Vec<Call>) -> Vec<Call> {
    let inside = |path: &str| Path::new(path).is_relative() || Path::new(path).starts_with(root);
    let locks = |call: &Call| {
        let path = Path::new(&call.path);
        call.name == "mkdir" && path == root
            || call.name == "openat" && path == root.join(".camwall.lock")
    };
    let concerns = |call: &Call| inside(&call.path) || call.to.as_deref().is_some_and(inside);
    calls.into_iter().filter(|call| concerns(call) && !locks(call)).collect()
}

/// Checks that each thread's calls are the same in both; of a run that was killed, the last ones may not
/// have come to the log. How many there are.
fn assert_same(archive: &Archive, followed: &Followed, log: &str, killed: bool) -> usize {
    let root = archive.root();
    let (made, told) = (followed.calls(root), within(root, of_log(log)));
    let threads: BTreeSet<&str> =
        made.iter().chain(&told).map(|call| call.thread.as_str()).collect();
    let of = |calls: &[Call], thread: &str| -> Vec<Call> {
        calls.iter().filter(|call| call.thread == thread).cloned().collect()
    };
    for thread in threads {
        let (made, told) = (of(&made, thread), of(&told, thread));
        let differ = made.iter().zip(&told).position(|(made, told)| made != told);
        if let Some(at) = differ {
            panic!("{thread}: call {at} was {:#?} and is told as {:#?}", made[at], told[at]);
        }
        assert!(told.len() <= made.len(), "{thread}: only told: {:#?}", &told[made.len()..]);
        let untold = made.len() - told.len();
        assert!(
            untold == 0 || killed && untold < 50,
            "{thread}: not told: {:#?}",
            &made[told.len()..]
        );
    }
    told.len()
}

/// Checks that there were such calls.
fn assert_some(archive: &Archive, followed: &Followed, names: &[&str]) {
    let calls = followed.calls(archive.root());
    for name in names {
        assert!(calls.iter().any(|call| call.name == *name), "no {name} in {calls:#?}");
    }
}

/// How many blocks of the disk a file has, the last of which may go on.
fn blocks(path: &Path) -> u64 {
    path.metadata().map_or(0, |found| found.len().div_ceil(BLOCK))
}

fn is_recorded(line: &StatusLine) -> bool {
    line.camera("cam1").recording
}

#[test]
fn the_system_is_asked_for_what_the_log_tells() {
    let _turn = half_turn();
    let rig = Rig::new(&["cam1/sub"], LIMITED);
    let folder = rig.folder.path().to_owned();
    let disk = BadBlocks::mount(64, rig.archive.root());
    // As we see it, and as the wall does.
    let (archive, inside) = (Archive::on(disk.disk()), rig.archive.clone());
    let followed = |run, by: &Followed| disk.disk().give_to(by.given_to(run));
    // All that an ordinary day has: files that turn, keys, pictures, and old ones that go.
    let first = Followed::new(&folder, "first");
    let Rig { wall, server: _server, folder: _folder, .. } = rig;
    let small = (wall, &["--size", "640x360"][..]);
    let mut session = WindowSession::open_as(small, |run| followed(run, &first), is_recorded);
    session.keys(&["k"]);
    session.camwall.wait_that("it is kept", SOON, || !archive.camera("cam1").kept().is_empty());
    // Until the key is pressed again.
    wait_lines(&mut session.camwall, 4);
    session.keys(&["k"]);
    for (picture, keys) in (1..).zip(["s", "shift+s"]) {
        session.keys(&[keys]);
        let there = || archive.files_of("png").len() == picture;
        session.camwall.wait_that("a picture is there", SOON, there);
    }
    session
        .camwall
        .wait_that("the oldest go", 2 * SOON, || !archive.camera("cam1").removed().is_empty());
    let ended = session.camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let told = assert_same(&inside, &first, &ended.stderr, false);
    eprintln!("{told} calls of the first run");
    assert!(told > 50, "{told} calls");
    assert_some(&inside, &first, &["mkdir", "openat", "pwrite64", "write", "fsync", "fdatasync"]);
    assert_some(&inside, &first, &["renameat2", "unlink"]);
    let marked = |call: &Call| call.path.ends_with(".camwall.archive") && call.name == "pwrite64";
    assert!(first.calls(inside.root()).iter().any(marked), "the folder is marked");

    let second = Followed::new(&folder, "second");
    let run = || Run::offscreen_of("320x180", &session.wall);
    let mut camwall: Camwall = followed(run(), &second).start();
    camwall.wait_for("recorded again", SOON, is_recorded);
    // Clusters of two blocks or so behind its first, which takes five.
    camwall.wait_that("a file is open", SOON, || {
        archive.growing("cam1").is_some_and(|path| blocks(&path) > 12)
    });
    camwall.signal(libc::SIGKILL);
    let ended = camwall.finish(10 * SECOND);
    assert!(assert_same(&inside, &second, &ended.stderr, true) > 10);

    // What a kill left is mended, a block that can't be read as well.
    assert_eq!(archive.parts().len(), 1);
    let left = archive.parts().pop().expect("one");
    let bad = blocks(&left) / 2;
    disk.spoil(&left, bad..bad + 1);
    let third = Followed::new(&folder, "third");
    let mut camwall = followed(run(), &third).start();
    camwall.wait_for("recorded again", SOON, is_recorded);
    camwall.wait_that("it is mended", SOON, || !left.exists());
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(assert_same(&inside, &third, &ended.stderr, false) > 20);
    assert_some(&inside, &third, &["renameat2", "fdatasync", "fallocate"]);
    archive.assert_sound(&["cam1"]);
}
