//! Chooses the client that connects to a camera, and the transport of RTP.
//!
//! Pure rules, run after each connection; what is remembered is handed in, and handed out. Policies:
//! - with [`Transport::Auto`] TCP comes first. A camera that refuses TCP is asked for UDP at once;
//!   where UDP then brings nothing, TCP is tried again after the ordinary pause. The transport
//!   changes at most once between two pauses, so that nothing flaps;
//! - with [`Via::Auto`] a dialogue that retina does not understand is retried with FFmpeg at once. Where
//!   no picture can be decoded, the same route is tried again first, then one client and the other
//!   in turn, each after the ordinary pause;
//! - a camera that ends in what our relay can do is spoken to through it at once, over TCP: retina
//!   leads there as well as by itself, whatever [`Via`] says of FFmpeg;
//! - what was learnt of client and transport holds for [`LEARNT_FOR`](super::route::LEARNT_FOR): after
//!   the next ordinary pause the feed begins as if it knew nothing;
//! - the route that brought a picture is to be remembered in the
//!   [`RouteMemory`](super::route::RouteMemory), which whoever opens feeds keeps for as long as the
//!   program runs: the next feed of the stream begins with it;
//! - [`Transport::Tcp`], [`Transport::Udp`], [`Via::Retina`] and [`Via::Ffmpeg`] are orders.

use std::time::Instant;

use camwall_address::Scheme;

use super::route::{LearntRoute, LowerTransport, Route, is_old};
use super::spec::{FeedSpec, Transport, Via};
use super::{RefusedTransport, SourceError};

/// Connections in a row that break on something retina does not understand, after which FFmpeg
/// gets its chance although pictures came.
const MAX_PROTOCOL_ERRORS: u32 = 3;

/// What comes after a connection that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another route, without a pause, and why.
    AtOnce(&'static str),
    /// The next try after the ordinary pause, and what is to be said until then.
    AfterPause(SourceError),
}

/// What follows from a connection that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub next: Next,
    /// Whether the remembered route is to be forgotten.
    pub forget: bool,
}

/// The routes of one feed.
#[derive(Debug)]
pub(crate) struct Router {
    route: Route,
    /// The route of a feed that knows nothing.
    first: Route,
    /// When the present route was chosen.
    chosen: Instant,
    /// Whether the client, and whether the transport, may be changed.
    any_client: bool,
    any_transport: bool,
    /// Whether the transport was changed since the last pause.
    turned: bool,
    /// How many connections in a row ended in a misunderstanding.
    protocol_errors: u32,
    /// How many connections in a row brought no picture that could be decoded.
    undecodable: u32,
}

impl Router {
    /// Begins with the remembered route `known`, where the spec leaves the choice.
    pub fn new(spec: &FeedSpec, scheme: Scheme, known: Option<LearntRoute>, now: Instant) -> Self {
        let rtsp = scheme.is_rtsp();
        let any_client = scheme == Scheme::Rtsp && spec.via == Via::Auto;
        let any_transport = rtsp && spec.transport == Transport::Auto;
        let over = match spec.transport {
            Transport::Udp => LowerTransport::Udp,
            Transport::Tcp | Transport::Auto => LowerTransport::Tcp,
        };
        let ffmpeg = scheme != Scheme::Rtsp || spec.via == Via::Ffmpeg;
        let over = rtsp.then_some(over);
        let first = Route { ffmpeg, over, relay: false, probing: any_transport };
        let mut route = first;
        if let Some(LearntRoute { route: known, .. }) = known {
            if any_client {
                route.ffmpeg = known.ffmpeg;
            }
            if any_transport {
                route.over = known.over.or(route.over);
            }
            route.relay = known.relay && route.takes_relay();
        }
        Self {
            route,
            first,
            chosen: known.map_or(now, |known| known.chosen),
            any_client,
            any_transport,
            turned: false,
            protocol_errors: 0,
            undecodable: 0,
        }
    }

    /// The route for the next try.
    pub fn route(&self) -> Route {
        self.route
    }

    /// A picture came; gives the route to be remembered.
    pub fn works(&mut self) -> LearntRoute {
        self.turned = false;
        LearntRoute { route: self.route, chosen: self.chosen }
    }

