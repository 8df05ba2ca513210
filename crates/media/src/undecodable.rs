//! Why pictures can't be decoded: plain data that states and errors share.

/// Why no clean picture can be made of the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// FFmpeg has no decoder for the codec, or can't open it.
    NoDecoder,
    /// Key frames that came whole are refused or come out broken.
    BrokenKeyFrames,
    /// Packets come whole, but none of the pictures is clean.
    BrokenPictures,
    /// The decoder does not come back from a packet.
    HungDecoder,
}
