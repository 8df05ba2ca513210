//! A camera in simulated time, and the words for it, typed by hand.

mod random;
mod readme;

use std::sync::Arc;

use super::decoding::CLEAN;
use super::*;
use crate::hung_decoders::Room;
use crate::source::ANSWER_TIMEOUT;
use crate::source::route::LowerTransport;
use crate::status::Outage;

/// A camera that sends 25 pictures a second, and everything that can be wrong with it.
struct Camera {
    health: Health,
    start: Instant,
    /// Milliseconds.
    now: u64,
    /// Added to what a picture is late.
    delay: u64,
    decoded: Decoded,
    findings: Findings,
    /// Most cameras are late.
    ours: bool,
    /// What was said: from when on, and since when by its own account.
    words: Vec<(u64, &'static str, u64)>,
    last: &'static str,
    remedies: Vec<(u64, &'static str)>,
}

const BROKEN: Decoded = Decoded { failed: true, clean: false, ..CLEAN };

fn down(error: SourceError, since: Instant) -> Connection {
    let retry_at = since + seconds(1);
    Connection::Down(Outage { since, error: Arc::new(error), retry_at })
}

impl Camera {
    fn new() -> Self {
        let start = Instant::now();
        let mut health = Health::new(seconds(2), None, start);
        health.connection(Connection::Up, start);
        Self {
            health,
            start,
            now: 0,
            delay: 0,
            decoded: CLEAN,
            findings: Findings::default(),
            ours: false,
            words: Vec::new(),
            last: "",
            remedies: Vec::new(),
        }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn word(&self) -> &'static str {
        let now = self.at(self.now);
        let warnings = self.health.warnings(self.ours, false, now);
        match self.health.state(now) {
            FeedState::Connecting => "CONNECTING",
            FeedState::Stale => "STALE",
            FeedState::Late { .. } if warnings.reduced => "LATE, REDUCED",
            FeedState::Late { .. } => "LATE",
            FeedState::Undecodable { .. } => "CAN'T DECODE",
            FeedState::Down(_) => "DOWN",
            FeedState::Ended => "ENDED",
            FeedState::Live if warnings.frozen.is_some() => "FROZEN",
            FeedState::Live if warnings.dark.is_some() => "DARK",
            FeedState::Live if warnings.damaged => "DAMAGED",
            FeedState::Live => "LIVE",
        }
    }

    fn look(&mut self) {
        let now = self.at(self.now);
        let word = self.word();
        if self.last != word {
            self.last = word;
            let since = self.health.since(now).unwrap_or(self.start) - self.start;
            self.words.push((self.now, word, since.as_millis() as u64));
        }
    }

    /// What the operator reads, in tenths of a second: when it changes, and since when it is said.
    fn told(&mut self) -> Vec<(u64, &'static str, u64)> {
        let tenths = |ms: u64| ms / 100;
        std::mem::take(&mut self.words)
            .into_iter()
            .map(|(at, word, since)| (tenths(at), word, tenths(since)))
            .collect()
    }

    /// Time passes.
    fn wait(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            self.now += 20;
            self.look();
        }
    }

    /// Pictures for so long, a key frame every two seconds. What we hang up for is connected anew
    /// a second later.
    fn play(&mut self, ms: u64) {
        for _ in 0..ms / 40 {
            self.wait(40);
            let now = self.at(self.now);
            let stream = self.now.saturating_sub(self.delay) as f64 / 1000.0;
            self.health.arrived(Arrival { stream: Some(stream), at: now });
            let key = self.now.is_multiple_of(2000);
            let decoded = Decoded { key, ..self.decoded };
            self.health.decoding(now);
            if decoded.clean || decoded.failed {
                self.health.picture(self.findings, now, now);
            }
            self.health.decoded(&decoded, now);
            self.look();
            match self.health.remedy(self.ours, || Room::Free, now) {
                None => {}
                Some(Remedy::ReopenDecoder) => self.remedies.push((self.now / 100, "reopen")),
                Some(Remedy::ReplaceDecoder) => self.remedies.push((self.now / 100, "replace")),
                Some(Remedy::StartDecoder) => self.remedies.push((self.now / 100, "start")),
                Some(Remedy::DecodeNoMore) => self.remedies.push((self.now / 100, "no more")),
                Some(Remedy::Reconnect(error)) => {
                    self.remedies.push((self.now / 100, "reconnect"));
                    self.health.connection(down(error, now), now);
                    self.wait(1000);
                    self.up();
                }
            }
        }
    }

    fn up(&mut self) {
        let now = self.at(self.now);
        self.health.connection(Connection::Up, now);
        self.look();
    }

    fn fail(&mut self, error: SourceError) {
        let now = self.at(self.now);
        self.health.connection(down(error, now), now);
        self.look();
    }
}

fn broken() -> SourceError {
    SourceError::Broken { detail: String::new() }
}

#[test]
fn a_picture_is_live_until_it_is_old() {
    let mut camera = Camera::new();
    camera.play(10_000);
    assert_eq!(camera.told(), [(0, "CONNECTING", 0), (0, "LIVE", 0)]);
    camera.wait(5_000);
    assert_eq!(camera.told(), [(120, "STALE", 120)]);
    camera.play(1_000);
    assert_eq!(camera.told(), [(150, "LIVE", 150)]);
    camera.fail(broken());
    camera.wait(1_000);
    camera.up();
    camera.play(1_000);
    assert_eq!(camera.told(), [(160, "DOWN", 160), (170, "CONNECTING", 170), (170, "LIVE", 170)]);
    assert_eq!(camera.remedies, []);
}

#[test]
fn late_pictures_are_late_and_the_connection_is_made_anew() {
    let mut camera = Camera::new();
    camera.play(10_000);
    camera.told();
    camera.wait(6_000);
    camera.delay = 6_000;
    camera.play(3_000);
    // The first late pictures are not live for a moment.
    assert_eq!(camera.told(), [(120, "STALE", 120), (163, "LATE", 163)]);
    camera.play(440);
    assert_eq!(camera.remedies, [(194, "reconnect")]);
    // The word stays up to the new connection, and nothing is known of the lateness of what comes.
    assert_eq!(camera.told(), [(204, "CONNECTING", 204), (204, "LIVE", 204)]);
    assert!(!camera.health.wants_smaller(camera.at(camera.now)));
}

#[test]
fn a_stall_that_ends_in_a_burst_of_old_pictures_is_stale_until_they_are_new() {
    let mut camera = Camera::new();
    camera.play(10_000);
    camera.told();
    camera.wait(6_000);
    // What was held up comes in a quarter of a second.
    for delay in (0..6_000).rev().step_by(1_000) {
        camera.delay = delay;
        camera.play(40);
    }
    camera.play(1_000);
    assert_eq!(camera.told(), [(120, "STALE", 120), (162, "LIVE", 162)]);
    assert_eq!(camera.remedies, []);
}

#[test]
fn connections_for_lateness_are_seldom_and_then_a_smaller_stream_is_wanted() {
    let mut camera = Camera::new();
    camera.play(4_000);
    for _ in 0..300 {
        // The backlog grows anew by two seconds in three, however often it is dropped.
        camera.delay += 2_000;
        camera.wait(2_000);
        camera.play(1_000);
    }
    let reconnects: Vec<u64> = camera.remedies.iter().map(|(at, _)| *at).collect();
    let pauses: Vec<u64> = reconnects.windows(2).map(|pair| (pair[1] - pair[0]) / 10).collect();
    assert!(pauses.len() >= 3 && pauses[0] >= 30 && pauses[1] >= 120, "{pauses:?}");
    assert!(pauses[2..].iter().all(|pause| *pause >= 600), "{pauses:?}");
    assert!(camera.health.wants_smaller(camera.at(camera.now)));
    // Ten minutes in time, and the larger stream may come back.
    camera.delay = 0;
    camera.up();
    camera.play(599_000);
    assert!(camera.health.wants_smaller(camera.at(camera.now)));
    camera.play(2_000);
    assert!(!camera.health.wants_smaller(camera.at(camera.now)));
}

#[test]
fn nobody_hangs_up_on_a_late_camera_that_is_hidden() {
    let mut camera = Camera::new();
    camera.play(4_000);
    let hidden = camera.at(camera.now);
    camera.health.show(false, hidden);
    camera.wait(6_000);
    camera.delay = 6_000;
    camera.play(20_000);
    assert_eq!((camera.word(), &camera.remedies[..]), ("LATE", &[][..]));
    let shown = camera.at(camera.now);
    camera.health.show(true, shown);
    camera.play(1_000);
    assert_eq!(camera.remedies.len(), 1, "the backlog is in the way of the picture now");
}

#[test]
fn where_most_are_late_nobody_hangs_up() {
    let mut camera = Camera::new();
    camera.play(4_000);
    camera.told();
    camera.ours = true;
    camera.wait(3_000);
    camera.delay = 3_000;
    camera.play(20_000);
    let told = camera.told();
    assert_eq!(told.last(), Some(&(73, "LATE, REDUCED", 73)));
    assert_eq!(camera.remedies, []);
}

#[test]
fn what_cant_be_decoded_is_said_so_until_a_clean_picture_comes() {
    let mut camera = Camera::new();
    camera.play(5_000);
    camera.told();
    camera.decoded = BROKEN;
    camera.play(400_000);
    let word = camera.told();
    // The second key frame that fails is the one at 8 s; nothing else is said from there on.
    assert_eq!(word, [(50, "DAMAGED", 0), (80, "CAN'T DECODE", 80)]);
    let seconds: Vec<_> = camera.remedies.iter().map(|(at, what)| (at / 10, *what)).collect();
    assert_eq!(
        seconds,
        [
            (8, "reopen"),
            (13, "reconnect"),
            (19, "reconnect"),
            (49, "reconnect"),
            (169, "reconnect"),
        ]
    );
    camera.decoded = CLEAN;
    camera.play(3_000);
    let told = camera.told();
    assert_eq!(told.last().map(|told| told.1), Some("LIVE"));
}

#[test]
fn a_decoder_is_opened_anew_seldom_where_what_is_wrong_comes_and_goes() {
    let mut camera = Camera::new();
    // Two key frames that fail, and one that does not.
    for _ in 0..200 {
        for decoded in [BROKEN, BROKEN, CLEAN] {
            camera.decoded = decoded;
            camera.play(2_000);
        }
    }
    assert!(camera.remedies.iter().all(|(_, what)| *what == "reopen"), "{:?}", camera.remedies);
    let at: Vec<u64> = camera.remedies.iter().map(|(at, _)| at / 10).collect();
    let pauses: Vec<u64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses, [6, 30, 120, 600]);
}

