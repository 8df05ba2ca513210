//! The rules one by one, in simulated time.

use super::*;
use crate::health::content::Findings;
use crate::health::feed_health::FeedHealth;
use crate::source::OutageKind;
use crate::source::route::{Client, LowerTransport};
use crate::source::{IDLE_TIMEOUT, RefusedTransport};
use tracing::Level;

const SECOND: Duration = Duration::from_secs(1);

/// A feed's rules and the time.
struct Feed {
    policy: ConnectionPolicy,
    now: Instant,
}

impl Feed {
    fn new(spec: &FeedSpec) -> Self {
        let (address, now) = (Address::parse(spec).unwrap(), Instant::now());
        let mut feed = Self { policy: ConnectionPolicy::new(spec, &address, now), now };
        assert_eq!(connects(&feed.step(Event::Begin)).1, 0);
        feed
    }

    fn rtsp() -> Self {
        Self::new(&FeedSpec::new("t", "rtsp://u:canary7@h/x"))
    }

    /// With a random number that leaves pauses as they are.
    fn step(&mut self, event: Event) -> Decision {
        self.policy.step(event, self.now, 0.5)
    }

    /// Connects, plays for so long and breaks.
    fn play(&mut self, time: Duration) -> Decision {
        self.step(Event::Connected { stream: "h264".into() });
        self.step(Event::Packet);
        self.now += time;
        self.step(Event::Failed(broken()))
    }

    /// A try fails, and the pause after it is waited for; gives its length.
    fn fail(&mut self, error: SourceError) -> Duration {
        let decision = self.step(Event::Failed(error));
        self.wait(&decision)
    }

    fn wait(&mut self, decision: &Decision) -> Duration {
        let Activity::Pause { until } = decision.then else { panic!("no pause: {decision:?}") };
        let pause = until - self.now;
        self.now = until;
        connects(&self.step(Event::PauseOver));
        pause
    }
}

fn connects(decision: &Decision) -> (&'static str, u64) {
    let Activity::Connect { route, session } = decision.then else { panic!("{decision:?}") };
    (route.name(), session)
}

fn broken() -> SourceError {
    SourceError::Broken { detail: "reset".into() }
}

fn gone() -> SourceError {
    SourceError::Unreachable { detail: "no route".into() }
}

fn refused_login() -> SourceError {
    SourceError::Auth { detail: "401".into() }
}

fn refused(refused: RefusedTransport) -> SourceError {
    SourceError::TransportRefused { refused, detail: "461".into() }
}

fn misunderstood() -> SourceError {
    SourceError::Dialogue { client: Client::Retina, detail: "what?".into() }
}

/// Level and text of what is logged.
fn said(decision: &Decision) -> Vec<(Level, String)> {
    let entries = decision.effects.iter().filter_map(|effect| match effect {
        Effect::Log(entry) => Some((entry.level(), entry.to_string())),
        _ => None,
    });
    entries.collect()
}

/// What the route's memory is set to, if it is.
fn remembered(decision: &Decision) -> Option<Option<&'static str>> {
    decision.effects.iter().find_map(|effect| match effect {
        Effect::Remember(known) => Some(known.map(|known| known.route.name())),
        _ => None,
    })
}

#[test]
fn pauses_grow_and_begin_anew_only_after_thirty_live_seconds() {
    let mut feed = Feed::rtsp();
    let pauses: Vec<_> = (0..6).map(|_| feed.fail(gone()).as_secs()).collect();
    assert_eq!(pauses, [1, 2, 5, 10, 30, 30]);
    let short = feed.play(29 * SECOND);
    assert_eq!(feed.wait(&short), 30 * SECOND);
    // Connected for long, but without a packet.
    feed.step(Event::Connected { stream: "h264".into() });
    feed.now += 60 * SECOND;
    assert_eq!(feed.fail(broken()), 30 * SECOND);
    let long = feed.play(30 * SECOND);
    assert_eq!(feed.wait(&long), SECOND);
    assert_eq!(feed.fail(gone()), 2 * SECOND);
}

