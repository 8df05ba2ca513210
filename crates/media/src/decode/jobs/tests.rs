//! Jobs out of a real hub, in simulated time.

use super::*;
use crate::fixtures::fake_at;
use crate::hub::PacketHub;

/// A hub, its connection, and a health that counts what is left out.
struct Rig {
    hub: PacketHub,
    session: Arc<Session>,
    health: FeedHealth,
    reopen: AtomicBool,
    start: Instant,
}

impl Rig {
    fn new() -> Self {
        Self {
            hub: PacketHub::default(),
            session: Arc::new(Session { number: 0, audio: None, lossy: false }),
            health: FeedHealth::new(Duration::ZERO),
            reopen: AtomicBool::new(false),
            start: Instant::now(),
        }
    }

    fn at(&self, milliseconds: i64) -> Instant {
        self.start + Duration::from_millis(milliseconds.unsigned_abs())
    }

    /// Pictures that arrive at these milliseconds, which are their timestamps, too.
    fn send(&self, at: impl IntoIterator<Item = (i64, bool)>) {
        for (pts, key) in at {
            self.hub.push(fake_at(pts, key, self.at(pts)), &self.session);
        }
    }

    fn reconnect(&mut self) {
        let number = self.session.number + 1;
        self.session = Arc::new(Session { number, audio: None, lossy: false });
        self.hub.begin_session();
    }

    fn reader(&self) -> JobReader {
        JobReader::new(self.hub.reader())
    }

    /// All jobs that there are at a moment.
    fn jobs(&self, reader: &mut JobReader, milliseconds: i64) -> Vec<Job> {
        let now = self.at(milliseconds);
        std::iter::from_fn(|| reader.next(&self.health, &self.reopen, now)).collect()
    }

    fn left_out(&self) -> u64 {
        self.health.packets_dropped.load(Ordering::Relaxed)
    }
}

fn told<T>(jobs: &[Job], what: impl Fn(&Job) -> T) -> Vec<(i64, T)> {
    jobs.iter().map(|job| (job.packet.pts.unwrap_or(-1), what(job))).collect()
}

#[test]
fn begins_at_a_key_frame() {
    let rig = Rig::new();
    let mut reader = rig.reader();
    rig.send([(0, false), (40, true), (80, false)]);
    let jobs = rig.jobs(&mut reader, 80);
    assert_eq!(
        told(&jobs, |job| (job.restart, job.first)),
        [(40, (true, true)), (80, (false, false))]
    );
    assert_eq!(rig.left_out(), 0);
}

#[test]
fn who_is_shown_begins_in_the_past_and_shows_only_the_newest() {
    let rig = Rig::new();
    rig.send((0..50).map(|number| (number * 40, number % 50 == 0)));
    let mut reader = rig.reader();
    rig.send([(2000, false)]);
    let jobs = rig.jobs(&mut reader, 2010);
    let shown: Vec<i64> =
        jobs.iter().filter(|job| !job.silent).filter_map(|job| job.packet.pts).collect();
    assert_eq!((jobs.len(), shown), (51, vec![1960, 2000]));
    assert!(jobs[0].restart && jobs[0].packet.keyframe && jobs[1..].iter().all(|job| !job.restart));
}

#[test]
fn a_camera_of_few_pictures_shows_its_latest_however_old_it_is() {
    let rig = Rig::new();
    rig.send([(0, true), (60_000, false)]);
    let jobs = rig.jobs(&mut rig.reader(), 119_000);
    assert_eq!(told(&jobs, |job| job.silent), [(0, true), (60_000, false)]);
}

#[test]
fn without_a_key_frame_decoding_begins_after_half_a_minute() {
    let rig = Rig::new();
    let mut reader = rig.reader();
    let mut all = Vec::new();
    for (second, key) in [(0, false), (29, false), (30, false), (31, false), (32, true)] {
        rig.send([(second * 1000, key)]);
        all.extend(rig.jobs(&mut reader, second * 1000));
        all.extend(rig.jobs(&mut reader, second * 1000));
    }
    let expected = [(30_000, (true, true)), (31_000, (false, true)), (32_000, (false, false))];
    assert_eq!(told(&all, |job| (job.restart, job.blind)), expected);
}

#[test]
fn after_a_long_outage_a_key_frame_is_waited_for_all_the_same() {
    let mut rig = Rig::new();
    let mut reader = rig.reader();
    rig.send([(0, true)]);
    assert_eq!(rig.jobs(&mut reader, 0).len(), 1);
    rig.reconnect();
    let mut all = Vec::new();
    for (at, key) in [(60_000, false), (60_040, false), (62_000, true)] {
        rig.send([(at, key)]);
        all.extend(rig.jobs(&mut reader, at));
    }
    assert_eq!(told(&all, |job| (job.first, job.blind)), [(62_000, (true, false))]);
}

