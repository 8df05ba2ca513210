//! Whether pictures can be made of what arrives.
//!
//! Pure; told by the decode thread. A picture is clean where nothing went wrong while it was
//! decoded, and a packet is whole where nothing was lost before it. Policies:
//! - two whole key frames in a row that fail, or [`NO_PICTURE`] of whole packets without a clean
//!   picture, and the stream can't be decoded;
//! - the same where two whole groups of pictures in a row are garbled: H.265's decoder makes clean
//!   pictures of most nonsense, and complains only now and then;
//! - that is over with the first clean picture after a key frame that did not fail, or after a group
//!   that was not garbled;
//! - a decoder that holds pictures back without complaint gets [`NO_WORD`].

use std::time::{Duration, Instant};

use crate::undecodable::Undecodable;

/// How long there may be no clean picture, where something went wrong.
pub(super) const NO_PICTURE: Duration = Duration::from_secs(5);
/// The same where nothing is known to have gone wrong: a decoder that joins a stream with periodic
/// intra refresh is silent for a whole refresh.
const NO_WORD: Duration = Duration::from_secs(30);
/// Packets that a decoder may hold back: more than the 16 of H.264 and H.265.
const HELD_BACK: u32 = 32;
/// Whole key frames, or groups, in a row that may not be broken.
pub(super) const BROKEN: u32 = 2;

/// A packet that the decoder is done with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decoded {
    /// Whether decoding can start at it.
    pub key: bool,
    /// Whether its pictures are whole only one key distance later (periodic intra refresh).
    pub gradual: bool,
    /// Whether nothing was lost before it.
    pub whole: bool,
    /// Whether decoding began without a key frame.
    pub blind: bool,
    /// Whether it was refused, or a picture that came out was not clean.
    pub failed: bool,
    /// Whether its contents made no sense; a reference that is missing is none of that.
    pub garbled: bool,
    /// Whether a clean picture came out.
    pub clean: bool,
}

/// What is known of the group of pictures at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Group {
    /// Its beginning was not seen, or something of it was lost.
    #[default]
    NotWhole,
    Good,
    Garbled,
}

/// What is known of a stream's pictures.
#[derive(Debug, Default)]
pub(super) struct Decoding {
    /// Whole key frames in a row that failed.
    broken_keys: u32,
    /// The group of pictures at hand, and groups in a row that were garbled.
    group: Group,
    garbled_groups: u32,
    /// Whether what is said is over only after a group that was not garbled.
    by_groups: bool,
    /// Since when whole packets bring no clean picture, how many came, and whether one failed.
    fruitless: Option<Instant>,
    packets: u32,
    failed: bool,
    /// Whether that has been so for too long since the latest restart.
    in_vain: bool,
    /// What is said, and since when.
    said: Option<(Undecodable, Instant)>,
}

impl Decoding {
    /// What was seen so far counts no more; what is said stays.
    pub fn restart(&mut self) {
        *self = Self { said: self.said, by_groups: self.by_groups, ..Self::default() };
    }

    /// Nothing is said any more.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// It is known at once: there is no decoder, or a limit of ours is in the way.
    pub fn undecodable(&mut self, why: Undecodable, now: Instant) {
        // What is said of the pictures gives way to their true cause; the time stays.
        match &mut self.said {
            Some((said, _)) if why.is_limit() => *said = why,
            _ => self.say(why, now),
        }
    }

    /// Counts groups that are garbled.
    fn count_group(&mut self, packet: &Decoded) {
        if packet.key {
            if self.group == Group::Good {
                (self.garbled_groups, self.by_groups) = (0, false);
            }
            self.group = Group::Good;
        }
        if !packet.whole || packet.blind {
            self.group = Group::NotWhole;
        } else if packet.garbled && self.group == Group::Good {
            self.group = Group::Garbled;
            self.garbled_groups = self.garbled_groups.saturating_add(1);
        }
    }

    /// A packet was decoded.
    pub fn packet(&mut self, packet: &Decoded, now: Instant) {
        self.count_group(packet);
        if packet.whole && packet.key && !packet.blind {
            self.broken_keys = if packet.failed { self.broken_keys.saturating_add(1) } else { 0 };
        }
        if packet.clean {
            (self.fruitless, self.packets, self.failed) = (None, 0, false);
            self.in_vain = false;
            if self.broken_keys == 0 && !self.by_groups {
                self.said = None;
            }
        } else if packet.whole && !packet.blind {
            self.fruitless.get_or_insert(now);
            self.packets = self.packets.saturating_add(1);
            self.failed |= packet.failed;
        } else {
            (self.fruitless, self.packets, self.failed) = (None, 0, false);
        }
        let fruitless =
            self.fruitless.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        if self.broken_keys >= BROKEN {
            self.say(Undecodable::BrokenKeyFrames, now);
        } else if self.garbled_groups >= BROKEN {
            self.by_groups = true;
            self.say(Undecodable::BrokenPictures, now);
        } else if (self.failed && fruitless >= NO_PICTURE)
            || (self.packets > HELD_BACK && fruitless >= NO_WORD)
        {
            self.in_vain = true;
            self.say(Undecodable::BrokenPictures, now);
        }
    }

    fn say(&mut self, why: Undecodable, now: Instant) {
        // The first reason stays, and its time.
        self.said.get_or_insert((why, now));
    }

    /// Why pictures can't be decoded, and since when that is said.
    pub fn said(&self) -> Option<(Undecodable, Instant)> {
        self.said
    }