#[test]
fn a_silent_decoder_is_opened_anew_and_then_connected_anew() {
    let mut camera = Camera::new();
    camera.play(2_000);
    camera.decoded = Decoded { clean: false, ..CLEAN };
    camera.play(200_000);
    let what: Vec<_> = camera.remedies.iter().map(|(_, what)| *what).collect();
    assert_eq!(what, ["reopen", "reconnect", "reconnect", "reconnect"], "{:?}", camera.remedies);
}

#[test]
fn what_there_is_no_decoder_for_is_said_so_and_both_clients_are_tried() {
    let mut camera = Camera::new();
    let now = camera.at(0);
    camera.health.undecodable(Undecodable::NoDecoder, now);
    camera.decoded = BROKEN;
    camera.play(1_000_000);
    let told: Vec<_> = camera.told().into_iter().map(|(_, word, _)| word).collect();
    assert_eq!(told, ["CAN'T DECODE"]);
    assert_eq!(camera.remedies, [(0, "reopen"), (50, "reconnect"), (110, "reconnect")]);
}

#[test]
fn a_connection_that_fails_is_an_outage_whatever_was_said() {
    let mut camera = Camera::new();
    camera.decoded = BROKEN;
    camera.play(8_000);
    assert_eq!(camera.told().last().map(|told| told.1), Some("CAN'T DECODE"));
    camera.fail(SourceError::Timeout { step: "DESCRIBE", after: ANSWER_TIMEOUT });
    assert_eq!(camera.told(), [(80, "DOWN", 80)]);
    camera.wait(1_000);
    camera.up();
    assert_eq!(camera.told(), [(90, "CONNECTING", 90)]);
}

