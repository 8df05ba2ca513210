//! What is left out on purpose is no trouble, and nothing smears once all is decoded again.

use super::*;
use crate::overload::effort::Effort;
use Effort::{Full, Half, KeyFrames, NoFilter, SubStream};

/// A clip that is played over and over, and what came of it.
struct Player {
    clip: Vec<Packet>,
    out: Outputs,
    decoder: Decoder,
    at: usize,
}

impl Player {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips").join(name);
        let out = outputs(Watch::default());
        out.health.set_connection(Connection::Up, Instant::now());
        let decoder = Decoder::new(&out);
        Self { clip: packets(&path), out, decoder, at: 0 }
    }

    /// Plays so many packets; the pictures that came, by luma and packet of the clip that they were
    /// given out with. `None` for one that may not be clean.
    fn play(&mut self, count: usize, effort: Effort) -> Vec<(usize, u64)> {
        self.out.health.load.force(effort);
        let mut pictures = Vec::new();
        for _ in 0..count {
            let packet = &self.clip[self.at % self.clip.len()];
            let round = (self.at / self.clip.len()) as u32;
            let packet = Packet {
                av: packet.av.clone(),
                info: packet.info.clone(),
                arrived: packet.arrived
                    + round * self.clip.len() as u32 * Duration::from_millis(40),
                ..*packet
            };
            let decoded = self.decoder.job(&job(packet, self.at == 0), &self.out);
            let now = Instant::now();
            if let Some(decoded) = decoded {
                assert!(!decoded.failed && !decoded.garbled, "{effort:?} {}: {decoded:?}", self.at);
                self.out.health.decoded(&decoded, now);
            }
            while let Some(frame) = self.out.frame_queue.take() {
                assert!(!frame.damaged);
                pictures.push((self.at % self.clip.len(), hash(&frame)));
            }
            self.at += 1;
        }
        let status = self.out.health.status(0, Instant::now());
        assert!(!status.warnings.damaged && status.decode_errors == 0, "{status:?}");
        assert_eq!(status.state, FeedState::Live);
        assert_eq!(status.warnings.reduced, effort > Full);
        assert_eq!(status.wants_smaller, effort == SubStream);
        pictures
    }
}

/// Of the luma's bytes.
fn hash(frame: &crate::frame::Frame) -> u64 {
    let luma = frame.plane(0).expect("luma");
    luma.data.iter().fold(0, |hash: u64, byte| hash.wrapping_mul(31) + u64::from(*byte))
}

const CLIPS: [&str; 3] = ["cam1-360.h264", "cam10-360.h264", "cam8-360.h265"];

#[test]
fn each_step_gives_fewer_pictures_and_all_of_them_are_well() {
    for (name, pictures) in CLIPS.into_iter().zip([200, 134, 200]) {
        let mut player = Player::new(name);
        player.play(100, Full);
        let counts = [Full, NoFilter, Half, KeyFrames, SubStream].map(|effort| {
            let count = player.play(200, effort).len();
            player.play(50, Full);
            player.play(50, Full);
            count
        });
        // Four groups each. What a decoder holds back comes later.
        let near = |count: usize, wanted: usize| count.abs_diff(wanted) <= 4;
        assert!(near(counts[0], 200) && near(counts[1], pictures), "{name}: {counts:?}");
        assert!(near(counts[2], 102), "{name}: {counts:?}");
        assert!(near(counts[3], 4) && near(counts[4], 4), "{name}: {counts:?}");
    }
}