#[test]
fn a_refused_login_waits_a_minute_and_changes_no_route() {
    let mut feed = Feed::rtsp();
    for (number, random) in [(1, 0.0), (2, 0.5), (3, 1.0)] {
        let decision = feed.policy.step(Event::Failed(refused_login()), feed.now, random);
        let state = decision.effects.iter().find_map(|effect| match effect {
            Effect::SetConnection(Connection::Down(outage)) => {
                assert_eq!(outage.error.outage(), OutageKind::LoginRefused);
                Some(outage.retry_at)
            }
            _ => None,
        });
        let Activity::Pause { until } = decision.then else { panic!("{decision:?}") };
        assert_eq!((until - feed.now).as_secs(), 36 + 12 * number);
        assert_eq!(state, Some(until), "the state says when");
        feed.now = until;
        assert_eq!(connects(&feed.step(Event::PauseOver)), ("retina over TCP", number));
    }
    assert_eq!(feed.fail(gone()), SECOND, "refusals count for nothing else");
}

#[test]
fn without_a_login_there_is_no_session_and_nothing_is_learned() {
    let mut feed = Feed::rtsp();
    // TCP is refused, UDP is next, and meanwhile the login is lost.
    assert_eq!(connects(&feed.step(Event::Failed(refused(RefusedTransport::Tcp)))).1, 1);
    for _ in 0..3 {
        let missing = SourceError::NoLogin { detail: "no file".into() };
        let decision = feed.step(Event::Failed(missing));
        assert_eq!(remembered(&decision), None);
        let Activity::Pause { until } = decision.then else { panic!("{decision:?}") };
        assert_eq!(until - feed.now, 10 * SECOND);
        feed.now = until;
        assert_eq!(connects(&feed.step(Event::PauseOver)), ("retina over UDP", 1));
    }
    assert_eq!(feed.fail(gone()), SECOND, "it counts for no pause");
}

#[test]
fn only_a_refused_login_is_read_again_and_only_another_ends_the_pause() {
    let mut feed = Feed::rtsp();
    let (one, two) = (Login::new("u", "canary8"), Login::new("u", "canary9"));
    feed.policy.logs_in_with(Some(&one));
    let decision = feed.step(Event::Failed(refused_login()));
    assert_eq!(feed.policy.login_look(feed.now), Some(feed.now + 5 * SECOND));
    assert!(!feed.policy.is_another(Some(&one)));
    assert!(feed.policy.is_another(Some(&two)) && feed.policy.is_another(None));
    feed.wait(&decision);
    feed.policy.logs_in_with(Some(&two));
    let said_of = SourceError::Broken { detail: "canary9".into() };
    let decision = feed.step(Event::Failed(said_of));
    assert!(said(&decision)[0].1.starts_with("the connection broke: ***;"), "{decision:?}");
    assert_eq!(feed.policy.login_look(feed.now), None);
}

#[test]
fn what_retina_does_not_understand_goes_to_ffmpeg_at_once_and_stays_there() {
    let mut feed = Feed::rtsp();
    let decision = feed.step(Event::Failed(misunderstood()));
    assert_eq!(connects(&decision), ("FFmpeg", 1));
    let text = "retina does not get on with this camera; trying FFmpeg: not understood by retina: \
        what? (retina over TCP, rtsp://h)";
    assert_eq!(said(&decision), [(Level::WARN, text.into())]);
    assert_eq!(feed.fail(misunderstood()), SECOND);
    feed.step(Event::Connected { stream: "h264".into() });
    assert_eq!(remembered(&feed.step(Event::Packet)), None, "packets prove nothing");
    assert_eq!(remembered(&feed.step(Event::Picture)), Some(Some("FFmpeg")));
    assert_eq!(feed.fail(broken()), 2 * SECOND);
    assert_eq!(feed.policy.router.route().name(), "FFmpeg");
}

