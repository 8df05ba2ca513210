//! Whether parts of the picture are guessed.
//!
//! Pure; told by the decode thread. Policies:
//! - a loss, or a picture that is not clean, damages all that follow up to a key frame that is
//!   itself whole and decodes cleanly;
//! - a stream without such key frames (periodic intra refresh) is well one key distance after a
//!   recovery point, if nothing happens meanwhile.

use std::time::{Duration, Instant};

use super::decoding::Decoded;

/// A refresh whose length is not known yet is taken to be this long.
const REFRESH: Duration = Duration::from_secs(10);

/// What is known of the damage.
#[derive(Debug, Default)]
pub(super) struct Damage {
    since: Option<Instant>,
    /// When a refresh that is going on will be complete.
    healed_at: Option<Instant>,
    /// When the latest recovery point came, and the time between two.
    recovery_point: Option<Instant>,
    distance: Option<Duration>,
}

impl Damage {
    /// Decoding begins anew, with a key frame.
    pub fn restart(&mut self) {
        *self = Self { distance: self.distance, ..Self::default() };
    }

    /// A packet was decoded.
    pub fn packet(&mut self, packet: &Decoded, now: Instant) {
        if packet.key && packet.gradual {
            let before = self.recovery_point.replace(now);
            self.distance = before.map(|at| now.saturating_duration_since(at)).or(self.distance);
        }
        if !packet.whole || packet.failed || packet.blind {
            self.since.get_or_insert(now);
            self.healed_at = None;
        } else if packet.key && !packet.gradual {
            (self.since, self.healed_at) = (None, None);
        } else if packet.key && self.since.is_some() && self.healed_at.is_none() {
            self.healed_at = Some(now + self.distance.unwrap_or(REFRESH));
        }
        if self.healed_at.is_some_and(|at| at <= now) {
            (self.since, self.healed_at) = (None, None);
        }
    }

    /// Since when parts of the picture are guessed.
    pub fn since(&self) -> Option<Instant> {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::decoding::CLEAN;

    /// Packets at ten a second; gives whether the picture is damaged after each.
    fn damaged(damage: &mut Damage, start: Instant, from: u64, packets: &[Decoded]) -> String {
        let at = |tenth| start + Duration::from_millis(100 * (from + tenth));
        let told = packets.iter().zip(0..).map(|(packet, tenth)| {
            damage.packet(packet, at(tenth));
            if damage.since().is_some() { '#' } else { '.' }
        });
        told.collect()
    }

    #[test]
    fn a_loss_counts_until_a_clean_key_frame() {
        let (start, mut damage) = (Instant::now(), Damage::default());
        let key = Decoded { key: true, ..CLEAN };
        let lost = Decoded { whole: false, ..CLEAN };
        let failed = Decoded { failed: true, ..CLEAN };
        let packets = [
            key,
            CLEAN,
            lost,
            CLEAN,
            Decoded { whole: false, ..key },
            Decoded { failed: true, ..key },
            CLEAN,
            key,
            CLEAN,
            failed,
            CLEAN,
            key,
        ];
        assert_eq!(damaged(&mut damage, start, 0, &packets), "..#####..##.");
    }

    #[test]
    fn a_refresh_heals_one_key_distance_after_a_recovery_point() {
        let (start, mut damage) = (Instant::now(), Damage::default());
        let point = Decoded { key: true, gradual: true, ..CLEAN };
        let lost = Decoded { whole: false, ..CLEAN };
        let packets = [
            point, CLEAN, CLEAN, CLEAN, point, lost, CLEAN, CLEAN, point, CLEAN, CLEAN, CLEAN,
            point, CLEAN, lost, CLEAN, point, CLEAN, lost, CLEAN, point, CLEAN, CLEAN, CLEAN,
            point,
        ];
        assert_eq!(damaged(&mut damage, start, 0, &packets), ".....#######..##########.");
    }

    #[test]
    fn what_began_without_a_key_frame_is_damaged() {
        let (start, mut damage) = (Instant::now(), Damage::default());
        let blind = Decoded { blind: true, ..CLEAN };
        let packets = [blind, blind, Decoded { key: true, ..CLEAN }];
        assert_eq!(damaged(&mut damage, start, 0, &packets), "##.");
    }
}
