//! Writes a camera's packets into a file as received: nothing is decoded, no payload is copied.
//!
//! The thread that writes a recording uses it; one [`Muxer`] is one file. Policies:
//! - what was flushed can be played without repair, wherever the file ends: Matroska in clusters,
//!   MP4 in fragments of half a second. FFmpeg's defaults hold seconds back and lose them;
//! - the file begins at 0 with its key frame; a camera's own clock is kept to the tick (see
//!   [`timestamps`]);
//! - sound that the container can't hold is left out, and never a reason to lose the picture;
//! - an error of the sink is returned as it was, and nothing is written to the sink after it.

pub(crate) mod codec_params;
pub(crate) mod reorder_depth;
pub(crate) mod timestamps;
pub(crate) mod write_buffer;

mod cluster;
mod header;
mod output;

use std::io::{self, Seek, Write};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ffmpeg_next as ffmpeg;

pub use self::codec_params::NotRecordable;
pub use self::header::Container;
use self::header::{frame_of, header, sound, ticks_of};

use super::ffmpeg::muxer;
use super::ffmpeg::muxer::OpenFile;

use self::timestamps::{DtsGenerator, MAX_DEPTH, ObservedTime, PtsTracker, Track, rescale};
use self::write_buffer::{BufferWriter, WriteBuffer};
use super::packet::{MediaType, Packet, StreamInfo};

/// How long the first pictures of a file with B frames may wait until it is known when the file
/// begins.
const HOLD: Duration = Duration::from_millis(300);

/// What a file begins with.
#[derive(Clone, Copy, Debug)]
pub struct MuxSpec<'a> {
    /// Matroska or fragmented MP4.
    pub container: Container,
    /// The key frame with which the file begins; to be written like all others.
    pub first: &'a Packet,
    /// The sound that the session announced.
    pub audio: Option<&'a Arc<StreamInfo>>,
    /// Pictures by which showing may lag behind decoding: 0 without B frames.
    pub reorder: usize,
    /// Wall clock of the first packet.
    pub started: SystemTime,
    /// The camera's name.
    pub title: &'a str,
}

/// Why a file can't be begun or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum MuxError {
    /// The container can't hold this video, or it is not known well enough.
    #[error("not recordable in {container}: {reason}")]
    NotRecordable {
        /// "Matroska", "MP4".
        container: &'static str,
        /// What is missing or refused.
        reason: NotRecordable,
    },
    /// The sink failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// FFmpeg failed.
    #[error("FFmpeg: {detail}")]
    Internal {
        /// FFmpeg's words.
        detail: String,
    },
}

impl MuxError {
    /// An error of FFmpeg.
    fn internal(error: ffmpeg::Error) -> Self {
        Self::Internal { detail: error.to_string() }
    }

