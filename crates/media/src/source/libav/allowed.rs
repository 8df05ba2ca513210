//! What FFmpeg may do for each scheme: protocols, demuxers and codecs.
//!
//! Plain data. Policies:
//! - nothing here opens what a stream names: no playlist (but HLS where the wall file asks for it), no
//!   concat, no sequence of pictures by their names, no SDP; and no subtitles;
//! - raw pictures come from a device, and from nothing else;
//! - what the network is for goes through a relay of ours where there is one, so that FFmpeg needs no more
//!   than TCP to this computer;
//! - a wall file's `options` can't change it: see [`camwall_address::is_ours`].

use camwall_address::Scheme;

/// What is allowed for one scheme; names are FFmpeg's, as it spells lists of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    pub protocols: &'static str,
    /// The one demuxer, where contents can't choose it.
    pub forced: Option<&'static str>,
    pub demuxers: &'static str,
    /// Codecs of pictures, by [`CodecParams::name`](crate::ffmpeg::CodecParams::name).
    pub video: &'static [&'static str],
}

/// What cameras code pictures with.
const CODED: &[&str] = &["h264", "h265", "mjpeg", "mpeg4", "mpeg2video", "mpeg1video"];
/// The same and what else is streamed.
const STREAMED: &[&str] =
    &["h264", "h265", "mjpeg", "mpeg4", "mpeg2video", "mpeg1video", "vp8", "vp9", "av1", "flv1"];
/// The same and what test pictures are kept in.
const KEPT: &[&str] = &[
    "h264",
    "h265",
    "mjpeg",
    "mpeg4",
    "mpeg2video",
    "mpeg1video",
    "vp8",
    "vp9",
    "av1",
    "flv1",
    "ffv1",
    "png",
];
/// What devices give.
const TAKEN: &[&str] = &["h264", "h265", "mjpeg", "rawvideo"];

/// Decoders that may be opened while FFmpeg looks what there is: those of the codecs above, and sound.
pub(super) const DECODERS: &str = "h264,hevc,mjpeg,mpeg4,mpeg2video,mpeg1video,vp8,vp9,libdav1d,flv,\
    ffv1,png,aac,mp2,mp2float,mp3,mp3float,ac3,opus,libopus,vorbis,flac,pcm_mulaw,pcm_alaw,pcm_s16le,\
    pcm_s16be,g722,g726,g726le";

const RTSP: Allowed =
    Allowed { protocols: "tcp,rtp,udp", forced: Some("rtsp"), demuxers: "rtsp", video: CODED };
const HTTP: Allowed = Allowed {
    protocols: "http,tcp",
    forced: None,
    demuxers: "mpjpeg,mjpeg,jpeg_pipe,mpegts,flv,live_flv,mov,matroska,avi,h264,hevc",
    video: STREAMED,
};
const HLS: Allowed = Allowed {
    protocols: "http,tcp,crypto",
    forced: Some("hls"),
    demuxers: "hls,mpegts,mov,aac",
    video: STREAMED,
};
const RTMP: Allowed =
    Allowed { protocols: "rtmp,tcp", forced: None, demuxers: "flv,live_flv", video: STREAMED };
const SRT: Allowed =
    Allowed { protocols: "srt", forced: Some("mpegts"), demuxers: "mpegts", video: STREAMED };
const UDP: Allowed =
    Allowed { protocols: "udp", forced: Some("mpegts"), demuxers: "mpegts", video: STREAMED };
const RTP: Allowed =
    Allowed { protocols: "rtp,udp", forced: Some("rtp"), demuxers: "rtp", video: CODED };
const FILE: Allowed = Allowed {
    protocols: "file",
    forced: None,
    demuxers: "mov,matroska,avi,mpegts,mpeg,flv,h264,hevc,mjpeg,mpjpeg,jpeg_pipe,png_pipe",
    video: KEPT,
};
const V4L2: Allowed =
    Allowed { protocols: "", forced: Some("v4l2"), demuxers: "v4l2", video: TAKEN };

/// The row of this scheme; `hls` is whether the wall file asks for playlists, `path` is that of a file.
pub(super) fn allowed(scheme: Scheme, hls: bool, path: &str) -> Allowed {
    match scheme {
        Scheme::Rtsp | Scheme::Rtsps => RTSP,
        Scheme::Http | Scheme::Https if hls => HLS,
        Scheme::Http | Scheme::Https => HTTP,
        Scheme::Rtmp | Scheme::Rtmps => RTMP,
        Scheme::Srt => SRT,
        Scheme::Udp => UDP,
        Scheme::Rtp => RTP,
        Scheme::V4l2 => V4L2,
        Scheme::File => file(path),
    }
}

/// A picture's name would have FFmpeg look for a sequence of them.
fn file(path: &str) -> Allowed {
    let (_, kind) = path.rsplit_once('.').unwrap_or_default();
    match kind.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => Allowed { forced: Some("jpeg_pipe"), ..FILE },
        "png" => Allowed { forced: Some("png_pipe"), ..FILE },
        _ => FILE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What opens other addresses or files by itself, reads what is no picture, or is made for raw ones.
    const NEVER: [&str; 17] = [
        "nut",
        "rawvideo",
        "yuv4mpegpipe",
        "concat",
        "dash",
        "sdp",
        "image2",
        "image2pipe",
        "srt",
        "ass",
        "webvtt",
        "tedcaptions",
        "lavfi",
        "data",
        "subfile",
        "tee",
        "ffmetadata",
    ];

    #[test]
    fn no_row_has_what_opens_something_else() {
        let paths = ["a.mp4", "a.nut", "a.png", "a.JPG", "a.y4m", "a.yuv", "nut"];
        for (scheme, path) in Scheme::ALL.into_iter().flat_map(|s| paths.map(|path| (s, path))) {
            for hls in [false, true] {
                let row = allowed(scheme, hls, path);
                let names: Vec<&str> = row.demuxers.split(',').collect();
                assert!(NEVER.iter().all(|never| !names.contains(never)), "{scheme:?}");
                let playlists = hls && matches!(scheme, Scheme::Http | Scheme::Https);
                assert_eq!(names.contains(&"hls"), playlists, "{scheme:?}");
                assert!(row.forced.is_none_or(|forced| names.contains(&forced)), "{scheme:?}");
                let raw = row.video.contains(&"rawvideo");
                assert_eq!(raw, scheme == Scheme::V4l2, "{scheme:?}");
                let protocols: Vec<&str> = row.protocols.split(',').collect();
                for never in ["file", "https", "tls", "rtsps", "rtmps", "data", "concat", "hls"] {
                    let own = never == "file" && scheme == Scheme::File;
                    assert!(own || !protocols.contains(&never), "{scheme:?} {never}");
                }
            }
        }
    }
}