#[test]
fn a_decoder_that_hangs_is_replaced_while_there_is_room_and_then_it_is_said() {
    let mut camera = Camera::new();
    camera.play(2_000);
    camera.told();
    let busy = camera.at(camera.now);
    camera.health.decoding(busy);
    let remedy = |camera: &mut Camera, now: u64, room: bool| {
        camera.now = now;
        let room = if room { Room::Free } else { Room::None };
        let remedy = camera.health.remedy(false, || room, camera.at(now));
        camera.look();
        remedy
    };
    assert_eq!(remedy(&mut camera, 11_999, true), None);
    assert_eq!(remedy(&mut camera, 12_000, true), Some(Remedy::ReplaceDecoder));
    // That failed: it is tried again, but not with each packet.
    assert_eq!(remedy(&mut camera, 21_999, true), None);
    assert_eq!(remedy(&mut camera, 22_000, true), Some(Remedy::ReplaceDecoder));
    camera.health.replaced(camera.at(22_000));
    assert_eq!(remedy(&mut camera, 40_000, true), None, "the new one has nothing to do");
    camera.health.decoding(camera.at(40_000));
    camera.told();
    assert_eq!(remedy(&mut camera, 50_000, false), Some(Remedy::DecodeNoMore));
    assert_eq!(remedy(&mut camera, 51_000, false), None, "once");
    assert_eq!(camera.told(), [(500, "CAN'T DECODE", 500)]);
    let why = Undecodable::HungDecoder;
    assert_eq!(camera.health.state(camera.at(51_000)), FeedState::Undecodable { why });
    // Over another connection, too.
    camera.fail(broken());
    camera.up();
    assert_eq!(camera.told(), [(510, "DOWN", 510), (510, "CAN'T DECODE", 510)]);
    // It comes back.
    camera.health.decoded(&CLEAN, camera.at(52_000));
    camera.now = 52_000;
    camera.play(1_000);
    assert_eq!(camera.told().last().map(|told| told.1), Some("LIVE"));
    // Or another one that hung does.
    camera.health.decoding(camera.at(53_000));
    assert_eq!(remedy(&mut camera, 63_000, false), Some(Remedy::DecodeNoMore));
    assert_eq!(remedy(&mut camera, 64_000, true), Some(Remedy::ReplaceDecoder));
}

