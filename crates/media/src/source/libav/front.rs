//! What stands between FFmpeg and the network.
//!
//! Begun on the feed's task, owned by the thread `ID.demux`. Policy: where FFmpeg would follow whatever a
//! camera names (RTSP and HTTP), it is given an address on 127.0.0.1 where a relay of ours answers, and no
//! login; where TLS is spoken ours does it, for FFmpeg's (5.1) checks no certificate. The relay's own error is the
//! cause where FFmpeg fails.

use std::time::Duration;

use camwall_address::Scheme;

use crate::source::http_relay::HttpRelay;
use crate::source::relay::{Limits, Relay};
use crate::source::route::Client;
use crate::source::tunnel::Tunnel;
use crate::source::{SourceContext, SourceError};

/// How long FFmpeg's farewell may take from the relay to the camera.
const FAREWELL: Duration = Duration::from_millis(150);

/// See the module.
pub(super) enum Front {
    /// FFmpeg opens what is named itself.
    None,
    Rtsp(Relay),
    Http(HttpRelay),
    Rtmps(Tunnel),
}

impl Front {
    /// To be called within the runtime.
    pub async fn start(context: &SourceContext) -> Result<Self, SourceError> {
        Ok(match context.address.scheme {
            Scheme::Rtsp | Scheme::Rtsps => Self::Rtsp(Relay::start(context, Limits::default())?),
            Scheme::Http | Scheme::Https => Self::Http(HttpRelay::start(context)?),
            Scheme::Rtmps => Self::Rtmps(Tunnel::start(context).await?),
            _ => Self::None,
        })
    }

    /// What FFmpeg is to open. Secret.
    pub fn url(&self, context: &SourceContext) -> String {
        match (self, context.address.scheme) {
            (Self::Rtsp(relay), _) => relay.url().to_string(),
            (Self::Http(relay), _) => relay.url().to_owned(),
            (Self::Rtmps(tunnel), _) => tunnel.url().to_owned(),
            // Without a protocol a path with a colon would be taken for an address.
            (Self::None, Scheme::File) => format!("file:{}", context.address.bare.expose()),
            (Self::None, _) => context.address.with_login().expose().to_owned(),
        }
    }

    /// What HTTP is fetched through, whatever address FFmpeg has. Empty: by no proxy, whatever the
    /// environment names.
    pub fn proxy(&self) -> &str {
        match self {
            Self::Http(relay) => relay.proxy(),
            _ => "",
        }
    }

    /// What FFmpeg is to call the application, for RTMP through TLS.
    pub fn rtmp_target(&self) -> Option<&str> {
        match self {
            Self::Rtmps(tunnel) => Some(tunnel.target()),
            _ => None,
        }
    }

    /// What is behind FFmpeg's `error`.
    pub fn explain(&self, error: SourceError) -> SourceError {
        match self {
            Self::None => error,
            Self::Rtsp(relay) => relay.explain(error, Client::Ffmpeg),
            Self::Http(relay) => relay.explain(error),
            Self::Rtmps(tunnel) => tunnel.explain(error),
        }
    }

    /// FFmpeg has made a picture of what it was passed.
    pub fn picture(&self) {
        if let Self::Rtsp(relay) = self {
            relay.picture();
        }
    }

    /// Gives FFmpeg's farewell its time. Blocks.
    pub fn linger(&self) {
        if let Self::Rtsp(relay) = self {
            relay.linger(FAREWELL);
        }
    }
}
