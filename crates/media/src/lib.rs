//! Cameras in, pictures and packets out: sources, demuxing, decoding, supervision.
//!
//! ```text
//! Source (retina | FFmpeg) ──▶ ID.demux ──bounded──▶ ID.decode ──▶ FrameQueue (newest wins)
//!                                 └──bounded──▶ Subscription (recorders)
//! ```
//!
//! Plain threads; nothing here knows of Bevy or of a GPU. Two threads per camera, so that neither
//! a slow decoder nor a slow disk ever stalls the socket, and one camera's failure touches no
//! other. All queues are bounded, every wait can be interrupted, and no lock is held across I/O.
//!
//! - [`Feed`] is one camera: open it, take pictures out of its [`FrameQueue`], drop it.
//! - [`FeedStatus`] tells how it goes; nothing in it, or in any log line, holds a credential.
//! - [`Subscription`] hands out the compressed packets for recording; a [`Muxer`] puts them into a
//!   file, [`inspect()`] says what is in one.
//! - [`decode_snapshot()`] makes a picture in full size out of packets, for snapshots.
//! - [`probe::probe`] is one look at a camera.
//!
//! FFmpeg appears in no public signature. `unsafe` lives in `sys`, `sws`, `fflog`, `avmuxer`
//! and `avparser`.

mod best_effort;
mod cancel;
mod decode;
mod feed;
mod ffmpeg;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
mod frame;
mod inspect;
mod mux;
mod packet;
mod panic;
mod probe;
mod redact;
mod source;

pub use crate::best_effort::BestEffort;
pub use crate::decode::snapshot::{SnapshotError, decode_snapshot};
pub use crate::feed::fanout::{ByteQuota, ConnectionState, Delivery, Session, Subscription};
pub use crate::feed::status::{FeedState, FeedStatus};
pub use crate::ffmpeg::log::{ScopeGuard, scope as log_scope};
pub use crate::frame::color::{ChromaSiting, ColorInfo, ColorMatrix};
pub use crate::frame::queue::FrameQueue;
pub use crate::mux::reorder_depth::ReorderDepth;
pub use crate::source::route::{Client, LowerTransport, RouteMemory};
pub use crate::source::spec::{FeedSpec, Login, ScaleTarget, Transport, Via};
pub use feed::Feed;
pub use feed::thread_name;
pub use frame::{Chroma, Frame, Plane, PlaneLayout};
pub use inspect::{InspectError, Inspection, inspect};
pub use mux::{Container, MuxError, MuxSpec, Muxer};
pub use packet::{MediaType, Packet, StreamInfo};
pub use panic::panic_message;
pub use probe::{ProbeError, ProbeReport, probe};
pub use redact::redact;
pub use source::{RefusedTransport, SourceError};

/// Sets FFmpeg up: its log goes to `tracing`, its allocations are limited. Called by
/// [`Feed::open`]; call it earlier where FFmpeg shall be quiet from the start.
pub fn init() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        crate::ffmpeg::log::init();
        ffmpeg::limit_allocations();
        if let Err(error) = ffmpeg_next::init() {
            tracing::error!("FFmpeg does not start: {error}");
        }
    });
}
