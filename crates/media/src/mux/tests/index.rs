//! What a Matroska file says of itself: the clusters' CRC-32, and where its index leads.

use super::*;

const CLUSTER: u32 = 0x1f43_b675;
const CUES: u32 = 0x1c53_bb6b;
const SEEK_HEAD: u32 = 0x114d_9b74;

#[derive(Clone, Copy)]
struct Element<'a> {
    id: u32,
    start: usize,
    body: &'a [u8],
}

impl Element<'_> {
    fn number(self) -> usize {
        self.body.iter().fold(0, |all, byte| all << 8 | usize::from(*byte))
    }
}

/// The elements that fill `bytes`; `start` counts from there.
fn elements(bytes: &[u8]) -> Vec<Element<'_>> {
    let number = |at: usize, length: usize| {
        bytes[at..at + length].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte))
    };
    let width = |at: usize| bytes[at].leading_zeros() as usize + 1;
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let sized = at + width(at);
        let body = sized + width(sized);
        let size = number(sized, width(sized)) ^ 1 << (7 * width(sized));
        let end = body + usize::try_from(size).expect("a size");
        let id = u32::try_from(number(at, width(at))).expect("an id");
        found.push(Element { id, start: at, body: &bytes[body..end] });
        at = end;
    }
    found
}

/// What a place in an index says: the number of the first child with this id.
fn number_of(children: &[Element<'_>], id: u32) -> usize {
    children.iter().find(|child| child.id == id).expect("a child").number()
}

/// Its clusters are right, and its index leads to key frames in them. Gives how many there are of both.
fn check_index(bytes: &[u8]) -> (usize, usize) {
    let [_, segment] = elements(bytes)[..] else { panic!("a header and a segment") };
    let parts = elements(segment.body);
    for part in parts.iter().filter(|part| part.id == CLUSTER || part.id == CUES) {
        let (head, rest) = part.body.split_at(6);
        let crc = crc32fast::hash(rest).to_le_bytes();
        assert_eq!(head, [&[0xbf, 0x84], &crc[..]].concat(), "at {}", part.start);
    }
    let at = |start: usize, id: u32| {
        *parts.iter().find(|part| part.start == start && part.id == id).expect("what is pointed at")
    };
    let cues = parts.iter().find(|part| part.id == CUES).expect("an index");
    let seek_head = parts.iter().find(|part| part.id == SEEK_HEAD).expect("a SeekHead");
    let seeks = elements(seek_head.body);
    let to_cues = seeks.iter().filter(|seek| seek.id == 0x4dbb).any(|seek| {
        let seek = elements(seek.body);
        let (id, place) = (number_of(&seek, 0x53ab), number_of(&seek, 0x53ac));
        at(place, u32::try_from(id).expect("an id")).start == cues.start
    });
    assert!(to_cues, "the SeekHead does not lead to the index");
    let points: Vec<_> = elements(cues.body).into_iter().filter(|it| it.id == 0xbb).collect();
    for point in &points {
        let point = elements(point.body);
        let place = elements(point.iter().find(|it| it.id == 0xb7).expect("a place").body);
        let cluster = at(number_of(&place, 0xf1), CLUSTER);
        let children = elements(cluster.body);
        let relative = number_of(&place, 0xf0);
        let block = children.iter().find(|it| it.start == relative).expect("a block");
        let [track, high, low, flags] = block.body[..4] else { panic!("a block's head") };
        let time = number_of(&children, 0xe7) as i64 + i64::from(i16::from_be_bytes([high, low]));
        assert_eq!((block.id, flags & 0x80), (0xa3, 0x80), "a key frame");
        assert_eq!(usize::from(track & 0x7f), number_of(&place, 0xf7));
        assert_eq!(time, number_of(&point, 0xb3) as i64);
    }
    (parts.iter().filter(|part| part.id == CLUSTER).count(), points.len())
}

#[test]
fn every_cluster_has_its_crc_and_the_index_leads_to_key_frames() {
    for (name, codecs) in [("ip-aac.mp4", beside(X264, AAC)), ("ipb-aac.mp4", beside(X264_B, AAC))]
    {
        let clip = Clip::of(&clip(name, &codecs), Look::File);
        for flush in [None, Some(7), Some(1)] {
            let recording = clip.record_with(&clip.spec(Container::Matroska), flush);
            let path = recording.file.path();
            let (clusters, keys) = check_index(&std::fs::read(path).expect("a file"));
            assert_eq!(keys, 3);
            assert!(clusters >= 6, "{clusters} clusters in three seconds");
            let seek = format!("-ss 2.5 -i {} -map 0:v -f framecrc -", path.display());
            let (pictures, complaints) = run("ffmpeg", &seek);
            assert_eq!(complaints, "");
            let count = pictures.lines().filter(|line| !line.starts_with('#')).count();
            assert!((11..=13).contains(&count), "{count} pictures in the last half second");
        }
    }
}

#[test]
fn so_it_is_with_a_picture_larger_than_what_is_buffered() {
    let mut clip = Clip::of(&clip("m.mkv", MJPEG), Look::Rtsp);
    for (place, size) in [(5, 3 << 20), (9, 9 << 20), (12, 17 << 20)] {
        clip.packets[place].av = ffmpeg::Packet::copy(&vec![7; size]);
    }
    let recording = clip.record(Container::Matroska);
    let bytes = std::fs::read(recording.file.path()).expect("a file");
    let (_, keys) = check_index(&bytes);
    assert_eq!(keys, 75);
}