#[test]
fn after_the_next_key_frame_each_picture_is_what_it_would_have_been() {
    for name in CLIPS {
        let mut plain = Player::new(name);
        plain.play(100, Full);
        let expected: Vec<u64> = plain.play(100, Full).into_iter().map(|(_, hash)| hash).collect();
        for effort in [NoFilter, Half, KeyFrames] {
            let mut player = Player::new(name);
            // From the middle of a group to the middle of another.
            player.play(110, Full);
            player.play(60, effort);
            let rest = player.play(130, Full);
            let clean = rest.iter().rev().take(90).filter(|it| expected.contains(&it.1)).count();
            assert_eq!(clean, 90, "{name} after {effort:?}");
            if effort == NoFilter {
                let before = rest.iter().take(20).filter(|it| expected.contains(&it.1)).count();
                assert!(before < 10, "{name}: {before} of 20 are as if the filter had been there");
            }
        }
    }
}

#[test]
fn key_frames_far_apart_are_not_stale_and_what_comes_after_them_is_again() {
    let mut player = Player::new("cam1-360.h264");
    player.play(100, Full);
    let stale = |player: &Player, seconds| {
        let now = Instant::now() + Duration::from_secs(seconds);
        player.out.health.state(now) == FeedState::Stale
    };
    assert!(stale(&player, 3), "two seconds are the limit");
    player.play(50, KeyFrames);
    assert!(!stale(&player, 5) && stale(&player, 7), "three times two seconds");
    player.play(25, Full);
    player.play(30, Full);
    assert!(stale(&player, 3), "as before");
}

#[test]
fn an_outage_makes_no_picture_stale_later() {
    let mut player = Player::new("cam1-360.h264");
    player.play(100, Full);
    player.play(50, KeyFrames);
    assert_eq!(player.decoder.gap, Some(Duration::from_secs(2)));
    let packet = &player.clip[0];
    let arrived = packet.arrived + Duration::from_secs(600);
    let packet = Packet { av: packet.av.clone(), info: packet.info.clone(), arrived, ..*packet };
    player.decoder.job(&job(packet, true), &player.out);
    assert_eq!(player.decoder.gap, None, "nothing is known yet of what comes");
    player.at = 1;
    player.play(150, KeyFrames);
    assert_eq!(player.decoder.gap, Some(Duration::from_secs(2)));
}

#[test]
fn pictures_that_are_alone_are_left_out_also_by_a_decoder_that_skips_some() {
    let mut player = Player::new("cam11-360.mjpeg");
    player.out.health.load.force(KeyFrames);
    let start = player.clip[0].arrived;
    for at in 0..60 {
        let packet = &player.clip[at % player.clip.len()];
        let arrived = start + at as u32 * Duration::from_millis(120);
        let packet =
            Packet { av: packet.av.clone(), info: packet.info.clone(), arrived, ..*packet };
        let job = Job { restart: true, first: at == 0, ..job(packet, false) };
        player.decoder.job(&job, &player.out);
    }
    // Eight before it is known, and in six seconds one each 1.08 s.
    assert_eq!(player.out.health.frames_decoded.load(Ordering::Relaxed), 8 + 5);
}

#[test]
fn what_the_decoder_held_back_takes_a_turn() {
    let mut player = Player::new("cam1-360.h264");
    player.play(101, Full);
    let health = player.out.health.clone();
    let start = Instant::now();
    // As many as there are on one CPU; each is taken away after 250 ms.
    let held: Vec<_> = (0..3).map(|_| health.load.begin(start)).collect();
    player.play(1, KeyFrames);
    assert!(start.elapsed() >= Duration::from_millis(250));
    drop(held);
}

#[test]
fn what_begins_shows_its_first_picture_before_anything_is_left_out() {
    let mut player = Player::new("cam1-360.h264");
    player.out.health.load.force(KeyFrames);
    let mut shown = Vec::new();
    // Decoding begins at a key frame in memory, and what is old is not shown. By the second one it is
    // known how far apart they are.
    for at in 0..90 {
        let packet = &player.clip[at];
        let packet = Packet { av: packet.av.clone(), info: packet.info.clone(), ..*packet };
        let job = Job { silent: at < 75, ..job(packet, at == 0) };
        player.decoder.job(&job, &player.out);
        shown.extend(player.out.frame_queue.take().map(|_| at));
    }
    assert_eq!(shown, [75]);
}
