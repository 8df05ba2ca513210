//! What to open and how: plain data handed in by the configuration.
//!
//! No thread of its own. Policy: a login is read anew for each try, and no try is made without one that
//! should be there. Nothing here prints a password: [`FeedSpec`]'s `Debug` shows the redacted address.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use camwall_address::Scheme;
use url::Url;

use super::SourceError;
use super::camera_share::CameraShare;
use super::login::{Login, LoginSource};
use super::route::RouteMemory;
use crate::packet::picture_limits::MAX_SIDE;
use crate::redact::{percent_encode, redact};

/// One camera to open.
#[derive(Clone)]
pub struct FeedSpec {
    /// The camera's name in the configuration; names its threads and its log lines.
    pub id: Arc<str>,
    /// `rtsp://`, `rtsps://`, `http(s)://`, `rtmp://`, `srt://`, `udp://`, `v4l2:///dev/video0`,
    /// `file://` or a plain path. May carry user info; never logged as it is.
    pub url: String,
    /// Where the login is, if not in the address. Wins over user info in the address, also while
    /// there is none.
    pub login: Option<LoginSource>,
    /// How RTP travels, for RTSP only.
    pub transport: Transport,
    /// Which implementation speaks RTSP.
    pub via: Via,
    /// FFmpeg options for this input, passed on as they are, and one of our own: `loop=0` plays a
    /// file once, up to [`FeedState::Ended`](crate::FeedState::Ended), instead of looping.
    pub options: Vec<(String, String)>,
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
            .field("url", &redact(&self.url))
            .finish_non_exhaustive()
    }
}

impl FeedSpec {
    /// A camera with the defaults: automatic choice of transport and implementation, stale after
    /// 2 s, nothing remembered, pictures as deep and as large as they come.
    pub fn new(id: impl Into<Arc<str>>, url: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            url: url.into(),
            login: None,
            transport: Transport::default(),
            via: Via::default(),
            options: Vec::new(),
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
        let path = address.bare.strip_prefix("file:").unwrap_or(&address.bare);
        address.scheme.is_local().then(|| PathBuf::from(path))
    }

    /// One of our own options as a switch; absent means on.
    pub(crate) fn switch(&self, name: &str) -> bool {
        let value = self.options.iter().rev().find(|(key, _)| key == name);
        !value.is_some_and(|(_, value)| matches!(value.as_str(), "0" | "false" | "no" | "off"))
    }
}

/// An address taken apart: no user info in `bare`, the login beside it.
#[derive(Clone)]
pub(crate) struct Address {
    /// Decides who opens the address and what FFmpeg may do for it.
    pub scheme: Scheme,
    /// Without user info; a plain path for [`Scheme::File`] and [`Scheme::V4l2`].
    pub bare: String,
    /// What was in the address; for one try, what was read for it.
    pub login: Option<Login>,
}

impl Address {
    /// Takes the address of `spec` apart.
    pub fn parse(spec: &FeedSpec) -> Result<Self, SourceError> {
        let Some((scheme, _)) = spec.url.split_once("://") else {
            let device = spec.url.starts_with("/dev/video");
            let scheme = if device { Scheme::V4l2 } else { Scheme::File };
            return Ok(Self { scheme, bare: spec.url.clone(), login: None });
        };
        let scheme = Scheme::from_name(scheme).ok_or_else(|| {
            let name = scheme.to_ascii_lowercase();
            SourceError::bad_address(format!("unknown scheme {name}://"))
        })?;
        let mut url = Url::parse(&spec.url)
            .map_err(|error| SourceError::bad_address(format!("no valid address: {error}")))?;
        if scheme.is_local() {
            let path = percent_decode(url.path());
            return Ok(Self { scheme, bare: path, login: None });
        }
        let login = login_of(&url);
        if url.set_username("").is_err() || url.set_password(None).is_err() {
            return Err(SourceError::bad_address("the address has no host".to_owned()));
        }
        Ok(Self { scheme, bare: url.into(), login })
    }

