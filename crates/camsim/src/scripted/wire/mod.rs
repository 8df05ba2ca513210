//! What goes over the wire: RTSP, SDP, Digest, RTP and RTCP, as bytes and text.
//!
//! Pure but for `outbox`, which writes to a socket and is told the time.

pub mod digest;
pub mod outbox;
pub mod packets;
pub mod reports;
pub mod rtsp;
pub mod sdp;