#[test]
fn who_is_hidden_has_no_decoder_that_hangs_and_shown_again_without_a_thread_one_is_started() {
    let mut camera = Camera::new();
    camera.play(2_000);
    camera.health.show(false, camera.at(2_000));
    // The thread that ends had a packet at hand.
    camera.health.decoding(camera.at(2_000));
    let remedy = |camera: &mut Camera, now: u64, room: Room| {
        camera.health.remedy(false, || room, camera.at(now))
    };
    assert_eq!(remedy(&mut camera, 20_000, Room::Free), None);
    camera.health.show(true, camera.at(20_000));
    assert_eq!(remedy(&mut camera, 20_000, Room::Free), None);
    camera.health.no_thread();
    assert_eq!(remedy(&mut camera, 20_000, Room::Soon), None, "others end");
    assert_eq!(remedy(&mut camera, 20_040, Room::Free), Some(Remedy::StartDecoder));
    camera.health.show(false, camera.at(20_040));
    camera.health.no_thread();
    assert_eq!(remedy(&mut camera, 40_000, Room::Free), None);
}

#[test]
fn nothing_else_is_tried_while_the_decoder_hangs() {
    let mut camera = Camera::new();
    camera.decoded = BROKEN;
    camera.play(8_000);
    assert_eq!(camera.word(), "CAN'T DECODE");
    camera.health.decoding(camera.at(camera.now));
    for (after, remedy) in [(10, Some(Remedy::DecodeNoMore)), (60, None), (700, None)] {
        let now = camera.at(camera.now) + seconds(after);
        assert_eq!(camera.health.remedy(false, || Room::None, now), remedy, "{after}");
    }
}

#[test]
fn a_decoder_that_works_for_ten_minutes_does_so() {
    let mut camera = Camera::new();
    camera.play(590_000);
    assert!(!camera.health.works_well(camera.at(camera.now)));
    // One that was replaced begins anew.
    camera.health.replaced(camera.at(camera.now));
    camera.play(599_000);
    assert!(!camera.health.works_well(camera.at(camera.now)));
    camera.play(2_000);
    assert!(camera.health.works_well(camera.at(camera.now)));
    assert!(!camera.health.works_well(camera.at(camera.now)), "once");
}

