//! Descriptions of sessions (RFC 4566): ours, and what is to be known of recorded ones.
//!
//! Pure.

use crate::codec::Codec;

/// One track of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// What its SETUP is addressed to, or ends in.
    pub control: String,
    pub payload_type: u8,
    /// `None` is what the simulator has nothing to send for.
    pub codec: Option<Codec>,
}

/// The tracks of a description, in its order.
pub fn tracks(sdp: &str) -> Vec<Track> {
    let mut tracks: Vec<Track> = Vec::new();
    for line in sdp.lines().map(str::trim) {
        if let Some(media) = line.strip_prefix("m=") {
            let payload_type = media.split_whitespace().nth(3).and_then(|word| word.parse().ok());
            let payload_type = payload_type.unwrap_or(0);
            tracks.push(Track { control: String::new(), payload_type, codec: None });
        }
        let Some(track) = tracks.last_mut() else { continue };
        if let Some(control) = line.strip_prefix("a=control:") {
            track.control = control.trim().to_owned();
        } else if let Some(map) = line.strip_prefix("a=rtpmap:")
            && let Some((number, name)) = map.split_once(' ')
            && number.parse() == Ok(track.payload_type)
        {
            let name = name.split('/').next().unwrap_or_default().to_ascii_uppercase();
            track.codec = match name.as_str() {
                "H264" => Some(Codec::H264),
                "H265" => Some(Codec::H265),
                "PCMU" => Some(Codec::Pcmu),
                _ => None,
            };
        }
    }
    tracks
}

/// Which track a SETUP's address means: the one whose control it ends in, the longest of several.
pub fn find(tracks: &[Track], url: &str) -> Option<usize> {
    let url = url.trim_end_matches('/');
    let fits = |track: &&(usize, &Track)| {
        !track.1.control.is_empty() && url.ends_with(track.1.control.trim_end_matches('/'))
    };
    let numbered: Vec<(usize, &Track)> = tracks.iter().enumerate().collect();
    numbered.iter().filter(fits).max_by_key(|(_, track)| track.control.len()).map(|(n, _)| *n)
}

/// Our own description; `sets` are the parameter sets, none where they are not told.
pub fn describe(codec: Codec, sets: &[Vec<u8>], sound: bool) -> String {
    let mut text = String::from(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camsim\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         a=control:*\r\nm=video 0 RTP/AVP 96\r\n",
    );
    text.push_str(&match codec {
        Codec::H265 => format!("a=rtpmap:96 H265/90000\r\n{}", h265(sets)),
        _ => format!("a=rtpmap:96 H264/90000\r\n{}", h264(sets)),
    });
    text.push_str("a=control:track1\r\n");
    if sound {
        text.push_str("m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track2\r\n");
    }
    text
}

/// RFC 6184, section 8.1.
fn h264(sets: &[Vec<u8>]) -> String {
    let mut line = String::from("a=fmtp:96 packetization-mode=1");
    if let Some([_, profile, constraints, level, ..]) = sets.first().map(Vec::as_slice) {
        let list: Vec<String> = sets.iter().map(|set| base64(set)).collect();
        line.push_str(&format!(
            ";profile-level-id={profile:02X}{constraints:02X}{level:02X};sprop-parameter-sets={}",
            list.join(",")
        ));
    }
    line + "\r\n"
}

/// RFC 7798, section 7.1.
fn h265(sets: &[Vec<u8>]) -> String {
    let named = [(32, "sprop-vps"), (33, "sprop-sps"), (34, "sprop-pps")];
    let list: Vec<String> = named
        .iter()
        .filter_map(|(kind, name)| {
            let of_kind =
                sets.iter().filter(|set| set.first().map(|b| b >> 1 & 0x3f) == Some(*kind));
            let list: Vec<String> = of_kind.map(|set| base64(set)).collect();
            (!list.is_empty()).then(|| format!("{name}={}", list.join(",")))
        })
        .collect();
    if list.is_empty() { String::new() } else { format!("a=fmtp:96 {}\r\n", list.join(";")) }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) as usize & 63;
            text.push(if digit > chunk.len() { '=' } else { char::from(DIGITS[value]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Codec, base64, describe, find, tracks};

    #[test]
    fn base64_is_that_of_the_rfc() {
        let pairs =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in pairs {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn our_own_description_is_understood() {
        let sets = [vec![0x67, 0x64, 0, 0x1e, 9], vec![0x68, 1]];
        let text = describe(Codec::H264, &sets, true);
        assert!(
            text.contains("profile-level-id=64001E;sprop-parameter-sets=Z2QAHgk=,aAE="),
            "{text}"
        );
        let found = tracks(&text);
        let short: Vec<_> = found.iter().map(|t| (t.control.as_str(), t.payload_type)).collect();
        assert_eq!(short, [("track1", 96), ("track2", 0)]);
        assert_eq!((found[0].codec, found[1].codec), (Some(Codec::H264), Some(Codec::Pcmu)));
        let text = describe(Codec::H265, &[vec![0x40, 1], vec![0x42, 1], vec![0x44, 1]], false);
        assert!(text.contains("sprop-vps=QAE=;sprop-sps=QgE=;sprop-pps=RAE="), "{text}");
        assert!(!describe(Codec::H264, &[], false).contains("sprop"));
    }

    #[test]
    fn a_setup_means_the_track_whose_control_it_ends_in() {
        let sdp = "m=audio 0 RTP/AVP 96\na=control:track1\nm=video 0 RTP/AVP 97\n\
            a=rtpmap:97 H264/90000\na=control:rtsp://h/a/track11\n";
        let found = tracks(sdp);
        assert_eq!(find(&found, "rtsp://h/a/track11"), Some(1));
        assert_eq!(find(&found, "rtsp://h/a/track1/"), Some(0));
        assert_eq!(find(&found, "rtsp://h/a"), None);
    }
}
