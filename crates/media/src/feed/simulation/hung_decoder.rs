//! A decoder that does not come back, and the supervisor that goes on without it.

use std::sync::atomic::AtomicU32;

use super::*;
use crate::decode::jobs::JobReader;
use crate::hung_decoders::Place;
use crate::undecodable::Undecodable;

#[test]
fn a_decoder_that_hangs_is_left_behind_twice_and_then_packets_are_only_read() {
    let fixtures = Fixtures::default();
    let spec = FeedSpec::new("cam", "a.mp4");
    let (now, life) = (Instant::now(), Duration::from_secs(600));
    let (mut supervisor, shared) = feed(spec, now, life, Rng::with_seed(2), &fixtures);
    // Decoders that take one packet, and nothing ever comes of it.
    let hang = |shared: &Shared| {
        let now = shared.state().now;
        shared.0.health.replaced(now);
        shared.0.health.decoding(now);
        JobReader::new(shared.0.hub.reader())
    };
    *shared.0.jobs.lock().unwrap() = None;
    shared.state().hangs = true;
    let _held = hang(&shared);
    let (replaced, queues) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (count, world, kept) = (replaced.clone(), shared.clone(), queues.clone());
    let left: Arc<Mutex<Vec<Place>>> = Arc::default();
    supervisor.replace_decoder = Box::new(move || {
        let before = Place::default();
        world.0.health.hung_decoders().leave(&before);
        left.lock().unwrap().push(before);
        count.fetch_add(1, Ordering::Relaxed);
        kept.lock().unwrap().push(hang(&world));
        Ok(())
    });
    // The states that the wall sees, and the bytes that were read by then.
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (told, world) = (seen.clone(), shared.clone());
    supervisor.wake = Arc::new(move || {
        let now = world.state().now;
        let bytes = world.0.health.bytes.load(Ordering::Relaxed);
        told.lock().unwrap().push((world.0.health.state(now), bytes));
        world.wake();
    });
    fixtures.log.during(|| drive(supervisor::run(supervisor)));
    assert_eq!(replaced.load(Ordering::Relaxed), 2);
    // Each new decoder began with a key frame.
    for jobs in queues.lock().unwrap().iter_mut() {
        let now = shared.state().now;
        let job = jobs.next(&shared.0.health, &shared.0.reopen, now);
        let job = job.expect("a packet for the new decoder");
        assert!(job.restart && job.packet.keyframe);
    }
    let said = FeedState::Undecodable { why: Undecodable::HungDecoder };
    let seen = seen.lock().unwrap();
    let (_, bytes) = seen.iter().find(|(state, _)| *state == said).expect("it is said");
    let all = shared.0.health.bytes.load(Ordering::Relaxed);
    assert!(all > *bytes, "{bytes} of {all} bytes: the recorder gets the rest");
}