#[test]
fn precedence() {
    let mut camera = Camera::new();
    camera.play(4_000);
    let mut told = vec![camera.word()];
    camera.decoded = Decoded { whole: false, ..CLEAN };
    camera.play(40);
    told.push(camera.word());
    camera.findings.dark = Some(camera.start);
    camera.play(40);
    told.push(camera.word());
    camera.findings.frozen = Some(camera.start);
    camera.play(40);
    told.push(camera.word());
    camera.wait(3_000);
    camera.delay = 3_000;
    camera.play(1_000);
    told.push(camera.word());
    camera.wait(2_500);
    told.push(camera.word());
    for _ in 0..2 {
        let now = camera.at(camera.now);
        camera.health.decoded(&Decoded { key: true, ..BROKEN }, now);
    }
    told.push(camera.word());
    camera.fail(broken());
    told.push(camera.word());
    assert_eq!(
        told,
        ["LIVE", "DAMAGED", "DARK", "FROZEN", "LATE", "STALE", "CAN'T DECODE", "DOWN"]
    );
}

#[test]
fn a_hidden_camera_lives_by_its_packets_and_nothing_is_said_of_its_pictures() {
    let mut camera = Camera::new();
    camera.decoded = BROKEN;
    camera.play(5_000);
    assert_eq!(camera.word(), "CAN'T DECODE");
    let hidden = camera.at(camera.now);
    camera.health.show(false, hidden);
    camera.told();
    camera.play(5_000);
    assert_eq!(camera.told(), [(50, "LIVE", 50)]);
    camera.wait(3_000);
    assert_eq!(camera.told(), [(120, "STALE", 120)]);
    // Shown again it is no younger.
    let shown = camera.at(camera.now);
    camera.health.show(true, shown);
    camera.wait(3_000);
    assert_eq!(camera.told(), []);
}

#[test]
fn an_old_picture_that_is_shown_again_stays_as_old_as_it_is() {
    let mut camera = Camera::new();
    camera.play(5_000);
    let hidden = camera.at(camera.now);
    camera.health.show(false, hidden);
    camera.wait(60_000);
    let shown = camera.at(camera.now);
    camera.health.show(true, shown);
    camera.health.picture(Findings::default(), hidden, shown);
    assert_eq!((camera.word(), camera.health.last_frame()), ("STALE", Some(hidden)));
}

#[test]
fn a_camera_that_is_shown_again_has_the_usual_time_to_come_up_with_a_picture() {
    let mut camera = Camera::new();
    camera.play(5_000);
    let hidden = camera.at(camera.now);
    camera.health.show(false, hidden);
    camera.decoded.clean = false;
    camera.play(5_000);
    let shown = camera.at(camera.now);
    camera.health.show(true, shown);
    camera.told();
    camera.play(3_000);
    assert_eq!(camera.told(), [(100, "CONNECTING", 100), (120, "STALE", 120)]);
}

#[test]
fn a_picture_a_minute_becomes_live_and_stays_connected() {
    let mut camera = Camera::new();
    let idle = |after: Duration| {
        let over = Some(LowerTransport::Tcp);
        SourceError::Idle { after, started: false, over }
    };
    // Silent but for RTCP: the next connection gets twice the time.
    for patience in [10, 20, 40] {
        camera.health.rtcp();
        assert_eq!(camera.health.patience(), seconds(patience));
        camera.now += 1000 * patience;
        camera.fail(idle(seconds(patience)));
        camera.up();
    }
    assert_eq!(camera.health.patience(), seconds(80));
    camera.told();
    for _ in 0..5 {
        camera.wait(59_960);
        camera.play(40);
    }
    let told: Vec<_> = camera.told().into_iter().map(|(at, word, _)| (at / 10, word)).collect();
    // Known after three pictures.
    assert_eq!(told, [(130, "LIVE"), (132, "STALE"), (190, "LIVE"), (192, "STALE"), (250, "LIVE")]);
    assert_eq!(camera.health.patience(), seconds(180));
}
