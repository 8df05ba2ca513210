//! The real thread, clock and disk: what it is woken for.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;

use camwall_media::fixtures::{FakeHub, h264_of, packet_of};
use camwall_media::{Container, Keep, StreamInfo};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::ledger::history::History;
use crate::reader::{ArchiveReader, Piece};
use crate::simulation::{GATE, SimulatedRecorder, number_of};
use crate::writer::rules::Intent;
use crate::{
    Cause, Note, Recorder, RecorderEvent, RecorderHandler, RecorderSpec, RetentionLimits,
    SegmentSettings, Storage, StorageSpec, Trouble,
};

const SOON: Duration = Duration::from_secs(30);
/// Longer than any file of these tests.
const LONG: Duration = Duration::from_secs(600);

/// A recorder, and a camera of ten pictures a second that it listens to.
struct Rig {
    recorder: Recorder,
    storage: Arc<Storage>,
    hub: FakeHub,
    sent: u32,
    began: Instant,
    info: Arc<StreamInfo>,
    folder: TempDir,
}

impl Rig {
    fn new(id: &str) -> Self {
        Self::told(id, Arc::new(|_| {}))
    }

    /// The recorder tells this.
    fn told(id: &str, handler: RecorderHandler) -> Self {
        Self::with(id, LONG, handler)
    }

    /// In files of this length.
    fn with(id: &str, length: Duration, handler: RecorderHandler) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (recorder, storage) = open(id, folder.path(), length, handler);
        let hub = FakeHub::default();
        assert!(recorder.connect(Some(hub.subscribe(recorder.keep()))));
        let info = h264_of(640, 360, 0);
        Self { recorder, storage, hub, sent: 0, began: Instant::now(), info, folder }
    }

    /// Pictures come for so long, or until that holds.
    fn film(&mut self, time: Duration, until: impl Fn(&Recorder) -> bool) -> bool {
        let end = Instant::now() + time;
        while Instant::now() < end && !until(&self.recorder) {
            self.picture();
            std::thread::sleep(Duration::from_millis(100));
        }
        until(&self.recorder)
    }

    /// One picture comes.
    fn picture(&mut self) {
        let pts = self.began.elapsed().as_micros() * 9 / 100;
        let key = self.sent.is_multiple_of(10);
        let (info, number) = (self.info.clone(), format!("<picture {:08}>", self.sent));
        self.hub.push(&packet_of(&info, number.as_bytes(), pts as i64, key, Instant::now()));
        self.sent += 1;
    }
}

/// A recorder of a camera, and the storage of its folder.
fn open(
    id: &str,
    root: &Path,
    length: Duration,
    handler: RecorderHandler,
) -> (Recorder, Arc<Storage>) {
    camwall_media::init();
    let storage = storage_of(id, root);
    let spec = spec(id, root, length);
    let recorder = Recorder::open(None, spec, storage.clone(), handler).unwrap();
    (recorder, storage)
}

fn storage_of(id: &str, root: &Path) -> Arc<Storage> {
    let limits = RetentionLimits { age: None, total: None, per_camera: None, free: 0 };
    Storage::new(StorageSpec {
        root: root.to_owned(),
        must_exist: false,
        limits,
        known: vec![id.to_owned()],
        handler: Arc::new(|_| {}),
        clock: || Some(true),
    })
}

fn spec(id: &str, root: &Path, length: Duration) -> RecorderSpec {
    let settings = SegmentSettings {
        id: id.into(),
        title: id.to_owned(),
        root: root.to_owned(),
        folder: id.to_owned(),
        container: Container::Matroska,
        length,
        size: 1 << 30,
    };
    let keep = Keep { span: Duration::from_secs(2), bytes: 1 << 24 };
    RecorderSpec { settings, keep, eager: true }
}

/// How often a thread of this name went to sleep, and how often it was sent there.
fn switches(name: &str) -> (u64, u64) {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten().map(|task| task.path());
    let mut named = tasks.filter(|task| {
        std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name)
    });
    let status = std::fs::read_to_string(named.next().unwrap().join("status")).unwrap();
    let of = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.trim().parse().unwrap()
    };
    (of("voluntary_ctxt_switches:"), of("nonvoluntary_ctxt_switches:"))
}

