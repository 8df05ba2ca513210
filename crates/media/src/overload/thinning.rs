//! Which packets of a stream are decoded, by its effort.
//!
//! Pure; the decode thread asks it for each packet. Policies:
//! - a group of pictures is decoded from its key frame up to some picture and no further: what
//!   comes after lacks its references. So less takes effect at once, and more with a key frame;
//! - the loop filter is switched off at once and on with a key frame, because pictures that refer
//!   to unfiltered ones smear;
//! - half of a stream is every other group, and the key frames of those between. Half of the feeds
//!   decode while the others pause, so that the load is halved at any moment, also where all
//!   cameras began at once and their key frames come together. Of those groups no picture is left
//!   out, or cameras that send many to which nothing refers would have a third less than others;
//! - of a stream of key frames alone (JPEG) half is every other one, and only key frames are
//!   [`KEY_DISTANCE`] apart;
//! - a decoder that goes on at a newer key frame, because it is late, forgets nothing of the stream;
//!   another connection may be another stream;
//! - of a stream that is refreshed gradually, or of which no second key frame came, nothing is left
//!   out but the filter and what nothing refers to.

use std::time::{Duration, Instant};

use super::effort::Effort;

/// Between two key frames that are decoded, where there is nothing else.
const KEY_DISTANCE: Duration = Duration::from_secs(1);
/// So many key frames in a row, and there is nothing else.
const LONE_KEYS: u32 = 8;

/// A packet, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    /// Whether decoding can start at it.
    pub key: bool,
    /// Whether it begins a gradual refresh, or decoding began without a key frame.
    pub endless: bool,
    /// When it arrived.
    pub arrived: Instant,
}

/// What is to be done with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// It is decoded.
    Decode {
        /// Without the loop filter.
        reduced: bool,
        /// Not at all if nothing refers to it.
        sparse: bool,
    },
    /// It is left out, the first one since one was decoded: the decoder gives out what it holds
    /// back, and forgets the rest.
    Drain,
    /// It is left out.
    LeaveOut,
}

/// What is remembered of a stream.
#[derive(Debug)]
pub(crate) struct Thinning {
    /// Whether the present group is one of those that are decoded where every other one is.
    turn: bool,
    /// When the latest key frame arrived, and how long after the one before.
    key: Option<Instant>,
    distance: Option<Duration>,
    /// Whether nothing came since the latest key frame, and how often that was so in a row.
    lone: bool,
    lone_keys: u32,
    /// When the latest key frame that is decoded arrived.
    decoded_key: Option<Instant>,
    /// Whether something was left out since then.
    cut: bool,
    /// Whether the loop filter is off.
    reduced: bool,
}

impl Thinning {
    /// Of a stream of which every other group is decoded, the first one if `first`.
    pub fn new(first: bool) -> Self {
        Self {
            turn: !first,
            key: None,
            distance: None,
            lone: false,
            lone_keys: 0,
            decoded_key: None,
            cut: false,
            reduced: false,
        }
    }

    /// What is done with the next packet.
    pub fn next(&mut self, effort: Effort, unit: Unit) -> Share {
        if unit.key {
            self.begin_group(unit.arrived);
        }
        self.lone = unit.key;
        self.reduced = effort >= Effort::NoFilter || (self.reduced && !unit.key && !unit.endless);
        if unit.endless {
            (self.cut, self.distance, self.lone_keys) = (false, None, 0);
        }
        let left_out = if unit.key {
            self.lone_keys >= LONE_KEYS && self.skips_key(effort, unit.arrived)
        } else {
            self.cut || (self.distance.is_some() && self.skips_group(effort))
        };
        if left_out {
            let first = !std::mem::replace(&mut self.cut, true);
            return if first { Share::Drain } else { Share::LeaveOut };
        }
        if unit.key {
            (self.cut, self.decoded_key) = (false, Some(unit.arrived));
        }
        let halved = effort == Effort::Half && self.distance.is_some();
        Share::Decode { reduced: self.reduced, sparse: self.reduced && !halved }
    }

