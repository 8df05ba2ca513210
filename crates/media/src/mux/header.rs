//! The header of a recording: its container, the muxer's options and its streams.
//!
//! Pure but for the header itself, which is written to the sink.
//! Policies: short clusters and fragments, for what a kill takes with it; whether sound can be in
//! a file is found out by writing its header to memory first.

use std::collections::BTreeSet;
use std::io::{Cursor, Seek, Write};
use std::sync::{Arc, Mutex};

use ffmpeg::format;
use ffmpeg::format::context::StreamIo;
use ffmpeg_next as ffmpeg;

use super::MuxSpec;
use crate::ffmpeg::CodecParams;
use crate::ffmpeg::muxer::{OpenFile, add_stream};
use crate::lock::lock;
use crate::mux::codec_params::{self, NotRecordable};
use crate::mux::timestamps::{TimeBase, rescale};
use crate::packet::{MediaType, StreamInfo};

/// Longest cluster or fragment, milliseconds.
pub(super) const PIECE_MS: i64 = 500;

/// The container format of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// `.mkv`
    Matroska,
    /// `.mp4`
    FragmentedMp4,
}

impl Container {
    /// Extension of its files, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Matroska => "mkv",
            Self::FragmentedMp4 => "mp4",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Matroska => "Matroska",
            Self::FragmentedMp4 => "MP4",
        }
    }

    fn format(self) -> &'static str {
        match self {
            Self::Matroska => "matroska",
            Self::FragmentedMp4 => "mp4",
        }
    }

    /// For FFmpeg's muxer.
    fn options(self, reorder: usize) -> ffmpeg::Dictionary<'static> {
        let mut options = ffmpeg::Dictionary::new();
        options.set("flush_packets", "1");
        options.set("avoid_negative_ts", "disabled");
        match self {
            // Ours are shorter: see `Muxer::emit`.
            Self::Matroska => options.set("cluster_time_limit", &(4 * PIECE_MS).to_string()),
            // `frag_discont`: see `Muxer::cut`.
            Self::FragmentedMp4 if reorder == 0 => {
                options.set("movflags", "frag_custom+empty_moov+default_base_moof+frag_discont");
                options.set("use_editlist", "0");
            }
            // Decoding begins before time 0, which takes an edit list, and that takes the first
            // packets. `negative_cts_offsets` would do without, but FFmpeg's own demuxer shows
            // such pictures late and the sound in time.
            Self::FragmentedMp4 => {
                options.set("movflags", "frag_custom+delay_moov+default_base_moof+frag_discont");
                options.set("use_editlist", "1");
            }
        }
        options
    }
}

/// The sound's parameters, if the container takes them.
pub(super) fn sound(
    spec: &MuxSpec<'_>,
    picture: (&CodecParams, TimeBase),
    info: &Arc<StreamInfo>,
) -> Result<CodecParams, NotRecordable> {
    /// What was refused before: FFmpeg complains each time, and there are many files in a day.
    static REFUSED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let refused = || lock(&REFUSED);
    let container = spec.container.name();
    let params = codec_params::audio(info)?;
    let key = format!("{container} {} {:?}", info.describe(), info.extradata());
    let impossible = || NotRecordable::NotInContainer { codec: info.codec, container };
    if refused().contains(&key) {
        return Err(impossible());
    }
    // Only a written header tells; a delayed one is not written.
    let spec = &MuxSpec { reorder: 0, ..*spec };
    let streams = [picture, (&params, info.time_base)];
    if header(Cursor::new(Vec::new()), spec, &streams).is_ok() {
        return Ok(params);
    }
    // The picture may be the reason.
    if header(Cursor::new(Vec::new()), spec, &streams[..1]).is_ok() {
        refused().insert(key);
    }
    Err(impossible())
}

/// Writes a header for these streams.
pub(super) fn header<W>(
    sink: W,
    spec: &MuxSpec<'_>,
    streams: &[(&CodecParams, TimeBase)],
) -> Result<OpenFile, ffmpeg::Error>
where
    W: Write + Seek + Send + 'static,
{
    let io = StreamIo::from_write_seek(sink)?;
    let mut output = format::output_to_stream(io, None, Some(spec.container.format()))?;
    for (params, time_base) in streams {
        add_stream(&mut output, params, *time_base)?;
    }
    output.set_metadata(metadata(spec));
    OpenFile::begin(output, spec.container.options(spec.reorder))
}

fn metadata(spec: &MuxSpec<'_>) -> ffmpeg::Dictionary<'static> {
    let mut metadata = ffmpeg::Dictionary::new();
    metadata.set("title", &spec.title.replace('\0', ""));
    if let Ok(started) = jiff::Timestamp::try_from(spec.started) {
        let started = format!("{started:.3}");
        metadata.set("creation_time", &started);
        if spec.container == Container::FragmentedMp4 {
            // Its own time of creation has whole seconds.
            metadata.set("date", &started);
        }
    }
    metadata
}

/// A usual packet's length in ticks, as long as nothing better is known.
pub(super) fn frame_of(info: &StreamInfo) -> i64 {
    let seconds = match (info.media_type, info.fps) {
        (MediaType::Video, Some(fps)) => 1.0 / f64::from(fps.max(0.01)),
        (MediaType::Video, None) => 0.04,
        (MediaType::Audio, _) => 0.02,
    };
    rescale((seconds * 1e9) as i64, (1, 1_000_000_000), info.time_base).max(1)
}

/// The ticks that the muxer chose for a stream.
pub(super) fn ticks_of(output: &OpenFile, index: usize) -> TimeBase {
    let base = output.time_base(index);
    base.map_or((1, 1000), |base| (base.numerator(), base.denominator()))
}
