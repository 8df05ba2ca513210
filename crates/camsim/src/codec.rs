//! The codecs of the clips.
//!
//! Plain data.

/// How a clip is coded, and thereby how it goes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Pictures, H.264 Annex B.
    H264,
    /// Pictures, H.265 Annex B.
    H265,
    /// Sound, AAC.
    Aac,
    /// Pictures, one JPEG each.
    Jpeg,
    /// Sound, G.711 µ-law.
    Pcmu,
    /// Sound, G.711 A-law.
    Pcma,
}
