//! Why pictures can't be decoded: plain data that states and errors share. Its text is for the log.

/// Why no clean picture can be made of the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// FFmpeg has no decoder for the codec, or can't open it.
    #[error("there is no decoder")]
    NoDecoder,
    /// Key frames that came whole are refused or come out broken.
    #[error("key frames are broken")]
    BrokenKeyFrames,
    /// Packets come whole, but none of the pictures is clean.
    #[error("no picture is clean")]
    BrokenPictures,
    /// The decoder does not come back from a packet.
    #[error("the decoder hangs")]
    HungDecoder,
    /// The pictures are larger than what is decoded, or than what the renderer can draw.
    #[error("{width}x{height} is more than {side} a side, or than 67 million pixels")]
    TooLarge {
        /// Pixels across, as coded.
        width: u32,
        /// Pixels down, as coded.
        height: u32,
        /// The longest side that the renderer takes, in pixels.
        side: u32,
    },
    /// The decoder would have to keep more pictures than fit into its memory.
    #[error("it would have to keep more than 512 MiB of them")]
    TooManyPictures,
    /// Parameter sets are too many, or too large.
    #[error("more than 32 parameter sets, or one of more than 64 KiB")]
    ParameterSets,
}

impl Undecodable {
    /// Whether it is a limit of ours, which another decoder or connection has, too.
    pub(crate) fn is_limit(self) -> bool {
        match self {
            Self::TooLarge { .. } | Self::TooManyPictures | Self::ParameterSets => true,
            Self::NoDecoder | Self::BrokenKeyFrames | Self::BrokenPictures | Self::HungDecoder => {
                false
            }
        }
    }
}
