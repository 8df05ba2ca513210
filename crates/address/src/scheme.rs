//! The URL schemes of camera addresses.
//!
//! Pure. Policy: a scheme that is not in the table is opened by nobody.

/// The scheme of a camera's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// RTSP over TCP, RTP inside it or beside it.
    Rtsp,
    /// RTSP over TLS.
    Rtsps,
    /// HTTP: MJPEG, pictures, files.
    Http,
    /// HTTP over TLS.
    Https,
    /// RTMP.
    Rtmp,
    /// RTMP over TLS.
    Rtmps,
    /// SRT.
    Srt,
    /// Datagrams of MPEG-TS.
    Udp,
    /// RTP without RTSP.
    Rtp,
    /// A file.
    File,
    /// A device of Video4Linux.
    V4l2,
}

impl Scheme {
    /// All there are, in the order in which messages list them.
    pub const ALL: [Self; 11] = [
        Self::Rtsp,
        Self::Rtsps,
        Self::Http,
        Self::Https,
        Self::Rtmp,
        Self::Rtmps,
        Self::Srt,
        Self::Udp,
        Self::Rtp,
        Self::File,
        Self::V4l2,
    ];

    /// The scheme of this name, whatever the case of its letters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name().eq_ignore_ascii_case(name))
    }

    /// What stands before `://`, in small letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rtsp => "rtsp",
            Self::Rtsps => "rtsps",
            Self::Http => "http",
            Self::Https => "https",
            Self::Rtmp => "rtmp",
            Self::Rtmps => "rtmps",
            Self::Srt => "srt",
            Self::Udp => "udp",
            Self::Rtp => "rtp",
            Self::File => "file",
            Self::V4l2 => "v4l2",
        }
    }

    /// Whether RTSP is spoken.
    #[must_use]
    pub const fn is_rtsp(self) -> bool {
        matches!(self, Self::Rtsp | Self::Rtsps)
    }

    /// Whether all of it is spoken through TLS.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        matches!(self, Self::Rtsps | Self::Https | Self::Rtmps)
    }

    /// Whether the address is a path on this computer.
    #[must_use]
    pub const fn is_local(self) -> bool {
        matches!(self, Self::File | Self::V4l2)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_scheme_is_found_by_its_own_name_only() {
        let names: HashSet<_> = Scheme::ALL.iter().map(|scheme| scheme.name()).collect();
        assert_eq!(names.len(), Scheme::ALL.len());
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::from_name(scheme.name()), Some(scheme));
            assert_eq!(Scheme::from_name(&scheme.name().to_uppercase()), Some(scheme));
        }
        for unknown in ["", "rts", "rtspx", "rtsp://", "ftp"] {
            assert_eq!(Scheme::from_name(unknown), None, "{unknown}");
        }
    }
}
