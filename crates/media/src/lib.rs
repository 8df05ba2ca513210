//! Cameras in, pictures and packets out: sources, demuxing, decoding, muxing.
//!
//! ```text
//! retina ────────────▶ feed's task ─▶ packet hub ─▶ ID.decode ─▶ FrameQueue (newest first)
//! ID.demux ─bounded──▶ (on `io`)          └───────▶ Subscription (recorders) ─▶ Muxer
//! (FFmpeg)
//! ```
//!
//! Nothing here knows of Bevy or of a GPU. All connections are tasks on two threads (`runtime`), on which
//! nothing blocks; decoding has a thread for each camera, and what may block one of its own. So neither
//! a slow decoder nor a slow disk ever stalls a socket, and one camera's failure touches no other. All
//! queues are bounded, every wait can be interrupted, and no lock is held across I/O.
//!
//! - [`Feed`] (`feed`) is one camera: open it, take pictures from its [`FrameQueue`], drop it.
//! - [`FeedStatus`] is what a feed reports of itself; neither it nor a log line holds a credential.
//! - `health` decides what an operator is told of a camera, and what is done about it.
//! - `source` connects: RTSP by the retina crate, everything else by FFmpeg's libavformat.
//! - `decode` turns [`Packet`]s (`packet`) into [`Frame`]s (`frame`); [`decode_snapshot()`] makes a
//!   full-size picture of packets that are kept.
//! - [`Subscription`] hands out the compressed packets for recording; a [`Muxer`] (`mux`) writes
//!   them into a file, [`inspect()`] reports what a file holds.
//! - [`probe()`] is one look at a camera.
//!
//! No public signature names a type of FFmpeg's. `unsafe` code is only in `ffmpeg`.

mod best_effort;
mod decode;
mod feed;
mod ffmpeg;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
mod frame;
#[cfg(any(test, feature = "fixtures"))]
pub mod fuzzing;
mod health;
mod hub;
mod hung_decoders;
mod inspect;
mod limits;
mod lock;
mod log_scope;
mod media_type;
mod mux;
mod overload;
mod packet;
mod panic;
mod picture_memory;
mod probe;
mod redact;
mod runtime;
mod source;
mod status;
mod thread_name;
mod undecodable;

pub use crate::best_effort::BestEffort;
pub use crate::decode::snapshot::{SnapshotError, decode_snapshot};
pub use crate::frame::color::{ChromaSiting, ColorInfo, ColorMatrix};
pub use crate::frame::queue::FrameQueue;
pub use crate::hub::{
    ConnectionState, Delivery, HubId, Keep, PacketTap, Session, Subscription, TappedGop,
};
pub use crate::log_scope::{LineVerdict, ScopeGuard, count_line, scope as log_scope};
pub use crate::mux::reorder_depth::ReorderDepth;
pub use crate::source::camera_share::CameraShare;
pub use crate::source::certificate_report::look_at_certificate;
pub use crate::source::login::{Login, LoginSource, MissingLogin};
pub use crate::source::login_methods::LoginMethods;
pub use crate::source::route::{Client, LowerTransport, RouteMemory};
pub use crate::source::spec::{FeedSpec, ScaleTarget, Transport, Tuning, Via, Watch};
pub use crate::source::tls::{
    CaFault, CertificateFault, CertificateReport, Ending, HandshakeFault, Trust, Untrusted,
    check_ca_file,
};
pub use crate::status::{FeedState, FeedStatus, Outage, Warnings};
pub use crate::undecodable::Undecodable;
pub use camwall_address::{CameraAddress, Fingerprint, Secret};
pub use feed::Feed;
pub use frame::{Chroma, Frame, Plane, PlaneLayout};
pub use inspect::{InspectError, Inspection, RecordedStreams, inspect, recorded_streams};
pub use mux::{Container, MuxError, MuxSpec, Muxer, NotRecordable};
pub use packet::{MediaType, Packet, StreamInfo};
pub use panic::panic_message;
pub use probe::{ProbeError, ProbeReport, probe};
pub use redact::redact;
pub use source::{OutageKind, Oversized, RefusedTransport, SourceError};
pub use thread_name::thread_name;

/// Sets FFmpeg up: `tracing` gets its log, its allocations are limited, and the allocator gives back what is
/// freed. [`Feed::open`] calls this;
/// whoever wants FFmpeg quiet from the start calls it earlier.
pub fn init() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        crate::ffmpeg::log::init();
        ffmpeg::allocator::configure();
        ffmpeg::limit_allocations();
        if let Err(error) = ffmpeg_next::init() {
            tracing::error!("FFmpeg does not start: {error}");
        }
    });
}
