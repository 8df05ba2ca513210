//! A decoder that does not come back, and the supervisor that goes on without it.

use std::sync::atomic::AtomicU32;

use super::*;
use crate::decode::Job;
use crate::source::SourceError;
use crate::status::Outage;
use crate::undecodable::Undecodable;

#[test]
fn a_decoder_that_hangs_is_left_behind_twice_and_then_the_feed_is_over() {
    let fixtures = Fixtures::default();
    let spec = FeedSpec::new("cam", "a.mp4");
    let now = Instant::now();
    let (mut supervisor, shared) = feed(spec, now, Duration::MAX / 4, Rng::with_seed(2), &fixtures);
    // Decoders that take one packet, and nothing ever comes of it.
    let hang = |shared: &Shared| {
        let now = shared.state().now;
        shared.0.health.decoding(now);
        bounded::<Job>(4)
    };
    let (first, _held) = hang(&shared);
    supervisor.jobs = Mutex::new(first);
    let (replaced, queues) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (count, world, kept) = (replaced.clone(), shared.clone(), queues.clone());
    supervisor.replace_decoder = Box::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
        let (jobs, queue) = hang(&world);
        kept.lock().unwrap().push(queue);
        Ok(jobs)
    });
    tracing::subscriber::with_default(fixtures.log.clone(), || supervisor::run(supervisor));
    assert_eq!(replaced.load(Ordering::Relaxed), 2);
    // Each new decoder began with a key frame.
    for queue in queues.lock().unwrap().iter() {
        let job = queue.try_recv().expect("a packet for the new decoder");
        assert!(job.restart && job.packet.keyframe);
    }
    let why = Undecodable::HungDecoder;
    let now = shared.state().now;
    let FeedState::Down(Outage { error, retry_at, .. }) = shared.0.health.state(now) else {
        panic!("{:?}", shared.0.health.state(now));
    };
    assert_eq!(*error, SourceError::Undecodable { why });
    assert!(retry_at > now + Duration::from_secs(86_400), "never");
}
