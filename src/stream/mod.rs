//! Cameras in, pictures and packets out: sources, demuxing, decoding, supervision.
//!
//! ```text
//! Source (retina | FFmpeg) ──▶ ID.demux ──bounded──▶ ID.decode ──▶ Mailbox (newest wins)
//!                                 └──bounded──▶ Subscription (recorders)
//! ```
//!
//! Plain threads; nothing here knows of Bevy or of a GPU. Two threads per camera, so that neither
//! a slow decoder nor a slow disk ever stalls the socket, and one camera's failure touches no
//! other. All queues are bounded, every wait can be interrupted, and no lock is held across I/O.
//!
//! - [`Feed`] is one camera: open it, take pictures out of its [`Mailbox`], drop it.
//! - [`FeedStatus`] tells how it goes; nothing in it, or in any log line, holds a credential.
//! - [`Subscription`] hands out the compressed packets for recording; a [`Muxer`] puts them into a
//!   file, [`survey()`] says what is in one.
//! - [`still()`] makes a picture in full size out of packets, for snapshots.
//! - [`probe::probe`] is one look at a camera.
//!
//! FFmpeg appears in no public signature. `unsafe` lives in `sys`, `sws`, `fflog`, `avmuxer`
//! and `avparser`.

mod avmuxer;
mod avparser;
mod backoff;
mod colour;
mod decode;
mod describe;
mod feed;
mod fflog;
mod file_clock;
#[cfg(test)]
pub(crate) mod fixtures;
mod frame;
mod gate;
mod lavf;
mod limiter;
mod mailbox;
mod mux;
mod nal;
mod packet;
mod panic;
mod pile;
mod pixels;
pub mod probe;
mod redact;
mod reorder;
mod route;
mod rtsp;
mod scale;
mod sdp;
mod sinks;
mod source;
mod spec;
mod stamps;
mod status;
mod still;
mod stop;
mod supervise;
mod survey;
mod sws;
mod sys;
mod watchdog;

pub use colour::{Colour, Matrix, Siting};
pub use feed::Feed;
pub use feed::thread_name;
pub use fflog::{ScopeGuard, scope as log_scope};
pub use frame::{Chroma, Frame, Plane, PlaneLayout};
pub use mailbox::Mailbox;
pub use mux::{Container, MuxError, MuxSpec, Muxer};
pub use packet::{Medium, Packet, StreamInfo};
pub use panic::panic_message;
pub use pixels::set_deep_textures;
pub use redact::redact;
pub use reorder::Reorder;
pub use route::{Client, LowerTransport, RouteMemory};
pub use sinks::{Budget, Delivery, Link, Session, Subscription};
pub use source::{Refused, Source, SourceError};
pub use spec::{FeedSpec, Login, ScaleTarget, Transport, Via};
pub use status::{FeedState, FeedStatus};
pub use still::{StillError, still};
pub use survey::{Survey, SurveyError, survey};

/// Sets FFmpeg up: its log goes to `tracing`, its allocations are limited. Called by
/// [`Feed::open`]; call it earlier where FFmpeg shall be quiet from the start.
pub fn init() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        fflog::init();
        sys::limit_allocations();
        if let Err(error) = ffmpeg_next::init() {
            tracing::error!("FFmpeg does not start: {error}");
        }
    });
}
