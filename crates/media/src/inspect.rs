//! Counts what a recording holds, as FFmpeg reads it.
//!
//! Whoever looks into a recording runs it, on the thread that asks; of all but the head by tests alone. It
//! decodes nothing.
//! Policy: the container is believed, nothing is guessed: no probing, no parsers, key frames are
//! what the file says they are. The demuxer is forced by the file's extension.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ffmpeg_next as ffmpeg;

use super::ffmpeg::Demuxer;
use super::packet::StreamInfo;

/// What a recording holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Video packets.
    pub packets: u64,
    /// Key frames among them.
    pub keyframes: u64,
    /// Audio packets.
    pub audio_packets: u64,
    /// From the first picture's start to the last one's end. Where the file does not say how long
    /// the last picture is shown, it is as long as the one before.
    pub duration: Duration,
    /// "h264 1920x1080".
    pub video: String,
    /// "aac 16000 Hz 1 ch".
    pub audio: Option<String>,
}

/// Why a recording can't be read.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// Neither Matroska nor MP4 by its name, or a name FFmpeg can't take.
    #[error("not a recording by its name: {}", .0.display())]
    Name(PathBuf),
    /// FFmpeg can't open it.
    #[error("FFmpeg can't open it: {0}")]
    Open(String),
    /// The file holds no video stream.
    #[error("no video in it")]
    NoVideo,
    /// It opens, but is damaged.
    #[error("FFmpeg can't read on after {packets} packets: {error}")]
    Read {
        /// Video packets up to there.
        packets: u64,
        /// FFmpeg's words.
        error: String,
    },
}

/// Reads a recording from its first packet to its last.
///
/// # Errors
/// Where it can't be read, or is none.
pub fn inspect(path: &Path) -> Result<Inspection, InspectError> {
    super::init();
    let mut demuxer = open(path)?;
    let (video, audio) =
        demuxer.pick_streams(None).map_err(|error| InspectError::Open(error.to_string()))?;
    let video = video.ok_or(InspectError::NoVideo)?;
    let time_base = video.time_base;
    let mut shown = Shown::default();
    let (mut keyframes, mut audio_packets) = (0, 0);
    let mut packet = ffmpeg::Packet::empty();
    loop {
        match demuxer.read(&mut packet) {
            Ok(()) => {}
            Err(ffmpeg::Error::Eof) => break,
            Err(error) => {
                return Err(InspectError::Read { packets: shown.count, error: error.to_string() });
            }
        }
        if packet.stream() == video.index {
            keyframes += u64::from(packet.is_key());
            shown.add(packet.pts().or(packet.dts()), packet.duration());
        } else if audio.as_ref().is_some_and(|audio| packet.stream() == audio.index) {
            audio_packets += 1;
        }
    }
    Ok(Inspection {
        packets: shown.count,
        keyframes,
        audio_packets,
        duration: shown.duration(time_base),
        video: StreamInfo::from(video).describe(),
        audio: audio.map(|audio| StreamInfo::from(audio).describe()),
    })
}

/// The streams of a recording.
#[derive(Clone, Debug)]
pub struct RecordedStreams {
    /// The pictures.
    pub video: Arc<StreamInfo>,
    /// The sound, where there is some.
    pub audio: Option<Arc<StreamInfo>>,
}

/// What the head of a recording says of its streams; by its `name`, which may be another than its path's,
/// it is Matroska or MP4. Only the head is read.
///
/// # Errors
/// Where it can't be read, or is none.
pub fn recorded_streams(path: &Path, name: &str) -> Result<RecordedStreams, InspectError> {
    super::init();
    let mut demuxer = open_as(path, name)?;
    let (video, audio) =
        demuxer.pick_streams(None).map_err(|error| InspectError::Open(error.to_string()))?;
    let video = Arc::new(StreamInfo::from(video.ok_or(InspectError::NoVideo)?));
    Ok(RecordedStreams { video, audio: audio.map(|audio| Arc::new(StreamInfo::from(audio))) })
}

