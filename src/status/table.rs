//! The table in the terminal: one line a camera.
//!
//! Pure text, made on the main thread. Policy: the same numbers as in the status lines.

use std::time::Instant;

use super::{Report, StatusReporter, camera_line};
use crate::camera::messages::recording;
use camwall_recorder::RecorderStatus;
use camwall_words::EN;

/// Longest word of the table's last column: an ordinary row then has 103 letters.
const RECORD_WIDTH: usize = 16;

/// The table of all cameras: a head of two lines, then one line a camera.
pub(super) fn table(reporter: &StatusReporter, cameras: &[Report<'_>], now: Instant) -> String {
    let seconds = reporter.elapsed().as_secs();
    let mut text = format!(
        "wall: {seconds} s, {:.1} pictures/s\n{:<16} {:<12} {:<6} {:<6} {:>10} {:>6} {:>6} {:>8} {:>8} {}\n",
        reporter.fps,
        "camera",
        "state",
        "stream",
        "codec",
        "size",
        "fps",
        "shown",
        "age ms",
        "kbit/s",
        "rec",
    );
    for camera in cameras {
        let line = camera_line(camera, now);
        let size = format!("{}x{}", line.width, line.height);
        let age = line.frame_age_ms.map_or_else(|| "-".to_owned(), |age| age.to_string());
        text.push_str(&format!(
            "{:<16} {:<12} {:<6} {:<6} {:>10} {:>6.1} {:>6.1} {:>8} {:>8} {}\n",
            line.id,
            line.state,
            line.stream,
            line.codec.unwrap_or("-"),
            size,
            line.fps_decoded,
            line.fps_shown,
            age,
            line.bitrate_kbps,
            record_word(&camera.recording.0),
        ));
    }
    text
}

/// Recording in a word: why it is not made in at most [`RECORD_WIDTH`] letters.
fn record_word(record: &RecorderStatus) -> String {
    match record.fault {
        Some(cause) if recording::cause(&EN.causes, cause).len() > RECORD_WIDTH => {
            let cut: String =
                recording::cause(&EN.causes, cause).chars().take(RECORD_WIDTH - 1).collect();
            format!("{}…", cut.trim_end())
        }
        Some(cause) => recording::cause(&EN.causes, cause).to_owned(),
        None if record.writing => "REC".to_owned(),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camwall_recorder::Cause;

    #[test]
    fn recording_in_a_word() {
        let word = |writing, fault| {
            record_word(&RecorderStatus { writing, fault, ..RecorderStatus::default() })
        };
        assert_eq!(word(false, None), "-");
        assert_eq!(word(true, None), "REC");
        assert_eq!(word(false, Some(Cause::DiskFull)), "disk full");
        assert_eq!(word(false, Some(Cause::CameraStalled)), "camera sends no…");
        let fault = serde_json::to_string(&Some(Cause::DiskReadOnly)).unwrap();
        assert_eq!(fault, r#""disk_read_only""#, "as in the ledger");
    }
}
