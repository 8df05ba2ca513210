//! The rules one by one, and at random.

use std::time::Duration;

use super::*;
use proptest::prelude::*;

use crate::source::IDLE_TIMEOUT;
use crate::source::route::{Client, RouteMemory, UDP_PROBE};
use crate::undecodable::Undecodable;

use LowerTransport::{Tcp, Udp};

/// Whether packets had come.
const VAIN: bool = false;
const LIVED: bool = true;

fn spec(transport: Transport, via: Via) -> FeedSpec {
    FeedSpec { transport, via, ..FeedSpec::new("t", "rtsp://h/") }
}

fn refused(over: LowerTransport) -> SourceError {
    let refused = if over == Tcp { RefusedTransport::Tcp } else { RefusedTransport::Udp };
    SourceError::TransportRefused { refused, detail: String::new() }
}

fn idle(started: bool, over: LowerTransport) -> SourceError {
    SourceError::Idle { after: UDP_PROBE, started, over: Some(over) }
}

fn misunderstood() -> SourceError {
    SourceError::Dialogue { client: Client::Retina, detail: String::new() }
}

#[test]
fn first_routes() {
    let first = |transport, via, scheme| {
        Router::new(&spec(transport, via), scheme, None, Instant::now()).route()
    };
    let auto = first(Transport::Auto, Via::Auto, Scheme::Rtsp);
    assert_eq!(
        (auto.name(), auto.over, auto.patience(false)),
        ("retina over TCP", Some(Tcp), IDLE_TIMEOUT)
    );
    assert_eq!(first(Transport::Udp, Via::Auto, Scheme::Rtsp).name(), "retina over UDP");
    assert_eq!(first(Transport::Udp, Via::Ffmpeg, Scheme::Rtsp).name(), "FFmpeg over UDP");
    assert_eq!(first(Transport::Auto, Via::Auto, Scheme::Rtsps).over, Some(Tcp));
    let file = first(Transport::Udp, Via::Auto, Scheme::File);
    assert_eq!((file.name(), file.over), ("FFmpeg", None));
    // Where UDP is an order, it is given the ordinary time.
    assert_eq!(first(Transport::Udp, Via::Auto, Scheme::Rtsp).patience(false), IDLE_TIMEOUT);
}

/// One row a step: what went wrong, whether packets came before, whether the next try comes at
/// once, and its route.
fn walk(spec: &FeedSpec, steps: &[(SourceError, bool, bool, &str)]) {
    let now = Instant::now();
    let mut router = Router::new(spec, Scheme::Rtsp, None, now);
    for (number, (error, live, at_once, route)) in steps.iter().enumerate() {
        let next = router.after(error.clone(), *live, now).next;
        assert_eq!(matches!(next, Next::AtOnce(_)), *at_once, "step {number}: {next:?}");
        assert_eq!(router.route().name(), *route, "step {number}");
    }
}

#[test]
fn a_refusal_of_tcp_goes_to_udp_at_once_and_silence_there_back_after_a_pause() {
    let auto = spec(Transport::Auto, Via::Auto);
    let (no_tcp, no_udp) = (refused(Tcp), refused(Udp));
    let gone = SourceError::Unreachable { detail: String::new() };
    walk(
        &auto,
        &[
            (no_tcp.clone(), false, true, "retina over UDP"),
            (idle(false, Udp), false, false, "retina over TCP"),
            (no_tcp.clone(), false, true, "retina over UDP"),
            (no_udp, false, false, "retina over TCP"),
            (no_tcp.clone(), false, true, "retina over UDP"),
            // That the camera is away says nothing about its transport.
            (gone, false, false, "retina over UDP"),
            (idle(true, Udp), true, false, "retina over UDP"),
            (SourceError::EndOfStream, true, false, "retina over UDP"),
            (misunderstood(), false, true, "FFmpeg over UDP"),
            (misunderstood(), false, false, "FFmpeg"),
            (no_tcp.clone(), false, true, "FFmpeg over UDP"),
        ],
    );
    let probing = {
        let mut router = Router::new(&auto, Scheme::Rtsp, None, Instant::now());
        router.after(no_tcp, VAIN, Instant::now());
        router.route()
    };
    assert_eq!((probing.patience(false), probing.patience(true)), (UDP_PROBE, IDLE_TIMEOUT));
}

#[test]
fn both_refused_is_said_so() {
    let now = Instant::now();
    let mut router = Router::new(&spec(Transport::Auto, Via::Auto), Scheme::Rtsp, None, now);
    router.after(refused(Tcp), VAIN, now);
    let Next::AfterPause(error) = router.after(refused(Udp), VAIN, now).next else {
        unreachable!()
    };
    assert!(matches!(error, SourceError::TransportRefused { refused: RefusedTransport::Both, .. }));
}