fn open(path: &Path) -> Result<Demuxer, InspectError> {
    let name = path.file_name().and_then(|name| name.to_str());
    open_as(path, name.ok_or_else(|| InspectError::Name(path.to_owned()))?)
}

fn open_as(path: &Path, name: &str) -> Result<Demuxer, InspectError> {
    let bad_name = || InspectError::Name(path.to_owned());
    // Without a protocol a path with a colon would be taken for an address.
    let url = format!("file:{}", path.to_str().ok_or_else(bad_name)?);
    // The last that says something: a file being written has one more.
    let demuxer = name.rsplit('.').find_map(|extension| match extension {
        "mkv" => Some("matroska"),
        "mp4" => Some("mov"),
        _ => None,
    });
    let mut options = ffmpeg::Dictionary::new();
    options.set("protocol_whitelist", "file");
    // No parsers, and no timestamps made up.
    options.set("fflags", "noparse+nofillin");
    let demuxer = Some(demuxer.ok_or_else(bad_name)?);
    let opened = Demuxer::open(&url, demuxer, options, false, || false);
    opened.map(|(demuxer, _unused)| demuxer).map_err(|error| InspectError::Open(error.to_string()))
}

/// The pictures' times, in the order they come in, which is not that of their showing.
#[derive(Default)]
struct Shown {
    count: u64,
    first: Option<i64>,
    /// The last one's time and stored length.
    last: Option<(i64, i64)>,
    /// The time of the one before.
    before: Option<i64>,
}

impl Shown {
    fn add(&mut self, pts: Option<i64>, length: i64) {
        self.count += 1;
        let Some(pts) = pts else { return };
        self.first = Some(self.first.map_or(pts, |first| first.min(pts)));
        match self.last {
            Some((last, _)) if pts < last => self.before = self.before.max(Some(pts)),
            Some((last, _)) if pts > last => {
                self.before = Some(last);
                self.last = Some((pts, length));
            }
            Some(_) => {}
            None => self.last = Some((pts, length)),
        }
    }

    fn duration(&self, (num, den): (i32, i32)) -> Duration {
        let (Some(first), Some((last, length))) = (self.first, self.last) else {
            return Duration::ZERO;
        };
        let guess = self.before.map_or(0, |before| last.saturating_sub(before));
        let length = if length > 0 { length } else { guess };
        let units = i128::from(last) - i128::from(first) + i128::from(length);
        let nanos = units * i128::from(num) * 1_000_000_000 / i128::from(den.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(times: &[(i64, i64)]) -> Duration {
        let mut shown = Shown::default();
        for &(pts, length) in times {
            shown.add(Some(pts), length);
        }
        shown.duration((1, 1000))
    }

    #[test]
    fn the_last_picture_counts_to_its_end() {
        assert_eq!(shown(&[]), Duration::ZERO);
        assert_eq!(shown(&[(5, 0)]), Duration::ZERO);
        assert_eq!(shown(&[(5, 40)]), Duration::from_millis(40));
        assert_eq!(shown(&[(0, 40), (40, 50)]), Duration::from_millis(90));
        assert_eq!(shown(&[(0, 0), (40, 0), (90, 0)]), Duration::from_millis(140));
        // B frames: decoded after the picture they stand before.
        assert_eq!(shown(&[(80, 0), (200, 0), (120, 0), (160, 0)]), Duration::from_millis(160));
        assert_eq!(shown(&[(i64::MIN, 0), (i64::MAX, 0)]), Duration::ZERO);
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = folder.path().join("x.txt");
        assert!(matches!(inspect(&text), Err(InspectError::Name(_))));
        assert!(matches!(inspect(&folder.path().join("x.mkv")), Err(InspectError::Open(_))));
        let junk = folder.path().join("junk.mp4.part");
        std::fs::write(&junk, [7; 5000]).expect("a file");
        assert!(inspect(&junk).is_err());
    }
}