    /// The sink's error, if it is one.
    pub fn io(&self) -> Option<&io::Error> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// A file being written.
pub struct Muxer {
    output: OpenFile,
    buffer: WriteBuffer,
    container: Container,
    codec: &'static str,
    video: Track,
    audio: Option<Track>,
    left_out: Option<NotRecordable>,
    /// Packets from before it is known where the file begins.
    held: Vec<Held>,
    /// Pictures among them that have to be seen for that.
    needed: usize,
    /// The file's time 0: the camera's time, and when what is shown then arrived.
    zero: Option<(i64, Instant)>,
    scratch: ffmpeg::Packet,
    /// Time at which the cluster or fragment begins, ticks of the file.
    piece: Option<i64>,
    /// Bytes of payload since the last flush.
    unflushed: usize,
    /// Whether a header is still to be written with the first flush.
    header_due: bool,
    /// Decoding time of the newest packet of each stream since the last flush.
    newest: [Option<i64>; 2],
}

/// A packet that is written once it is known where the file begins.
struct Held {
    av: ffmpeg::Packet,
    media_type: MediaType,
    pts: i64,
    arrived: Instant,
}

impl Muxer {
    /// Begins a file and writes its header.
    ///
    /// # Errors
    /// [`MuxError::NotRecordable`] where the container can't hold this video; what the sink says.
    pub fn begin<W>(out: W, spec: &MuxSpec<'_>) -> Result<Self, MuxError>
    where
        W: Write + Seek + Send + 'static,
    {
        super::init();
        let info = &spec.first.info;
        let refused = |reason| MuxError::NotRecordable { container: spec.container.name(), reason };
        let video = codec_params::video(spec.first).map_err(refused)?;
        let picture = (&video, info.time_base);
        let (audio, left_out) = match spec.audio.map(|audio| sound(spec, picture, audio)) {
            Some(Ok(audio)) => (Some(audio), None),
            Some(Err(reason)) => (None, Some(reason)),
            None => (None, None),
        };
        let streams = match (&audio, spec.audio) {
            (Some(params), Some(info)) => vec![picture, (params, info.time_base)],
            _ => vec![picture],
        };
        let sink = BufferWriter::new(out);
        let buffer = sink.buffer();
        let output = header(sink, spec, &streams);
        buffer.write()?;
        let output = output.map_err(|error| refused(NotRecordable::refused(info.codec, error)))?;
        let reorder = spec.reorder.min(MAX_DEPTH);
        let (depth, gap) = match spec.container {
            // Stores presentation times only; the most delay keeps FFmpeg from refusing any.
            Container::Matroska => (MAX_DEPTH, 0),
            // Strictly increasing, with room for an empty packet in between.
            Container::FragmentedMp4 => (reorder, 2),
        };
        let base = info.time_base;
        let tracker = PtsTracker::new(base, reorder, frame_of(info));
        let video = Track::new(tracker, DtsGenerator::new(depth, gap), ticks_of(&output, 0));
        let audio = spec.audio.filter(|_| audio.is_some()).map(|info| {
            let tracker = PtsTracker::in_order(info.time_base, frame_of(info));
            Track::new(tracker, DtsGenerator::new(0, gap), ticks_of(&output, 1))
        });
        Ok(Self {
            output,
            buffer,
            container: spec.container,
            codec: info.codec,
            video,
            audio,
            left_out,
            held: Vec::new(),
            // The first to be shown is among them, and so are pictures next to each other.
            needed: 2 * reorder + 1,
            zero: None,
            scratch: ffmpeg::Packet::empty(),
            piece: None,
            unflushed: 0,
            header_due: spec.container == Container::FragmentedMp4 && reorder > 0,
            newest: [None; 2],
        })
    }

    /// Why the sound is left out although there is some.
    pub fn left_out(&self) -> Option<&NotRecordable> {
        self.left_out.as_ref()
    }

    /// Writes a packet; sound that is left out is ignored.
    ///
    /// # Errors
    /// What the sink says, now or before.
    pub fn write(&mut self, packet: &Packet) -> Result<(), MuxError> {
        self.buffer.check()?;
        let media_type = packet.media_type();
        let track = match media_type {
            MediaType::Video if packet.info.codec != self.codec => {
                let (codec, file) = (packet.info.codec, self.codec);
                let reason = NotRecordable::OtherCodec { codec, file };
                return Err(MuxError::NotRecordable { container: self.container.name(), reason });
            }
            MediaType::Video => &mut self.video,
            MediaType::Audio => match &mut self.audio {
                Some(track) => track,
                None => return Ok(()),
            },
        };
        if packet.data().is_empty() {
            return Ok(());
        }
        let pts = track.tracker.read(ObservedTime::from(packet));
        if self.zero.is_none() {
            let mut av = ffmpeg::Packet::empty();
            refer(&mut av, packet)?;
            self.held.push(Held { av, media_type, pts, arrived: packet.arrived });
            return if self.pictures_held() < self.needed { Ok(()) } else { self.release() };
        }
        let mut av = std::mem::replace(&mut self.scratch, ffmpeg::Packet::empty());
        let written = refer(&mut av, packet)
            .and_then(|()| self.emit(&mut av, media_type, pts, packet.arrived));
        self.scratch = av;
        written
    }

    /// Length of the video so far by its own times, its last picture included.
    pub fn duration(&self) -> Duration {
        let nanos = rescale(self.video.tracker.length(), self.video.base(), (1, 1_000_000_000));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
    }

    /// Whether a jump in the camera's clock was bridged: the file goes on evenly, but another one
    /// should begin at the next key frame. Sound may jump as it likes.
    pub fn broken(&self) -> bool {
        self.video.broken()
    }

    /// Hands everything written so far to the sink; but for the first pictures of a file with B
    /// frames, which may wait for [`HOLD`].
    ///
    /// # Errors
    /// What the sink says, now or before.
    pub fn flush(&mut self) -> Result<(), MuxError> {
        self.buffer.check()?;
        let waited = match (self.held.first(), self.held.last()) {
            (Some(first), Some(last)) => last.arrived.saturating_duration_since(first.arrived),
            _ => Duration::ZERO,
        };
        if self.needed == 1 || waited >= HOLD {
            self.release()?;
        }
        self.cut()
    }

    /// Ends the file with its trailer: duration and index.
    ///
    /// # Errors
    /// What the sink says, now or before.
    pub fn finish(mut self) -> Result<(), MuxError> {
        self.buffer.check()?;
        self.release()?;
        let written = self.output.finish();
        self.buffer.write()?;
        written.map_err(MuxError::internal)
    }

    fn pictures_held(&self) -> usize {
        self.held.iter().filter(|held| held.media_type == MediaType::Video).count()
    }
}

/// Makes `av` a reference to a packet's payload.
fn refer(av: &mut ffmpeg::Packet, packet: &Packet) -> Result<(), MuxError> {
    muxer::refer(av, &packet.av, adts_header(packet)).map_err(MuxError::internal)?;
    let key =
        if packet.keyframe { ffmpeg::packet::Flags::KEY } else { ffmpeg::packet::Flags::empty() };
    av.set_flags(key);
    Ok(())
}

/// Length of the header that AAC has in MPEG-TS (ISO 13818-7, 6.2), and in files must not have.
/// FFmpeg would take it off too, but in Matroska it overwrites what follows the codec's header.
fn adts_header(packet: &Packet) -> usize {
    let bare = packet.info.codec == "aac" && packet.info.extradata().is_empty();
    match packet.data() {
        [0xff, second, ..] if bare && second & 0xf6 == 0xf0 => {
            let has_checksum = second & 1 == 0;
            if has_checksum { 9 } else { 7 }
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
