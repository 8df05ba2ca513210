//! Options of FFmpeg that are no business of a wall file.
//!
//! Plain data. Policy: what decides which addresses, formats and codecs FFmpeg may open is set by camwall, and
//! so is what makes a connection go another way than the camera's address says.

/// Those options.
const OURS: [&str; 10] = [
    "protocol_whitelist",
    "protocol_blacklist",
    "format_whitelist",
    "format_blacklist",
    "codec_whitelist",
    "rtsp_transport",
    "rtsp_flags",
    "http_proxy",
    "enable_drefs",
    "use_absolute_path",
];

/// Whether camwall sets this option of FFmpeg's itself, or nobody may.
#[must_use]
pub fn is_ours(option: &str) -> bool {
    OURS.contains(&option)
}
