//! How large what a camera sends may be.
//!
//! Numbers, which all who read from the network share: the sources, the demuxer, the relay, the decoder.

/// Streams that a source may have: cameras have up to six, with what they say of themselves and what can be
/// said to them.
pub(crate) const MAX_STREAMS: usize = 8;
/// Largest access unit, in bytes: 3 to 5 times an intra picture of 8192×4320 at the highest rates that
/// cameras offer. What is larger ends the connection.
pub(crate) const MAX_ACCESS_UNIT: usize = 16 << 20;
/// Bytes of one parameter set, and of all beside a stream. Cameras' have 20 to 200 bytes.
pub(crate) const MAX_SET_BYTES: usize = 64 << 10;
/// Parameter sets of one packet, and different ones that one decoder is given: cameras have three. FFmpeg's
/// decoders keep 0.2 to 2.2 MB for each.
pub(crate) const MAX_SETS: usize = 32;
/// Largest picture in pixels: 8192×8192 is beyond any camera, and a forged header must not make a
/// decoder allocate more.
pub(crate) const MAX_PIXELS: u64 = 8192 * 8192;
/// Largest side of a picture where no renderer says less.
pub(crate) const MAX_SIDE: u32 = 16_384;

/// Why packets are kept from the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The picture is this large, in pixels.
    Size { width: u32, height: u32 },
    /// Parameter sets are too many, or too large.
    ParameterSets,
}

/// Whether a picture of this size is decoded where no side may be longer than `side`.
pub(crate) fn fits(width: u32, height: u32, side: u32) -> bool {
    width.max(height) <= side && u64::from(width) * u64::from(height) <= MAX_PIXELS
}