    /// The next packet does not follow the one before; `first`: it begins a connection.
    pub fn restart(&mut self, first: bool) {
        if first {
            *self = Self::new(!self.turn);
        } else if self.lone_keys < LONE_KEYS {
            self.cut = false;
        }
    }

    /// How far apart pictures may be because packets are left out; `None` while none are.
    pub fn gap(&self, effort: Effort) -> Option<Duration> {
        let thin = effort >= Effort::Half || self.cut;
        self.distance.filter(|_| thin).map(|it| it.max(KEY_DISTANCE))
    }

    fn begin_group(&mut self, now: Instant) {
        self.turn = !self.turn;
        self.lone_keys = if self.lone { self.lone_keys.saturating_add(1) } else { 0 };
        if let Some(before) = self.key.replace(now) {
            self.distance = Some(now.saturating_duration_since(before));
        }
    }

    /// Whether nothing but the key frame of a group is decoded.
    fn skips_group(&self, effort: Effort) -> bool {
        match effort {
            Effort::Full | Effort::NoFilter => false,
            Effort::Half => !self.turn,
            Effort::KeyFrames | Effort::SubStream => true,
        }
    }

    /// Whether a key frame is left out, where there is nothing else.
    fn skips_key(&self, effort: Effort, now: Instant) -> bool {
        let near = |key| now.saturating_duration_since(key) < KEY_DISTANCE;
        match effort {
            Effort::Full | Effort::NoFilter => false,
            Effort::Half => !self.turn,
            Effort::KeyFrames | Effort::SubStream => self.decoded_key.is_some_and(near),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const UNIT: Duration = Duration::from_millis(40);

    /// What is done with packets 40 ms apart of groups of so many, by the effort at each: `F` is
    /// decoded with the loop filter, `f` without, `s` without and only if something refers to it, `d`
    /// drains, `.` is left out.
    fn walk(thinning: &mut Thinning, group: usize, efforts: &[(Effort, usize)]) -> String {
        let start = Instant::now();
        let efforts = efforts.iter().flat_map(|(effort, times)| vec![*effort; *times]);
        let done = efforts.enumerate().map(|(number, effort)| {
            let arrived = start + UNIT * number as u32;
            let key = number.is_multiple_of(group);
            match thinning.next(effort, Unit { key, endless: false, arrived }) {
                Share::Decode { reduced: false, .. } => 'F',
                Share::Decode { sparse: true, .. } => 's',
                Share::Decode { .. } => 'f',
                Share::Drain => 'd',
                Share::LeaveOut => '.',
            }
        });
        done.collect()
    }

    use Effort::{Full, Half, KeyFrames, NoFilter, SubStream};

    #[test]
    fn less_takes_effect_at_once_and_more_with_a_key_frame() {
        let mut thinning = Thinning::new(true);
        let efforts = [(Full, 6), (NoFilter, 4), (Full, 5), (KeyFrames, 4), (Full, 5)];
        assert_eq!(walk(&mut thinning, 4, &efforts), "FFFFFFssssssFFFdsd..FFFF");
    }

    #[test]
    fn every_other_group_and_the_key_frames_between() {
        let first = walk(&mut Thinning::new(true), 4, &[(Full, 4), (Half, 16)]);
        let second = walk(&mut Thinning::new(false), 4, &[(Full, 4), (Half, 16)]);
        assert_eq!(first, "FFFFfd..fffffd..ffff");
        assert_eq!(second, "FFFFfffffd..fffffd..");
    }

    #[test]
    fn only_key_frames() {
        for effort in [KeyFrames, SubStream] {
            let done = walk(&mut Thinning::new(true), 5, &[(Full, 5), (effort, 11)]);
            assert_eq!(done, "FFFFFsd...sd...s");
        }
    }

    #[test]
    fn of_key_frames_alone_every_other_one_or_one_a_second() {
        let mut jpeg = Thinning::new(true);
        assert_eq!(walk(&mut jpeg, 1, &[(Full, 10), (Half, 6)]), "FFFFFFFFFFfdfdfd");
        let mut jpeg = Thinning::new(true);
        let done = walk(&mut jpeg, 1, &[(Full, 10), (KeyFrames, 60)]);
        assert_eq!(done.matches('s').count(), 2, "{done}");
        assert_eq!(jpeg.gap(KeyFrames), Some(KEY_DISTANCE));
    }

    #[test]
    fn what_has_no_second_key_frame_or_is_refreshed_gradually_is_not_left_out() {
        let done = walk(&mut Thinning::new(true), 100, &[(KeyFrames, 20)]);
        assert_eq!(done, "s".repeat(20));
        let (start, mut thinning) = (Instant::now(), Thinning::new(true));
        for number in 0..40 {
            let key = number % 5 == 0;
            let unit = Unit { key, endless: key, arrived: start + UNIT * number };
            assert_eq!(
                thinning.next(KeyFrames, unit),
                Share::Decode { reduced: true, sparse: true }
            );
            assert_eq!(thinning.gap(KeyFrames), None);
        }
    }

    #[test]
    fn the_gap_is_the_distance_of_key_frames_until_one_is_decoded_again() {
        let mut thinning = Thinning::new(true);
        walk(&mut thinning, 50, &[(Full, 51)]);
        assert_eq!((thinning.gap(NoFilter), thinning.gap(Half)), (None, Some(2000 * MS)));
        let start = Instant::now();
        let unit = |key| Unit { key, endless: false, arrived: start };
        assert_eq!(thinning.next(KeyFrames, unit(false)), Share::Drain);
        assert_eq!(thinning.gap(Full), Some(2000 * MS), "up to the next key frame");
        assert_eq!(thinning.next(Full, unit(false)), Share::LeaveOut);
        thinning.next(Full, unit(true));
        assert_eq!(thinning.gap(Full), None);
    }

    #[test]
    fn a_decoder_that_begins_anew_gets_its_packet() {
        let mut thinning = Thinning::new(true);
        walk(&mut thinning, 1, &[(Full, 12), (KeyFrames, 2)]);
        thinning.restart(true);
        let unit = |key| Unit { key, endless: false, arrived: Instant::now() };
        assert_eq!(
            thinning.next(KeyFrames, unit(true)),
            Share::Decode { reduced: true, sparse: true }
        );
        let mut thinning = Thinning::new(true);
        walk(&mut thinning, 4, &[(Full, 5), (KeyFrames, 2)]);
        thinning.restart(false);
        assert_eq!(thinning.next(Full, unit(false)), Share::Decode { reduced: true, sparse: true });
    }

    #[test]
    fn key_frames_alone_are_left_out_also_where_the_decoder_is_late_and_skips_some() {
        let done = |effort| {
            let (start, mut jpeg) = (Instant::now(), Thinning::new(true));
            let units = (0..30).map(|number| {
                jpeg.restart(number == 0);
                let arrived = start + 5 * UNIT * number;
                match jpeg.next(effort, Unit { key: true, endless: false, arrived }) {
                    Share::Decode { .. } => 'f',
                    Share::Drain => 'd',
                    Share::LeaveOut => '.',
                }
            });
            units.collect::<String>()
        };
        assert_eq!(done(NoFilter), "f".repeat(30));
        assert_eq!(done(Half), "f".repeat(8) + &"fd".repeat(11));
        assert_eq!(done(KeyFrames), "f".repeat(8) + "d...fd...fd...fd...fd.");
    }

    #[test]
    fn how_long_an_outage_was_is_no_distance_of_key_frames() {
        let mut thinning = Thinning::new(true);
        walk(&mut thinning, 50, &[(Full, 51)]);
        let start = Instant::now();
        let key = |at| Unit { key: true, endless: false, arrived: start + at };
        thinning.restart(true);
        thinning.next(Half, key(600_000 * MS));
        assert_eq!(thinning.gap(Half), None);
        thinning.next(Half, key(602_000 * MS));
        assert_eq!(thinning.gap(Half), Some(2000 * MS));
    }
}