#[test]
fn what_worked_is_where_the_next_feed_begins_until_it_works_no_more() {
    let auto = spec(Transport::Auto, Via::Auto);
    let now = Instant::now();
    let mut router = Router::new(&auto, Scheme::Rtsp, None, now);
    assert!(router.after(refused(Tcp), VAIN, now).forget, "nothing came by UDP yet");
    let known = router.works();
    let mut next = Router::new(&auto, Scheme::Rtsp, Some(known), now);
    for proven in [known.route, router.route(), next.route()] {
        assert!(proven.udp() && proven.patience(false) == IDLE_TIMEOUT, "{proven:?}");
    }
    let gone = SourceError::Unreachable { detail: String::new() };
    assert!(!next.after(gone, VAIN, now).forget, "which says nothing about its transport");
    assert!(next.after(idle(false, Udp), VAIN, now).forget);
    assert_eq!(next.route(), Router::new(&auto, Scheme::Rtsp, None, now).route());
    next.after(refused(Tcp), VAIN, now);
    assert_eq!(next.route().patience(false), UDP_PROBE, "it is to be proven anew");
    // An order is stronger than a memory.
    let order = spec(Transport::Tcp, Via::Retina);
    let ordered = Router::new(&order, Scheme::Rtsp, Some(known), now);
    assert_eq!(ordered.route().name(), "retina over TCP");
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn what_was_learnt_holds_for_six_hours_however_many_pictures_it_brings() {
    let auto = spec(Transport::Auto, Via::Auto);
    let (start, memory) = (Instant::now(), RouteMemory::default());
    let mut router = Router::new(&auto, Scheme::Rtsp, None, start);
    router.after(misunderstood(), VAIN, start);
    let gone = || SourceError::EndOfStream;
    for hours in 0..6 {
        memory.set(Some(router.works()));
        let now = start + hours * HOUR;
        assert_eq!(memory.get(now).map(|known| known.route.name()), Some("FFmpeg"));
        router.after(gone(), LIVED, now);
        assert_eq!(router.route().name(), "FFmpeg", "{hours}");
    }
    let late = start + 6 * HOUR;
    assert_eq!(memory.get(late), None);
    // A feed that was opened with what was learnt knows how old it is.
    let mut opened = Router::new(&auto, Scheme::Rtsp, memory.get(late - HOUR), late - HOUR);
    for router in [&mut router, &mut opened] {
        assert_eq!(router.route().name(), "FFmpeg");
        let verdict = router.after(gone(), LIVED, late);
        assert!(matches!(verdict.next, Next::AfterPause(_)) && verdict.forget);
        assert_eq!(router.route().name(), "retina over TCP");
        // And if it is not understood still, that holds as long again.
        assert!(matches!(router.after(misunderstood(), VAIN, late).next, Next::AtOnce(_)));
        router.after(gone(), LIVED, late + 5 * HOUR);
        assert_eq!(router.route().name(), "FFmpeg");
    }
}

#[test]
fn what_cannot_be_decoded_is_tried_again_and_then_by_each_client_in_turn() {
    let broken = || SourceError::Undecodable { why: Undecodable::BrokenPictures };
    let auto = spec(Transport::Auto, Via::Auto);
    let gone = SourceError::Unreachable { detail: String::new() };
    walk(
        &auto,
        &[
            (broken(), true, false, "retina over TCP"),
            (broken(), true, false, "FFmpeg"),
            // Says nothing of pictures.
            (gone, false, false, "FFmpeg"),
            (broken(), true, false, "retina over TCP"),
            (broken(), true, false, "FFmpeg"),
            (SourceError::EndOfStream, true, false, "FFmpeg"),
            (broken(), true, false, "FFmpeg"),
            (broken(), true, false, "retina over TCP"),
        ],
    );
    let order = spec(Transport::Auto, Via::Retina);
    let same = (broken(), true, false, "retina over TCP");
    walk(&order, &[same.clone(), same.clone(), same]);
}

#[derive(Clone, Debug)]
enum Step {
    Refused,
    Silent,
    Misunderstood,
    Gone,
    /// Pictures came, and then the connection broke.
    Worked,
    Garbled,
    /// Hours pass.
    Later,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Refused),
        Just(Step::Silent),
        Just(Step::Misunderstood),
        Just(Step::Gone),
        Just(Step::Worked),
        Just(Step::Garbled),
        Just(Step::Later)
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    /// Whatever a camera does: orders are kept, and between two pauses the transport changes at
    /// most once and the client at most once.
    #[test]
    fn no_camera_makes_a_feed_flap(
        steps in steps(),
        transport in prop::sample::select(vec![Transport::Tcp, Transport::Udp, Transport::Auto]),
        via in prop::sample::select(vec![Via::Auto, Via::Retina, Via::Ffmpeg]),
    ) {
        let spec = spec(transport, via);
        let mut now = Instant::now();
        let mut router = Router::new(&spec, Scheme::Rtsp, None, now);
        let (mut turns, mut clients) = (0, 0);
        for step in steps {
            let before = router.route();
            let over = before.over.unwrap();
            let live = matches!(step, Step::Worked | Step::Garbled);
            let error = match step {
                Step::Refused => refused(over),
                Step::Silent => idle(false, over),
                Step::Misunderstood => misunderstood(),
                Step::Gone => SourceError::Unreachable { detail: String::new() },
                Step::Worked => SourceError::EndOfStream,
                Step::Garbled => {
                    SourceError::Undecodable { why: Undecodable::BrokenKeyFrames }
                }
                Step::Later => {
                    now += 2 * HOUR;
                    continue;
                }
            };
            if live {
                let known = Some(router.works());
                let next = Router::new(&spec, Scheme::Rtsp, known, now);
                prop_assert_eq!(next.route(), router.route());
                prop_assert_eq!(Route { probing: before.probing, ..next.route() }, before);
            }
            let garbled = matches!(error, SourceError::Undecodable { .. });
            let next = router.after(error, live, now).next;
            let after = router.route();
            let back = before.ffmpeg && !after.ffmpeg && !garbled;
            prop_assert!(!back || matches!(next, Next::AfterPause(_)), "back without a pause");
            match next {
                Next::AtOnce(_) => {
                    turns += u32::from(before.over != after.over);
                    clients += u32::from(before.ffmpeg != after.ffmpeg);
                    prop_assert_ne!(before, after, "the same again at once");
                }
                Next::AfterPause(_) => (turns, clients) = (0, 0),
            }
            prop_assert!(turns <= 1 && clients <= 1);
            prop_assert!(transport == Transport::Auto || before.over == after.over);
            prop_assert!(via == Via::Auto || before.ffmpeg == after.ffmpeg);
        }
    }
}
