//! The clips: FFmpeg-made elementary streams, loaded once and cut into access units.
//!
//! Owns every byte the cameras ever send. Loading runs on the main thread before the server
//! listens; afterwards the clips are read-only and shared by `Arc`, so a feeder pushes buffers
//! that point into the loaded file and nothing is copied per frame or per viewer.
//!
//! Policy: the file name says what a clip is (`cam3-1080.h264` is camera 3, 1080 lines, H.264),
//! so no bitstream is parsed beyond the NAL unit types. A unit knows whether a decoder can start
//! there; audio units all can. Where the coding order is not the order of display, a file beside
//! the clip (`cam10-360.order`) gives for each unit the number of the frame that it shows.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::codec::Codec;
use crate::cut::{Unit, annex_b, delay_by, jpeg};

/// The frame rate of all picture clips, where they are not to be played at another one;
/// `make-clips.sh` fixes it.
pub const FRAMES_PER_SECOND: u32 = 25;

/// One elementary stream in memory.
#[derive(Debug)]
pub struct Clip {
    /// How it is coded.
    pub codec: Codec,
    /// Picture height; 0 for sound.
    pub height: u32,
    /// How long each unit lasts.
    pub step: Duration,
    /// The units in coding order, in which they are sent.
    pub units: Vec<Unit>,
    /// What the stream's source announces, in GStreamer's notation.
    pub caps: String,
    bytes: Arc<Vec<u8>>,
}

/// The pictures of one camera.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The large picture.
    pub main: Arc<Clip>,
    /// The small pictures, in order of height; the large one where there is no other.
    pub subs: Vec<Arc<Clip>>,
}

impl Scene {
    /// The place in `subs` of the picture of this height.
    pub fn sub(&self, height: u32) -> Option<usize> {
        self.subs.iter().position(|clip| clip.height == height)
    }
}

/// All clips of a directory.
#[derive(Debug)]
pub struct Library {
    /// In the order of the camera numbers in the file names.
    pub scenes: Vec<Scene>,
    /// A tone as AAC.
    pub aac: Arc<Clip>,
    /// A tone as G.711 µ-law.
    pub pcmu: Arc<Clip>,
    /// A rising tone as G.711 A-law.
    pub pcma: Arc<Clip>,
}

/// A view into the loaded file that a `gst::Buffer` can own.
struct Slice {
    bytes: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }
}

impl Clip {
    /// The whole unit as a buffer without timestamps.
    pub fn buffer(&self, unit: &Unit) -> gstreamer::Buffer {
        self.slice(unit.range.clone())
    }

    /// The unit without its picture: what a frozen camera still tells a new viewer.
    /// Sound and JPEG have no such part and come whole.
    pub fn headers(&self, unit: &Unit) -> gstreamer::Buffer {
        self.slice(unit.range.start..unit.headers_end)
    }

    /// Index of the first unit at or after `index`, cyclically, where a decoder can start.
    pub fn next_key(&self, index: usize) -> usize {
        let count = self.units.len();
        (index..index + count).map(|i| i % count).find(|&i| self.units[i].key).unwrap_or(0)
    }

    fn slice(&self, range: Range<usize>) -> gstreamer::Buffer {
        let bytes = Arc::clone(&self.bytes);
        gstreamer::Buffer::from_slice(Slice { bytes, range })
    }
}

impl Library {
    /// Loads every clip of `dir`, the pictures to be played at `rate` a second. The message of an
    /// error is meant for the user.
    pub fn load(dir: &Path, rate: u32) -> Result<Self, String> {
        let hint = "tests/clips/make-clips.sh makes the clips";
        let entries = std::fs::read_dir(dir)
            .map_err(|e| format!("cannot read the clips in {}: {e}; {hint}", dir.display()))?;
        let mut cameras: BTreeMap<u32, Vec<Arc<Clip>>> = BTreeMap::new();
        for entry in entries.flatten() {
            let name = entry.file_name();
            if let Some((camera, height, codec)) = name.to_str().and_then(parse_name) {
                let clip = load_video(&entry.path(), height, codec, rate)?;
                cameras.entry(camera).or_default().push(Arc::new(clip));
            }
        }
        let scenes: Vec<Scene> = cameras.into_values().filter_map(scene).collect();
        if scenes.is_empty() {
            return Err(format!("no clips in {}; {hint}", dir.display()));
        }
        let sound = |name: &str, load: fn(Vec<u8>) -> Result<Clip, String>| {
            let path = dir.join(name);
            let bytes = read(&path).map_err(|e| format!("{e}; {hint}"))?;
            let clip = load(bytes).map_err(|e| format!("{}: {e}", path.display()))?;
            Ok::<_, String>(Arc::new(clip))
        };
        Ok(Self {
            scenes,
            aac: sound("tone.aac", load_adts)?,
            pcmu: sound("tone.ulaw", |bytes| load_g711(bytes, Codec::Pcmu))?,
            pcma: sound("tone.alaw", |bytes| load_g711(bytes, Codec::Pcma))?,
        })
    }
}

