//! Joins a stream over UDP in the middle of a picture.
//!
//! Pure rules; the feed's task asks them for each packet and each error of retina's.

use std::time::{Duration, Instant};

use crate::packet::{MediaType, Packet, nal};
use crate::source::route::Route;

/// The beginnings of what retina says where it gets the rest of a picture whose beginning it did
/// not get: H.264, H.265, JPEG. Its `Error` has no kinds.
const MID_PICTURE: [&str; 3] = [
    "FU-A has start bit unset while no frag in progress",
    "FU has start bit unset while no frag in progress",
    "Invalid RTP/JPEG packet. Missing start packet",
];

/// How long after the first packet without a beginning a whole picture must be there: a picture at
/// one a second is sent within that second.
const JOIN_TIME: Duration = Duration::from_secs(2);

/// How many packets without a beginning are too many: a key frame of 4 MB has fewer.
const JOIN_PACKETS: u32 = 3000;

/// A stream that is joined over UDP, where packets are sent to whoever is there.
///
/// Retina refuses each packet of a picture whose beginning it did not get, and starts afresh with
/// the next packet (`h264::Depacketizer::push` in retina 0.4). So its session is read on up to the
/// first whole picture, within [`JOIN_TIME`] and [`JOIN_PACKETS`]; what does not begin a picture
/// is lost. Over TCP nothing is lost on the way, and such packets are a misunderstanding.
pub(super) struct Joining {
    udp: bool,
    /// Whether the newest picture was whole.
    whole: bool,
    /// When packets without a beginning began to come.
    since: Option<Instant>,
    packets: u32,
    /// Lost and not yet told.
    lost: u32,
}

impl Joining {
    /// Before the first picture.
    pub fn new(route: Route) -> Self {
        let udp = route.udp();
        Self { udp, whole: !udp, since: None, packets: 0, lost: 0 }
    }

    /// Whether the session is read on after this error of retina.
    pub fn tolerates(&mut self, error: &str, now: Instant) -> bool {
        if !self.udp || !MID_PICTURE.iter().any(|beginning| error.starts_with(beginning)) {
            return false;
        }
        self.whole = false;
        self.packets += 1;
        self.lost = self.lost.saturating_add(1);
        let since = *self.since.get_or_insert(now);
        self.packets <= JOIN_PACKETS && now.saturating_duration_since(since) < JOIN_TIME
    }

    /// Whether the packet is passed on; with it, what was lost is told.
    pub fn admits(&mut self, packet: &mut Packet) -> bool {
        if packet.media_type() != MediaType::Video || (self.whole && self.lost == 0) {
            return true;
        }
        let since = *self.since.get_or_insert(packet.arrived);
        // A camera whose pictures never begin with their first slice is taken as it is after all.
        let late = packet.arrived.saturating_duration_since(since) >= JOIN_TIME;
        if !self.whole && !late && !nal::begins_picture(packet.info.codec, packet.data()) {
            self.lost = self.lost.saturating_add(1);
            return false;
        }
        packet.loss_before = packet.loss_before.saturating_add(self.lost);
        *self = Self { whole: true, since: None, packets: 0, lost: 0, ..*self };
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ffmpeg_next as ffmpeg;

    use super::*;
    use crate::fixtures::fake;
    use crate::source::route::LowerTransport;

    const UDP: Route = Route { ffmpeg: false, over: Some(LowerTransport::Udp), probing: false };
    const TCP: Route = Route { over: Some(LowerTransport::Tcp), ..UDP };

    /// What retina says, in full.
    fn mid_picture(index: usize) -> String {
        format!("{}\n\nconn: 127.0.0.1:1(me)->127.0.0.1:2\nseq: 0007", MID_PICTURE[index])
    }

    /// A picture's packet with this slice of H.264 in it.
    fn slice(header: u8) -> Packet {
        let packet = Arc::into_inner(fake(0, false)).expect("the only owner");
        Packet { av: ffmpeg::Packet::copy(&[0, 0, 0, 1, 0x65, header, 0]), ..packet }
    }

    #[test]
    fn the_rest_of_a_picture_is_tolerated_over_udp_and_not_for_ever() {
        let now = Instant::now();
        for index in 0..MID_PICTURE.len() {
            let text = mid_picture(index);
            assert!(!Joining::new(TCP).tolerates(&text, now));
            let mut joining = Joining::new(UDP);
            assert!(joining.tolerates(&text, now));
            assert!(!joining.tolerates("bad nal header 00\n\nconn:", now), "another error");
            assert!(joining.tolerates(&text, now + JOIN_TIME / 2));
            assert!(!joining.tolerates(&text, now + JOIN_TIME), "too long");
            let mut joining = Joining::new(UDP);
            let many = std::iter::repeat_with(|| joining.tolerates(&text, now));
            assert_eq!(many.take_while(|goes_on| *goes_on).count(), JOIN_PACKETS as usize);
        }
    }

    #[test]
    fn the_first_whole_picture_tells_what_was_lost_before_it() {
        let now = Instant::now();
        let mut joining = Joining::new(UDP);
        assert!(joining.tolerates(&mid_picture(0), now) && joining.tolerates(&mid_picture(0), now));
        // The picture's last slice came whole, but the picture did not.
        assert!(!joining.admits(&mut slice(0x40)));
        let mut whole = slice(0x88);
        assert!(joining.admits(&mut whole));
        assert_eq!(whole.loss_before, 3);
        let mut next = slice(0x40);
        assert!(joining.admits(&mut next), "retina's own losses are for the decoder to judge");
        assert_eq!(next.loss_before, 0);
        assert!(Joining::new(TCP).admits(&mut slice(0x40)));
        // The next time is counted anew.
        assert!(joining.tolerates(&mid_picture(0), now + 9 * JOIN_TIME));
    }

    #[test]
    fn pictures_that_never_begin_as_they_should_are_shown_after_all() {
        let mut joining = Joining::new(UDP);
        let mut first = slice(0x40);
        let arrived = first.arrived;
        assert!(!joining.admits(&mut first));
        let mut later = Packet { arrived: arrived + JOIN_TIME, ..slice(0x40) };
        assert!(joining.admits(&mut later));
    }
}