    /// Whether what was seen since the latest restart says so, too.
    pub fn is_proven(&self) -> bool {
        self.said.is_some_and(|(why, _)| match why {
            Undecodable::NoDecoder
            | Undecodable::HungDecoder
            | Undecodable::TooLarge { .. }
            | Undecodable::TooManyPictures
            | Undecodable::ParameterSets => true,
            Undecodable::BrokenKeyFrames | Undecodable::BrokenPictures => {
                self.broken_keys > 0
                    || self.garbled_groups > 0
                    || self.in_vain
                    || (self.failed && self.fruitless.is_some())
            }
        })
    }
}

/// An ordinary packet of which all is well.
#[cfg(test)]
pub(super) const CLEAN: Decoded = Decoded {
    key: false,
    gradual: false,
    whole: true,
    blind: false,
    failed: false,
    garbled: false,
    clean: true,
};

#[cfg(test)]
mod tests {
    use super::*;

    const BROKEN: Decoded = Decoded { failed: true, clean: false, ..CLEAN };
    /// Nothing came out, and nobody complained.
    const SILENT: Decoded = Decoded { clean: false, ..CLEAN };
    const KEY: Decoded = Decoded { key: true, ..CLEAN };
    const BROKEN_KEY: Decoded = Decoded { key: true, ..BROKEN };

    /// Each row: packets of one kind at ten a second; what is said after them, and since which
    /// tenth of a second.
    fn walk(rows: &[(Decoded, u64, Option<(Undecodable, u64)>)]) {
        let (start, mut decoding, mut tenth) = (Instant::now(), Decoding::default(), 0);
        for (number, (packet, times, said)) in rows.iter().enumerate() {
            for _ in 0..*times {
                decoding.packet(packet, start + Duration::from_millis(100 * tenth));
                tenth += 1;
            }
            let expected = said.map(|(why, at)| (why, start + Duration::from_millis(100 * at)));
            assert_eq!(decoding.said(), expected, "row {number}");
        }
    }

    use Undecodable::{BrokenKeyFrames, BrokenPictures};

    #[test]
    fn two_whole_key_frames_that_fail_and_it_is_said() {
        let lost_key = Decoded { whole: false, ..BROKEN_KEY };
        walk(&[
            (KEY, 1, None),
            (BROKEN_KEY, 1, None),
            (CLEAN, 20, None),
            (lost_key, 1, None),
            (BROKEN_KEY, 1, Some((BrokenKeyFrames, 23))),
            // A clean picture of broken ones is none.
            (CLEAN, 20, Some((BrokenKeyFrames, 23))),
            (BROKEN_KEY, 1, Some((BrokenKeyFrames, 23))),
            (KEY, 1, None),
            (BROKEN_KEY, 1, None),
        ]);
    }

    #[test]
    fn five_seconds_of_whole_packets_without_a_clean_picture_and_it_is_said() {
        let lost = Decoded { whole: false, ..BROKEN };
        walk(&[
            (KEY, 1, None),
            (BROKEN, 50, None),
            (CLEAN, 1, None),
            (BROKEN, 30, None),
            // What is lost is the network's fault, and begins the count anew.
            (lost, 1, None),
            (BROKEN, 50, None),
            (BROKEN, 1, Some((BrokenPictures, 133))),
            (CLEAN, 1, None),
        ]);
    }

    #[test]
    fn two_garbled_groups_and_it_is_said_until_one_is_not() {
        let garbled = Decoded { garbled: true, ..BROKEN };
        let rows = [
            (KEY, 1, None),
            (garbled, 3, None),
            (CLEAN, 6, None),
            // A reference is missing.
            (KEY, 1, None),
            (BROKEN, 2, None),
            (CLEAN, 7, None),
            (KEY, 1, None),
            (garbled, 1, None),
            (CLEAN, 8, None),
            // Of this one something is lost.
            (KEY, 1, None),
            (Decoded { whole: false, ..CLEAN }, 1, None),
            (garbled, 8, None),
            (KEY, 1, None),
            (CLEAN, 1, None),
            (garbled, 1, Some((BrokenPictures, 42))),
            (CLEAN, 7, Some((BrokenPictures, 42))),
            (KEY, 1, Some((BrokenPictures, 42))),
            (CLEAN, 9, Some((BrokenPictures, 42))),
            (KEY, 1, None),
        ];
        walk(&rows);
    }

    #[test]
    fn a_decoder_that_is_silent_gets_half_a_minute() {
        walk(&[(KEY, 1, None), (SILENT, 300, None), (SILENT, 1, Some((BrokenPictures, 301)))]);
        let blind = Decoded { blind: true, ..BROKEN };
        walk(&[(blind, 900, None)]);
    }

    #[test]
    fn silence_is_proven_by_half_a_minute_of_the_next_decoder() {
        let (start, mut decoding) = (Instant::now(), Decoding::default());
        let mut proven = Vec::new();
        for tenth in 0..=700 {
            decoding.packet(&SILENT, start + Duration::from_millis(100 * tenth));
            if tenth == 300 {
                assert!(decoding.is_proven());
                decoding.restart();
            }
            proven.push(decoding.is_proven());
        }
        assert_eq!(proven.iter().position(|proven| *proven), Some(301 + 300));
        decoding.packet(&KEY, start + Duration::from_secs(71));
        assert!(!decoding.is_proven() && decoding.said().is_none());
    }

    #[test]
    fn what_is_said_stays_over_a_restart() {
        let (now, mut decoding) = (Instant::now(), Decoding::default());
        decoding.packet(&BROKEN_KEY, now);
        decoding.packet(&BROKEN_KEY, now);
        assert!(decoding.is_proven());
        decoding.restart();
        assert_eq!(decoding.said(), Some((BrokenKeyFrames, now)));
        assert!(!decoding.is_proven(), "not yet by the new decoder");
        decoding.packet(&BROKEN_KEY, now);
        assert!(decoding.is_proven());
        decoding.packet(&KEY, now);
        assert_eq!(decoding.said(), None);
    }
}
