//! Which unit of which clip a recorded picture is, and whether sound is what was sent.
//!
//! A unit is known by the hash of its slices and SEI. Delimiters, parameter sets and filler do not
//! count: containers and payloaders add and remove them as they need.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};

use super::probed_file::ProbedFile;

/// How pictures are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    H264,
    H265,
    Jpeg,
}

/// What to do with a NAL unit.
enum Part {
    /// The first slice of a picture.
    First,
    /// More of the same picture.
    More,
    /// Belongs to the picture that comes.
    Ahead,
    /// Does not count.
    Other,
}

/// The units of a clip, by their contents.
#[derive(Debug)]
pub struct Clip {
    coding: Coding,
    units: HashMap<Hash, usize>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips")
}

impl Clip {
    /// A clip by its file's name: `cam5-720.h264`. No two of its units are alike.
    pub fn read(name: &str) -> Self {
        let coding = match name.rsplit_once('.') {
            Some((_, "h264")) => Coding::H264,
            Some((_, "h265")) => Coding::H265,
            _ => Coding::Jpeg,
        };
        let bytes = std::fs::read(folder().join(name)).expect("a clip");
        let units = hashes(&bytes, coding);
        let count = units.len();
        let units: HashMap<Hash, usize> = units.into_iter().zip(0..).collect();
        assert_eq!(units.len(), count, "{name}: a unit tells which it is");
        Self { coding, units }
    }

    /// How many units it has.
    pub fn count(&self) -> usize {
        self.units.len()
    }

    /// Which unit each picture of a file is.
    pub fn units_of(&self, path: &Path) -> Vec<usize> {
        let format = match self.coding {
            Coding::H264 => "h264",
            Coding::H265 => "hevc",
            Coding::Jpeg => "mjpeg",
        };
        let found = hashes(&ProbedFile::picture_bytes(path, format), self.coding);
        let place = |(number, hash): (usize, Hash)| {
            let unit = self.units.get(&hash).copied();
            unit.unwrap_or_else(|| panic!("{}: who sent picture {number}?", path.display()))
        };
        found.into_iter().enumerate().map(place).collect()
    }
}

/// Checks that `found` are some of the units of `sent`, in that order and all in between.
pub fn assert_run(found: &[usize], sent: &[usize]) {
    assert!(!found.is_empty());
    if sent.windows(found.len()).any(|window| window == found) {
        return;
    }
    let breaks = |list: &[usize]| -> Vec<(usize, usize)> {
        let pairs = list.windows(2).filter(|pair| pair[1] != pair[0] + 1 && pair[1] != 0);
        pairs.map(|pair| (pair[0], pair[1])).collect()
    };
    panic!(
        "{} units are no run of the {} sent; breaks: {:?}; of those sent: {:?}; they begin with \
         {:?}, {:?}",
        found.len(),
        sent.len(),
        breaks(found),
        breaks(sent),
        &found[..found.len().min(5)],
        &sent[..sent.len().min(5)],
    );
}

/// The frames of a camera's stream that `camsim --trace-sent` has noted. The two before them may
/// have gone out too: they waited in the server for the viewer's PLAY.
pub fn sent(trace: &Path, camera: &str, stream: &str, clip: &Clip) -> Vec<usize> {
    let mut frames = noted(trace, camera, stream).into_iter().peekable();
    let first = *frames.peek().expect("something was sent") + clip.count();
    let waited = [first - 2, first - 1].map(|frame| frame % clip.count());
    waited.into_iter().chain(frames).collect()
}

/// What `camsim --trace-sent` has noted of a camera's stream: of `main` and `sub` the frames, of
/// `main.sound` and `sub.sound` the pieces of sound, each by its number in the clip.
pub fn noted(trace: &Path, camera: &str, stream: &str) -> Vec<usize> {
    let text = std::fs::read_to_string(trace).expect("the trace of sent frames");
    let start = format!("{camera} {stream} ");
    let units = text.lines().filter_map(|line| line.strip_prefix(&start));
    units.filter_map(|rest| rest.split(' ').next()?.parse().ok()).collect()
}