#[test]
fn a_refusal_of_tcp_goes_to_udp_at_once_and_what_worked_is_remembered_until_it_fails() {
    let mut feed = Feed::rtsp();
    let decision = feed.step(Event::Failed(refused(RefusedTransport::Tcp)));
    assert_eq!(connects(&decision), ("retina over UDP", 1));
    assert_eq!(remembered(&decision), Some(None));
    feed.step(Event::Connected { stream: "h264".into() });
    feed.step(Event::Packet);
    let picture = feed.step(Event::Picture);
    assert_eq!(remembered(&picture), Some(Some("retina over UDP")));

    let spec = FeedSpec::new("t", "rtsp://h/x");
    spec.routes.set(Some(feed.policy.router.works()));
    let mut next = Feed::new(&spec);
    let silent =
        SourceError::Idle { after: SECOND, started: false, over: Some(LowerTransport::Udp) };
    let decision = next.step(Event::Failed(silent));
    assert_eq!(remembered(&decision), Some(None));
    next.wait(&decision);
    assert_eq!(next.policy.router.route().name(), "retina over TCP");
}

#[test]
fn an_outage_is_said_once_each_cause_once_and_once_that_it_is_over() {
    let mut feed = Feed::rtsp();
    let mut levels = Vec::new();
    let mut text = String::new();
    for error in [gone(), gone(), broken(), broken(), gone()] {
        let decision = feed.step(Event::Failed(error));
        let [(level, line)] = said(&decision).try_into().unwrap();
        levels.push(level);
        text = line;
        feed.wait(&decision);
    }
    assert_eq!(levels, [Level::WARN, Level::DEBUG, Level::WARN, Level::DEBUG, Level::WARN]);
    assert_eq!(text, "no connection: no route; next try in 30 s (retina over TCP, rtsp://h)");
    // Another route during the outage is no news.
    let other = feed.step(Event::Failed(refused(RefusedTransport::Tcp)));
    assert_eq!(said(&other)[0].0, Level::DEBUG);
    assert_eq!(said(&feed.step(Event::Connected { stream: "h264 2x2".into() })).len(), 1);
    let back = said(&feed.step(Event::Packet));
    assert_eq!(back, [(Level::INFO, "back after 48.0 s".into())]);
    assert!(said(&feed.step(Event::Picture)).is_empty());
    assert_eq!(said(&feed.step(Event::Failed(gone())))[0].0, Level::WARN, "a new outage");
}

#[test]
fn late_pictures_are_no_outage_and_the_next_connection_is_made_at_once_but_not_again_and_again() {
    let mut feed = Feed::rtsp();
    let late = || Event::Failed(SourceError::Late { by: Duration::from_millis(6400) });
    feed.step(Event::Connected { stream: "h264".into() });
    feed.step(Event::Packet);
    let decision = feed.step(late());
    assert_eq!(connects(&decision), ("retina over TCP", 1));
    let line = (Level::WARN, "pictures came 6 s late: connecting anew".to_owned());
    assert_eq!(said(&decision), std::slice::from_ref(&line));
    assert_eq!(decision.effects.len(), 1, "the state stays: {decision:?}");
    feed.now += 9 * SECOND;
    assert_eq!(feed.fail(SourceError::Late { by: SECOND }), SECOND);
    feed.now += 10 * SECOND;
    assert_eq!(said(&feed.step(late())), [line]);
    assert_eq!(feed.fail(gone()), 2 * SECOND);
}

#[test]
fn a_camera_is_dead_after_three_tries_in_vain_until_a_packet_comes() {
    let mut feed = Feed::rtsp();
    let mut dead = Vec::new();
    for _ in 0..3 {
        dead.push(feed.policy.is_dead());
        feed.fail(gone());
    }
    assert_eq!(dead, [false, false, false]);
    assert!(feed.policy.is_dead());
    feed.step(Event::Connected { stream: "h264".into() });
    assert!(feed.policy.is_dead(), "who only answers is not seen to live");
    feed.step(Event::Packet);
    assert!(!feed.policy.is_dead());
    feed.fail(broken());
    assert!(!feed.policy.is_dead());
}