#[test]
fn a_recorder_that_is_off_is_not_woken_by_packets_and_is_there_at_once_when_it_is_to_be() {
    let mut rig = Rig::new("off");
    assert!(rig.recorder.set_intent(Intent::Off(Cause::NotScheduled), None));
    let never = |_: &Recorder| false;
    // What it does at first, however long that takes here.
    let deadline = Instant::now() + SOON;
    let mut before = (0, 0);
    loop {
        rig.film(Duration::from_secs(1), never);
        let now = switches("off.record");
        if now == before {
            break;
        }
        assert!(Instant::now() < deadline, "it does not come to rest");
        before = now;
    }
    rig.film(Duration::from_secs(5), never);
    assert_eq!(switches("off.record"), before, "it was woken for nothing");
    assert!(rig.recorder.set_intent(Intent::On, None));
    assert!(rig.film(SOON, |recorder| recorder.status().writing));
    assert!(rig.recorder.set_intent(Intent::Off(Cause::StoppedByHand), None));
    assert!(rig.film(SOON, |recorder| !recorder.status().wanted));
    // Without a picture in memory that can be decoded; what it says comes from another thread.
    assert!(rig.recorder.snapshot());
    let end = Instant::now() + SOON;
    let note = || rig.recorder.note();
    let said = std::iter::repeat_with(|| std::thread::sleep(Duration::from_millis(10)))
        .take_while(|()| Instant::now() < end)
        .find_map(|()| note());
    assert_eq!(said, Some(Note::SnapshotFailed));
    rig.recorder.finish();
    assert!(rig.recorder.close(Instant::now() + SOON));
    rig.storage.close();
}

#[test]
fn panics_that_come_again_and_again_are_given_time_and_end_when_the_program_does() {
    let told = Arc::new(AtomicU32::new(0));
    let counted = told.clone();
    let mut rig = Rig::told(
        "panics",
        Arc::new(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            panic!("as this test wants");
        }),
    );
    assert!(rig.recorder.set_intent(Intent::On, None));
    rig.film(Duration::from_secs(5), |_| false);
    // In the thread's work, and in what it says of that.
    let calls = told.load(Ordering::Relaxed);
    assert!((2..=6).contains(&calls), "{calls} calls in five seconds");
    rig.recorder.finish();
    assert!(rig.recorder.close(Instant::now() + Duration::from_secs(1)), "it rests, and ends");
    rig.storage.close();
}

#[test]
fn what_is_on_its_way_when_the_program_ends_is_recorded_and_a_camera_that_never_ceases_is_not_waited_for()
 {
    let mut rig = Rig::new("ends");
    assert!(rig.recorder.set_intent(Intent::On, None));
    assert!(rig.film(SOON, |recorder| recorder.status().writing));
    rig.recorder.finish();
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(50));
        rig.picture();
    }
    let sent = u64::from(rig.sent);
    let told = Instant::now();
    let Rig { recorder, storage, folder, .. } = rig;
    assert!(recorder.close(told + SOON));
    storage.close();
    let history = History::read(folder.path(), "ends").unwrap();
    let packets: u64 = history.segments().iter().map(|it| it.segment.packets).sum();
    assert_eq!(packets, sent);

    let mut rig = Rig::new("never");
    assert!(rig.recorder.set_intent(Intent::On, None));
    assert!(rig.film(SOON, |recorder| recorder.status().writing));
    rig.recorder.finish();
    let told = Instant::now();
    while !rig.recorder.is_over() {
        assert!(told.elapsed() < SOON, "it waits for ever");
        std::thread::sleep(Duration::from_millis(20));
        rig.picture();
    }
    rig.storage.close();
}

