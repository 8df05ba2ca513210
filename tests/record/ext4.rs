//! A disk that turns read-only while cameras are recorded, is taken out, mended and put back.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::rig::{Rig, all_recorded, assert_untouched, fails, recorded, wait_lines};
use testkit::access_units::{Clip, assert_run, sent};
use testkit::archive::Archive;
use testkit::{Camwall, Ext4, SOON, half_turn, turn};

const CAMERAS: [&str; 2] = ["cam1", "cam5"];
const CLIPS: [&str; 2] = ["cam1-360.h264", "cam5-360.h264"];

/// The most that is lost of what came before the disk failed.
const LOSS: SignedDuration = SignedDuration::from_secs(1);

/// How long until the wall stops to say that it records, by its own clock: the next sync is refused,
/// and one second from a line to the next.
const OUT: f64 = 2.0;

/// And until it says why: a recording that broke has three seconds to mend itself.
const SAID: f64 = OUT + 3.0;

/// A wall that records to an ext4, and has done so for some seconds.
struct Recording {
    rig: Rig,
    ext4: Ext4,
    archive: Archive,
    camwall: Camwall,
    /// Status lines before.
    began: usize,
}

impl Recording {
    /// Into one file of an hour for each camera. The folder below the disk may be `guarded`.
    fn begin(guarded: bool) -> Self {
        let recording = r#"segment: "1h", pre_roll: "0s", keep: (free: "5MB")"#;
        let rig = Rig::new(&["cam1/sub", "cam5/sub"], recording);
        let ext4 = Ext4::mount(64, &[], rig.archive.root(), guarded);
        let archive = Archive::on(ext4.disk());
        let mut camwall = rig.started(ext4.disk().give_to(rig.run()));
        let began = camwall.lines().len();
        camwall.wait_until("some seconds", SOON, |lines| lines.len() >= began + 5);
        assert_eq!(archive.parts().len(), CAMERAS.len(), "{:?}", archive.parts());
        Self { rig, ext4, archive, camwall, began }
    }

    /// Breaks the disk and waits until that is said; when it was broken.
    fn break_down(&mut self) -> Timestamp {
        let t = self.camwall.lines().last().expect("lines").t;
        let broken = Timestamp::now();
        self.ext4.break_down();
        for (what, limit, why) in [("REC goes out", OUT, false), ("why is said", SAID, true)] {
            let line = self.camwall.wait_for(what, SOON, |line| {
                CAMERAS.iter().all(|camera| match why {
                    true => fails(line, camera, "disk_read_only"),
                    false => !line.camera(camera).recording,
                })
            });
            assert!(line.t - t <= limit, "{what} only after {} s", line.t - t);
        }
        broken
    }
}

#[test]
fn a_disk_that_turns_read_only_in_mid_segment_costs_less_than_a_second() {
    let _turn = turn();
    let mut it = Recording::begin(true);
    // Seconds of a file of an hour: all of them would be lost if it were forgotten.
    let parts = it.archive.parts();
    let broken = it.break_down();
    // Long enough to be the cause that the ledger has.
    wait_lines(&mut it.camwall, 5);
    assert_eq!(it.archive.parts(), parts, "nothing is forgotten, and nothing can be done to them");
    it.ext4.take_away(SOON);
    it.ext4.mend();
    it.ext4.mount_again();
    let Recording { rig, archive, mut camwall, began, ext4: _ext4 } = it;
    camwall.wait_for("recorded again", SOON, all_recorded);
    for (camera, part) in CAMERAS.iter().zip(&parts) {
        let whole = part.with_extension("");
        camwall.wait_that(&format!("{camera}'s file is finished"), SOON, || whole.exists());
        assert_untouched(&camwall.lines()[began..], camera);
    }
    camwall.wait_for("a line later", SOON, all_recorded);
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&CAMERAS);
    for (camera, clip) in CAMERAS.iter().zip(CLIPS) {
        let timeline = archive.camera(camera);
        // To a sync that is under way the kernel may answer EIO; while the disk was out, there was no
        // folder.
        let causes = timeline.causes();
        let known = ["disk_read_only", "disk_error", "no_folder"];
        assert!(causes.iter().all(|cause| known.contains(cause)), "{timeline:#?}");
        assert!(causes.contains(&known[0]), "{timeline:#?}");
        let (first, last) = (&timeline.gaps[0], &timeline.gaps[causes.len() - 1]);
        let lost = broken.duration_since(first.start);
        assert!(lost <= LOSS, "{lost} lost: {timeline:#?}");
        assert!(last.end > broken, "{timeline:#?}");
        let clip = Clip::read(clip);
        for before in [true, false] {
            let part = timeline.segments.iter().filter(|it| (it.start < first.start) == before);
            let units: Vec<usize> =
                part.flat_map(|segment| clip.units_of(&timeline.path(segment))).collect();
            assert_run(&units, &sent(&rig.trace(), camera, "sub", &clip));
        }
    }
}

#[test]
fn nothing_is_written_below_a_disk_that_is_taken_away() {
    let _turn = turn();
    let mut it = Recording::begin(false);
    it.break_down();
    it.ext4.take_away(SOON);
    // The folder on the system's disk, which looks as if it had always been empty.
    it.camwall.wait_for("it is noticed", SOON, |line| {
        CAMERAS.iter().all(|camera| fails(line, camera, "no_folder"))
    });
    let below = Archive::at(it.rig.archive.root().to_owned());
    assert_eq!(below.files(), Vec::<PathBuf>::new());
    assert_eq!(it.camwall.terminate().code, Some(0));
    assert_eq!(below.files(), Vec::<PathBuf>::new());
}