/// Picks the largest clip of a camera as its main picture.
fn scene(mut clips: Vec<Arc<Clip>>) -> Option<Scene> {
    clips.sort_by_key(|clip| clip.height);
    let main = clips.last().cloned()?;
    if clips.len() > 1 {
        clips.pop();
    }
    Some(Scene { main, subs: clips })
}

/// Reads `cam3-1080.h264` as (3, 1080, H.264).
fn parse_name(name: &str) -> Option<(u32, u32, Codec)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let codec = match extension {
        "h264" => Codec::H264,
        "h265" => Codec::H265,
        "mjpeg" => Codec::Jpeg,
        _ => return None,
    };
    let (camera, height) = stem.strip_prefix("cam")?.split_once('-')?;
    Some((camera.parse().ok()?, height.parse().ok()?, codec))
}

/// The whole file; an error names it.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

fn load_video(path: &Path, height: u32, codec: Codec, rate: u32) -> Result<Clip, String> {
    let bytes = read(path)?;
    let mut units = match codec {
        Codec::Jpeg => jpeg(&bytes),
        _ => annex_b(&bytes, codec),
    };
    if !units.first().is_some_and(|unit| unit.key) {
        let path = path.display();
        return Err(format!("{path}: does not start with a keyframe"));
    }
    let order = path.with_extension("order");
    if order.exists() {
        delay_by(&mut units, read(&order)?, &order)?;
    }
    let media = match codec {
        // The payloader takes the size from the pictures, but wants one to be agreed upon.
        Codec::Jpeg => "image/jpeg,parsed=true,width=640,height=360",
        Codec::H265 => "video/x-h265,stream-format=byte-stream,alignment=au",
        _ => "video/x-h264,stream-format=byte-stream,alignment=au",
    };
    Ok(Clip {
        codec,
        height,
        step: Duration::from_secs(1) / rate,
        units,
        caps: format!("{media},framerate={rate}/1"),
        bytes: Arc::new(bytes),
    })
}

/// Strips the ADTS headers: with the config in the caps the payloader needs no parser in front,
/// which would hold back two frames and so delay every connect.
fn load_adts(bytes: Vec<u8>) -> Result<Clip, String> {
    let mut units = Vec::new();
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + 7) {
        let length = usize::from(header[3] & 3) << 11
            | usize::from(header[4]) << 3
            | usize::from(header[5] >> 5);
        let skip = if header[1] & 1 == 1 { 7 } else { 9 };
        let end = at + length;
        if header[0] != 0xff || length <= skip || end > bytes.len() {
            return Err(format!("not ADTS at byte {at}"));
        }
        units.push(Unit { range: at + skip..end, headers_end: end, key: true, delay: 0 });
        at = end;
    }
    let header = bytes.get(2..4).ok_or("empty")?;
    let object = u16::from(header[0] >> 6) + 1;
    let rate_index = u16::from((header[0] >> 2) & 15);
    let channels = u16::from(header[0] & 1) << 2 | u16::from(header[1] >> 6);
    let config = object << 11 | rate_index << 7 | channels << 3;
    let rate = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
        8000,
    ]
    .get(usize::from(rate_index))
    .ok_or("unknown sample rate")?;
    Ok(Clip {
        codec: Codec::Aac,
        height: 0,
        step: Duration::from_secs(1024) / *rate,
        units,
        caps: format!(
            "audio/mpeg,mpegversion=4,stream-format=raw,rate={rate},channels={channels},\
             codec_data=(buffer){config:04x}"
        ),
        bytes: Arc::new(bytes),
    })
}

/// Cuts into the usual packets of 20 ms.
fn load_g711(bytes: Vec<u8>, codec: Codec) -> Result<Clip, String> {
    const PACKET: usize = 160;
    let law = if codec == Codec::Pcma { "alaw" } else { "mulaw" };
    if bytes.len() < PACKET {
        return Err("empty".into());
    }
    let units = (0..bytes.len() / PACKET)
        .map(|i| Unit {
            range: i * PACKET..(i + 1) * PACKET,
            headers_end: (i + 1) * PACKET,
            key: true,
            delay: 0,
        })
        .collect();
    Ok(Clip {
        codec,
        height: 0,
        step: Duration::from_millis(20),
        units,
        caps: format!("audio/x-{law},rate=8000,channels=1"),
        bytes: Arc::new(bytes),
    })
}
