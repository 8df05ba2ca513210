//! What the log of a wall tells of a row: by which way a connection came up, when the next try is,
//! and that a decoder was opened anew.
//!
//! Pure. The status lines tell none of it.

use std::time::Instant;

use super::expected::{ANEW, FFMPEG, TCP, UDP};
use super::judge::Seen;

/// Has the log tell what it tells by default, and later pauses of an outage as well.
pub const FILTER: &str = "warn,camwall=info,camwall_media::feed::supervisor=debug,\
    wgpu_hal=error,naga=error,bevy_render=error,winit=error";

/// Takes note of what the log tells of a row.
pub fn hear(row: &str, log: &[(Instant, String)], seen: &mut Seen) {
    let name = format!(" {row}");
    for (at, line) in log {
        // Further on, words of others may be the name of a row: "the camera is busy: …".
        let Some((head, text)) = line.split_once(": ") else { continue };
        if !head.ends_with(&name) {
            continue;
        }
        seen.ways.extend(way(text).map(str::to_owned));
        seen.pauses.extend(pause(text).map(|pause| (*at, pause)));
    }
}

/// "h264 640x360 by retina over TCP".
fn way(text: &str) -> Option<&'static str> {
    if text == "the pictures can't be decoded; trying anew" {
        return Some(ANEW);
    }
    let (_, way) = text.rsplit_once(" by ")?;
    [TCP, UDP, FFMPEG].into_iter().find(|known| *known == way)
}

/// "…; next try in 5 s (retina over TCP, rtsp://10.0.0.1:554)".
fn pause(text: &str) -> Option<f64> {
    let (_, after) = text.rsplit_once("; next try in ")?;
    after.split_once(" s ")?.0.parse().ok()
}

/// Lines that name a password, or more of an address than scheme, host and port.
pub fn indiscreet<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    passwords: &[&str],
) -> Vec<&'a str> {
    let path = |line: &str| {
        let addresses = line.split("rtsp://").skip(1);
        let mut after = addresses.map(|rest| rest.trim_start_matches(is_of_host));
        after.any(|rest| rest.starts_with(['/', '@']))
    };
    let secret = |line: &&str| passwords.iter().any(|word| line.contains(word)) || path(line);
    lines.into_iter().filter(secret).collect()
}

fn is_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".:-".contains(c)
}

#[test]
fn a_row_hears_what_is_said_of_it() {
    let now = Instant::now();
    let said = |text: &str| (now, format!("2026-01-01T00:00:00.000000Z  {text}"));
    let log = [
        said("INFO io late: h264 640x360 by retina over TCP"),
        said("INFO io late-again: h264 640x360 by FFmpeg"),
        said("WARN io late: the pictures can't be decoded; trying anew"),
        said("WARN io late: what? by you; next try in 2 s (FFmpeg, rtsp://10.0.0.1:554)"),
        said("DEBUG io late: what? next try in s"),
        said("INFO io late: h264 640x360 by retina over UDP"),
        said("INFO io late: goes without sound: something by accident"),
        said("WARN io busy: the camera is late: no; next try in 1 s (FFmpeg, rtsp://h:1)"),
    ];
    let mut seen = Seen::default();
    hear("late", &log, &mut seen);
    assert_eq!(seen.ways, [TCP, ANEW, UDP]);
    assert_eq!(seen.pauses, [(now, 2.0)]);
}

#[test]
fn passwords_and_paths_are_found() {
    let lines = [
        "no connection: refused; next try in 1 s (retina over TCP, rtsp://127.0.0.1:8554)",
        "login viewer:s3cret refused",
        "by rtsp://127.0.0.1:8554/late",
        "by rtsp://viewer@127.0.0.1:8554",
        "sent to rtsp://gate-1:554, and rtsp://127.0.0.1:8554/late",
    ];
    assert_eq!(indiscreet(lines, &["s3cret"]), lines[1..]);
}