    /// Chooses the route for the next try. `live`: whether packets came before the error, which
    /// happened at `now`.
    pub fn after(&mut self, error: SourceError, live: bool, now: Instant) -> Verdict {
        let before = self.route;
        let undecodable = matches!(error, SourceError::Undecodable { .. });
        let mut verdict =
            if undecodable { self.undecodable(error) } else { self.by_error(error, live) };
        let pause = matches!(verdict.next, Next::AfterPause(_));
        if pause && !undecodable && self.route != self.first && is_old(self.chosen, now) {
            self.route = self.first;
            self.protocol_errors = 0;
            verdict.forget = true;
        }
        if self.route != before {
            self.chosen = now;
        }
        verdict
    }

    /// The first time the same again, then the other client.
    fn undecodable(&mut self, error: SourceError) -> Verdict {
        self.protocol_errors = 0;
        self.undecodable += 1;
        let other = self.undecodable >= 2 && self.any_client;
        self.route.ffmpeg ^= other;
        self.route.relay &= self.route.takes_relay();
        self.pause(error, other)
    }

    fn by_error(&mut self, error: SourceError, live: bool) -> Verdict {
        if error.wants_relay() && !self.route.relay && self.route.takes_relay() {
            self.route.relay = true;
            let next = Next::AtOnce("this camera needs our relay; trying it");
            return Verdict { next, forget: false };
        }
        // That pictures came late says nothing of what they were.
        if live && !matches!(error, SourceError::Late { .. }) {
            self.undecodable = 0;
        }
        let next = match (&error, self.route.over) {
            (SourceError::TransportRefused { detail, .. }, Some(over)) if self.any_transport => {
                if !self.turned {
                    return self.turn(over);
                }
                // TCP was refused before the turn, or UDP was: there is nothing left.
                Some(SourceError::TransportRefused {
                    refused: RefusedTransport::Both,
                    detail: detail.clone(),
                })
            }
            (SourceError::Idle { started: false, .. }, Some(LowerTransport::Udp))
                if self.any_transport =>
            {
                Some(error.clone())
            }
            _ => None,
        };
        if let Some(error) = next {
            let forget = self.back_to_tcp();
            return self.pause(error, forget);
        }
        if !error.wants_fallback() {
            self.protocol_errors = 0;
            return self.pause(error, false);
        }
        self.protocol_errors += 1;
        // Where pictures came first, retina understands the camera and this may be a hiccup.
        let hopeless = !live || self.protocol_errors >= MAX_PROTOCOL_ERRORS;
        if hopeless && self.any_client && !self.route.ffmpeg {
            (self.route.ffmpeg, self.route.relay) = (true, false);
            let next = Next::AtOnce("retina does not get on with this camera; trying FFmpeg");
            return Verdict { next, forget: false };
        }
        let forget = self.any_transport && !live && self.back_to_tcp();
        self.pause(error, forget)
    }

    fn turn(&mut self, refused: LowerTransport) -> Verdict {
        self.turned = true;
        let (over, why) = match refused {
            LowerTransport::Tcp => (LowerTransport::Udp, "no TCP with this camera; trying UDP"),
            LowerTransport::Udp => (LowerTransport::Tcp, "no UDP with this camera; trying TCP"),
        };
        (self.route.over, self.route.relay) = (Some(over), false);
        Verdict { next: Next::AtOnce(why), forget: true }
    }

    /// True where the way was another.
    fn back_to_tcp(&mut self) -> bool {
        let udp = self.route.udp();
        if udp {
            self.route.over = Some(LowerTransport::Tcp);
        }
        udp
    }