#[test]
fn a_file_that_ended_ends_the_feed() {
    let mut feed = Feed::new(&FeedSpec::new("t", "a.mp4"));
    let decision = feed.step(Event::Failed(SourceError::Ended));
    assert_eq!(decision.then, Activity::End);
    let [Effect::Log(entry), Effect::SetConnection(Connection::Ended), Effect::Wake] =
        &decision.effects[..]
    else {
        panic!("{decision:?}")
    };
    assert_eq!(entry.to_string(), "the file came to its end");
}

#[test]
fn an_address_that_cannot_be_used_ends_the_feed() {
    let now = Instant::now();
    let bad = SourceError::BadAddress { detail: "sftp://u:canary7@h".into() };
    let decision = give_up(bad, now);
    assert_eq!(decision.then, Activity::End);
    assert_eq!(said(&decision), [(Level::ERROR, "no usable address: sftp://h".into())]);
    let never = decision.effects.iter().any(|effect| {
        matches!(effect, Effect::SetConnection(Connection::Down(outage))
            if outage.retry_at > now + 1000 * 3600 * SECOND)
    });
    assert!(never, "{decision:?}");
}

#[test]
fn a_panic_counts_as_an_error_and_tells_no_password() {
    let mut feed = Feed::rtsp();
    let decision = feed.step(Event::Panicked { message: "rtsp://u:canary7@h/x, canary7".into() });
    assert_eq!(
        said(&decision),
        [
            (Level::ERROR, "the demuxer panicked: rtsp://h ***".into()),
            (
                Level::WARN,
                "internal error: rtsp://h ***; next try in 1 s (retina over TCP, rtsp://h)".into()
            )
        ]
    );
    assert_eq!(feed.wait(&decision), SECOND);
    assert_eq!(feed.fail(gone()), 2 * SECOND);
}

#[test]
fn whatever_the_feed_does_it_ends_at_once_when_stopped() {
    let ends = |feed: &mut Feed, event| {
        let decision = feed.step(event);
        assert_eq!(decision.then, Activity::End);
        assert!(decision.effects.is_empty(), "{decision:?}");
    };
    let stopped = || [Event::Stopped, Event::Failed(SourceError::Stopped)];
    for event in stopped() {
        ends(&mut Feed::rtsp(), event);
    }
    for event in stopped() {
        let mut feed = Feed::rtsp();
        feed.step(Event::Connected { stream: "h264".into() });
        feed.step(Event::Packet);
        ends(&mut feed, event);
    }
    let mut feed = Feed::rtsp();
    feed.step(Event::Failed(gone()));
    ends(&mut feed, Event::Stopped);
}

#[test]
fn packets_that_change_nothing_are_not_awaited() {
    let mut feed = Feed::rtsp();
    for _session in 0..2 {
        feed.step(Event::Connected { stream: "h264".into() });
        assert!(feed.policy.awaits_packet() && feed.policy.awaits_picture());
        feed.step(Event::Packet);
        assert!(!feed.policy.awaits_packet() && feed.policy.awaits_picture());
        feed.step(Event::Picture);
        assert!(!feed.policy.awaits_packet() && !feed.policy.awaits_picture());
        assert!(feed.step(Event::Packet).effects.is_empty());
        feed.fail(broken());
    }
}

#[test]
fn the_wall_is_woken_once_when_a_picture_goes_stale() {
    let start = Instant::now() + SECOND;
    let health = FeedHealth::new(2 * SECOND);
    let mut watch = StateWatch::new(&health.state(start));
    health.set_connection(Connection::Up, start);
    health.picture(Findings::default(), start + SECOND, start + SECOND);
    let woken: Vec<_> = (1..=40_u32)
        .map(|tick| tick * SECOND / 4)
        .filter(|after| watch.changes_to(&health.state(start + *after)))
        .collect();
    assert_eq!(woken, [SECOND / 4, SECOND * 13 / 4], "live, and stale after 2 s");
    assert!(IDLE_TIMEOUT > 2 * SECOND, "stale comes before the connection counts as dead");
}