#[test]
fn a_disk_that_must_be_there_is_waited_for() {
    let _turn = half_turn();
    let recording = r#"must_exist: true, segment: "2s", pre_roll: "0s", keep: (free: "5MB")"#;
    let rig = Rig::new(&["cam1/sub"], recording);
    let mut ext4 = Ext4::mount(64, &[], rig.archive.root(), false);
    let archive = Archive::on(ext4.disk());
    // A disk that is mounted, and so is known from now on.
    let camwall = rig.started(ext4.disk().give_to(rig.run()));
    assert_eq!(camwall.terminate().code, Some(0));
    ext4.take_away(SOON);
    let mut camwall = ext4.disk().give_to(rig.run()).start();
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam1", "no_folder"));
    assert_eq!(Archive::at(rig.archive.root().to_owned()).files(), Vec::<PathBuf>::new());
    ext4.mount_again();
    camwall.wait_for("recorded", SOON, all_recorded);
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1"]);
}

/// Cameras of which the second has a disk of its own, seen from outside.
fn with_own_disk(recording: &str) -> (Rig, Ext4, Archive, Camwall) {
    let rig = Rig::new(&["cam1/sub", "cam5/sub"], recording);
    let ext4 = Ext4::mount(64, &[], &rig.archive.root().join("cam5"), false);
    let archive = Archive::above(ext4.disk(), rig.archive.root());
    let camwall = rig.started(ext4.disk().give_to(rig.run()));
    (rig, ext4, archive, camwall)
}

/// Waits until it is said that the disk of the second is away, and so many seconds more: nothing is written
/// below it, and the other goes on.
fn assert_away(archive: &Archive, camwall: &mut Camwall, seconds: usize) {
    let is_away = |line: &_| fails(line, "cam5", "no_folder") && recorded(line, "cam1");
    camwall.wait_for("it is gone", SOON, is_away);
    wait_lines(camwall, seconds);
    assert!(is_away(camwall.lines().last().expect("lines")));
    let folder = archive.root().join("cam5");
    let below = archive.files().into_iter().filter(|path| path.starts_with(&folder));
    assert_eq!(below.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "below its disk");
}

#[test]
fn a_camera_whose_own_disk_fails_and_is_taken_out_has_its_file_once_it_is_back() {
    let _turn = turn();
    let recording = r#"segment: "1h", pre_roll: "0s", keep: (free: "5MB")"#;
    let (_rig, mut ext4, archive, mut camwall) = with_own_disk(recording);
    wait_lines(&mut camwall, 5);
    let [_, part] = &archive.parts()[..] else { panic!("{:?}", archive.parts()) };
    let broken = Timestamp::now();
    ext4.break_down();
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam5", "disk_read_only"));
    ext4.take_away(SOON);
    // Long enough for all that waits to be tried again.
    assert_away(&archive, &mut camwall, 10);
    ext4.mend();
    ext4.mount_again();
    camwall.wait_for("recorded again", SOON, all_recorded);
    let whole = part.with_extension("");
    camwall.wait_that("the file is finished", SOON, || whole.exists());
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&CAMERAS);
    let timeline = archive.camera("cam5");
    let lost = broken.duration_since(timeline.gaps[0].start);
    assert!(lost <= LOSS, "{lost} lost: {timeline:#?}");
    assert_eq!(archive.camera("cam1").causes(), Vec::<&str>::new());
}

#[test]
fn a_camera_whose_own_disk_is_unmounted_while_it_records_loses_no_closed_file() {
    let _turn = turn();
    let recording = r#"segment: "2s", pre_roll: "0s", keep: (free: "5MB")"#;
    let (_rig, mut ext4, archive, mut camwall) = with_own_disk(recording);
    wait_lines(&mut camwall, 5);
    let before = archive.camera("cam5").segments.len();
    ext4.take_away(SOON);
    assert_away(&archive, &mut camwall, 5);
    ext4.mount_again();
    camwall.wait_for("recorded again", SOON, all_recorded);
    wait_lines(&mut camwall, 5);
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&CAMERAS);
    let timeline = archive.camera("cam5");
    assert!(timeline.segments.len() > before + 2, "{timeline:#?}");
    assert_eq!(timeline.causes(), ["no_folder"], "and nothing was deleted: {timeline:#?}");
}

#[test]
fn a_cameras_own_disk_that_must_be_there_is_waited_for() {
    let _turn = half_turn();
    let recording = r#"must_exist: true, segment: "2s", pre_roll: "0s", keep: (free: "5MB")"#;
    let rig = Rig::new(&["cam1/sub", "cam5/sub"], recording);
    let mut ext4 = Ext4::mount(64, &[], &rig.archive.root().join("cam5"), false);
    let archive = Archive::above(ext4.disk(), rig.archive.root());
    // It is marked, as by a start before.
    std::fs::write(rig.archive.root().join(".camwall.archive"), "{}").expect("a mark");
    let camwall = rig.started(ext4.disk().give_to(rig.run()));
    assert_eq!(camwall.terminate().code, Some(0));
    ext4.take_away(SOON);
    let mut camwall = ext4.disk().give_to(rig.run()).start();
    assert_away(&archive, &mut camwall, 5);
    ext4.mount_again();
    camwall.wait_for("recorded", SOON, all_recorded);
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&CAMERAS);
}