    fn pause(&mut self, error: SourceError, forget: bool) -> Verdict {
        self.turned = false;
        Verdict { next: Next::AfterPause(error), forget }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::source::IDLE_TIMEOUT;
    use crate::source::route::{Client, RouteMemory, UDP_PROBE};
    use crate::undecodable::Undecodable;
    use std::time::Duration;

    use LowerTransport::{Tcp, Udp};

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
            router.after(no_tcp, false, Instant::now());
            router.route()
        };
        assert_eq!((probing.patience(false), probing.patience(true)), (UDP_PROBE, IDLE_TIMEOUT));
    }

    #[test]
    fn both_refused_is_said_so() {
        let now = Instant::now();
        let mut router = Router::new(&spec(Transport::Auto, Via::Auto), Scheme::Rtsp, None, now);
        router.after(refused(Tcp), false, now);
        let Next::AfterPause(error) = router.after(refused(Udp), false, now).next else {
            unreachable!()
        };
        assert!(matches!(
            error,
            SourceError::TransportRefused { refused: RefusedTransport::Both, .. }
        ));
    }

    #[test]
    fn what_worked_is_where_the_next_feed_begins_until_it_works_no_more() {
        let auto = spec(Transport::Auto, Via::Auto);
        let now = Instant::now();
        let mut router = Router::new(&auto, Scheme::Rtsp, None, now);
        assert!(router.after(refused(Tcp), false, now).forget, "nothing came by UDP yet");
        let known = router.works();
        let mut next = Router::new(&auto, Scheme::Rtsp, Some(known), now);
        assert!(next.route().udp());
        let gone = SourceError::Unreachable { detail: String::new() };
        assert!(!next.after(gone, false, now).forget, "which says nothing about its transport");
        assert!(next.after(idle(false, Udp), false, now).forget);
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
        router.after(misunderstood(), false, start);
        let gone = || SourceError::EndOfStream;
        for hours in 0..6 {
            memory.set(Some(router.works()));
            let now = start + hours * HOUR;
            assert_eq!(memory.get(now).map(|known| known.route.name()), Some("FFmpeg"));
            router.after(gone(), true, now);
            assert_eq!(router.route().name(), "FFmpeg", "{hours}");
        }
        let late = start + 6 * HOUR;
        assert_eq!(memory.get(late), None);
        // A feed that was opened with what was learnt knows how old it is.
        let mut opened = Router::new(&auto, Scheme::Rtsp, memory.get(late - HOUR), late - HOUR);
        for router in [&mut router, &mut opened] {
            assert_eq!(router.route().name(), "FFmpeg");
            let verdict = router.after(gone(), true, late);
            assert!(matches!(verdict.next, Next::AfterPause(_)) && verdict.forget);
            assert_eq!(router.route().name(), "retina over TCP");
            // And if it is not understood still, that holds as long again.
            assert!(matches!(router.after(misunderstood(), false, late).next, Next::AtOnce(_)));
            router.after(gone(), true, late + 5 * HOUR);
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

    #[test]
    fn what_the_relay_can_do_leads_to_it_at_once_and_is_remembered() {
        let (now, used_up) = (Instant::now(), SourceError::LoginUsedUp { detail: String::new() });
        for (error, via) in [(SourceError::KeepaliveUnanswered, Via::Auto), (used_up, Via::Retina)]
        {
            let spec = spec(Transport::Auto, via);
            let mut router = Router::new(&spec, Scheme::Rtsp, None, now);
            let verdict = router.after(error, true, now);
            assert!(matches!(verdict.next, Next::AtOnce(_)) && !verdict.forget, "{verdict:?}");
            assert_eq!(router.route().name(), "retina through our relay over TCP");
            let known = Some(router.works());
            assert_eq!(Router::new(&spec, Scheme::Rtsp, known, now).route(), router.route());
            // The ways where it can't stand, and FFmpeg, which needs none.
            let udp = FeedSpec { transport: Transport::Udp, ..spec.clone() };
            assert_eq!(
                Router::new(&udp, Scheme::Rtsp, known, now).route().name(),
                "retina over UDP"
            );
            let ffmpeg = FeedSpec { via: Via::Ffmpeg, ..spec };
            assert_eq!(Router::new(&ffmpeg, Scheme::Rtsp, known, now).route().name(), "FFmpeg");
        }
        let unanswered = SourceError::KeepaliveUnanswered;
        let relay = "retina through our relay over TCP";
        walk(
            &spec(Transport::Auto, Via::Auto),
            &[
                (unanswered.clone(), true, true, relay),
                (SourceError::EndOfStream, true, false, relay),
                (refused(Tcp), false, true, "retina over UDP"),
                (unanswered.clone(), true, false, "retina over UDP"),
                (idle(false, Udp), false, false, "retina over TCP"),
                (unanswered, true, true, relay),
                (misunderstood(), false, true, "FFmpeg"),
            ],
        );
    }

    #[derive(Clone, Debug)]
    enum Step {
        Refused,
        Silent,
        Misunderstood,
        Gone,
        /// A keepalive had no answer.
        Unanswered,
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
            Just(Step::Unanswered),
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
                    Step::Unanswered => SourceError::KeepaliveUnanswered,
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
                    prop_assert_eq!(next.route(), before);
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
                prop_assert!(!after.relay || after.takes_relay());
                prop_assert!(turns <= 1 && clients <= 1);
                prop_assert!(transport == Transport::Auto || before.over == after.over);
                prop_assert!(via == Via::Auto || before.ffmpeg == after.ffmpeg);
            }
        }
    }
}
