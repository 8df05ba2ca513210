//! What to open and how: plain data handed in by the configuration.
//!
//! No thread of its own. Policy: a login is read anew for each try, and no try is made without one that
//! should be there. Nothing here prints what may be secret: [`FeedSpec`]'s `Debug` shows the address's origin and the
//! names of options.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use camwall_address::Address;
use camwall_address::{CameraAddress, Secret};

use super::camera_share::CameraShare;
use super::login::LoginSource;
use super::login_methods::LoginMethods;
use super::route::RouteMemory;
use super::tls::Trust;
use crate::limits::MAX_SIDE;

/// One camera to open.
#[derive(Clone)]
pub struct FeedSpec {
    /// The camera's name in the configuration; names its threads and its log lines.
    pub id: Arc<str>,
    /// `rtsp://`, `rtsps://`, `http(s)://`, `rtmp://`, `srt://`, `udp://`, `v4l2:///dev/video0`,
    /// `file://` or a plain path. May carry user info and keys.
    pub url: CameraAddress,
    /// Where the login is, if not in the address. Wins over user info in the address, also while
    /// there is none.
    pub login: Option<LoginSource>,
    /// In which ways it may be given to the camera.
    pub auth: LoginMethods,
    /// Which certificates the camera may have, where TLS is spoken.
    pub trust: Trust,
    /// How RTP travels, for RTSP only.
    pub transport: Transport,
    /// Which implementation speaks RTSP.
    pub via: Via,
    /// FFmpeg options for this input, passed on as they are, and one of our own: `loop=0` plays a
    /// file once, up to [`FeedState::Ended`](crate::FeedState::Ended), instead of looping.
    pub options: Vec<(String, Secret)>,
    /// Whether `http(s)://` names a playlist of HLS; without, none is read.
    pub hls: bool,
    /// A picture older than this makes the camera [`Stale`](crate::FeedState::Stale).
    pub stale_after: Duration,
    /// Time between two pictures, where it is known beforehand and long.
    pub interval: Option<Duration>,
    /// What is looked for in the pictures.
    pub watch: Watch,
    /// The route that worked when the stream was last open. Clones of one memory belong to one
    /// stream.
    pub routes: RouteMemory,
    /// What the camera's streams have in common. Clones belong to one camera.
    pub share: CameraShare,
    /// Whether the renderer takes planes of more than 8 bits a sample; otherwise such pictures are
    /// converted to 8 bits.
    pub deep_textures: bool,
    /// The longest side of a picture that the renderer takes, in pixels: what is larger is not decoded, and
    /// recorded all the same.
    pub largest_side: u32,
}

/// What can be changed of a stream that is open, see [`Feed::retune`](crate::Feed::retune).
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning {
    /// As [`FeedSpec::stale_after`].
    pub stale_after: Duration,
    /// As [`FeedSpec::interval`].
    pub interval: Option<Duration>,
    /// As [`FeedSpec::watch`].
    pub watch: Watch,
}

/// What is looked for in a camera's pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// Whether the picture does not change.
    pub frozen: bool,
    /// Whether it is black or of one colour.
    pub dark: bool,
    /// Parts that are not looked at, such as the camera's own clock: left, top, width and height,
    /// in parts of the picture's, 0 to 1.
    pub mask: Vec<[f32; 4]>,
}

impl Default for Watch {
    /// Everything, everywhere.
    fn default() -> Self {
        Self { frozen: true, dark: true, mask: Vec::new() }
    }
}

/// How RTP packets travel from the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Interleaved in the RTSP connection. Survives firewalls and never loses a packet.
    Tcp,
    /// Datagrams: no head-of-line blocking, but a lost packet is a damaged picture.
    Udp,
    /// TCP; UDP where the camera refuses TCP.
    #[default]
    Auto,
}

/// Which implementation speaks to an RTSP camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// Retina for `rtsp://`, FFmpeg for everything else and for cameras retina refuses.
    #[default]
    Auto,
    /// Retina only.
    Retina,
    /// FFmpeg only.
    Ffmpeg,
}