/// Checks that `found` is what a camera that plays `clip` (`tone.aac`) over and over has sent:
/// nothing is missing in between and nothing doubled.
pub fn assert_sound(found: &[u8], clip: &str) {
    let bytes = std::fs::read(folder().join(clip)).expect("a clip");
    let sent = if clip.ends_with(".aac") { without_adts(&bytes).concat() } else { bytes };
    assert!(!found.is_empty(), "no sound");
    let rounds = found.len() / sent.len() + 2;
    let all = sent.repeat(rounds);
    let runs = (0..sent.len()).any(|start| all[start..].starts_with(found));
    assert!(runs, "{} bytes of sound are no run of {clip}", found.len());
}

/// The pieces of sound of a clip in AAC, as they are sent.
pub fn pieces(clip: &str) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(folder().join(clip)).expect("a clip");
    without_adts(&bytes).into_iter().map(<[u8]>::to_owned).collect()
}

/// The frames without the headers that RTP does not carry.
fn without_adts(bytes: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while let [_, flags, _, a, b, c, ..] = rest {
        let length = usize::from(a & 3) << 11 | usize::from(*b) << 3 | usize::from(c >> 5);
        let header = if flags & 1 == 1 { 7 } else { 9 };
        frames.push(&rest[header..length]);
        rest = &rest[length..];
    }
    frames
}

/// One hash a picture.
fn hashes(bytes: &[u8], coding: Coding) -> Vec<Hash> {
    if coding == Coding::Jpeg {
        return jpeg_hashes(bytes);
    }
    let mut pictures: Vec<Hasher> = Vec::new();
    let mut ahead: Vec<&[u8]> = Vec::new();
    for nal in nals(bytes) {
        match part(nal, coding) {
            Part::First => {
                let mut picture = Hasher::new();
                ahead.drain(..).for_each(|nal| {
                    picture.update(nal);
                });
                picture.update(nal);
                pictures.push(picture);
            }
            Part::More => {
                if let Some(picture) = pictures.last_mut() {
                    picture.update(nal);
                }
            }
            Part::Ahead => ahead.push(nal),
            Part::Other => {}
        }
    }
    pictures.iter().map(Hasher::finalize).collect()
}

/// By the tables of NAL unit types (H.264 table 7-1, H.265 table 7-1).
fn part(nal: &[u8], coding: Coding) -> Part {
    let byte = |at: usize| nal.get(at).copied().unwrap_or_default();
    let (kind, slices, first, ahead, behind) = match coding {
        Coding::H265 => ((byte(0) >> 1) & 0x3f, 0..32, byte(2), 39, Some(40)),
        _ => (byte(0) & 0x1f, 1..6, byte(1), 6, None),
    };
    // A first slice begins with a one: first_slice_segment_in_pic_flag, or the Exp-Golomb code of
    // macroblock 0.
    match kind {
        _ if slices.contains(&kind) && first & 0x80 != 0 => Part::First,
        _ if slices.contains(&kind) || Some(kind) == behind => Part::More,
        _ if kind == ahead => Part::Ahead,
        _ => Part::Other,
    }
}

/// The NAL units of an Annex B stream, without start codes and trailing zeros.
fn nals(bytes: &[u8]) -> Vec<&[u8]> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at + 3 <= bytes.len() {
        if bytes[at..at + 3] == [0, 0, 1] {
            starts.push(at..at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    starts.push(bytes.len()..bytes.len());
    let nal = |pair: &[Range<usize>]| {
        let nal = &bytes[pair[0].end..pair[1].start];
        let zeros = nal.iter().rev().take_while(|byte| **byte == 0).count();
        &nal[..nal.len() - zeros]
    };
    starts.windows(2).map(nal).collect()
}

/// Only what is between a picture's start of scan and its end goes over RTP as it is.
fn jpeg_hashes(bytes: &[u8]) -> Vec<Hash> {
    const START: [u8; 2] = [0xff, 0xda];
    const END: [u8; 2] = [0xff, 0xd9];
    let mut hashes = Vec::new();
    let mut rest = bytes;
    let find = |bytes: &[u8], marker: [u8; 2]| bytes.windows(2).position(|at| at == marker);
    while let Some(start) = find(rest, START) {
        let scan = &rest[start..];
        let header = usize::from(scan[2]) << 8 | usize::from(scan[3]);
        let scan = &scan[2 + header..];
        let end = find(scan, END).unwrap_or(scan.len());
        hashes.push(blake3::hash(&scan[..end]));
        rest = &scan[end..];
    }
    hashes
}
