//! Pictures and sound as RTP packets (RFC 3550, 6184, 7798, 3551).
//!
//! Pure. A packet is written into a buffer that is used again, so nothing is allocated for each.
//! Policy: NAL units that fit are sent alone, the others in fragments (FU-A of RFC 6184, section
//! 5.8; FU of RFC 7798, section 4.4.3); nothing is aggregated.

use crate::codec::Codec;

/// Payload of the largest packet; with all headers it fits into an Ethernet frame.
pub const MAX_PAYLOAD: usize = 1400;
const HEADER: usize = 12;

/// One packet, on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    pub bytes: &'a [u8],
    /// It is one of several of a NAL unit.
    pub fragment: bool,
}

/// The packets of one track.
#[derive(Debug)]
pub struct Packetiser {
    pub payload_type: u8,
    pub ssrc: u32,
    /// Of the next packet.
    pub sequence: u16,
    /// Packets and bytes of payload so far, for sender reports.
    pub sent: (u32, u32),
    buffer: Vec<u8>,
}

impl Packetiser {
    pub fn new(payload_type: u8, ssrc: u32, sequence: u16) -> Self {
        let buffer = Vec::with_capacity(HEADER + MAX_PAYLOAD);
        Self { payload_type, ssrc, sequence, sent: (0, 0), buffer }
    }

    /// The packets of one access unit; the last of them carries the marker.
    pub fn unit<'n>(
        &mut self,
        codec: Codec,
        nals: impl ExactSizeIterator<Item = &'n [u8]>,
        timestamp: u32,
        out: &mut impl FnMut(Packet<'_>),
    ) {
        let count = nals.len();
        for (place, nal) in nals.enumerate() {
            let last = place + 1 == count;
            if nal.len() <= MAX_PAYLOAD {
                self.packet(&[nal], timestamp, last, false, out);
            } else {
                self.fragments(codec, nal, timestamp, last, out);
            }
        }
    }

