//! What a viewer gets, in simulated time.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::super::script::film::h264;
use super::*;

const CLIP: Film = h264("cam9-288.h264", 25);
const BLACK: Film = h264("odd-black.h264", 25);

/// A packet as it arrived: when, and its bytes.
struct Seen {
    at: Duration,
    rtcp: bool,
    bytes: Vec<u8>,
}

impl Seen {
    fn sequence(&self) -> u16 {
        u16::from_be_bytes([self.bytes[2], self.bytes[3]])
    }

    fn timestamp(&self) -> u32 {
        let at = if self.rtcp { 16 } else { 4 };
        u32::from_be_bytes(self.bytes[at..at + 4].try_into().unwrap())
    }

    fn ends_picture(&self) -> bool {
        !self.rtcp && self.bytes[1] & 0x80 != 0
    }
}

fn s(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Plays for so long: `faults` from each of these times on.
fn run(until: f64, phases: &[(f64, &[Fault])]) -> Vec<Seen> {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips"));
    let reels = [CLIP, BLACK].map(|film| Reel::load(dir, film).unwrap());
    let shelf = Shelf { reels: reels.to_vec(), sound: vec![0; 8000] };
    let mut player = Player::new(&shelf.reels[0], 1, Duration::ZERO, UNIX_EPOCH);
    let packets = Packetiser::new(96, 7, 100);
    player.video = Some(Track { place: 0, packets, timestamp: 5000 });
    let mut seen = Vec::new();
    let mut now = Duration::ZERO;
    while now < s(until) {
        let phase = phases.iter().rev().find(|(from, _)| s(*from) <= now).unwrap();
        player.play(now, phase.1, s(phase.0), &shelf, &mut |out| {
            let (rtcp, bytes) = (out.rtcp, out.bytes.to_vec());
            seen.push(Seen { at: now, rtcp, bytes });
        });
        now += Duration::from_millis(1);
    }
    seen
}

fn pictures(seen: &[Seen]) -> Vec<&Seen> {
    seen.iter().filter(|packet| packet.ends_picture()).collect()
}

fn gaps(seen: &[Seen]) -> Vec<u16> {
    let rtp: Vec<u16> = seen.iter().filter(|p| !p.rtcp).map(Seen::sequence).collect();
    rtp.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect()
}

#[test]
fn an_ordinary_film_runs_in_real_time() {
    let seen = run(12.0, &[(0.0, &[])]);
    let pictures = pictures(&seen);
    assert_eq!(pictures.len(), 300);
    for (number, picture) in pictures.iter().enumerate() {
        assert_eq!(picture.at, Duration::from_millis(40 * number as u64));
        assert_eq!(picture.timestamp(), 5000 + 3600 * number as u32);
    }
    assert!(gaps(&seen).iter().all(|gap| *gap == 1));
    let reports: Vec<_> = seen.iter().filter(|packet| packet.rtcp).collect();
    let times: Vec<_> = reports.iter().map(|report| (report.at, report.timestamp())).collect();
    assert_eq!(times, [(s(0.0), 5000), (s(5.0), 455_000), (s(10.0), 905_000)]);
}

#[test]
fn what_was_held_comes_late_by_as_much_and_nothing_is_missing() {
    let seen = run(12.0, &[(0.0, &[]), (2.0, &[Fault::Held]), (5.0, &[])]);
    assert!(!seen.iter().any(|packet| packet.at >= s(2.0) && packet.at < s(5.0)));
    let pictures = pictures(&seen);
    for (number, picture) in pictures.iter().enumerate() {
        let late = if number < 50 { 0 } else { 3000 };
        assert_eq!(picture.at, Duration::from_millis(40 * number as u64 + late));
        assert_eq!(picture.timestamp(), 5000 + 3600 * number as u32);
    }
    assert!(gaps(&seen).iter().all(|gap| *gap == 1));
    // A report tells when the camera filmed, and is as late as the pictures.
    let reports: Vec<_> = seen.iter().filter(|packet| packet.rtcp).collect();
    assert_eq!((reports[1].at, reports[1].timestamp()), (s(8.0), 455_000));
    assert_eq!(reports[1].bytes[8..12], (2_208_988_800_u32 + 5).to_be_bytes());
}

#[test]
fn lost_fragments_are_seen_in_the_numbers_and_about_as_many_as_asked_for() {
    let seen = run(200.0, &[(0.0, &[Fault::LosesFragments(30)])]);
    let lost: u32 = gaps(&seen).iter().map(|gap| u32::from(*gap) - 1).sum();
    let fragments = seen.iter().filter(|p| !p.rtcp && p.bytes[12] & 0x1f == 28).count();
    let share = f64::from(lost) / fragments as f64;
    assert!(share > 0.01 && share < 0.06, "{lost} of {fragments}");
    let single = seen.iter().filter(|p| !p.rtcp && p.bytes[12] & 0x1f == 7).count();
    assert_eq!(single, 100, "a parameter set is no fragment");
    let again = run(200.0, &[(0.0, &[Fault::LosesFragments(30)])]);
    assert_eq!(gaps(&seen), gaps(&again));
}

#[test]
fn swapped_packets_all_come() {
    let seen = run(20.0, &[(0.0, &[Fault::Swaps(100)])]);
    let mut numbers: Vec<u16> = seen.iter().filter(|p| !p.rtcp).map(Seen::sequence).collect();
    let swaps = numbers.windows(2).filter(|pair| pair[0] == pair[1] + 1).count();
    assert!(swaps > numbers.len() / 20, "{swaps} of {}", numbers.len());
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
}

#[test]
fn scrambled_slices_keep_their_headers_and_their_length() {
    let good = run(4.0, &[(0.0, &[])]);
    let bad = run(4.0, &[(0.0, &[Fault::Scrambled(8)])]);
    assert_eq!(good.len(), bad.len());
    let mut changed = 0;
    for (good, bad) in good.iter().zip(&bad).filter(|(good, _)| !good.rtcp) {
        assert_eq!(good.bytes.len(), bad.bytes.len());
        // RTP and the headers of the slice; in a later fragment RTP and the fragment's.
        let later = good.bytes[12] & 0x1f == 28 && good.bytes[13] & 0x80 == 0;
        let headers = if later { 14 } else { good.bytes.len().min(12 + 8) };
        assert_eq!(good.bytes[..headers], bad.bytes[..headers]);
        let is_set = matches!(good.bytes[12] & 0x1f, 7 | 8);
        assert!(!is_set || good.bytes == bad.bytes);
        changed += usize::from(good.bytes != bad.bytes);
    }
    assert!(changed > 90, "{changed}");
}

#[test]
fn another_film_begins_with_its_first_picture_and_time_goes_on() {
    let black: &[Fault] = &[Fault::Shows(BLACK)];
    let seen = run(6.0, &[(0.0, &[]), (2.5, black), (4.0, &[])]);
    let kinds = |from: f64| {
        let picture =
            seen.iter().filter(move |p| !p.rtcp && p.at >= s(from) && p.at < s(from + 0.04));
        picture.map(|p| p.bytes[12] & 0x1f).collect::<Vec<_>>()
    };
    assert!(kinds(2.52).contains(&7) && kinds(4.0).contains(&7), "no key frame at the change");
    assert!(!kinds(2.56).contains(&7));
    let pictures = pictures(&seen);
    assert!(pictures.windows(2).all(|pair| pair[1].timestamp() - pair[0].timestamp() == 3600));
}

#[test]
fn a_jump_changes_timestamps_and_nothing_else() {
    let seen = run(7.0, &[(0.0, &[]), (2.0, &[Fault::Jump(-3600)])]);
    let pictures = pictures(&seen);
    let steps: Vec<u32> = pictures
        .windows(2)
        .map(|pair| pair[1].timestamp().wrapping_sub(pair[0].timestamp()))
        .filter(|step| *step != 3600)
        .collect();
    assert_eq!(steps, [3600_u32.wrapping_sub(3600 * 90_000)]);
    let times: Vec<_> = pictures.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert!(times.iter().all(|time| *time == Duration::from_millis(40)));
    // Reports go with the timestamps.
    let report = seen.iter().rfind(|packet| packet.rtcp).unwrap();
    assert_eq!(report.timestamp(), 455_000_u32.wrapping_sub(3600 * 90_000));
}