    /// Where the login for a try is to be read, if it is not the one in the address. A file or device
    /// has none.
    pub fn login_source<'a>(&self, spec: &'a FeedSpec) -> Option<&'a LoginSource> {
        spec.login.as_ref().filter(|_| !self.scheme.is_local())
    }

    /// What may be told of it: scheme, host and port; of files and devices the path.
    pub fn origin(&self) -> String {
        if self.scheme.is_local() {
            return self.bare.clone();
        }
        let Ok(url) = Url::parse(&self.bare) else { return String::new() };
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
    }

    /// The address with the login in it, as FFmpeg wants it. Secret.
    pub fn with_login(&self) -> String {
        match (&self.login, self.bare.split_once("://")) {
            (Some(login), Some((scheme, rest))) => format!(
                "{scheme}://{}:{}@{rest}",
                percent_encode(login.user()),
                percent_encode(login.password())
            ),
            _ => self.bare.clone(),
        }
    }
}

/// The login inside an address, percent-decoded.
fn login_of(url: &Url) -> Option<Login> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    Some(Login::new(
        percent_decode(url.username()),
        percent_decode(url.password().unwrap_or_default()),
    ))
}

/// Percent-decodes; a stray `%` stays, and so does what is no UTF-8.
fn percent_decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let hex = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Address {
        Address::parse(&FeedSpec::new("t", url)).expect("a good address")
    }

    #[test]
    fn takes_logins_out_of_addresses() {
        let a = address("rtsp://ad.min:p%40ss%2F1@10.0.0.7:5554/x?y=1");
        assert_eq!(a.bare, "rtsp://10.0.0.7:5554/x?y=1");
        let login = a.login.clone().expect("a login");
        assert_eq!((login.user(), login.password()), ("ad.min", "p@ss/1"));
        assert_eq!(a.with_login(), "rtsp://ad.min:p%40ss%2F1@10.0.0.7:5554/x?y=1");
    }

    #[test]
    fn no_more_than_the_origin_is_told() {
        let origin = |url| address(url).origin();
        assert_eq!(origin("rtsp://u:p@10.0.0.7:5554/key/x?token=y"), "rtsp://10.0.0.7:5554");
        assert_eq!(origin("rtsp://[fe80::1]/x"), "rtsp://[fe80::1]");
        assert_eq!(origin("https://cam.example/x?pwd=1"), "https://cam.example");
        assert_eq!(origin("udp://@239.0.0.1:1234"), "udp://239.0.0.1:1234");
        assert_eq!(origin("srt://10.0.0.9:7000?passphrase=x"), "srt://10.0.0.9:7000");
        assert_eq!(origin("/srv/clip.mp4"), "/srv/clip.mp4");
    }

    #[test]
    fn a_login_beside_the_address_wins_but_a_file_has_none() {
        let url = "rtsp://a:b@h/";
        let mut a = address(url);
        let mut spec = FeedSpec::new("t", url);
        assert!(a.login_source(&spec).is_none() && a.login == Some(Login::new("a", "b")));
        spec.login = Some(Login::new("c", "d e").into());
        assert!(address("a.mp4").login_source(&spec).is_none());
        a.login = a.login_source(&spec).and_then(LoginSource::given).cloned();
        assert_eq!(a.with_login(), "rtsp://c:d%20e@h/");
    }

    #[test]
    fn paths_and_devices() {
        assert_eq!(address("clips/a.mp4").scheme, Scheme::File);
        assert_eq!(address("file:///tmp/a%20b.mp4").bare, "/tmp/a b.mp4");
        assert_eq!(address("/dev/video0").scheme, Scheme::V4l2);
        assert_eq!(address("v4l2:///dev/video1").bare, "/dev/video1");
    }

    #[test]
    fn nothing_prints_a_password() {
        let mut spec = FeedSpec::new("t", "rtsp://u:canary@h/");
        let login = Login::new("u", "canary");
        spec.login = Some(login.clone().into());
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