    /// One packet of sound.
    pub fn sound(&mut self, samples: &[u8], timestamp: u32, out: &mut impl FnMut(Packet<'_>)) {
        self.packet(&[samples], timestamp, false, false, out);
    }

    fn fragments(
        &mut self,
        codec: Codec,
        nal: &[u8],
        timestamp: u32,
        last: bool,
        out: &mut impl FnMut(Packet<'_>),
    ) {
        // The unit's own header is not sent: the fragments' headers say it.
        let (header, kind, body): ([u8; 2], u8, &[u8]) = match (codec, nal) {
            (Codec::H265, [first, second, body @ ..]) => {
                ([first & 0x81 | 49 << 1, *second], first >> 1 & 0x3f, body)
            }
            (_, [first, body @ ..]) => ([first & 0xe0 | 28, 0], first & 0x1f, body),
            _ => return,
        };
        let header = if codec == Codec::H265 { &header[..] } else { &header[..1] };
        let room = MAX_PAYLOAD - header.len() - 1;
        let count = body.len().div_ceil(room);
        for (place, part) in body.chunks(room).enumerate() {
            let (begins, ends) = (place == 0, place + 1 == count);
            let flags = u8::from(begins) << 7 | u8::from(ends) << 6 | kind;
            self.packet(&[header, &[flags], part], timestamp, last && ends, true, out);
        }
    }

    /// One fragment of an H.264 NAL unit that does not end (RFC 6184, section 5.8).
    pub fn endless(&mut self, begins: bool, timestamp: u32, out: &mut impl FnMut(Packet<'_>)) {
        const SLICE: u8 = 5;
        let flags = u8::from(begins) << 7 | SLICE;
        self.packet(&[&[0x7c, flags], &[0x55; MAX_PAYLOAD - 2]], timestamp, false, true, out);
    }

    fn packet(
        &mut self,
        parts: &[&[u8]],
        timestamp: u32,
        marker: bool,
        fragment: bool,
        out: &mut impl FnMut(Packet<'_>),
    ) {
        self.buffer.clear();
        self.buffer.extend([0x80, u8::from(marker) << 7 | self.payload_type]);
        self.buffer.extend(self.sequence.to_be_bytes());
        self.buffer.extend(timestamp.to_be_bytes());
        self.buffer.extend(self.ssrc.to_be_bytes());
        parts.iter().for_each(|part| self.buffer.extend_from_slice(part));
        self.sequence = self.sequence.wrapping_add(1);
        let payload = u32::try_from(self.buffer.len() - HEADER).unwrap_or(0);
        self.sent = (self.sent.0.wrapping_add(1), self.sent.1.wrapping_add(payload));
        out(Packet { bytes: &self.buffer, fragment });
    }
}

#[cfg(test)]
mod tests {
    use super::{Codec, MAX_PAYLOAD, Packetiser};

    /// What a receiver makes of packets, written from the RFCs: the NAL units in order.
    fn depacketise(codec: Codec, packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut units: Vec<Vec<u8>> = Vec::new();
        for packet in packets {
            let payload = &packet[12..];
            let (fragment, length) = match codec {
                Codec::H265 => ((payload[0] >> 1) & 0x3f == 49, 2),
                _ => (payload[0] & 0x1f == 28, 1),
            };
            if !fragment {
                units.push(payload.to_vec());
                continue;
            }
            let flags = payload[length];
            if flags & 0x80 != 0 {
                units.push(match codec {
                    Codec::H265 => vec![payload[0] & 0x81 | (flags & 0x3f) << 1, payload[1]],
                    _ => vec![payload[0] & 0xe0 | flags & 0x1f],
                });
            }
            units.last_mut().unwrap().extend_from_slice(&payload[length + 1..]);
        }
        units
    }

    fn round_trip(codec: Codec, nals: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        let mut packetiser = Packetiser::new(96, 0x0102_0304, u16::MAX);
        let slices = nals.iter().map(Vec::as_slice);
        packetiser.unit(codec, slices, 0xdead_beef, &mut |packet| {
            packets.push(packet.bytes.to_vec());
        });
        assert_eq!(depacketise(codec, &packets), nals);
        packets
    }

    fn nal(header: &[u8], length: usize) -> Vec<u8> {
        let body = (0..length - header.len()).map(|at| (at % 251) as u8);
        header.iter().copied().chain(body).collect()
    }

    #[test]
    fn units_of_any_length_come_out_as_they_went_in() {
        for length in
            [2, MAX_PAYLOAD, MAX_PAYLOAD + 1, 2 * MAX_PAYLOAD - 3, 2 * MAX_PAYLOAD, 99_999]
        {
            round_trip(Codec::H264, &[nal(&[0x67], 20), nal(&[0x65], length)]);
            round_trip(Codec::H265, &[nal(&[0x42, 1], 20), nal(&[0x26, 1], length + 1)]);
        }
    }

    #[test]
    fn headers_say_order_time_source_and_the_end_of_the_picture() {
        let packets = round_trip(Codec::H264, &[nal(&[0x67], 20), nal(&[0x65], 3000)]);
        assert_eq!(packets.len(), 4);
        for (place, packet) in packets.iter().enumerate() {
            assert!(packet.len() <= 12 + MAX_PAYLOAD);
            let marker = if place == 3 { 0x80 } else { 0 };
            assert_eq!(packet[..2], [0x80, marker | 96]);
            // The first number is the last there is, the next is 0.
            let sequence = u16::MAX.wrapping_add(place as u16);
            assert_eq!(packet[2..4], sequence.to_be_bytes());
            assert_eq!(packet[4..12], [0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4]);
        }
        // FU indicator and FU header of the three fragments (RFC 6184, section 5.8).
        let headers: Vec<&[u8]> = packets[1..].iter().map(|packet| &packet[12..14]).collect();
        assert_eq!(headers, [[0x7c, 0x85], [0x7c, 0x05], [0x7c, 0x45]]);
    }

    #[test]
    fn sound_is_counted_and_has_no_marker() {
        let mut packetiser = Packetiser::new(0, 7, 1);
        let mut packets = Vec::new();
        packetiser.sound(&[5; 160], 99, &mut |packet| packets.push(packet.bytes.to_vec()));
        assert_eq!((packets[0][1], packets[0].len()), (0, 172));
        assert_eq!((packetiser.sent, packetiser.sequence), ((1, 160), 2));
    }
}