#[test]
fn what_was_missed_is_counted_once_also_by_a_reader_that_is_ended() {
    let rig = Rig::new();
    let hub_reader = rig.hub.reader();
    let stop = hub_reader.stop();
    let mut reader = JobReader::new(hub_reader);
    rig.send([(0, true)]);
    assert_eq!(rig.jobs(&mut reader, 0).len(), 1);
    rig.send([(40, false)]);
    rig.hub.overflow();
    for _ in 0..2 {
        assert!(rig.jobs(&mut reader, 40).is_empty());
    }
    assert_eq!(rig.left_out(), 1);
    stop.stop();
    assert!(rig.jobs(&mut reader, 80).is_empty());
    assert_eq!(rig.left_out(), 1);
}

#[test]
fn a_decoder_is_opened_anew_with_a_key_frame() {
    let rig = Rig::new();
    let mut reader = rig.reader();
    rig.send([(0, true)]);
    assert_eq!(told(&rig.jobs(&mut reader, 0), |job| job.reopen), [(0, false)]);
    rig.reopen.store(true, Ordering::Release);
    rig.send([(40, false), (80, true), (120, false)]);
    let jobs = rig.jobs(&mut reader, 120);
    assert_eq!(
        told(&jobs, |job| (job.reopen, job.restart)),
        [(80, (true, true)), (120, (false, false))]
    );
}

#[test]
fn another_connection_begins_anew() {
    let mut rig = Rig::new();
    let mut reader = rig.reader();
    rig.send([(0, true), (40, false)]);
    assert_eq!(rig.jobs(&mut reader, 40).len(), 2);
    rig.send([(60, false)]);
    rig.reconnect();
    assert!(rig.jobs(&mut rig.reader(), 70).is_empty(), "the past is not shown as the present");
    rig.send([(80, false), (120, true)]);
    let jobs = rig.jobs(&mut reader, 120);
    assert_eq!(told(&jobs, |job| (job.first, job.restart)), [(120, (true, true))]);
}

#[test]
fn a_loss_is_told_but_not_that_before_the_first_picture() {
    let rig = Rig::new();
    let mut reader = rig.reader();
    for pts in 0..3 {
        let packet = Arc::into_inner(fake_at(pts, pts == 0, rig.start)).expect("the only owner");
        let loss_before = [3, 0, 1][pts as usize];
        rig.hub.push(Arc::new(crate::Packet { loss_before, ..packet }), &rig.session);
    }
    let whole = told(&rig.jobs(&mut reader, 0), |job| job.whole);
    assert_eq!(whole, [(0, true), (1, true), (2, false)]);
}

#[test]
fn what_is_late_is_left_out_up_to_the_newest_key_frame() {
    let rig = Rig::new();
    let mut reader = rig.reader();
    // Two seconds a group: the first is over when the decoder comes back from its first picture.
    rig.send([(0, true)]);
    assert_eq!(rig.jobs(&mut reader, 0).len(), 1);
    rig.send((1..75).map(|number| (number * 40, number % 50 == 0)));
    let jobs = rig.jobs(&mut reader, 2960);
    assert_eq!((jobs[0].packet.pts, jobs[0].restart, jobs.len()), (Some(2000), true, 25));
    assert_eq!(rig.left_out(), 49);
    assert_eq!(jobs.iter().filter(|job| !job.silent).count(), 1, "the group is caught up with");
}

#[test]
fn where_no_newer_key_frame_is_there_what_is_late_is_decoded_and_not_shown() {
    let rig = Rig::new();
    let mut reader = rig.reader();
    rig.send([(0, true)]);
    assert_eq!(rig.jobs(&mut reader, 0).len(), 1);
    rig.send((1..75).map(|number| (number * 40, false)));
    let jobs = rig.jobs(&mut reader, 2960);
    let silent = jobs.iter().take_while(|job| job.silent).count();
    assert_eq!((jobs.len(), silent, rig.left_out()), (74, 48, 0), "up to a second ago");
    assert!(jobs[48..].iter().all(|job| !job.silent));
}

#[test]
fn where_each_picture_is_a_key_frame_the_newest_is_taken_soon() {
    let rig = Rig::new();
    let mut reader = rig.reader();
    rig.send([(0, true), (40, true)]);
    assert_eq!(rig.jobs(&mut reader, 40).len(), 2);
    rig.send((2..7).map(|number| (number * 40, true)));
    let jobs = rig.jobs(&mut reader, 250);
    assert_eq!(told(&jobs, |job| job.silent), [(240, false)]);
    assert_eq!(rig.left_out(), 4);
}
