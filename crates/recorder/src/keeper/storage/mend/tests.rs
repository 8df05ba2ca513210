//! The thread `mend` on real files.

use std::fs;
use std::path::Path;
use std::thread::JoinHandle;

use super::super::{StorageSpec, start};
use super::*;
use crate::keeper::RetentionLimits;
use crate::ledger::archive::Archive;
use crate::repair::mender::{MendJob, Mended, PANICS};
use crate::simulation::{GATE, SimulatedRecorder};
use crate::system::RecorderSystem;

fn wait(until: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        if until() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

/// The thread of a folder with this camera on the wall.
struct MendThread(Arc<StorageShared>, Option<JoinHandle<()>>);

impl MendThread {
    fn start(root: &Path, known: &str, is_ours: bool) -> Self {
        Self::start_with(root, known, is_ours, ADOPT)
    }

    fn start_with(root: &Path, known: &str, is_ours: bool, adopt_after: Duration) -> Self {
        let limits = RetentionLimits { age: None, total: None, per_camera: None, free: 0 };
        let spec = StorageSpec {
            root: root.to_owned(),
            must_exist: false,
            limits,
            known: vec![known.to_owned()],
            handler: Arc::new(|_| {}),
            clock: || None,
        };
        let shared = Arc::new(StorageShared::new(spec, adopt_after));
        if is_ours {
            shared.publish(Ok(()));
        }
        let its = shared.clone();
        let thread = start("mend", move || its.run_mending());
        Self(shared, thread)
    }

    fn push(&self, job: MendJob) -> bool {
        self.0.mend(job)
    }

    fn take(&self) -> Option<Mended> {
        self.0.mended(GATE)
    }

    fn close(mut self) {
        self.0.end();
        self.1.take().unwrap().join().unwrap();
    }
}

fn job(part: &Path, start: jiff::Timestamp) -> MendJob {
    let (id, folder) = (GATE.into(), GATE.into());
    // Above the camera's folder and that of the day.
    let archive = Archive::new(part.ancestors().nth(5).unwrap_or(Path::new("/")));
    MendJob { id, folder, archive, path: part.with_extension(""), start, known: None }
}

#[test]
fn files_are_mended_once_the_folder_is_ours_and_nobody_waits() {
    let mut archive = SimulatedRecorder::new();
    let start = archive.at();
    archive.record(Duration::from_secs(5));
    archive.kill();
    let part = archive.part();
    let mend = MendThread::start(archive.root(), GATE, false);
    assert!(mend.push(job(&part, start)));
    std::thread::sleep(Duration::from_millis(300));
    assert!(mend.take().is_none(), "not ours");
    mend.0.publish(Ok(()));
    let mut answer = None;
    let end = Instant::now() + Duration::from_secs(60);
    while answer.is_none() && Instant::now() < end {
        answer = mend.take();
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(matches!(answer, Some(Mended { whole: Some(_), .. })), "{answer:?}");
    assert!(part.exists(), "who asked gives it its name");
    mend.close();
}

#[test]
fn a_long_file_holds_nobody_up_who_hands_over_another() {
    let mut archive = SimulatedRecorder::new();
    let start = archive.at();
    archive.record(Duration::from_secs(5));
    archive.kill();
    let part = archive.part();
    // A hole that is looked through for whole clusters: at the rate it takes two seconds.
    let length = fs::metadata(&part).unwrap().len() + 100_000_000;
    fs::File::options().write(true).open(&part).unwrap().set_len(length).unwrap();
    let mend = MendThread::start(archive.root(), GATE, true);
    mend.0.wrote(GATE, 0);
    let began = Instant::now();
    assert!(mend.push(job(&part, start)));
    std::thread::sleep(Duration::from_millis(200));
    let asked = Instant::now();
    assert!(mend.push(job(&part.with_file_name("gate_2026-11-22T08-00-00Z.mkv.part"), start)));
    assert!(mend.take().is_none());
    assert!(asked.elapsed() < Duration::from_millis(500), "no lock over the disk");
    assert!(wait(|| matches!(mend.take(), Some(Mended { whole: Some(_), .. }))));
    assert!(began.elapsed() > Duration::from_millis(1500), "{:?}: at the rate", began.elapsed());
    mend.close();
    assert!(fs::metadata(&part).unwrap().len() < length - 100_000_000 + 1);
}

#[test]
fn what_cameras_that_are_off_the_wall_left_is_finished() {
    let mut archive = SimulatedRecorder::new();
    archive.record(Duration::from_secs(5));
    archive.kill();
    let part = archive.part();
    let mend = MendThread::start(archive.root(), "yard", true);
    assert!(wait(|| part.with_extension("").exists() && !part.exists()));
    let is_told = || {
        let history = crate::History::read(archive.root(), GATE).unwrap();
        history.segments().iter().any(|it| it.segment.recovered)
    };
    assert!(wait(is_told));
    mend.close();
}

#[test]
fn a_camera_that_is_back_on_the_wall_waits_for_no_file_of_another() {
    let mut archive = SimulatedRecorder::new();
    let start = archive.at();
    archive.record(Duration::from_secs(5));
    archive.kill();
    // A file of a camera on the wall that takes seconds.
    let long = archive.root().join("yard.mkv.part");
    fs::copy(archive.part(), &long).unwrap();
    let length = fs::metadata(&long).unwrap().len() + 200_000_000;
    fs::File::options().write(true).open(&long).unwrap().set_len(length).unwrap();
    let mend = MendThread::start(archive.root(), "yard", false);
    mend.0.wrote("yard", 0);
    assert!(mend.push(MendJob { folder: "yard".into(), ..job(&long, start) }));
    mend.0.publish(Ok(()));
    let is_at_work = || format!("{:?}", mend.0.state().mender).contains("at_work: Some");
    assert!(wait(is_at_work));
    mend.0.change(|state| state.known.push(GATE.to_owned()));
    assert_eq!(mend.0.ready(GATE), Ok(()));
    assert!(is_at_work(), "and that file is not done yet");
    mend.close();
}

#[test]
fn a_panic_over_one_camera_that_is_off_the_wall_stops_no_other() {
    let mut archive = SimulatedRecorder::new();
    let mut first = archive.beside(super::PANICS);
    for recorder in [&mut first, &mut archive] {
        recorder.record(Duration::from_secs(5));
        recorder.kill();
    }
    let part = archive.part();
    let mend = MendThread::start(archive.root(), "yard", true);
    assert!(wait(|| !part.exists()), "behind the one that it panics over");
    mend.close();
}

#[test]
fn files_of_which_no_line_tells_are_looked_for_when_there_is_nothing_else_to_do() {
    let mut archive = SimulatedRecorder::new();
    archive.settings.length = Duration::from_secs(5);
    archive.record(Duration::from_secs(20));
    archive.finish();
    let files = archive.files();
    let lost = crate::paths::name_of(&files[1]);
    let path = archive.ledger(crate::paths::day_of(archive.at()));
    let text = fs::read_to_string(&path).unwrap();
    let left = text.lines().filter(|line| !line.contains(&lost));
    fs::write(&path, left.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    let soon = Duration::from_millis(50);
    let mend = MendThread::start_with(archive.root(), GATE, true, soon);
    let found = || fs::read_to_string(&path).is_ok_and(|text| text.contains(&lost));
    assert!(wait(found));
    mend.close();
}

#[test]
fn it_ends_in_the_middle_of_a_long_file() {
    let mut archive = SimulatedRecorder::new();
    let start = archive.at();
    archive.record(Duration::from_secs(2));
    archive.kill();
    let part = archive.part();
    fs::File::options().write(true).open(&part).unwrap().set_len(120_000_000).unwrap();
    let mend = MendThread::start(archive.root(), GATE, true);
    mend.push(job(&part, start));
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    mend.close();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(fs::metadata(&part).unwrap().len(), 120_000_000, "for the next start");
}

#[test]
fn a_panic_over_a_file_is_an_answer() {
    let archive = SimulatedRecorder::new();
    let mend = MendThread::start(archive.root(), GATE, true);
    assert!(mend.push(job(&archive.root().join(format!("{PANICS}.part")), archive.at())));
    assert!(wait(|| matches!(mend.take(), Some(Mended { whole: None, .. }))));
    mend.close();
}
