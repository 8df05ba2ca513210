//! Changes packets as a bad line, a bad camera or a hostile one would.

use fastrand::Rng;

use super::*;

/// Packets of one run at most.
const RUN: usize = 120;
/// Where headers and parameter sets are.
const HEAD: usize = 80;

/// Real streams, and how they are spoilt.
pub(super) struct Mutator {
    streams: Vec<Vec<Arc<Packet>>>,
    rng: Rng,
}

impl Mutator {
    pub fn new(streams: Vec<Vec<Arc<Packet>>>, seed: u64) -> Self {
        assert!(streams.iter().all(|stream| stream.len() >= 30), "the clips are there");
        Self { streams, rng: Rng::with_seed(seed) }
    }

    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// Some packets in a row of one stream, some of them changed, left out, doubled, out of order, or
    /// of another stream.
    pub fn run(&mut self) -> Vec<Packet> {
        let stream = self.rng.usize(..self.streams.len());
        let length = self.streams[stream].len();
        let begin = if self.rng.bool() { 0 } else { self.rng.usize(..length) };
        // How bad the line is: of a hundred packets.
        let bad = [2, 10, 30, 90][self.rng.usize(..4)];
        let mut packets: Vec<Packet> = Vec::new();
        for index in begin..length.min(begin + self.rng.usize(20..RUN)) {
            let one = self.streams[stream][index].clone();
            if self.rng.usize(..100) >= bad {
                packets.push(same(&one));
                continue;
            }
            match self.rng.u8(..16) {
                0 => {}
                1 => packets.extend([same(&one), same(&one)]),
                2 => {
                    packets.push(same(&one));
                    let last = packets.len() - 1;
                    let other = self.rng.usize(..=last);
                    packets.swap(last, other);
                }
                3 => packets.push(same(&self.any())),
                4 => packets.push(self.other_parameters(&one)),
                _ => packets.push(self.changed(&one)),
            }
        }
        packets
    }

    fn any(&mut self) -> Arc<Packet> {
        let stream = self.rng.usize(..self.streams.len());
        let stream = &self.streams[stream];
        stream[self.rng.usize(..stream.len())].clone()
    }

    fn changed(&mut self, packet: &Packet) -> Packet {
        let mut bytes = packet.data().to_vec();
        let donor = self.any();
        if packet.info.codec != "mjpeg" || self.rng.u8(..4) > 0 {
            spoil(&mut bytes, donor.data(), &mut self.rng);
        } else {
            forge_size(&mut bytes, &mut self.rng);
        }
        let mut pts = packet.pts;
        match self.rng.u8(..32) {
            0 => pts = None,
            1 => pts = Some(self.rng.i64(..)),
            _ => {}
        }
        Packet { keyframe: packet.keyframe ^ (self.rng.u8(..16) == 0), ..with(packet, &bytes, pts) }
    }

    /// The same packet where the camera describes its stream another way.
    fn other_parameters(&mut self, packet: &Packet) -> Packet {
        let donor = self.any();
        let mut described = packet.info.extradata().to_vec();
        spoil(&mut described, donor.data(), &mut self.rng);
        described.truncate(4096);
        let params = packet.info.params.duplicate().and_then(|p| p.with_extradata(&described));
        let params =
            params.expect("memory").with_size(self.rng.u32(..20_000), self.rng.u32(..20_000));
        let info = StreamInfo {
            params,
            ..crate::fixtures::info(donor.info.params.duplicate().expect("memory"))
        };
        let codec = info.params.name();
        Packet { info: Arc::new(StreamInfo { codec, ..info }), ..same(packet) }
    }
}

/// A packet of the same bytes.
pub(super) fn same(packet: &Packet) -> Packet {
    with(packet, packet.data(), packet.pts)
}

fn with(packet: &Packet, bytes: &[u8], pts: Option<i64>) -> Packet {
    let mut av = ffmpeg::Packet::copy(bytes);
    av.set_pts(pts);
    Packet { av, pts, info: packet.info.clone(), ..*packet }
}

/// Has a JPEG say that it is larger than it is, or smaller. FFmpeg believes a size only where the bytes could
/// be enough for it, so some get more.
fn forge_size(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let header = bytes.windows(2).position(|marker| marker == [0xff, 0xc0]);
    let Some(size) = header.and_then(|at| bytes.get_mut(at + 5..at + 9)) else { return };
    let side = |rng: &mut Rng| rng.u16(..) >> rng.u8(..13) | 1;
    let (height, width) = (side(rng), side(rng));
    size.copy_from_slice(&[height.to_be_bytes(), width.to_be_bytes()].concat());
    if rng.u8(..6) == 0 {
        bytes.resize(bytes.len() + (300 << 10), 0);
    }
}

/// Changes bytes in one of the ways in which they are lost, mixed up or forged.
pub(super) fn spoil(bytes: &mut Vec<u8>, donor: &[u8], rng: &mut Rng) {
    if bytes.is_empty() {
        bytes.extend(&donor[..donor.len().min(40)]);
    }
    let length = bytes.len();
    match rng.u8(..10) {
        0..=2 => flip(bytes, 0..length, rng.usize(1..16), rng),
        3 | 4 => flip(bytes, 0..length.min(HEAD), rng.usize(1..6), rng),
        5 => bytes.truncate(rng.usize(..length)),
        6 => {
            // The beginning of one, the end of another.
            bytes.truncate(rng.usize(..length));
            bytes.extend(&donor[rng.usize(..donor.len().max(1)).min(donor.len())..]);
        }
        7 => {
            let from = rng.usize(..length);
            let to = rng.usize(from..length.min(from + 500));
            let value = *rng.choice(&[0, 1, 3, 0xff]).unwrap_or(&0);
            bytes[from..to].fill(value);
        }
        8 => {
            let at = rng.usize(..length);
            let from = rng.usize(..donor.len().max(1)).min(donor.len());
            let piece = donor[from..donor.len().min(from + 300)].to_vec();
            bytes.splice(at..at, piece);
        }
        _ => {
            let from = rng.usize(..length);
            let to = rng.usize(from..length.min(from + 500));
            bytes.drain(from..to);
        }
    }
}

fn flip(bytes: &mut [u8], range: std::ops::Range<usize>, times: usize, rng: &mut Rng) {
    for _ in 0..times {
        bytes[rng.usize(range.clone())] ^= 1 << rng.u8(..8);
    }
}
