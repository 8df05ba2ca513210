//! A camera as the wall file describes it.
//!
//! Plain data, read on the caller's thread. Policy: every field but the main stream has a default.

use indexmap::IndexMap;
use serde::Deserialize;

use super::{login::Login, recording::Record};

/// One camera.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// What the operator reads on the tile. Default: the camera's id.
    #[serde(default)]
    pub name: Option<String>,
    /// Main stream: any live URL, or a file that FFmpeg opens.
    pub main: String,
    /// Sub stream (smaller), used where the tile is small. Default: none.
    #[serde(default)]
    pub sub: Option<String>,
    /// Where `user:password` is to be found. Default: none.
    #[serde(default)]
    pub login: Option<Login>,
    /// How RTP travels. Default: `Auto`.
    #[serde(default)]
    pub transport: Transport,
    /// Which client opens the source. Default: `Auto`.
    #[serde(default)]
    pub via: Via,
    /// How the picture fills its tile. Default: `Contain`.
    #[serde(default)]
    pub fit: Fit,
    /// FFmpeg options handed to the opener as they are. Default: none.
    #[serde(default)]
    pub options: IndexMap<String, String>,
    /// When it is recorded. Default: `Never`, only by key.
    #[serde(default)]
    pub record: Record,
}

impl Camera {
    /// What the operator reads on the tile of this camera, whose id is `id`.
    #[must_use]
    pub fn label<'c>(&'c self, id: &'c str) -> &'c str {
        self.name.as_deref().unwrap_or(id)
    }
}

/// How RTP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Transport {
    /// Interleaved in the RTSP connection.
    Tcp,
    /// Datagrams.
    Udp,
    /// TCP; UDP where the camera refuses TCP.
    #[default]
    Auto,
}

/// Which client opens the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Via {
    /// retina for `rtsp://`, FFmpeg for the rest and where retina refuses the dialogue.
    #[default]
    Auto,
    /// Only retina.
    Retina,
    /// Only FFmpeg.
    Ffmpeg,
}

/// How a picture fills its tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Fit {
    /// Whole picture, bars where the shapes differ.
    #[default]
    Contain,
    /// Tile filled, edges of the picture cut.
    Cover,
    /// Tile filled, picture distorted.
    Stretch,
}
