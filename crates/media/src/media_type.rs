//! Whether a stream is pictures or sound.

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// Pictures.
    Video,
    /// Sound, never decoded.
    Audio,
}