#[test]
fn what_a_kill_left_is_taken_up_though_nobody_asks_for_it_and_its_disk_is_mounted_later() {
    let mut killed = SimulatedRecorder::new();
    killed.record(Duration::from_secs(2));
    killed.kill();
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("recordings");
    let storage = storage_of(GATE, &root);
    let spec = RecorderSpec { eager: false, ..spec(GATE, &root, LONG) };
    let recorder = Recorder::open(None, spec, storage.clone(), Arc::new(|_| {})).unwrap();
    let told = Instant::now();
    assert!(recorder.protect());
    while recorder.note().is_none() {
        assert!(told.elapsed() < SOON, "it does not answer");
        std::thread::sleep(Duration::from_millis(5));
    }
    // It has looked for the folder.
    assert!(!root.exists(), "nothing is made for a camera that is not recorded");
    std::os::unix::fs::symlink(killed.root(), &root).unwrap();
    while recorder.status().interrupted.is_none() {
        assert!(told.elapsed() < SOON, "it is never taken up");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(recorder.close(Instant::now() + SOON));
    storage.close();
}

#[test]
fn what_is_being_mended_when_the_program_ends_is_waited_for_a_moment() {
    let mut killed = SimulatedRecorder::new();
    killed.record(Duration::from_secs(5));
    killed.kill();
    let part = killed.part();
    // Nothing that is read at the rate, for a fifth of a second.
    let file = std::fs::File::options().write(true).open(&part).unwrap();
    file.set_len(15_000_000).unwrap();
    let (mut recorder, storage) = open(GATE, killed.root(), LONG, Arc::new(|_| {}));
    let told = Instant::now();
    while recorder.status().interrupted.is_none() && told.elapsed() < SOON {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(part.exists(), "not mended yet");
    recorder.finish();
    assert!(recorder.close(Instant::now() + SOON));
    storage.close();
    assert!(!part.exists());
    let history = History::read(killed.root(), GATE).unwrap();
    assert!(history.segments()[0].segment.recovered, "{history:?}");
}

#[test]
fn a_snapshot_that_is_being_made_when_the_camera_goes_is_waited_for_and_told() {
    let (enter, entered) = bounded(1);
    let (release, released) = bounded::<()>(1);
    let mut rig = Rig::told(
        "shot",
        Arc::new(move |event| {
            if let RecorderEvent::Told { what: Trouble::NoSnapshot, .. } = event {
                enter.send(()).unwrap();
                released.recv_timeout(SOON).unwrap();
            }
        }),
    );
    assert!(rig.recorder.set_intent(Intent::On, None));
    assert!(rig.film(SOON, |recorder| recorder.status().writing));
    assert!(rig.recorder.snapshot());
    // What is in memory can't be decoded; its thread is about to say so.
    entered.recv_timeout(SOON).unwrap();
    rig.recorder.finish();
    release.send(()).unwrap();
    assert_eq!(last_note(&rig.recorder), Some(Note::SnapshotFailed));
    rig.storage.close();
}

#[test]
fn a_snapshot_that_still_waits_for_a_picture_when_the_camera_goes_is_told_as_such() {
    let mut rig = Rig::new("early");
    assert!(rig.recorder.snapshot());
    rig.recorder.finish();
    assert_eq!(last_note(&rig.recorder), Some(Note::SnapshotWithoutPicture));
    rig.storage.close();
}

/// What a recorder that finishes has told when its thread is over.
fn last_note(recorder: &Recorder) -> Option<Note> {
    let end = Instant::now() + SOON;
    while !recorder.is_over() {
        assert!(Instant::now() < end, "its thread does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    recorder.note()
}

#[test]
fn the_next_recorder_of_a_camera_begins_when_the_one_before_has_ended_and_tells_its_last_words() {
    let (enter, entered) = bounded(1);
    let (release, released) = bounded::<()>(0);
    let rig = Rig::told(
        "again",
        Arc::new(move |_| {
            enter.try_send(()).ok();
            // Until the test lets go of it.
            released.recv_timeout(SOON).ok();
        }),
    );
    assert!(rig.recorder.set_intent(Intent::On, None));
    entered.recv_timeout(SOON).unwrap();
    assert!(rig.recorder.snapshot());
    let spec = spec("again", rig.folder.path(), LONG);
    let next = Recorder::open(Some(rig.recorder), spec, rig.storage.clone(), Arc::new(|_| {}));
    let next = next.unwrap();
    assert!(next.protect());
    let held = Instant::now() + Duration::from_millis(500);
    while Instant::now() < held {
        assert_eq!(next.note(), None, "two threads write the camera's archive");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(release);
    let mut told = Vec::new();
    let end = Instant::now() + SOON;
    while told.len() < 2 && Instant::now() < end {
        told.extend(next.note());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(told, [Note::SnapshotWithoutPicture, Note::NothingToProtect]);
    assert!(next.close(Instant::now() + SOON));
    rig.storage.close();
}

/// What a reader beside a writer has read: the numbers of the pictures, in turn.
fn read_all(reader: &mut ArchiveReader) -> Vec<u64> {
    let pieces = std::iter::from_fn(|| reader.next_piece().unwrap());
    let packets = pieces.flat_map(|piece| match piece {
        Piece::Group { packets, .. } => packets,
        Piece::Gap(gap) => panic!("{gap:?}"),
    });
    packets.map(|it| number_of(&it.data, it.media_type).unwrap()).collect()
}

#[test]
fn who_reads_beside_a_writer_reads_all_that_was_sent_and_holds_nobody_up() {
    const FILE: Duration = Duration::from_secs(2);
    let mut rig = Rig::with("read", FILE, Arc::new(|_| {}));
    assert!(rig.recorder.set_intent(Intent::On, None));
    assert!(rig.film(SOON, |recorder| recorder.status().writing));
    let (root, live) = (rig.folder.path().to_owned(), rig.recorder.live_end());
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let reader = std::thread::spawn(move || {
        let mut reader =
            ArchiveReader::open(&root, "read", Timestamp::UNIX_EPOCH, Some(live)).unwrap();
        let (mut read, mut rounds) = (Vec::new(), 0_u64);
        loop {
            let last = over.load(Ordering::SeqCst);
            read.extend(read_all(&mut reader));
            rounds += 1;
            if last {
                return (read, rounds);
            }
        }
    });
    // As fast as it can, over several files: who writes is never late meanwhile.
    let end = Instant::now() + 5 * FILE;
    while Instant::now() < end {
        assert!(!rig.film(Duration::from_millis(100), |recorder| !recorder.status().writing));
    }
    let sent = u64::from(rig.sent);
    let Rig { mut recorder, storage, folder, .. } = rig;
    recorder.finish();
    assert!(recorder.close(Instant::now() + SOON));
    is_over.store(true, Ordering::SeqCst);
    let (read, rounds) = reader.join().unwrap();
    storage.close();
    let history = History::read(folder.path(), "read").unwrap();
    assert!(history.segments().len() >= 4, "{history:?}");
    assert_eq!(read, (0..sent).collect::<Vec<_>>());
    assert!(rounds > 50, "{rounds} looks in ten seconds");
}
