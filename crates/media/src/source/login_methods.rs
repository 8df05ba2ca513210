//! In which ways a login may be given to a camera.
//!
//! Plain data.

/// How a camera may be logged in to, over a connection that others can read. Through TLS either way is as
/// good as the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoginMethods {
    /// By Digest where the camera offers it, else by Basic, which sends the password itself: some cameras
    /// know nothing else.
    #[default]
    Any,
    /// By Digest only.
    Digest,
}
