//! A camera as the wall file describes it.
//!
//! Plain data, read on the caller's thread. Policies: every field but the main stream has a default;
//! what may hold a password or a key is of a type that can't be printed.

use std::time::Duration;

use camwall_address::{CameraAddress, Secret};
use indexmap::IndexMap;
use serde::Deserialize;

use super::{
    login::Login,
    recording::Record,
    secrets,
    trust::{Auth, Trust},
    units::maybe_duration,
};

/// One camera.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// What the operator reads on the tile. Default: the camera's id.
    #[serde(default)]
    pub name: Option<String>,
    /// Main stream: any live URL, a device, or a file that FFmpeg opens; files are played in real time,
    /// over and over.
    #[serde(deserialize_with = "secrets::address")]
    pub main: CameraAddress,
    /// Sub stream (smaller), used while the tile is at most 15 % higher than its picture. Default: none.
    #[serde(default, deserialize_with = "secrets::maybe_address")]
    pub sub: Option<CameraAddress>,
    /// Where `user:password` is to be found. Default: none.
    #[serde(default)]
    pub login: Option<Login>,
    /// In which ways the login may be given. Default: `Any`.
    #[serde(default)]
    pub auth: Auth,
    /// Which certificates it may have, where its address is encrypted. Default: `System`.
    #[serde(default)]
    pub trust: Trust,
    /// How RTP travels. Default: `Auto`.
    #[serde(default)]
    pub transport: Transport,
    /// Which client opens the source. Default: `Auto`.
    #[serde(default)]
    pub via: Via,
    /// How the picture fills its tile. Default: `Contain`.
    #[serde(default)]
    pub fit: Fit,
    /// FFmpeg options handed to the opener as they are, but none that decides what FFmpeg may open;
    /// `{"loop": "0"}` plays a file once. Default: none.
    #[serde(default, deserialize_with = "secrets::options")]
    pub options: IndexMap<String, Secret>,
    /// Whether `http://` or `https://` names a playlist of HLS; it may name only what is on the same
    /// scheme, host and port.
    /// Default: false, and no playlist is read.
    #[serde(default)]
    pub hls: bool,
    /// Time between two pictures, where a camera sends few, `"100ms"` to `"5min"`. Default: it is
    /// learnt from the pictures.
    #[serde(default, deserialize_with = "maybe_duration")]
    pub interval: Option<Duration>,
    /// What is looked for in its pictures. Default: all, in the whole picture.
    #[serde(default)]
    pub watch: Watch,
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

/// What is looked for in a camera's pictures; what is found is said on the tile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Watch {
    /// A picture that does not change. Default: true.
    pub frozen: bool,
    /// A picture that is black or of one colour. Default: true.
    pub dark: bool,
    /// Parts of the picture that are not looked at, such as the camera's own clock. Default: none.
    pub mask: Vec<Area>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { frozen: true, dark: true, mask: Vec::new() }
    }
}

/// A part of a picture, in percent of its width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// From the left edge.
    pub left: u32,
    /// From the upper edge.
    pub top: u32,
    /// Of the width.
    pub width: u32,
    /// Of the height.
    pub height: u32,
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