/// The largest size in pixels that published pictures shall have, see
/// [`Feed::set_scale`](crate::Feed::set_scale).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScaleTarget {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl fmt::Debug for FeedSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedSpec")
            .field("id", &self.id)
            .field("transport", &self.transport)
            .field("via", &self.via)
            .field("url", &self.url.origin())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl FeedSpec {
    /// A camera with the defaults: automatic choice of transport and implementation, stale after
    /// 2 s, nothing remembered, pictures as deep and as large as they come.
    pub fn new(id: impl Into<Arc<str>>, url: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            url: CameraAddress::new(url),
            login: None,
            auth: LoginMethods::default(),
            trust: Trust::default(),
            transport: Transport::default(),
            via: Via::default(),
            options: Vec::new(),
            hls: false,
            stale_after: Duration::from_secs(2),
            interval: None,
            watch: Watch::default(),
            routes: RouteMemory::default(),
            share: CameraShare::default(),
            deep_textures: true,
            largest_side: MAX_SIDE,
        }
    }

    /// The file or device that is opened, for an address that is a path on this computer.
    #[must_use]
    pub fn local_path(&self) -> Option<PathBuf> {
        let address = Address::parse(self).ok()?;
        let bare = address.bare.expose();
        let path = bare.strip_prefix("file:").unwrap_or(bare);
        address.scheme.is_local().then(|| PathBuf::from(path))
    }

    /// Whether it comes encrypted from whoever answers.
    pub(crate) fn is_unverified(&self) -> bool {
        let address = || Address::parse(self).is_ok_and(|address| address.scheme.is_encrypted());
        self.trust == Trust::Anyone && address()
    }

    /// What of it can be changed while it is open.
    #[must_use]
    pub fn tuning(&self) -> Tuning {
        let Self { stale_after, interval, .. } = *self;
        Tuning { stale_after, interval, watch: self.watch.clone() }
    }

    /// One of our own options as a switch; absent means on.
    pub(crate) fn switch(&self, name: &str) -> bool {
        let value = self.options.iter().rev().find(|(key, _)| key == name);
        !value.is_some_and(|(_, value)| matches!(value.expose(), "0" | "false" | "no" | "off"))
    }
}

/// Where the login for a try is to be read, if it is not the one in the address. A file or device has
/// none.
pub(crate) fn login_source<'a>(address: &Address, spec: &'a FeedSpec) -> Option<&'a LoginSource> {
    spec.login.as_ref().filter(|_| !address.scheme.is_local())
}

impl AsRef<CameraAddress> for FeedSpec {
    fn as_ref(&self) -> &CameraAddress {
        &self.url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::login::Login;

    fn address(url: &str) -> Address {
        Address::parse(&FeedSpec::new("t", url)).expect("a good address")
    }

    #[test]
    fn a_login_beside_the_address_wins_but_a_file_has_none() {
        let url = "rtsp://a:b@h/";
        let mut a = address(url);
        let mut spec = FeedSpec::new("t", url);
        assert!(login_source(&a, &spec).is_none() && a.login == Some(Login::new("a", "b")));
        spec.login = Some(Login::new("c", "d e").into());
        assert!(login_source(&address("a.mp4"), &spec).is_none());
        a.login = login_source(&a, &spec).and_then(LoginSource::given).cloned();
        assert_eq!(a.with_login().expose(), "rtsp://c:d%20e@h/");
    }

    #[test]
    fn nothing_prints_a_password() {
        let mut spec = FeedSpec::new("t", "rtsp://canary:canary@h/canary?canary#canary");
        let login = Login::new("canary", "canary");
        spec.login = Some(login.clone().into());
        spec.options.push(("passphrase".into(), "canary".into()));
        assert!(!format!("{spec:?} {:?} {login:?}", spec.login).contains("canary"));
    }

    #[test]
    fn switches_default_to_on() {
        let mut spec = FeedSpec::new("t", "a.mp4");
        assert!(spec.switch("loop"));
        spec.options.push(("loop".into(), "0".into()));
        assert!(!spec.switch("loop"));
    }
}
